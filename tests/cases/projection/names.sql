-- Names that columns get, and what a projection may not do.
--@test: expressions are numbered, fields and columns keep their names
CREATE STREAM s (id INT KEY, a INT, r STRUCT<x INT, y STRUCT<x INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a + 1, r->x, r->y->x, a, UCASE('x'), a AS b, ROWTIME AS t FROM s;
ASSERT STREAM o (id INT KEY, KSQL_COL_0 INT, X INT, X_1 INT, A INT, KSQL_COL_1 STRING, B INT, T BIGINT) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');

--@test: numbers skip names in use
CREATE STREAM s (id INT KEY, KSQL_COL_0 INT, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a + 1, a + 2 AS KSQL_COL_1, a + 3 FROM s;
ASSERT STREAM o (id INT KEY, KSQL_COL_2 INT, KSQL_COL_1 INT, KSQL_COL_3 INT) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');

--@test: a star is keys, then values
CREATE STREAM s (a INT, id INT KEY, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s;
CREATE STREAM p AS SELECT *, a + 1 AS c FROM s;
CREATE STREAM q AS SELECT x.* FROM s AS x;
ASSERT STREAM o (id INT KEY, a INT, b STRING) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
ASSERT STREAM p (id INT KEY, a INT, b STRING, c INT) WITH (KAFKA_TOPIC='P', VALUE_FORMAT='JSON');
ASSERT STREAM q (id INT KEY, a INT, b STRING) WITH (KAFKA_TOPIC='Q', VALUE_FORMAT='JSON');

--@test: all fields of a struct
CREATE STREAM s (id INT KEY, r STRUCT<x INT, `y` STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, r->* FROM s;
ASSERT STREAM o (id INT KEY, X INT, `y` STRING) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO s (id, r) VALUES (1, STRUCT(x:=1, `y`:='why'));
INSERT INTO s (id) VALUES (2);
ASSERT VALUES o (id, x, `y`) VALUES (1, 1, 'why');
ASSERT VALUES o (id, x, `y`) VALUES (2, NULL, NULL);

--@test: a key copied into the value, and renamed
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id AS k, AS_VALUE(id) AS id, a FROM s;
ASSERT STREAM o (k INT KEY, id INT, a INT) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO s (id, a) VALUES (1, 2);
ASSERT VALUES o (k, id, a) VALUES (1, 1, 2);

--@test: qualified by name and by alias
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT s.id, s.a AS x FROM s;
CREATE STREAM p AS SELECT z.id, z.a + s.a AS x FROM s z;
INSERT INTO s (id, a) VALUES (1, 2);
ASSERT VALUES o (id, x) VALUES (1, 2);
ASSERT VALUES p (id, x) VALUES (1, 4);

--@test: the key must be there
--@expected.error: StatementError
--@expected.message: The query used to build `O` must include the key column ID in its projection (eg, SELECT ID...).
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT a FROM s;

--@test: the key is there once
--@expected.error: StatementError
--@expected.message: The projection contains a key column (`ID`) more than once, aliased as: A and B.
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id AS a, id AS b, v FROM s;

--@test: there are values
--@expected.error: StatementError
--@expected.message: The projection contains no value columns.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id FROM s;

--@test: names are there once
--@expected.error: StatementError
--@expected.message: Duplicate value columns found in schema: `X` INTEGER
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a AS x, a + 1 AS x FROM s;

--@test: a value may not have the key's name
--@expected.error: StatementError
--@expected.message: Duplicate value columns found in schema: `A` INTEGER
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id AS a, a FROM s;

--@test: system columns need another name
--@expected.error: StatementError
--@expected.message: Reserved column name in select: `ROWTIME`. Please remove or alias the column.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a, ROWTIME FROM s;

--@test: and are no names for others
--@expected.error: StatementError
--@expected.message: `ROWOFFSET` is a reserved column name. You cannot use it as an alias for a column.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a AS rowoffset FROM s;

--@test: a qualifier that is no source
--@expected.error: StatementError
--@expected.message: Failed to prepare statement: 'X' is not a valid stream/table name or alias.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, x.a FROM s;

--@test: an unknown column, in each clause
--@expected.error: StatementError
--@expected.message: WHERE column 'NOPE' cannot be resolved.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a FROM s WHERE nope = 1;

--@test: an unknown function is named before a missing key
--@expected.error: StatementError
--@expected.message: Can't find any functions with the name 'NOPE'
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT nope(a) FROM s;

--@test: the sink's TIMESTAMP is a column of the projection
--@expected.error: StatementError
--@expected.message: The TIMESTAMP column set in the WITH clause does not exist in the schema: 'NOPE'
CREATE STREAM s (id INT KEY, a BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o WITH (TIMESTAMP='nope') AS SELECT a FROM s;
