-- PARTITION BY: the new key and its name.
--@test: by a column, which leaves the value
CREATE STREAM s (id INT KEY, a INT, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s PARTITION BY b;
ASSERT STREAM o (b STRING KEY, a INT, id INT) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO s (id, a, b) VALUES (1, 2, 'x');
INSERT INTO s (id, a) VALUES (2, 3);
ASSERT VALUES o (b, a, id) VALUES ('x', 2, 1);
ASSERT VALUES o (b, a, id) VALUES (NULL, 3, 2);

--@test: by an expression, named by the projection or numbered
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT a + 1 AS k, a, id FROM s PARTITION BY a + 1;
CREATE STREAM p AS SELECT * FROM s PARTITION BY a * 2;
ASSERT STREAM o (k INT KEY, a INT, id INT) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
ASSERT STREAM p (KSQL_COL_0 INT KEY, a INT, id INT) WITH (KAFKA_TOPIC='P', VALUE_FORMAT='JSON');
INSERT INTO s (id, a) VALUES (1, 2);
ASSERT VALUES o (k, a, id) VALUES (3, 2, 1);
ASSERT VALUES p (ksql_col_0, a, id) VALUES (4, 2, 1);

--@test: by a field
CREATE STREAM s (id INT KEY, r STRUCT<x INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT r->x AS x, id FROM s PARTITION BY r->x;
ASSERT STREAM o (x INT KEY, id INT) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO s (id, r) VALUES (1, STRUCT(x:=9));
ASSERT VALUES o (x, id) VALUES (9, 1);

--@test: by several, in a format that can
CREATE STREAM s (id INT KEY, a INT, b VARCHAR) WITH (KAFKA_TOPIC='s', FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s PARTITION BY b, a;
ASSERT STREAM o (b STRING KEY, a INT KEY, id INT) WITH (KAFKA_TOPIC='O', KEY_FORMAT='JSON', VALUE_FORMAT='JSON');
INSERT INTO s (id, a, b) VALUES (1, 2, 'x');
ASSERT VALUES o (b, a, id) VALUES ('x', 2, 1);

--@test: by nothing
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s PARTITION BY NULL;
ASSERT STREAM o (a INT, id INT) WITH (KAFKA_TOPIC='O', KEY_FORMAT='NONE', VALUE_FORMAT='JSON');
INSERT INTO s (id, a) VALUES (1, 2);
ASSERT VALUES o (a, id) VALUES (2, 1);

--@test: the KAFKA format holds one key column
--@expected.error: StatementError
--@expected.message: The 'KAFKA' format only supports a single field. Got: [`B` STRING KEY, `A` INTEGER KEY]
CREATE STREAM s (id INT KEY, a INT, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s PARTITION BY b, a;

--@test: an expression stands there once
--@expected.error: StatementError
--@expected.message: Duplicate PARTITION BY expression
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s PARTITION BY a, a;

--@test: names are those of the source
--@expected.error: StatementError
--@expected.message: PARTITION BY column 'K' cannot be resolved. 'K' must be a column in the source schema since PARTITION BY is applied on the input.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT a AS k, id FROM s PARTITION BY k;

--@test: the new key must be there
--@expected.error: StatementError
--@expected.message: must include the partitioning expression S.A in its projection (eg, SELECT S.A...).
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id FROM s PARTITION BY a;

--@test: nothing has no key format
--@expected.error: StatementError
--@expected.message: Key format specified for stream without key columns.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o WITH (KEY_FORMAT='JSON') AS SELECT * FROM s PARTITION BY NULL;

--@test: tables keep their key
--@expected.error: StatementError
--@expected.message: PARTITION BY
CREATE TABLE t (id INT PRIMARY KEY, a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE o AS SELECT * FROM t PARTITION BY a;
