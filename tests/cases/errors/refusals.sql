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
