-- || and CONCAT, where a NULL is nothing.
--@test: NULL counts as empty text
CREATE STREAM s (id INT KEY, a VARCHAR, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a || b AS bars, CONCAT(a, b) AS two, CONCAT(a, '-', b) AS three, CONCAT_WS(',', a, b) AS ws, a || '-' || b || '.' AS chain FROM s;
INSERT INTO s (id, a, b) VALUES (1, 'x', 'y');
INSERT INTO s (id, b) VALUES (2, 'y');
INSERT INTO s (id) VALUES (3);
ASSERT VALUES o (id, bars, two, three, ws, chain) VALUES (1, 'xy', 'xy', 'x-y', 'x,y', 'x-y.');
ASSERT VALUES o (id, bars, two, three, ws, chain) VALUES (2, 'y', 'y', '-y', 'y', '-y.');
ASSERT VALUES o (id, bars, two, three, ws, chain) VALUES (3, '', '', '-', '', '-.');

--@test: only text joins text
--@expected.error: StatementError
--@expected.message: does not accept parameters (STRING, INTEGER)
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a || 1 AS x FROM s;
