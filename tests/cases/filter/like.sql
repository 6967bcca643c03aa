-- Filters and projections over a stream.
--@test: LIKE keeps the rows of one prefix
CREATE STREAM clicks (user_id VARCHAR, page VARCHAR) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM mobile AS SELECT user_id, page FROM clicks WHERE page LIKE '/mobile/%';
INSERT INTO clicks (user_id, page, rowtime) VALUES ('a', '/mobile/x', 10);
INSERT INTO clicks (user_id, page, rowtime) VALUES ('b', '/home', 11);
INSERT INTO clicks (user_id, page, rowtime) VALUES ('c', '/mobile/', 12);
ASSERT VALUES mobile (user_id, page, rowtime) VALUES ('a', '/mobile/x', 10);
ASSERT VALUES mobile (user_id, page, rowtime) VALUES ('c', '/mobile/', 12);
ASSERT STREAM mobile (user_id VARCHAR, page VARCHAR) WITH (KAFKA_TOPIC='MOBILE', VALUE_FORMAT='JSON');

--@test: a NULL operand drops the row
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM big AS SELECT id, v FROM s WHERE v > 1;
INSERT INTO s (id) VALUES (1);
INSERT INTO s (id, v) VALUES (2, 2);
ASSERT VALUES big (id, v) VALUES (2, 2);

--@test: CASE, IN, BETWEEN and arithmetic
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CASE WHEN v IN (1, 2) THEN 'small' WHEN v BETWEEN 3 AND 5 THEN 'middle' ELSE 'big' END AS class,
  v * 2 + 1 AS w FROM s;
INSERT INTO s (id, v) VALUES (1, 2);
INSERT INTO s (id, v) VALUES (2, 5);
INSERT INTO s (id, v) VALUES (3, 6);
ASSERT VALUES o (id, class, w) VALUES (1, 'small', 5);
ASSERT VALUES o (id, class, w) VALUES (2, 'middle', 11);
ASSERT VALUES o (id, class, w) VALUES (3, 'big', 13);
