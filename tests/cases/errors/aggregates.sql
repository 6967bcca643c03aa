-- Aggregates without a group.
--@test: a column beside an aggregate is what is wrong first
--@expected.error: StatementError
--@expected.message: Non-aggregate SELECT expression(s) not part of GROUP BY: V
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT v, COUNT(*) AS n FROM s;

--@test: only aggregates, and no group
--@expected.error: StatementError
--@expected.message: CREATE TABLE AS SELECT statement does not support aggregate function [COUNT, SUM] without a GROUP BY clause.
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT COUNT(*) AS n, SUM(v) AS t FROM s;

--@test: a row in more windows than can be kept
--@expected.error: StatementError
--@expected.message: Every row would be in 86400000 windows of size 86400000 ms that advance by 1 ms. At most 100000 are possible
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s WINDOW HOPPING (SIZE 1 DAY, ADVANCE BY 1 MILLISECONDS) GROUP BY id;
