-- NULL handling and AS_VALUE: a usual value, NULL and the edges.

--@test: COALESCE, IFNULL, NULLIF
CREATE STREAM s (id INT KEY, a INT, b INT, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, COALESCE(a, b, 3) AS r1, IFNULL(a, b) AS r2, NULLIF(a, b) AS r3,
  NULLIF(s, '') AS r4, COALESCE(s, 'none') AS r5 FROM s;
INSERT INTO s (id, a, b, s) VALUES (1, 1, 2, 'x');
INSERT INTO s (id, a, b, s) VALUES (2, NULL, 2, '');
INSERT INTO s (id, a, b, s) VALUES (3, 2, 2, NULL);
INSERT INTO s (id, a, b, s) VALUES (4, 2, NULL, '😀');
INSERT INTO s (id, a, b, s) VALUES (5, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (1, 1, 1, 1, 'x', 'x');
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (2, 2, 2, NULL, NULL, '');
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (3, 2, 2, NULL, NULL, 'none');
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (4, 2, 2, 2, '😀', '😀');
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (5, 3, NULL, NULL, NULL, 'none');

--@test: COALESCE of other types
CREATE STREAM s (id INT KEY, x DECIMAL(4, 2), a ARRAY<INT>, m MAP<VARCHAR, INT>, y BYTES, t TIMESTAMP) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, COALESCE(x, CAST('0.00' AS DECIMAL(4, 2))) AS r1, IFNULL(a, ARRAY[0]) AS r2,
  IFNULL(m, MAP('n' := 0)) AS r3, IFNULL(y, TO_BYTES('a', 'utf8')) AS r4, IFNULL(t, FROM_UNIXTIME(0)) AS r5 FROM s;
INSERT INTO s (id, x, a, m, y, t) VALUES (1, 1.50, ARRAY[1], MAP('a' := 1), 'AA==', '2024-01-01T00:00:00');
INSERT INTO s (id, x, a, m, y, t) VALUES (2, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (1, 1.50, ARRAY[1], MAP('a' := 1), 'AA==', '2024-01-01T00:00:00');
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (2, 0.00, ARRAY[0], MAP('n' := 0), 'YQ==', '1970-01-01T00:00:00');

--@test: COALESCE of different types
CREATE STREAM s (id INT KEY, i INT, t VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: does not accept parameters (INTEGER, STRING)
CREATE STREAM o AS SELECT id, COALESCE(i, t) AS r FROM s;

--@test: AS_VALUE copies a key into the value
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, AS_VALUE(id) AS copied, AS_VALUE(v) AS w FROM s;
INSERT INTO s (id, v) VALUES (1, 5);
INSERT INTO s (id) VALUES (-2147483648);
INSERT INTO s (v) VALUES (7);
ASSERT VALUES o (id, copied, w) VALUES (1, 1, 5);
ASSERT VALUES o (id, copied, w) VALUES (-2147483648, -2147483648, NULL);
ASSERT VALUES o (copied, w) VALUES (NULL, 7);
