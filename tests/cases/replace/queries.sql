-- CREATE OR REPLACE … AS SELECT: what may change about a running query, and what may not.
--@test: a filter comes, changes and goes
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT * FROM s;
CREATE OR REPLACE STREAM o AS SELECT * FROM s WHERE v > 1;
INSERT INTO s (id, v) VALUES (1, 1);
INSERT INTO s (id, v) VALUES (2, 2);
ASSERT VALUES o (id, v) VALUES (2, 2);
CREATE OR REPLACE STREAM o AS SELECT * FROM s WHERE v < 1;
INSERT INTO s (id, v) VALUES (3, 3);
INSERT INTO s (id, v) VALUES (4, 0);
ASSERT VALUES o (id, v) VALUES (4, 0);
CREATE OR REPLACE STREAM o AS SELECT * FROM s;
INSERT INTO s (id, v) VALUES (5, 5);
ASSERT VALUES o (id, v) VALUES (5, 5);

--@test: counts go on where they were
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE TABLE o AS SELECT v, COUNT(*) AS n FROM s GROUP BY v;
INSERT INTO s (id, v) VALUES (1, 7);
ASSERT VALUES o (v, n) VALUES (7, 1);
CREATE OR REPLACE TABLE o AS SELECT v, COUNT(*) AS n, AS_VALUE(v) AS w FROM s GROUP BY v HAVING COUNT(*) > 1;
INSERT INTO s (id, v) VALUES (2, 7);
ASSERT VALUES o (v, n, w) VALUES (7, 2, 7);

--@test: a new key is said first, whatever it does to the values
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: (Key columns must be identical. The following key columns are changed, missing or reordered: [`ID` INTEGER KEY])
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT * FROM s;
CREATE OR REPLACE STREAM o AS SELECT * FROM s PARTITION BY v;

--@test: an aggregation keeps its columns
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Query is not upgradeable. Plan step of type StreamAggregate must have matching columns not part of aggregate. Values differ: [`V`, `ROWTIME`] vs. [`V`, `ROWTIME`, `W`]
CREATE STREAM s (id INT KEY, v INT, w INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE TABLE o AS SELECT v, COUNT(*) AS n FROM s GROUP BY v;
CREATE OR REPLACE TABLE o AS SELECT v, COUNT(*) AS n FROM s WHERE w > 0 GROUP BY v;

--@test: an aggregation keeps its functions
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Plan step of type StreamAggregate must have matching aggregate functions. Values differ:
CREATE STREAM s (id INT KEY, v INT, w INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE TABLE o AS SELECT v, MIN(w) AS n FROM s GROUP BY v;
CREATE OR REPLACE TABLE o AS SELECT v, MAX(w) AS n FROM s GROUP BY v;

--@test: a windowed aggregation is not replaced, not even by itself
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Upgrades not yet supported for StreamWindowedAggregate
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY id;
CREATE OR REPLACE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY id;

--@test: table functions are not replaced
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Upgrades not yet supported for StreamFlatMap
CREATE STREAM s (id INT KEY, v ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT id, EXPLODE(v) AS e FROM s;
CREATE OR REPLACE STREAM o AS SELECT id, EXPLODE(v) AS e FROM s WHERE id > 0;

--@test: a table function does not join in later
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Query is not upgradeable. Cannot add a class io.confluent.ksql.execution.plan.StreamFlatMap step that is not in the original query plan.
CREATE STREAM s (id INT KEY, v INT, w ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT id, v FROM s;
CREATE OR REPLACE STREAM o AS SELECT id, v, EXPLODE(w) AS e FROM s;

--@test: switched off
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: CREATE OR REPLACE is currently disabled.
SET 'ksql.create.or.replace.enabled'='false';
CREATE OR REPLACE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');

--@test: source streams are never replaced
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Cannot add stream 'S': CREATE OR REPLACE is not supported on source streams.
CREATE OR REPLACE SOURCE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');

--@test: final results are not replaced
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Upgrades not yet supported for TableSuppress
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY id EMIT FINAL;
CREATE OR REPLACE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY id EMIT FINAL;

--@test: joins are not replaced
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Upgrades not yet supported for StreamStreamJoin
CREATE STREAM a (id INT KEY, v INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
CREATE STREAM b (id INT KEY, w INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT a.id, v, w FROM a JOIN b WITHIN 1 HOUR ON a.id = b.id;
CREATE OR REPLACE STREAM o AS SELECT a.id, v, w FROM a JOIN b WITHIN 1 HOUR ON a.id = b.id WHERE v > 0;

--@test: foreign-key joins are not replaced
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Upgrades not yet supported for ForeignKeyTableTableJoin
CREATE TABLE a (id INT PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
CREATE TABLE b (id INT PRIMARY KEY, w INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');
CREATE TABLE o AS SELECT a.id, v, w FROM a JOIN b ON a.v = b.id;
CREATE OR REPLACE TABLE o AS SELECT a.id, v, w FROM a JOIN b ON a.v = b.id WHERE w > 0;

--@test: a table's new filter brings the topic up to date
SET 'millrace.replace.writes.difference' = 'true';
CREATE TABLE a (id INT PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
CREATE TABLE o AS SELECT * FROM a WHERE v < 3;
INSERT INTO a (ROWTIME, id, v) VALUES (10, 1, 1);
INSERT INTO a (ROWTIME, id, v) VALUES (11, 2, 2);
INSERT INTO a (ROWTIME, id, v) VALUES (12, 3, 3);
INSERT INTO a (ROWTIME, id, v) VALUES (13, 4, 4);
ASSERT VALUES o (ROWTIME, id, v) VALUES (10, 1, 1);
ASSERT VALUES o (ROWTIME, id, v) VALUES (11, 2, 2);
CREATE OR REPLACE TABLE o AS SELECT * FROM a WHERE v > 1 AND v < 4;
ASSERT NULL VALUES o (id) KEY (1);
ASSERT VALUES o (ROWTIME, id, v) VALUES (12, 3, 3);
INSERT INTO a (ROWTIME, id, v) VALUES (20, 2, 0);
ASSERT NULL VALUES o (id) KEY (2);
CREATE OR REPLACE TABLE o AS SELECT * FROM a;
ASSERT VALUES o (ROWTIME, id, v) VALUES (10, 1, 1);
ASSERT VALUES o (ROWTIME, id, v) VALUES (20, 2, 0);
ASSERT VALUES o (ROWTIME, id, v) VALUES (13, 4, 4);

--@test: so does a new HAVING, and a new column
SET 'millrace.replace.writes.difference' = 'true';
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE TABLE o AS SELECT v, COUNT(*) AS n FROM s GROUP BY v;
INSERT INTO s (id, v) VALUES (1, 7);
INSERT INTO s (id, v) VALUES (2, 8);
INSERT INTO s (id, v) VALUES (3, 8);
ASSERT VALUES o (v, n) VALUES (7, 1);
ASSERT VALUES o (v, n) VALUES (8, 1);
ASSERT VALUES o (v, n) VALUES (8, 2);
CREATE OR REPLACE TABLE o AS SELECT v, COUNT(*) AS n FROM s GROUP BY v HAVING COUNT(*) > 1;
ASSERT NULL VALUES o (v) KEY (7);
CREATE OR REPLACE TABLE o AS SELECT v, COUNT(*) AS n, AS_VALUE(v) AS w FROM s GROUP BY v;
ASSERT VALUES o (v, n, w) VALUES (7, 1, 7);
ASSERT VALUES o (v, n, w) VALUES (8, 2, 8);
