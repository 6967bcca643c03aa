-- Every type to a library and back (echo.cpp), and what a library must not return.
--@test: scalars come back as they went
CREATE STREAM s (id INT KEY, b BOOLEAN, i INT, l BIGINT, d DOUBLE, x DECIMAL(38, 10), t VARCHAR, y BYTES, da DATE, ti TIME, ts TIMESTAMP)
  WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ECHO(b) AS b, ECHO(i) AS i, ECHO(l) AS l, ECHO(d) AS d, ECHO(x) AS x, ECHO(t) AS t, ECHO(y) AS y,
  ECHO(da) AS da, ECHO(ti) AS ti, ECHO(ts) AS ts FROM s;
INSERT INTO s (id, b, i, l, d, x, t, y, da, ti, ts) VALUES (1, true, -2147483648, -9223372036854775808, -1.5E300, -1234567890123456789012345678.0123456789,
  'a😀', 'AP8=', '1969-12-31', '23:59:59', '1969-12-31T23:59:59.999');
INSERT INTO s (id, b, i, l, d, x, t, y, da, ti, ts) VALUES (2, false, 2147483647, 9223372036854775807, 0.0, 0.0000000001,
  '', '', '2024-02-29', '00:00:00', '1970-01-01T00:00:00.000');
INSERT INTO s (id) VALUES (3);
ASSERT VALUES o (id, b, i, l, d, x, t, y, da, ti, ts) VALUES (1, true, -2147483648, -9223372036854775808, -1.5E300, -1234567890123456789012345678.0123456789,
  'a😀', 'AP8=', '1969-12-31', '23:59:59', '1969-12-31T23:59:59.999');
ASSERT VALUES o (id, b, i, l, d, x, t, y, da, ti, ts) VALUES (2, false, 2147483647, 9223372036854775807, 0.0, 0.0000000001,
  '', '', '2024-02-29', '00:00:00', '1970-01-01T00:00:00.000');
ASSERT VALUES o (id, b, i, l, d, x, t, y, da, ti, ts) VALUES (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

--@test: nested values come back as they went
CREATE STREAM s (id INT KEY, a ARRAY<ARRAY<DECIMAL(4, 2)>>, m MAP<VARCHAR, ARRAY<BIGINT>>, r STRUCT<n INT, nested STRUCT<t TIMESTAMP, z MAP<VARCHAR, DOUBLE>>>)
  WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ECHO(a) AS a, ECHO(m) AS m, ECHO(r) AS r FROM s;
INSERT INTO s (id, a, m, r) VALUES (1, ARRAY[ARRAY[1.25, NULL], ARRAY[-99.99]], MAP('k' := ARRAY[1, 2], 'n' := NULL),
  STRUCT(n := 1, nested := STRUCT(t := '2024-01-01T00:00:00.001', z := MAP('p' := 0.5))));
INSERT INTO s (id) VALUES (2);
ASSERT VALUES o (id, a, m, r) VALUES (1, ARRAY[ARRAY[1.25, NULL], ARRAY[-99.99]], MAP('k' := ARRAY[1, 2], 'n' := NULL),
  STRUCT(n := 1, nested := STRUCT(t := '2024-01-01T00:00:00.001', z := MAP('p' := 0.5))));
ASSERT VALUES o (id, a, m, r) VALUES (2, NULL, NULL, NULL);

--@test: a DECIMAL has its argument's digits; an INT becomes one
CREATE STREAM s (id INT KEY, x DECIMAL(6, 3)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ECHO_AMOUNT(x) AS x, ECHO_AMOUNT(id) AS i FROM s;
INSERT INTO s (id, x) VALUES (1, -1.250);
ASSERT VALUES o (id, x, i) VALUES (1, -1.250, 1);
ASSERT STREAM o (id INT KEY, x DECIMAL(6, 3), i DECIMAL(10, 0)) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');

--@test: any number of arguments, NULLs among them
CREATE STREAM s (id INT KEY, x INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, COUNT_OF('a') AS one, COUNT_OF('a', x, NULL, id) AS four FROM s;
INSERT INTO s (id) VALUES (1);
ASSERT VALUES o (id, one, four) VALUES (1, 1, 4);

--@test: what a library must not return is NULL
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, v, WRONG(v) AS w, THROW_IT() AS t, LATE() AS l, TWICE('a') AS m FROM s;
INSERT INTO s (id, v) VALUES (0, 0);
INSERT INTO s (id, v) VALUES (1, 1);
INSERT INTO s (id, v) VALUES (2, 2);
INSERT INTO s (id, v) VALUES (3, 3);
INSERT INTO s (id, v) VALUES (4, 4);
INSERT INTO s (id, v) VALUES (5, 5);
INSERT INTO s (id, v) VALUES (6, 6);
ASSERT VALUES o (id, v, w, t, l, m) VALUES (0, 0, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, v, w, t, l, m) VALUES (1, 1, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, v, w, t, l, m) VALUES (2, 2, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, v, w, t, l, m) VALUES (3, 3, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, v, w, t, l, m) VALUES (4, 4, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, v, w, t, l, m) VALUES (5, 5, 'xxxxx', NULL, NULL, NULL);
ASSERT VALUES o (id, v, w, t, l, m) VALUES (6, 6, 'right', NULL, NULL, NULL);

--@test: digits of a DECIMAL result
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, v, BIG(v) AS too_big, BIG(CAST(v AS BIGINT)) AS fits, BIG(CAST(v AS DOUBLE)) AS wider FROM s;
INSERT INTO s (id, v) VALUES (1, 1);
ASSERT VALUES o (id, v, too_big, fits, wider) VALUES (1, 1, NULL, 123.45, 123.4500);
