-- Literals in IN and CASE: what bends and what does not.
--@test: in decimal to string
CREATE STREAM s (id INT KEY, t STRING, b BOOLEAN, l BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, t IN (1.20, -3, 'x') AS a, b IN ('true', FALSE) AS c, l IN ('7', 8) AS d FROM s;
INSERT INTO s (id, t, b, l) VALUES (1, '1.20', TRUE, 7);
INSERT INTO s (id, t, b, l) VALUES (2, '-3', FALSE, 8);
ASSERT VALUES o (id, a, c, d) VALUES (1, TRUE, TRUE, TRUE);
ASSERT VALUES o (id, a, c, d) VALUES (2, TRUE, TRUE, TRUE);

--@test: in int with other literal
--@expected.error: StatementError
--@expected.message: Invalid Predicate: operator does not exist: INTEGER = BOOLEAN (true)
CREATE STREAM s (id INT KEY, t INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE t IN (10, true);

--@test: in bool with bad text
--@expected.error: StatementError
--@expected.message: Invalid Predicate: invalid input syntax for type BOOLEAN: "10 - not a boolean".
CREATE STREAM s (id INT KEY, t BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE t IN (true, '10 - not a boolean');

--@test: in bool with number
--@expected.error: StatementError
--@expected.message: Invalid Predicate: operator does not exist: BOOLEAN = INTEGER (10)
CREATE STREAM s (id INT KEY, t BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE t IN (true, 10);

--@test: in array with other
--@expected.error: StatementError
--@expected.message: Invalid Predicate: operator does not exist: ARRAY<BIGINT> = INTEGER (10)
CREATE STREAM s (id INT KEY, t ARRAY<BIGINT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE t IN (t, 10);

--@test: string in with nested
--@expected.error: StatementError
--@expected.message: Invalid Predicate: operator does not exist: STRING = ARRAY<INTEGER> (ARRAY[1])
CREATE STREAM s (id INT KEY, t STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE t IN ('x', ARRAY[1]);

--@test: case struct types
--@expected.error: StatementError
--@expected.message: Invalid Case expression. Type for all 'THEN' clauses should be the same.
CREATE STREAM s (id INT KEY, t INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CASE WHEN t = 1 THEN STRUCT(a:=1) WHEN t = 2 THEN STRUCT(b:=1) END AS c FROM s;

--@test: all null case
--@expected.error: StatementError
--@expected.message: Invalid Case expression. All case branches have NULL type
CREATE STREAM s (id INT KEY, t INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CASE WHEN t = 1 THEN NULL END AS c FROM s;

--@test: in int with text of a wider number
CREATE STREAM s (id INT KEY, t INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, t FROM s WHERE t IN ('2147483648', '7') OR t IN (2147483648, 8) OR t IN ('99999999999999999999', 9);
INSERT INTO s (id, t) VALUES (1, 7);
INSERT INTO s (id, t) VALUES (2, 8);
INSERT INTO s (id, t) VALUES (3, 9);
INSERT INTO s (id, t) VALUES (4, 10);
INSERT INTO s (id, t) VALUES (5, 7);
ASSERT VALUES o (id, t) VALUES (1, 7);
ASSERT VALUES o (id, t) VALUES (2, 8);
ASSERT VALUES o (id, t) VALUES (3, 9);
ASSERT VALUES o (id, t) VALUES (5, 7);

--@test: in array of numbers with text
CREATE STREAM s (id INT KEY, t ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, 1 AS one FROM s WHERE t IN (ARRAY['1', '2147483648'], ARRAY['2', '3']);
INSERT INTO s (id, t) VALUES (1, ARRAY[1, 2]);
INSERT INTO s (id, t) VALUES (2, ARRAY[2, 3]);
ASSERT VALUES o (id, one) VALUES (2, 1);
