-- FILTER, TRANSFORM and REDUCE: a usual value, NULL and the edges.

--@test: FILTER
CREATE STREAM s (id INT KEY, a ARRAY<INT>, m MAP<VARCHAR, INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, FILTER(a, x => x > 1) AS r1, FILTER(m, (k, v) => k = 'a' OR v > 5) AS r2 FROM s;
INSERT INTO s (id, a, m) VALUES (1, ARRAY[1, 2, 3], MAP('a' := 1, 'b' := 6, 'c' := 2));
INSERT INTO s (id, a, m) VALUES (2, ARRAY[1], MAP('c' := 2));
INSERT INTO s (id, a, m) VALUES (3, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (1, ARRAY[2, 3], MAP('a' := 1, 'b' := 6));
ASSERT VALUES o (id, r1, r2) VALUES (2, ARRAY_REMOVE(ARRAY[1], 1), MAP_UNION(FILTER(MAP('a' := 1), (k, v) => false), NULL));
ASSERT VALUES o (id, r1, r2) VALUES (3, NULL, NULL);

--@test: FILTER by a lambda that gives NULL fails
CREATE STREAM s (id INT KEY, a ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, FILTER(a, x => CASE WHEN x > 1 THEN true END) AS r1,
  FILTER(a, x => x IS NULL) AS r2 FROM s;
INSERT INTO s (id, a) VALUES (1, ARRAY[2]);
INSERT INTO s (id, a) VALUES (2, ARRAY[1, 2]);
INSERT INTO s (id, a) VALUES (3, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (1, ARRAY[2], ARRAY_REMOVE(ARRAY[1], 1));
ASSERT VALUES o (id, r1, r2) VALUES (2, NULL, ARRAY_REMOVE(ARRAY[1], 1));
ASSERT VALUES o (id, r1, r2) VALUES (3, NULL, NULL);

--@test: TRANSFORM
CREATE STREAM s (id INT KEY, a ARRAY<INT>, m MAP<VARCHAR, INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TRANSFORM(a, x => x * 10) AS r1, TRANSFORM(a, x => CAST(x AS VARCHAR)) AS r2,
  TRANSFORM(m, (k, v) => UCASE(k), (k, v) => v + 1) AS r3 FROM s;
INSERT INTO s (id, a, m) VALUES (1, ARRAY[1, NULL], MAP('a' := 1, 'b' := -1));
INSERT INTO s (id, a, m) VALUES (2, ARRAY[1, -2], MAP('a' := 2147483647));
INSERT INTO s (id, a, m) VALUES (3, ARRAY_REMOVE(ARRAY[1], 1), MAP('a' := 1, 'A' := 2));
INSERT INTO s (id, a, m) VALUES (4, NULL, MAP('a' := CAST(NULL AS INT)));
INSERT INTO s (id, a, m) VALUES (5, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3) VALUES (1, NULL, ARRAY['1', NULL], MAP('A' := 2, 'B' := 0));
ASSERT VALUES o (id, r1, r2, r3) VALUES (2, ARRAY[10, -20], ARRAY['1', '-2'], MAP('A' := -2147483648));
ASSERT VALUES o (id, r1, r2, r3) VALUES (3, ARRAY_REMOVE(ARRAY[1], 1), ARRAY_REMOVE(ARRAY[''], ''), NULL);
ASSERT VALUES o (id, r1, r2, r3) VALUES (4, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3) VALUES (5, NULL, NULL, NULL);

--@test: REDUCE
CREATE STREAM s (id INT KEY, a ARRAY<INT>, m MAP<VARCHAR, INT>, s INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, REDUCE(a, s, (t, x) => t + x) AS r1,
  REDUCE(m, s, (t, k, v) => t + v + LEN(k)) AS r2, REDUCE(a, '', (t, x) => t || CAST(x AS VARCHAR)) AS r3 FROM s;
INSERT INTO s (id, a, m, s) VALUES (1, ARRAY[1, 2], MAP('ab' := 3), 0);
INSERT INTO s (id, a, m, s) VALUES (2, NULL, NULL, 7);
INSERT INTO s (id, a, m, s) VALUES (3, ARRAY_REMOVE(ARRAY[1], 1), MAP('a' := -1), 0);
INSERT INTO s (id, a, m, s) VALUES (4, ARRAY[1], MAP('a' := 1), NULL);
ASSERT VALUES o (id, r1, r2, r3) VALUES (1, 3, 5, '12');
ASSERT VALUES o (id, r1, r2, r3) VALUES (2, 7, 7, '');
ASSERT VALUES o (id, r1, r2, r3) VALUES (3, 0, 0, '');
ASSERT VALUES o (id, r1, r2, r3) VALUES (4, NULL, NULL, '1');

--@test: Lambdas inside lambdas and columns outside
CREATE STREAM s (id INT KEY, a ARRAY<ARRAY<INT>>, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TRANSFORM(a, x => REDUCE(FILTER(x, y => y > n), 0, (t, y) => t + y)) AS r1 FROM s;
INSERT INTO s (id, a, n) VALUES (1, ARRAY[ARRAY[1, 2, 3], ARRAY[0]], 1);
INSERT INTO s (id, a, n) VALUES (2, NULL, 1);
ASSERT VALUES o (id, r1) VALUES (1, ARRAY[5, 0]);
ASSERT VALUES o (id, r1) VALUES (2, NULL);

--@test: REDUCE goes through a map as a hash map of Java does
CREATE STREAM s (id INT KEY, m MAP<VARCHAR, INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, REDUCE(m, '', (t, k, v) => t || k) AS r FROM s;
INSERT INTO s (id, m) VALUES (1, MAP('e' := 1, 'd' := 2, 'c' := 3, 'b' := 4, 'a' := 5));
INSERT INTO s (id, m) VALUES (2, MAP('Hello' := 1, 'world' := 2, 'k1' := 3));
ASSERT VALUES o (id, r) VALUES (1, 'abcde');
ASSERT VALUES o (id, r) VALUES (2, 'Hellok1world');
