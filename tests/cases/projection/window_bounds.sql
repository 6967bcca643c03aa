-- WINDOWSTART and WINDOWEND of the aggregation itself: in SELECT, nowhere else.
--@test: in expressions, under the source's name too
CREATE STREAM s (id BIGINT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT id, s.WINDOWSTART / 2 AS half, WINDOWEND - WINDOWSTART AS len, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 30 SECONDS) GROUP BY id;
INSERT INTO s (id, v, rowtime) VALUES (1, 0, 60001);
ASSERT VALUES t (id, half, len, n) VALUES (1, 30000, 30000, 1);

--@test: not in WHERE
--@expected.error: StatementError
--@expected.message: Error in WHERE expression: Unknown column WINDOWEND.
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 SECOND) WHERE windowEnd < 15000 GROUP BY id;

--@test: not in GROUP BY
--@expected.error: StatementError
--@expected.message: Window bounds column WINDOWSTART can only be used in the SELECT clause of windowed aggregations and can not be passed to aggregate functions.
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY id, WINDOWSTART;

--@test: not in HAVING
--@expected.error: StatementError
--@expected.message: Window bounds column WINDOWSTART can only be used in the SELECT clause
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY id HAVING WINDOWSTART > 1000;

--@test: not in an aggregate
--@expected.error: StatementError
--@expected.message: Window bounds column WINDOWSTART can only be used in the SELECT clause
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT id, MAX(WINDOWSTART) AS n FROM s WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY id;

--@test: not without a window
--@expected.error: StatementError
--@expected.message: SELECT column 'WINDOWSTART' cannot be resolved.
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT id, WINDOWSTART AS ws, COUNT(*) AS n FROM s GROUP BY id;

--@test: the star of a join has those of its sides
CREATE STREAM a (id INT KEY, v INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 SECOND', PARTITIONS=1);
CREATE STREAM b (id INT KEY, v INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON', WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 SECOND', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM a JOIN b WITHIN 1 MINUTE ON a.id = b.id;
ASSERT STREAM o (a_id INT KEY, a_windowstart BIGINT, a_windowend BIGINT, a_v INT, b_id INT, b_windowstart BIGINT, b_windowend BIGINT, b_v INT) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON', WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 SECOND');

--@test: a windowed source has its own
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 SECOND', PARTITIONS=1);
CREATE STREAM o AS SELECT id, v, WINDOWSTART AS ws, WINDOWEND AS we FROM s WHERE WINDOWSTART >= '1970-01-01T00:00:01';
ASSERT STREAM o (id INT KEY, v INT, ws BIGINT, we BIGINT) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON', WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 SECOND');
