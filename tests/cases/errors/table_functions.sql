-- Table functions stand in SELECT, outside of CASE and of each other.

--@test: in CASE
--@expected.error: StatementError
--@expected.message: Table functions cannot be used in CASE: EXPLODE(A)
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT CASE WHEN op='u' THEN EXPLODE(a) ELSE EXPLODE(b) END AS x FROM s;

--@test: deep in CASE
--@expected.error: StatementError
--@expected.message: Table functions cannot be used in CASE: EXPLODE(B)
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT op, 1 + (CASE op WHEN 'u' THEN ABS(EXPLODE(b)) END) AS x FROM s;

--@test: in each other
--@expected.error: StatementError
--@expected.message: Table functions cannot be nested: EXPLODE(EXPLODE(AA))
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT EXPLODE(EXPLODE(aa)) FROM s;

--@test: in WHERE
--@expected.error: StatementError
--@expected.message: Can't find any functions with the name 'EXPLODE' that may stand here: it is a table function, for SELECT only
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT op FROM s WHERE EXPLODE(a) = 1;

--@test: in GROUP BY
--@expected.error: StatementError
--@expected.message: Can't find any functions with the name 'EXPLODE'
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE o AS SELECT op, COUNT(*) FROM s GROUP BY op, EXPLODE(a);

--@test: in GROUP BY and SELECT
--@expected.error: StatementError
--@expected.message: Table functions cannot be used with aggregations.
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE o AS SELECT EXPLODE(a), COUNT(*) FROM s GROUP BY EXPLODE(a);

--@test: in PARTITION BY
--@expected.error: StatementError
--@expected.message: Can't find any functions with the name 'EXPLODE'
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT op, EXPLODE(a) FROM s PARTITION BY EXPLODE(a);

--@test: in HAVING
--@expected.error: StatementError
--@expected.message: Can't find any functions with the name 'EXPLODE'
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE o AS SELECT op, COUNT(*) FROM s GROUP BY op HAVING EXPLODE(COLLECT_LIST(1)) = 1;

--@test: in INSERT
--@expected.error: StatementError
--@expected.message: Can't find any functions with the name 'EXPLODE'
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
INSERT INTO s (op) VALUES (EXPLODE(ARRAY['x']));

--@test: a CASE within one is none of it
CREATE STREAM s (op STRING, a ARRAY<INT>, b ARRAY<INT>, aa ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT EXPLODE(CASE WHEN op='u' THEN a ELSE b END) AS x FROM s;
INSERT INTO s (op, a) VALUES ('u', ARRAY[1, 2]);
ASSERT VALUES o (x) VALUES (1);
ASSERT VALUES o (x) VALUES (2);
