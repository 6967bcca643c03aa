-- Comparison: across types, NULL, order of text, bytes and times.
--@test: numbers compare by value whatever their type
CREATE STREAM s (id INT KEY, i INT, b BIGINT, d DECIMAL(6, 2), x DOUBLE) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, i = b AS ib, i = d AS id2, i = x AS ix, b < d AS bd, d >= x AS dx, d = 1.5 AS dlit, x = 1.5 AS xlit, d <> 1.500 AS scale, i != 1 AS ne FROM s;
INSERT INTO s (id, i, b, d, x) VALUES (1, 1, 1, 1.00, 1);
INSERT INTO s (id, i, b, d, x) VALUES (2, 1, 1, 1.50, 1.5);
INSERT INTO s (id, i) VALUES (3, 1);
ASSERT VALUES o (id, ib, id2, ix, bd, dx, dlit, xlit, scale, ne) VALUES (1, TRUE, TRUE, TRUE, FALSE, TRUE, FALSE, FALSE, TRUE, FALSE);
ASSERT VALUES o (id, ib, id2, ix, bd, dx, dlit, xlit, scale, ne) VALUES (2, TRUE, FALSE, FALSE, TRUE, TRUE, TRUE, TRUE, FALSE, FALSE);
ASSERT VALUES o (id, ib, id2, ix, bd, dx, dlit, xlit, scale, ne) VALUES (3, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE);

--@test: text in the order of its characters
CREATE STREAM s (id INT KEY, a VARCHAR, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a < b AS lt, a <= b AS le, a = b AS eq, a > b AS gt FROM s;
INSERT INTO s (id, a, b) VALUES (1, 'a', 'b');
INSERT INTO s (id, a, b) VALUES (2, 'a', 'a');
INSERT INTO s (id, a, b) VALUES (3, 'a', 'B');
INSERT INTO s (id, a, b) VALUES (4, 'a', '');
INSERT INTO s (id, a, b) VALUES (5, 'ab', 'abc');
INSERT INTO s (id, a, b) VALUES (6, '10', '9');
ASSERT VALUES o (id, lt, le, eq, gt) VALUES (1, TRUE, TRUE, FALSE, FALSE);
ASSERT VALUES o (id, lt, le, eq, gt) VALUES (2, FALSE, TRUE, TRUE, FALSE);
ASSERT VALUES o (id, lt, le, eq, gt) VALUES (3, FALSE, FALSE, FALSE, TRUE);
ASSERT VALUES o (id, lt, le, eq, gt) VALUES (4, FALSE, FALSE, FALSE, TRUE);
ASSERT VALUES o (id, lt, le, eq, gt) VALUES (5, TRUE, TRUE, FALSE, FALSE);
ASSERT VALUES o (id, lt, le, eq, gt) VALUES (6, TRUE, TRUE, FALSE, FALSE);

--@test: times against times and text
CREATE STREAM s (id INT KEY, d DATE, t TIME, ts TIMESTAMP, v VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, d = '2021-01-02' AS deq, d < ts AS dts, ts > '2021-01' AS tsgt, t BETWEEN '08:00' AND '17:30' AS office, v = d AS vd, ts = d AS same FROM s;
INSERT INTO s (id, d, t, ts, v) VALUES (1, '2021-01-02', '09:00:01', '2021-01-02T00:00:00', '2021-01-02');
INSERT INTO s (id, d, t, ts, v) VALUES (2, '2021-01-01', '17:30:00.001', '2021-01-01T00:00:00.001', '2021');
INSERT INTO s (id) VALUES (3);
ASSERT VALUES o (id, deq, dts, tsgt, office, vd, same) VALUES (1, TRUE, FALSE, TRUE, TRUE, TRUE, TRUE);
ASSERT VALUES o (id, deq, dts, tsgt, office, vd, same) VALUES (2, FALSE, TRUE, TRUE, FALSE, TRUE, FALSE);
ASSERT VALUES o (id, deq, dts, tsgt, office, vd, same) VALUES (3, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE);

--@test: arrays, maps and structs are equal or not
CREATE STREAM s (id INT KEY, a ARRAY<INT>, b ARRAY<INT>, m MAP<STRING, INT>, r STRUCT<x INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a = b AS ab, a <> b AS nab, a = ARRAY[1, 2] AS lit, m = MAP('k':=1) AS mk, r = STRUCT(x:=1) AS rx FROM s;
INSERT INTO s (id, a, b, m, r) VALUES (1, ARRAY[1, 2], ARRAY[1, 2], MAP('k':=1), STRUCT(x:=1));
INSERT INTO s (id, a, b, m, r) VALUES (2, ARRAY[1, 2], ARRAY[2, 1], MAP('k':=2), STRUCT(x:=2));
INSERT INTO s (id, a) VALUES (3, ARRAY[1]);
ASSERT VALUES o (id, ab, nab, lit, mk, rx) VALUES (1, TRUE, FALSE, TRUE, TRUE, TRUE);
ASSERT VALUES o (id, ab, nab, lit, mk, rx) VALUES (2, FALSE, TRUE, TRUE, FALSE, FALSE);
ASSERT VALUES o (id, ab, nab, lit, mk, rx) VALUES (3, FALSE, FALSE, FALSE, FALSE, FALSE);

--@test: IS DISTINCT FROM knows NULL
CREATE STREAM s (id INT KEY, a INT, b INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a IS DISTINCT FROM b AS d, a IS NOT DISTINCT FROM b AS n, a IS DISTINCT FROM NULL AS dn, NOT (a = b) AS neg FROM s;
INSERT INTO s (id, a, b) VALUES (1, 1, 1);
INSERT INTO s (id, a, b) VALUES (2, 1, 2);
INSERT INTO s (id, a) VALUES (3, 1);
INSERT INTO s (id) VALUES (4);
ASSERT VALUES o (id, d, n, dn, neg) VALUES (1, FALSE, TRUE, TRUE, FALSE);
ASSERT VALUES o (id, d, n, dn, neg) VALUES (2, TRUE, FALSE, TRUE, TRUE);
ASSERT VALUES o (id, d, n, dn, neg) VALUES (3, TRUE, FALSE, TRUE, TRUE);
ASSERT VALUES o (id, d, n, dn, neg) VALUES (4, FALSE, TRUE, FALSE, TRUE);

--@test: text is no number
--@expected.error: StatementError
--@expected.message: Cannot compare A (STRING) to 1 (INTEGER) with EQUAL.
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE a = 1;

--@test: truth values have no order
--@expected.error: StatementError
--@expected.message: Cannot compare A (BOOLEAN) to true (BOOLEAN) with LESS_THAN.
CREATE STREAM s (id INT KEY, a BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE a < TRUE;

--@test: arrays have no order
--@expected.error: StatementError
--@expected.message: with GREATER_THAN.
CREATE STREAM s (id INT KEY, a ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE a > ARRAY[1];

--@test: a time is no date
--@expected.error: StatementError
--@expected.message: Cannot compare T (TIME) to D (DATE) with EQUAL.
CREATE STREAM s (id INT KEY, t TIME, d DATE) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE t = d;

--@test: nothing equals NULL
--@expected.error: StatementError
--@expected.message: Comparison with NULL not supported: INTEGER = NULL
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE a = NULL;

--@test: ROWTIME against text is a time
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a FROM s WHERE ROWTIME >= '2021-01-01T00:00:00+0100' AND ROWTIME < '2021-01-01';
CREATE STREAM p AS SELECT id, a FROM s WHERE ROWTIME BETWEEN '2021-01-01' AND '2021-01-02';
INSERT INTO s (id, a, rowtime) VALUES (1, 0, 1609455599999);
INSERT INTO s (id, a, rowtime) VALUES (2, 0, 1609455600000);
INSERT INTO s (id, a, rowtime) VALUES (3, 0, 1609459200000);
ASSERT VALUES o (id, a, rowtime) VALUES (2, 0, 1609455600000);
ASSERT VALUES p (id, a, rowtime) VALUES (3, 0, 1609459200000);
