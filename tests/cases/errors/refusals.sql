-- What is refused, and with which words.
--@test: an unknown column names its clause
--@expected.error: StatementError
--@expected.message: 'NOPE' cannot be resolved
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, nope FROM s;

--@test: an unknown source
--@expected.error: StatementError
--@expected.message: NOPE does not exist.
CREATE STREAM o AS SELECT * FROM nope;

--@test: a table needs a primary key
--@expected.error: StatementError
--@expected.message: Tables require a PRIMARY KEY. Please define the PRIMARY KEY.
CREATE TABLE t (id INT, v INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: text where a statement was expected
--@expected.error: StatementError
--@expected.message: Syntax Error
SELEKT * FROM s;

--@test: a column of two sources before one that is nowhere
--@expected.error: StatementError
--@expected.message: Column 'V' is ambiguous. Could be any of: A.V, B.V
CREATE STREAM a (id INT KEY, v INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE b (id INT PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT a.id, nope, v FROM a JOIN b ON a.id = b.id;

--@test: an aggregate without GROUP BY before a window without it
--@expected.error: StatementError
--@expected.message: does not support aggregate function [COUNT] without a GROUP BY clause.
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE o AS SELECT COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 HOUR);

--@test: the number of values before a column that takes none
--@expected.error: StatementError
--@expected.message: Expected a value for each column.
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
INSERT INTO s (id, ROWPARTITION) VALUES (1);

--@test: the unit of WINDOW_SIZE
--@expected.error: StatementError
--@expected.message: Invalid duration: '10 FORTNIGHTS'. Unknown time unit: 'FORTNIGHTS'
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1, WINDOW_TYPE='TUMBLING', WINDOW_SIZE='10 FORTNIGHTS');

--@test: a place counts in the whole text
--@expected.error: StatementError
--@expected.message: Line: 6, Col: 15: Source `NOPE` does not exist.
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

  INSERT INTO nope SELECT * FROM s;

--@test: a query that reads what it writes
--@expected.error: StatementError
--@expected.message: The query would read what it writes (s)
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
INSERT INTO s SELECT * FROM s;

--@test: a query that reads what it writes by way of others and of another name
--@expected.error: StatementError
--@expected.message: The query would read what it writes (s -> query CSAS_M_0 -> m -> query CSAS_N_1 -> n)
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM m WITH (KAFKA_TOPIC='m') AS SELECT * FROM s;
CREATE STREAM n WITH (KAFKA_TOPIC='n') AS SELECT * FROM m;
CREATE STREAM other (id INT KEY, v INT) WITH (KAFKA_TOPIC='n', VALUE_FORMAT='JSON');
INSERT INTO s SELECT * FROM other;

--@test: a row for a table that a query keeps
--@expected.error: StatementError
--@expected.message: Cannot insert values into 'T': query CTAS_T_0 keeps a table in its topic T
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;
INSERT INTO t (id, n) VALUES (1, 1);
