-- Aggregation without windows: every update is a row.
--@test: counts, sums and extremes by another column than the key
CREATE STREAM s (id INT KEY, city VARCHAR, v BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT city, COUNT(*) AS n, SUM(v) AS total, MIN(v) AS low, MAX(v) AS high, AVG(v) AS mean FROM s GROUP BY city;
INSERT INTO s (id, city, v) VALUES (1, 'rome', 4);
INSERT INTO s (id, city, v) VALUES (2, 'oslo', 7);
INSERT INTO s (id, city, v) VALUES (3, 'rome', 1);
INSERT INTO s (id, city) VALUES (4, 'rome');
ASSERT VALUES t (city, n, total, low, high, mean) VALUES ('rome', 1, 4, 4, 4, 4.0E0);
ASSERT VALUES t (city, n, total, low, high, mean) VALUES ('oslo', 1, 7, 7, 7, 7.0E0);
ASSERT VALUES t (city, n, total, low, high, mean) VALUES ('rome', 2, 5, 1, 4, 2.5E0);
ASSERT VALUES t (city, n, total, low, high, mean) VALUES ('rome', 3, 5, 1, 4, 2.5E0);

--@test: a NULL group is left out
CREATE STREAM s (id INT KEY, city VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT city, COUNT(*) AS n FROM s GROUP BY city;
INSERT INTO s (id) VALUES (1);
INSERT INTO s (id, city) VALUES (2, 'oslo');
ASSERT VALUES t (city, n) VALUES ('oslo', 1);

--@test: HAVING takes a group away when it stops to hold
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t AS SELECT id, SUM(v) AS total FROM s GROUP BY id HAVING SUM(v) < 5;
INSERT INTO s (id, v) VALUES (1, 3);
INSERT INTO s (id, v) VALUES (1, 4);
ASSERT VALUES t (id, total) VALUES (1, 3);
ASSERT NULL VALUES t (id) KEY (1);
