-- Lambdas: over arrays and maps, with columns of the row, nested.
--@test: TRANSFORM, FILTER and REDUCE of arrays
CREATE STREAM s (id INT KEY, a ARRAY<INT>, k INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TRANSFORM(a, x => x * 2) AS t, FILTER(a, x => x > k) AS f, REDUCE(a, 0, (acc, x) => acc + x) AS r, TRANSFORM(a, x => CAST(x AS STRING)) AS s FROM s;
INSERT INTO s (id, a, k) VALUES (1, ARRAY[1, 2, 3], 1);
INSERT INTO s (id, k) VALUES (2, 1);
ASSERT VALUES o (id, t, f, r, s) VALUES (1, ARRAY[2, 4, 6], ARRAY[2, 3], 6, ARRAY['1', '2', '3']);
ASSERT VALUES o (id, t, f, r, s) VALUES (2, NULL, NULL, 0, NULL);

--@test: TRANSFORM, FILTER and REDUCE of maps
CREATE STREAM s (id INT KEY, m MAP<STRING, INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TRANSFORM(m, (k, v) => UCASE(k), (k, v) => v + 1) AS t, FILTER(m, (k, v) => v > 1) AS f, REDUCE(m, '', (acc, k, v) => acc + k) AS r FROM s;
INSERT INTO s (id, m) VALUES (1, MAP('a':=1, 'b':=2));
ASSERT VALUES o (id, t, f, r) VALUES (1, MAP('A':=2, 'B':=3), MAP('b':=2), 'ab');

--@test: a lambda in a lambda sees both arguments and the row
CREATE STREAM s (id INT KEY, a ARRAY<ARRAY<INT>>, k INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TRANSFORM(a, x => TRANSFORM(x, y => y * k + x[1])) AS t, TRANSFORM(a, x => REDUCE(x, 0, (acc, y) => acc + y)) AS sums FROM s;
INSERT INTO s (id, a, k) VALUES (1, ARRAY[ARRAY[1, 2], ARRAY[3]], 10);
ASSERT VALUES o (id, t, sums) VALUES (1, ARRAY[ARRAY[11, 21], ARRAY[33]], ARRAY[3, 3]);

--@test: a lambda's argument is no column's name
--@expected.error: StatementError
--@expected.message: Lambda function argument can't be a column name: K
CREATE STREAM s (id INT KEY, a ARRAY<INT>, k INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TRANSFORM(a, k => k + 1) AS t FROM s;

--@test: an argument's name is used once
--@expected.error: StatementError
--@expected.message: Reusing lambda arguments in nested lambda is not allowed
CREATE STREAM s (id INT KEY, a ARRAY<ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TRANSFORM(a, x => TRANSFORM(x, x => x + 1)) AS t FROM s;

--@test: the body's type counts
--@expected.error: StatementError
--@expected.message: Function 'filter' does not accept parameters (ARRAY<INTEGER>, LAMBDA)
CREATE STREAM s (id INT KEY, a ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, FILTER(a, x => x + 1) AS t FROM s;
