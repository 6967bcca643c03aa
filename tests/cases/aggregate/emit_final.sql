-- EMIT FINAL: one row a window, when stream time has passed its end and its grace.
--@test: a tumbling window is shown once, when it is over
CREATE STREAM clicks (page VARCHAR KEY, n INT) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE counts AS SELECT page, COUNT(*) AS hits, WINDOWSTART AS ws FROM clicks WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 2 SECONDS) GROUP BY page EMIT FINAL;
INSERT INTO clicks (ROWTIME, page, n) VALUES (1000, '/a', 1);
INSERT INTO clicks (ROWTIME, page, n) VALUES (11000, '/a', 1);
INSERT INTO clicks (ROWTIME, page, n) VALUES (9000, '/a', 1);
INSERT INTO clicks (ROWTIME, page, n) VALUES (12000, '/b', 1);
INSERT INTO clicks (ROWTIME, page, n) VALUES (8000, '/a', 1);
INSERT INTO clicks (ROWTIME, page, n) VALUES (22000, '/c', 1);
ASSERT VALUES counts (page, hits, ws) VALUES ('/a', 2, 0);
ASSERT VALUES counts (page, hits, ws) VALUES ('/a', 1, 10000);
ASSERT VALUES counts (page, hits, ws) VALUES ('/b', 1, 10000);

--@test: EMIT FINAL needs a window
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: EMIT FINAL is only supported for windowed aggregations.
CREATE STREAM clicks (page VARCHAR KEY, n INT) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE counts AS SELECT page, COUNT(*) AS hits FROM clicks GROUP BY page EMIT FINAL;
