-- Arithmetic: types of results, wrap-around, division, NULL.
--@test: the type of a sum is the wider one
CREATE STREAM s (id INT KEY, i INT, b BIGINT, d DECIMAL(5, 2), x DOUBLE) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, i + i AS ii, i + b AS ib, b + i AS bi, i + x AS ix, b + x AS bx, d + x AS dx, x + d AS xd, i + d AS idec, b + d AS bd, d + d AS dd FROM s;
ASSERT STREAM o (id INT KEY, ii INT, ib BIGINT, bi BIGINT, ix DOUBLE, bx DOUBLE, dx DOUBLE, xd DOUBLE, idec DECIMAL(13, 2), bd DECIMAL(22, 2), dd DECIMAL(6, 2)) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO s (id, i, b, d, x) VALUES (1, 7, 3000000000, 1.25, 0.5);
ASSERT VALUES o (id, ii, ib, bi, ix, bx, dx, xd, idec, bd, dd) VALUES (1, 14, 3000000007, 3000000007, 7.5, 3000000000.5, 1.75, 1.75, 8.25, 3000000001.25, 2.50);

--@test: precision and scale of DECIMAL results
CREATE STREAM s (id INT KEY, a DECIMAL(5, 2), b DECIMAL(7, 4)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a + b AS plus, a - b AS minus, a * b AS times, a / b AS divided, a % b AS remainder, a * 2 AS by_int, a / 2 AS half, -a AS negative FROM s;
ASSERT STREAM o (id INT KEY, plus DECIMAL(8, 4), minus DECIMAL(8, 4), times DECIMAL(13, 6), divided DECIMAL(17, 10), remainder DECIMAL(7, 4), by_int DECIMAL(16, 2), half DECIMAL(16, 13), negative DECIMAL(5, 2)) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO s (id, a, b) VALUES (1, 2.50, 1.2500);
ASSERT VALUES o (id, plus, minus, times, divided, remainder, by_int, half, negative) VALUES (1, 3.75, 1.25, 3.125, 2, 0, 5.00, 1.25, -2.50);

--@test: a DECIMAL quotient that does not end is NULL
CREATE STREAM s (id INT KEY, a DECIMAL(3, 1), b DECIMAL(3, 1)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a / b AS q, a % b AS r, 1.0 / 3.0 AS c FROM s;
INSERT INTO s (id, a, b) VALUES (1, 1.0, 3.0);
INSERT INTO s (id, a, b) VALUES (2, 1.0, 8.0);
INSERT INTO s (id, a, b) VALUES (3, 1.0, 0.0);
INSERT INTO s (id, a, b) VALUES (4, NULL, 1.0);
ASSERT VALUES o (id, q, r, c) VALUES (1, NULL, 1.0, NULL);
ASSERT VALUES o (id, q, r, c) VALUES (2, 0.125, 1.0, NULL);
ASSERT VALUES o (id, q, r, c) VALUES (3, NULL, NULL, NULL);
ASSERT VALUES o (id, q, r, c) VALUES (4, NULL, NULL, NULL);

--@test: whole numbers wrap around
CREATE STREAM s (id INT KEY, i INT, b BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, i + 1 AS a, i * 2 AS m, -i - 2 AS n, b + 1 AS ba, b * 2 AS bm, -b - 2 AS bn FROM s;
INSERT INTO s (id, i, b) VALUES (1, 2147483647, 9223372036854775807);
ASSERT VALUES o (id, a, m, n, ba, bm, bn) VALUES (1, -2147483648, -2, 2147483647, -9223372036854775808, -2, 9223372036854775807);

--@test: integer division truncates, remainders take the sign of the dividend
CREATE STREAM s (id INT KEY, a INT, b INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a / b AS q, a % b AS r FROM s;
INSERT INTO s (id, a, b) VALUES (1, 7, 2);
INSERT INTO s (id, a, b) VALUES (2, -7, 2);
INSERT INTO s (id, a, b) VALUES (3, 7, -2);
INSERT INTO s (id, a, b) VALUES (4, 7, 0);
INSERT INTO s (id, a, b) VALUES (5, -2147483648, -1);
INSERT INTO s (id, a) VALUES (6, 1);
ASSERT VALUES o (id, q, r) VALUES (1, 3, 1);
ASSERT VALUES o (id, q, r) VALUES (2, -3, -1);
ASSERT VALUES o (id, q, r) VALUES (3, -3, 1);
ASSERT VALUES o (id, q, r) VALUES (4, NULL, NULL);
ASSERT VALUES o (id, q, r) VALUES (5, -2147483648, 0);
ASSERT VALUES o (id, q, r) VALUES (6, NULL, NULL);

--@test: DOUBLE division by zero is no failure
CREATE STREAM s (id INT KEY, x DOUBLE) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CAST(x / 0 AS STRING) AS q, CAST(x % 0 AS STRING) AS r, CAST(x * 1E308 * 10E0 AS STRING) AS big FROM s;
INSERT INTO s (id, x) VALUES (1, 1.5);
INSERT INTO s (id, x) VALUES (2, -1.5);
INSERT INTO s (id, x) VALUES (3, 0.0);
ASSERT VALUES o (id, q, r, big) VALUES (1, 'Infinity', 'NaN', 'Infinity');
ASSERT VALUES o (id, q, r, big) VALUES (2, '-Infinity', 'NaN', '-Infinity');
ASSERT VALUES o (id, q, r, big) VALUES (3, 'NaN', 'NaN', '0.0');

--@test: text adds up, and a NULL reads null
CREATE STREAM s (id INT KEY, a VARCHAR, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a + b AS plus, a || b AS bars, a + '-' + b AS three FROM s;
INSERT INTO s (id, a, b) VALUES (1, 'x', 'y');
INSERT INTO s (id, a) VALUES (2, 'x');
ASSERT VALUES o (id, plus, bars, three) VALUES (1, 'xy', 'xy', 'x-y');
ASSERT VALUES o (id, plus, bars, three) VALUES (2, 'xnull', 'x', 'x-null');

--@test: text and numbers do not add up
--@expected.error: StatementError
--@expected.message: Unsupported arithmetic types. STRING INTEGER
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a + 1 AS x FROM s;

--@test: truth values do not add up
--@expected.error: StatementError
--@expected.message: Unsupported arithmetic types. BOOLEAN BOOLEAN
CREATE STREAM s (id INT KEY, a BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a + a AS x FROM s;

--@test: the literal NULL is no number
--@expected.error: StatementError
--@expected.message: are not supported.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a + NULL AS x FROM s;

--@test: signs bind tighter than products, products than sums
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, 1 + a * 2 AS x, (1 + a) * 2 AS y, -a * 2 AS z, - -a AS w, +a AS p, a - -1 AS q, 10 - 3 - 2 AS l, 20 / 2 / 5 AS d, 7 % 4 * 2 AS m FROM s;
INSERT INTO s (id, a) VALUES (1, 3);
ASSERT VALUES o (id, x, y, z, w, p, q, l, d, m) VALUES (1, 7, 8, -6, 3, 3, 4, 5, 2, 6);
