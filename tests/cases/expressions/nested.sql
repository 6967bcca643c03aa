-- Arrays, maps and structs: made, taken apart, of a common type.
--@test: elements count from one, from the end when negative
CREATE STREAM s (id INT KEY, a ARRAY<INT>, i INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a[1] AS first, a[-1] AS last, a[0] AS zero, a[4] AS beyond, a[-4] AS before, a[i] AS by_i FROM s;
INSERT INTO s (id, a, i) VALUES (1, ARRAY[10, 20, 30], 2);
INSERT INTO s (id, a, i) VALUES (2, ARRAY[10, NULL], 2);
INSERT INTO s (id, i) VALUES (3, 1);
INSERT INTO s (id, a) VALUES (4, ARRAY[10]);
ASSERT VALUES o (id, first, last, zero, beyond, before, by_i) VALUES (1, 10, 30, NULL, NULL, NULL, 20);
ASSERT VALUES o (id, first, last, zero, beyond, before, by_i) VALUES (2, 10, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, first, last, zero, beyond, before, by_i) VALUES (3, NULL, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, first, last, zero, beyond, before, by_i) VALUES (4, 10, 10, NULL, NULL, NULL, NULL);

--@test: a map's value by key
CREATE STREAM s (id INT KEY, m MAP<STRING, INT>, k VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, m['a'] AS a, m['none'] AS none, m[k] AS by_k FROM s;
INSERT INTO s (id, m, k) VALUES (1, MAP('a':=1, 'b':=2), 'b');
INSERT INTO s (id, k) VALUES (2, 'b');
ASSERT VALUES o (id, a, none, by_k) VALUES (1, 1, NULL, 2);
ASSERT VALUES o (id, a, none, by_k) VALUES (2, NULL, NULL, NULL);

--@test: fields, deep ones and of what is NULL
CREATE STREAM s (id INT KEY, r STRUCT<x INT, `y` STRUCT<z ARRAY<STRUCT<w INT>>>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, r->x AS x, r->`y`->z[1]->w AS w FROM s;
INSERT INTO s (id, r) VALUES (1, STRUCT(x:=1, `y`:=STRUCT(z:=ARRAY[STRUCT(w:=7)])));
INSERT INTO s (id, r) VALUES (2, STRUCT(x:=1));
INSERT INTO s (id) VALUES (3);
ASSERT VALUES o (id, x, w) VALUES (1, 1, 7);
ASSERT VALUES o (id, x, w) VALUES (2, 1, NULL);
ASSERT VALUES o (id, x, w) VALUES (3, NULL, NULL);

--@test: constructors take a common type
CREATE STREAM s (id INT KEY, i INT, b BIGINT, x DOUBLE) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ARRAY[i, b] AS ib, ARRAY[i, 1.5, x] AS ix, ARRAY[NULL, 1] AS n, MAP('a':=i, 'b':=b) AS m, ARRAY[1, '2'] AS t, ARRAY['a', 2] AS s, STRUCT(a:=i, b:='x') AS r, ARRAY[1, 2.50] AS dec, ARRAY[ARRAY[1], ARRAY[2.5]] AS aa FROM s;
ASSERT STREAM o (id INT KEY, ib ARRAY<BIGINT>, ix ARRAY<DOUBLE>, n ARRAY<INT>, m MAP<STRING, BIGINT>, t ARRAY<INT>, s ARRAY<STRING>, r STRUCT<a INT, b STRING>, dec ARRAY<DECIMAL(12, 2)>, aa ARRAY<ARRAY<DECIMAL(11, 1)>>) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO s (id, i, b, x) VALUES (1, 1, 2, 2.5);
ASSERT VALUES o (id, ib, ix, n, m, t, s, r, dec, aa) VALUES (1, ARRAY[1, 2], ARRAY[1.0, 1.5, 2.5], ARRAY[NULL, 1], MAP('a':=1, 'b':=2), ARRAY[1, 2], ARRAY['a', '2'], STRUCT(a:=1, b:='x'), ARRAY[1.00, 2.50], ARRAY[ARRAY[1.0], ARRAY[2.5]]);

--@test: an item that fails is NULL, the others stand
CREATE STREAM s (id INT KEY, i INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ARRAY[i, 1 / i] AS a, STRUCT(x:=i, y:=1 / i) AS r FROM s;
INSERT INTO s (id, i) VALUES (1, 0);
ASSERT VALUES o (id, a, r) VALUES (1, ARRAY[0, NULL], STRUCT(x:=0, y:=CAST(NULL AS INT)));

--@test: an empty array has no type
--@expected.error: StatementError
--@expected.message: Array constructor cannot be empty.
CREATE STREAM s (id INT KEY, i INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ARRAY[] AS a FROM s;

--@test: nor one of NULLs
--@expected.error: StatementError
--@expected.message: Cannot construct an array with all NULL elements
CREATE STREAM s (id INT KEY, i INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ARRAY[NULL, NULL] AS a FROM s;

--@test: nor a map without pairs
--@expected.error: StatementError
--@expected.message: Map constructor cannot be empty.
CREATE STREAM s (id INT KEY, i INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, MAP() AS a FROM s;

--@test: a struct has fields, not elements
--@expected.error: StatementError
--@expected.message: Use the dereference operator for STRUCTS
CREATE STREAM s (id INT KEY, r STRUCT<x INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, r['x'] AS a FROM s;

--@test: a field that is not there
--@expected.error: StatementError
--@expected.message: Could not find field 'Y' in 'R'.
CREATE STREAM s (id INT KEY, r STRUCT<x INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, r->y AS a FROM s;

--@test: elements of two kinds
--@expected.error: StatementError
--@expected.message: operator does not exist: INTEGER = STRING (T)
CREATE STREAM s (id INT KEY, i INT, t VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ARRAY[i, t] AS a FROM s;
