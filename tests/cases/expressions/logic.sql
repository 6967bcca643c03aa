-- AND, OR, NOT, CASE, BETWEEN, IN and what NULL makes of them.
--@test: AND and OR of a NULL that counts is NULL, one that does not count is not looked at
CREATE STREAM s (id INT KEY, a BOOLEAN, b BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a AND b AS aa, a OR b AS oo, NOT a AS na FROM s;
INSERT INTO s (id, a, b) VALUES (1, TRUE, TRUE);
INSERT INTO s (id, a, b) VALUES (2, TRUE, FALSE);
INSERT INTO s (id, a, b) VALUES (3, FALSE, TRUE);
INSERT INTO s (id, a, b) VALUES (4, FALSE, NULL);
INSERT INTO s (id, a, b) VALUES (5, TRUE, NULL);
INSERT INTO s (id, a, b) VALUES (6, NULL, TRUE);
ASSERT VALUES o (id, aa, oo, na) VALUES (1, TRUE, TRUE, FALSE);
ASSERT VALUES o (id, aa, oo, na) VALUES (2, FALSE, TRUE, FALSE);
ASSERT VALUES o (id, aa, oo, na) VALUES (3, FALSE, TRUE, TRUE);
ASSERT VALUES o (id, aa, oo, na) VALUES (4, FALSE, NULL, TRUE);
ASSERT VALUES o (id, aa, oo, na) VALUES (5, NULL, TRUE, FALSE);
ASSERT VALUES o (id, aa, oo, na) VALUES (6, NULL, NULL, NULL);

--@test: NOT binds weaker than a comparison, AND tighter than OR
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, NOT a = 1 AS n, a = 1 OR a = 2 AND a = 3 AS p, (a = 1 OR a = 2) AND a = 3 AS q, NOT a = 1 AND NOT a = 2 AS r FROM s;
INSERT INTO s (id, a) VALUES (1, 1);
INSERT INTO s (id, a) VALUES (2, 2);
INSERT INTO s (id, a) VALUES (3, 3);
ASSERT VALUES o (id, n, p, q, r) VALUES (1, FALSE, TRUE, FALSE, FALSE);
ASSERT VALUES o (id, n, p, q, r) VALUES (2, TRUE, FALSE, FALSE, FALSE);
ASSERT VALUES o (id, n, p, q, r) VALUES (3, TRUE, FALSE, FALSE, TRUE);

--@test: BETWEEN includes both ends
CREATE STREAM s (id INT KEY, a INT, t VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a BETWEEN 2 AND 4 AS b, a NOT BETWEEN 2 AND 4 AS nb, a BETWEEN 4 AND 2 AS never, t BETWEEN 'b' AND 'c' AS tb, a BETWEEN 1.5 AND 2.5 AS d FROM s;
INSERT INTO s (id, a, t) VALUES (1, 2, 'b');
INSERT INTO s (id, a, t) VALUES (2, 4, 'bb');
INSERT INTO s (id, a, t) VALUES (3, 5, 'cc');
INSERT INTO s (id) VALUES (4);
ASSERT VALUES o (id, b, nb, never, tb, d) VALUES (1, TRUE, FALSE, FALSE, TRUE, TRUE);
ASSERT VALUES o (id, b, nb, never, tb, d) VALUES (2, TRUE, FALSE, FALSE, TRUE, FALSE);
ASSERT VALUES o (id, b, nb, never, tb, d) VALUES (3, FALSE, TRUE, FALSE, FALSE, FALSE);
ASSERT VALUES o (id, b, nb, never, tb, d) VALUES (4, FALSE, TRUE, FALSE, FALSE, FALSE);

--@test: IN takes the type of its left side, text that is a number counts as one
CREATE STREAM s (id INT KEY, a INT, b BIGINT, t VARCHAR, x DOUBLE, d DECIMAL(4, 2)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a IN (1, '2', 3000000000) AS ia, b NOT IN (1, 2) AS ib, t IN ('x', 7, TRUE) AS it, x IN (1, 2.5) AS ix, d IN (1, '1.5') AS idec, a IN (NULL, 1) AS n, a IN (a) AS self FROM s;
INSERT INTO s (id, a, b, t, x, d) VALUES (1, 2, 2, '7', 2.5, 1.50);
INSERT INTO s (id, a, b, t, x, d) VALUES (2, 1, 3, 'true', 2, 1);
INSERT INTO s (id) VALUES (3);
ASSERT VALUES o (id, ia, ib, it, ix, idec, n, self) VALUES (1, TRUE, FALSE, TRUE, TRUE, TRUE, FALSE, TRUE);
ASSERT VALUES o (id, ia, ib, it, ix, idec, n, self) VALUES (2, TRUE, TRUE, TRUE, FALSE, TRUE, TRUE, TRUE);
ASSERT VALUES o (id, ia, ib, it, ix, idec, n, self) VALUES (3, FALSE, TRUE, FALSE, FALSE, FALSE, FALSE, FALSE);

--@test: IN with nested values
CREATE STREAM s (id INT KEY, a ARRAY<INT>, r STRUCT<x INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a IN (ARRAY[1, 2], ARRAY['3']) AS ia, r IN (STRUCT(x:=1)) AS ir FROM s;
INSERT INTO s (id, a, r) VALUES (1, ARRAY[3], STRUCT(x:=1));
INSERT INTO s (id, a, r) VALUES (2, ARRAY[2, 1], STRUCT(x:=2));
ASSERT VALUES o (id, ia, ir) VALUES (1, TRUE, TRUE);
ASSERT VALUES o (id, ia, ir) VALUES (2, FALSE, FALSE);

--@test: text in an IN of numbers must be one
--@expected.error: StatementError
--@expected.message: Invalid Predicate: invalid input syntax for type INTEGER: "x".
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE a IN (1, 'x');

--@test: columns in an IN are of one kind
--@expected.error: StatementError
--@expected.message: Invalid Predicate: operator does not exist: INTEGER = STRING (T)
CREATE STREAM s (id INT KEY, a INT, t VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE a IN (1, t);

--@test: CASE takes the first branch that holds and evaluates no other
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CASE WHEN a = 0 THEN -1 ELSE 10 / a END AS safe, CASE WHEN a > 1 THEN 'many' WHEN a > 0 THEN 'one' END AS word, CASE a WHEN 0 THEN 'zero' WHEN 1 THEN 'one' ELSE 'more' END AS simple, CASE WHEN a IS NULL THEN NULL ELSE a END AS n FROM s;
INSERT INTO s (id, a) VALUES (1, 0);
INSERT INTO s (id, a) VALUES (2, 1);
INSERT INTO s (id, a) VALUES (3, 5);
INSERT INTO s (id) VALUES (4);
ASSERT VALUES o (id, safe, word, simple, n) VALUES (1, -1, NULL, 'zero', 0);
ASSERT VALUES o (id, safe, word, simple, n) VALUES (2, 10, 'one', 'one', 1);
ASSERT VALUES o (id, safe, word, simple, n) VALUES (3, 2, 'many', 'more', 5);
ASSERT VALUES o (id, safe, word, simple, n) VALUES (4, NULL, NULL, 'more', NULL);

--@test: CASE branches are of one type
--@expected.error: StatementError
--@expected.message: Invalid Case expression. Type for all 'THEN' clauses should be the same.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CASE WHEN a = 0 THEN 1 WHEN a = 1 THEN 'x' END AS c FROM s;

--@test: the ELSE is of that type too
--@expected.error: StatementError
--@expected.message: Invalid Case expression. Type for the default clause should be the same as for 'THEN' clauses.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CASE WHEN a = 0 THEN 1 ELSE 2.5 END AS c FROM s;

--@test: WHEN needs a condition
--@expected.error: StatementError
--@expected.message: WHEN operand type should be boolean.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CASE WHEN a THEN 1 END AS c FROM s;

--@test: WHERE needs a condition
--@expected.error: StatementError
--@expected.message: Type error in WHERE expression: Should evaluate to boolean but is (A + 1) (INTEGER) instead.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT * FROM s WHERE a + 1;

--@test: IS NULL of columns and of what fails
CREATE STREAM s (id INT KEY, a INT, r STRUCT<x INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a IS NULL AS n, a IS NOT NULL AS nn, r->x IS NULL AS xn, r IS NULL AS rn FROM s;
CREATE STREAM p AS SELECT id, a FROM s WHERE a IS NOT NULL AND r->x > 1;
INSERT INTO s (id, a, r) VALUES (1, 1, STRUCT(x:=2));
INSERT INTO s (id, a) VALUES (2, 1);
INSERT INTO s (id, r) VALUES (3, STRUCT(x:=2));
ASSERT VALUES o (id, n, nn, xn, rn) VALUES (1, FALSE, TRUE, FALSE, FALSE);
ASSERT VALUES o (id, n, nn, xn, rn) VALUES (2, FALSE, TRUE, TRUE, TRUE);
ASSERT VALUES o (id, n, nn, xn, rn) VALUES (3, TRUE, FALSE, FALSE, FALSE);
ASSERT VALUES p (id, a) VALUES (1, 1);

--@test: a condition that fails drops the row
CREATE STREAM s (id INT KEY, a INT, b BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a FROM s WHERE 10 / a > 1;
CREATE STREAM p AS SELECT id, a FROM s WHERE b;
INSERT INTO s (id, a, b) VALUES (1, 0, NULL);
INSERT INTO s (id, a, b) VALUES (2, 5, FALSE);
INSERT INTO s (id, a, b) VALUES (3, 10, TRUE);
ASSERT VALUES o (id, a) VALUES (2, 5);
ASSERT VALUES p (id, a) VALUES (3, 10);
