-- Aggregations of a table: a changed row leaves its old group and enters its new one.
--@test: a row that changes within its group updates it once
CREATE TABLE members (id INT PRIMARY KEY, team VARCHAR, points INT) WITH (KAFKA_TOPIC='members', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE teams AS SELECT team, COUNT(*) AS n, SUM(points) AS total FROM members GROUP BY team;
INSERT INTO members (ROWTIME, id, team, points) VALUES (1, 1, 'red', 10);
INSERT INTO members (ROWTIME, id, team, points) VALUES (2, 1, 'red', 25);
INSERT INTO members (ROWTIME, id, team, points) VALUES (1, 2, 'red', 5);
ASSERT VALUES teams (ROWTIME, team, n, total) VALUES (1, 'red', 1, 10);
ASSERT VALUES teams (ROWTIME, team, n, total) VALUES (2, 'red', 1, 25);
ASSERT VALUES teams (ROWTIME, team, n, total) VALUES (2, 'red', 2, 30);

--@test: a row that changes its group leaves the old one first, a deleted one leaves for good
CREATE TABLE members (id INT PRIMARY KEY, team VARCHAR, points INT) WITH (KAFKA_TOPIC='members', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE teams AS SELECT team, COUNT(*) AS n, SUM(points) AS total, COLLECT_LIST(points) AS every FROM members GROUP BY team;
INSERT INTO members (id, team, points) VALUES (1, 'red', 10);
INSERT INTO members (id, team, points) VALUES (2, 'red', 7);
INSERT INTO members (id, team, points) VALUES (1, 'blue', 11);
INSERT INTO members (id, team, points) VALUES (2, NULL, 7);
ASSERT VALUES teams (team, n, total, every) VALUES ('red', 1, 10, ARRAY[10]);
ASSERT VALUES teams (team, n, total, every) VALUES ('red', 2, 17, ARRAY[10, 7]);
ASSERT VALUES teams (team, n, total, every) VALUES ('red', 1, 7, ARRAY[7]);
ASSERT VALUES teams (team, n, total, every) VALUES ('blue', 1, 11, ARRAY[11]);
ASSERT VALUES teams (team, n, total) VALUES ('red', 0, 0);

--@test: a WHERE decides who counts
CREATE TABLE members (id INT PRIMARY KEY, team VARCHAR, points INT) WITH (KAFKA_TOPIC='members', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE teams AS SELECT team, SUM(points) AS total FROM members WHERE points > 5 GROUP BY team HAVING SUM(points) > 12;
INSERT INTO members (id, team, points) VALUES (1, 'red', 10);
INSERT INTO members (id, team, points) VALUES (2, 'red', 4);
INSERT INTO members (id, team, points) VALUES (2, 'red', 8);
INSERT INTO members (id, team, points) VALUES (2, 'red', 3);
ASSERT VALUES teams (team, total) VALUES ('red', 18);
ASSERT NULL VALUES teams (team) KEY ('red');

--@test: what cannot be taken back does not aggregate a table
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: The aggregation functions MIN and MAX cannot be applied to a table source, only to a stream source.
CREATE TABLE members (id INT PRIMARY KEY, team VARCHAR, points INT) WITH (KAFKA_TOPIC='members', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE teams AS SELECT team, MIN(points) AS low, COUNT(*) AS n, MAX(points) AS high FROM members GROUP BY team;
