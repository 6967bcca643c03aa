-- Streams enriched from tables.
--@test: a LEFT join pads with NULL until the table has the key
CREATE STREAM clicks (user_id VARCHAR KEY, page VARCHAR) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE users (user_id VARCHAR PRIMARY KEY, tier VARCHAR) WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM enriched AS SELECT c.user_id, page, tier FROM clicks c LEFT JOIN users u ON c.user_id = u.user_id;
INSERT INTO clicks (user_id, page) VALUES ('a', '/1');
INSERT INTO users (user_id, tier) VALUES ('a', 'pro');
INSERT INTO clicks (user_id, page) VALUES ('a', '/2');
INSERT INTO clicks (user_id, page) VALUES ('b', '/3');
ASSERT VALUES enriched (c_user_id, page, tier) VALUES ('a', '/1', NULL);
ASSERT VALUES enriched (c_user_id, page, tier) VALUES ('a', '/2', 'pro');
ASSERT VALUES enriched (c_user_id, page, tier) VALUES ('b', '/3', NULL);

--@test: an INNER join waits for nothing
CREATE STREAM clicks (id INT, user_id VARCHAR) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE users (user_id VARCHAR PRIMARY KEY, tier VARCHAR) WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM enriched AS SELECT c.user_id AS user_id, id, tier FROM clicks c JOIN users u ON c.user_id = u.user_id;
INSERT INTO clicks (id, user_id) VALUES (1, 'a');
INSERT INTO users (user_id, tier) VALUES ('a', 'free');
INSERT INTO clicks (id, user_id) VALUES (2, 'a');
ASSERT VALUES enriched (user_id, id, tier) VALUES ('a', 2, 'free');
