-- JSON functions: a usual value, NULL and the edges. Jackson's tree is the rule.

--@test: EXTRACTJSONFIELD
CREATE STREAM s (id INT KEY, j VARCHAR, p VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, EXTRACTJSONFIELD(j, p) AS r1 FROM s;
INSERT INTO s (id, j, p) VALUES (1, '{"a":[{"b":5}]}', '$.a[0].b');
INSERT INTO s (id, j, p) VALUES (2, '{"a":"x"}', '$.a');
INSERT INTO s (id, j, p) VALUES (3, '{"a":{"b":[1, 2.50]}}', '$.a');
INSERT INTO s (id, j, p) VALUES (4, '{"a":null}', '$.a');
INSERT INTO s (id, j, p) VALUES (5, '{"a":1}', '$.b');
INSERT INTO s (id, j, p) VALUES (6, '[1,2]', '$[1]');
INSERT INTO s (id, j, p) VALUES (7, '[1,2]', '$[2]');
INSERT INTO s (id, j, p) VALUES (8, '{"a b":true}', '$["a b"]');
INSERT INTO s (id, j, p) VALUES (9, '{"a":1}', '$');
INSERT INTO s (id, j, p) VALUES (10, '{"@t:x_1":1}', '$.@t:x_1');
INSERT INTO s (id, j, p) VALUES (11, '{"a":1}', 'a');
INSERT INTO s (id, j, p) VALUES (12, '{"a":1}', '$.*');
INSERT INTO s (id, j, p) VALUES (13, '{"a":1', '$.a');
INSERT INTO s (id, j, p) VALUES (14, '', '$.a');
INSERT INTO s (id, j, p) VALUES (15, '{"a":"😀"}', '$.a');
INSERT INTO s (id, j, p) VALUES (16, NULL, '$.a');
INSERT INTO s (id, j, p) VALUES (17, '{"a":1}', NULL);
ASSERT VALUES o (id, r1) VALUES (1, '5');
ASSERT VALUES o (id, r1) VALUES (2, 'x');
ASSERT VALUES o (id, r1) VALUES (3, '{"b":[1,2.50]}');
ASSERT VALUES o (id, r1) VALUES (4, 'null');
ASSERT VALUES o (id, r1) VALUES (5, NULL);
ASSERT VALUES o (id, r1) VALUES (6, '2');
ASSERT VALUES o (id, r1) VALUES (7, NULL);
ASSERT VALUES o (id, r1) VALUES (8, 'true');
ASSERT VALUES o (id, r1) VALUES (9, '{"a":1}');
ASSERT VALUES o (id, r1) VALUES (10, '1');
ASSERT VALUES o (id, r1) VALUES (11, NULL);
ASSERT VALUES o (id, r1) VALUES (12, NULL);
ASSERT VALUES o (id, r1) VALUES (13, NULL);
ASSERT VALUES o (id, r1) VALUES (14, NULL);
ASSERT VALUES o (id, r1) VALUES (15, '😀');
ASSERT VALUES o (id, r1) VALUES (16, NULL);
ASSERT VALUES o (id, r1) VALUES (17, NULL);

--@test: EXTRACTJSONFIELD of numbers and escapes, as Jackson and BigDecimal write them
CREATE STREAM s (id INT KEY, j VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, EXTRACTJSONFIELD(j, '$.a') AS r1 FROM s;
INSERT INTO s (id, j) VALUES (1, '{"a":1e5}');
INSERT INTO s (id, j) VALUES (2, '{"a":1.50}');
INSERT INTO s (id, j) VALUES (3, '{"a":123456789012345678901234567890}');
INSERT INTO s (id, j) VALUES (4, '{"a":0.00000001}');
INSERT INTO s (id, j) VALUES (5, '{"a":[1e5, -0, -0.0, 1E-7, -0e3]} trailing');
INSERT INTO s (id, j) VALUES (6, '{"a":1e99999999999999999999}');
INSERT INTO s (id, j) VALUES (7, '{"a":{"b":"x\u00e9\n\u0001/"}}');
INSERT INTO s (id, j) VALUES (8, '{"a":1,"a":2}');
INSERT INTO s (id, j) VALUES (9, '{"a":NaN}');
INSERT INTO s (id, j) VALUES (10, '{"a":01}');
ASSERT VALUES o (id, r1) VALUES (1, '1E+5');
ASSERT VALUES o (id, r1) VALUES (2, '1.50');
ASSERT VALUES o (id, r1) VALUES (3, '123456789012345678901234567890');
ASSERT VALUES o (id, r1) VALUES (4, '1E-8');
ASSERT VALUES o (id, r1) VALUES (5, '[1E+5,0,0.0,1E-7,0E+3]');
ASSERT VALUES o (id, r1) VALUES (6, NULL);
ASSERT VALUES o (id, r1) VALUES (7, '{"b":"xé\n\u0001/"}');
ASSERT VALUES o (id, r1) VALUES (8, '2');
ASSERT VALUES o (id, r1) VALUES (9, NULL);
ASSERT VALUES o (id, r1) VALUES (10, NULL);

--@test: IS_JSON_STRING, JSON_ARRAY_LENGTH, JSON_KEYS
CREATE STREAM s (id INT KEY, j VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, IS_JSON_STRING(j) AS r1, JSON_ARRAY_LENGTH(j) AS r2, JSON_KEYS(j) AS r3,
  JSON_ITEMS(j) AS r4, JSON_RECORDS(j) AS r5 FROM s;
INSERT INTO s (id, j) VALUES (1, '[]');
INSERT INTO s (id, j) VALUES (2, '[1, "x", [2], {"a": 1}, null]');
INSERT INTO s (id, j) VALUES (3, '{"b":1,"a":"x","c":{"d":[1, 2]},"n":null}');
INSERT INTO s (id, j) VALUES (4, '"text"');
INSERT INTO s (id, j) VALUES (5, '');
INSERT INTO s (id, j) VALUES (6, '{');
INSERT INTO s (id, j) VALUES (7, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (1, true, 0, NULL, ARRAY_REMOVE(ARRAY[''], ''), NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (2, true, 5, NULL, ARRAY['1', '"x"', '[2]', '{"a":1}', 'null'], NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (3, true, NULL, ARRAY['b', 'a', 'c', 'n'], NULL, MAP('b' := '1', 'a' := 'x', 'c' := '{"d":[1,2]}', 'n' := 'null'));
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (4, true, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (5, false, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (6, false, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (7, false, NULL, NULL, NULL, NULL);

--@test: JSON_ARRAY_CONTAINS
CREATE STREAM s (id INT KEY, j VARCHAR, i INT, l BIGINT, d DOUBLE, s VARCHAR, b BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, JSON_ARRAY_CONTAINS(j, i) AS r1, JSON_ARRAY_CONTAINS(j, l) AS r2,
  JSON_ARRAY_CONTAINS(j, d) AS r3, JSON_ARRAY_CONTAINS(j, s) AS r4, JSON_ARRAY_CONTAINS(j, b) AS r5 FROM s;
INSERT INTO s (id, j, i, l, d, s, b) VALUES (1, '[1, 2.0, "x", true]', 1, 1, 2.0, 'x', true);
INSERT INTO s (id, j, i, l, d, s, b) VALUES (2, '[1, 2.0, "x", true]', 2, 2, 1.0, '1', false);
INSERT INTO s (id, j, i, l, d, s, b) VALUES (3, '[null]', NULL, NULL, NULL, NULL, NULL);
INSERT INTO s (id, j, i, l, d, s, b) VALUES (4, '[[1]]', 1, 1, 1.0, '1', true);
INSERT INTO s (id, j, i, l, d, s, b) VALUES (5, '{"a":1}', 1, 1, 1.0, 'a', true);
INSERT INTO s (id, j, i, l, d, s, b) VALUES (6, '[', 1, 1, 1.0, 'a', true);
INSERT INTO s (id, j, i, l, d, s, b) VALUES (7, '', 1, 1, 1.0, 'a', true);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (1, true, true, true, true, true);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (2, false, false, false, false, false);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (3, true, true, true, true, true);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (4, false, false, false, false, false);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (5, false, false, false, false, false);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (6, false, false, false, false, false);
ASSERT VALUES o (id, r1, r2, r3, r4, r5) VALUES (7, false, false, false, false, false);

--@test: JSON_CONCAT
CREATE STREAM s (id INT KEY, a VARCHAR, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, JSON_CONCAT(a, b) AS r1 FROM s;
INSERT INTO s (id, a, b) VALUES (1, '[1]', '{"a": 2}');
INSERT INTO s (id, a, b) VALUES (2, '{"a":1,"b":2}', '{"b":3}');
INSERT INTO s (id, a, b) VALUES (3, '1', '"x"');
INSERT INTO s (id, a, b) VALUES (4, '[]', '[]');
INSERT INTO s (id, a, b) VALUES (5, '{"a":1}', NULL);
INSERT INTO s (id, a, b) VALUES (6, '{"a":1}', '');
INSERT INTO s (id, a, b) VALUES (7, '{"a":1}', '{');
ASSERT VALUES o (id, r1) VALUES (1, '[1,{"a":2}]');
ASSERT VALUES o (id, r1) VALUES (2, '{"a":1,"b":3}');
ASSERT VALUES o (id, r1) VALUES (3, '[1,"x"]');
ASSERT VALUES o (id, r1) VALUES (4, '[]');
ASSERT VALUES o (id, r1) VALUES (5, NULL);
ASSERT VALUES o (id, r1) VALUES (6, NULL);
ASSERT VALUES o (id, r1) VALUES (7, NULL);

--@test: TO_JSON_STRING of scalars
CREATE STREAM s (id INT KEY, b BOOLEAN, i INT, d DOUBLE, x DECIMAL(6, 2), s VARCHAR, y BYTES, da DATE, ti TIME, ts TIMESTAMP) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TO_JSON_STRING(b) AS r1, TO_JSON_STRING(i) AS r2, TO_JSON_STRING(d) AS r3,
  TO_JSON_STRING(x) AS r4, TO_JSON_STRING(s) AS r5, TO_JSON_STRING(y) AS r6, TO_JSON_STRING(da) AS r7,
  TO_JSON_STRING(ti) AS r8, TO_JSON_STRING(ts) AS r9 FROM s;
INSERT INTO s (id, b, i, d, x, s, y, da, ti, ts) VALUES (1, true, -5, 1.5, 1.50, 'a"😀', 'AP8=', '2024-02-29', '10:05:00', '2024-01-01T00:00:00.001');
INSERT INTO s (id, b, i, d, x, s, y, da, ti, ts) VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO s (id, b, i, d, x, s, y, da, ti, ts) VALUES (3, false, 2147483647, 1.0E10, -0.01, '', '', '1969-12-31', '23:59:59', '1969-12-31T23:59:59.999');
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8, r9) VALUES (1, 'true', '-5', '1.5', '1.50', '"a\"😀"', '"AP8="', '"2024-02-29"', '"10:05"', '"2024-01-01T00:00:00.001"');
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8, r9) VALUES (2, 'null', 'null', 'null', 'null', 'null', 'null', 'null', 'null', 'null');
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8, r9) VALUES (3, 'false', '2147483647', '1.0E10', '-0.01', '""', '""', '"1969-12-31"', '"23:59:59"', '"1969-12-31T23:59:59.999"');

--@test: TO_JSON_STRING of nested values
CREATE STREAM s (id INT KEY, a ARRAY<INT>, m MAP<VARCHAR, INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TO_JSON_STRING(a) AS r1, TO_JSON_STRING(m) AS r2,
  TO_JSON_STRING(STRUCT(b := 1, a := true)) AS r3, TO_JSON_STRING(ARRAY[STRUCT(x := a)]) AS r4 FROM s;
INSERT INTO s (id, a, m) VALUES (1, ARRAY[1, NULL], MAP('b' := 1, 'a' := NULL));
INSERT INTO s (id, a, m) VALUES (2, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (1, '[1,null]', '{"a":null,"b":1}', '{"A":true,"B":1}', '[{"X":[1,null]}]');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (2, 'null', 'null', '{"A":true,"B":1}', '[{"X":null}]');
