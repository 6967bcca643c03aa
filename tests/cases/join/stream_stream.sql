-- Streams joined within a window of time.
--@test: an INNER join on both keys
CREATE STREAM orders (id INT KEY, item VARCHAR) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM payments (id INT KEY, cents INT) WITH (KAFKA_TOPIC='payments', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM paid AS SELECT o.id AS id, item, cents FROM orders o JOIN payments p WITHIN 10 SECONDS ON o.id = p.id;
INSERT INTO orders (ROWTIME, id, item) VALUES (1000, 1, 'tea');
INSERT INTO payments (ROWTIME, id, cents) VALUES (2000, 1, 250);
INSERT INTO payments (ROWTIME, id, cents) VALUES (3000, 2, 900);
INSERT INTO payments (ROWTIME, id, cents) VALUES (20000, 1, 100);
INSERT INTO orders (ROWTIME, id, item) VALUES (21000, 1, 'milk');
ASSERT VALUES paid (ROWTIME, id, item, cents) VALUES (2000, 1, 'tea', 250);
ASSERT VALUES paid (ROWTIME, id, item, cents) VALUES (21000, 1, 'milk', 100);

--@test: a side that is not keyed by the join's column goes through a topic
CREATE STREAM orders (id INT KEY, buyer VARCHAR) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM visits (buyer VARCHAR KEY, page VARCHAR) WITH (KAFKA_TOPIC='visits', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM seen AS SELECT * FROM orders o JOIN visits v WITHIN (1 MINUTE, 0 SECONDS) ON o.buyer = v.buyer;
INSERT INTO visits (ROWTIME, buyer, page) VALUES (1000, 'ann', '/tea');
INSERT INTO orders (ROWTIME, id, buyer) VALUES (2000, 7, 'ann');
ASSERT VALUES seen (o_buyer, o_id, v_buyer, v_page) VALUES ('ann', 7, 'ann', '/tea');

--@test: LEFT without a grace period answers at once
CREATE STREAM l (id INT KEY, a INT) WITH (KAFKA_TOPIC='l', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM r (id INT KEY, b INT) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT l.id AS id, a, r.id AS other, b FROM l LEFT JOIN r WITHIN 10 SECONDS ON l.id = r.id;
INSERT INTO l (ROWTIME, id, a) VALUES (1000, 1, 5);
INSERT INTO r (ROWTIME, id, b) VALUES (1500, 1, 6);
ASSERT VALUES o (ROWTIME, id, a, other, b) VALUES (1000, 1, 5, NULL, NULL);
ASSERT VALUES o (ROWTIME, id, a, other, b) VALUES (1500, 1, 5, 1, 6);

--@test: FULL OUTER with a grace period answers when the window is closed
CREATE STREAM l (id INT KEY, a INT) WITH (KAFKA_TOPIC='l', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM r (id INT KEY, b INT) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT ROWKEY AS id, l.id AS left_id, a, r.id AS right_id, b FROM l FULL OUTER JOIN r WITHIN 10 SECONDS GRACE PERIOD 1 SECOND ON l.id = r.id;
INSERT INTO l (ROWTIME, id, a) VALUES (1000, 1, 5);
INSERT INTO r (ROWTIME, id, b) VALUES (2000, 2, 6);
INSERT INTO l (ROWTIME, id, a) VALUES (3000, 2, 7);
INSERT INTO r (ROWTIME, id, b) VALUES (60000, 3, 8);
INSERT INTO l (ROWTIME, id, a) VALUES (120000, 4, 9);
ASSERT VALUES o (ROWTIME, id, left_id, a, right_id, b) VALUES (3000, 2, 2, 7, 2, 6);
ASSERT VALUES o (ROWTIME, id, left_id, a, right_id, b) VALUES (1000, 1, 1, 5, NULL, NULL);
ASSERT VALUES o (ROWTIME, id, left_id, a, right_id, b) VALUES (60000, 3, NULL, NULL, 3, 8);

--@test: the key that a FULL OUTER join makes up has to be selected
--@expected.error: StatementError
--@expected.message: was added as a synthetic key column
CREATE STREAM l (id INT KEY, a INT) WITH (KAFKA_TOPIC='l', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM r (id INT KEY, b INT) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT l.id, a, b FROM l FULL OUTER JOIN r WITHIN 10 SECONDS ON l.id = r.id;

--@test: a chain of three sources
CREATE STREAM l (id INT KEY, a INT) WITH (KAFKA_TOPIC='l', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM r (id INT KEY, b INT) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE t (id INT PRIMARY KEY, c INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT l.id AS id, a, b, c FROM l JOIN r WITHIN 10 SECONDS ON l.id = r.id LEFT JOIN t ON r.id = t.id;
INSERT INTO t (ROWTIME, id, c) VALUES (500, 1, 3);
INSERT INTO l (ROWTIME, id, a) VALUES (1000, 1, 1);
INSERT INTO r (ROWTIME, id, b) VALUES (1500, 1, 2);
INSERT INTO l (ROWTIME, id, a) VALUES (2000, 2, 1);
INSERT INTO r (ROWTIME, id, b) VALUES (2500, 2, 2);
ASSERT VALUES o (ROWTIME, id, a, b, c) VALUES (1500, 1, 1, 2, 3);
ASSERT VALUES o (ROWTIME, id, a, b, c) VALUES (2500, 2, 1, 2, NULL);
