-- What stands in several expressions is evaluated once: the answers are the same as if it were not.
--@test: a part in columns, in branches and in a condition
CREATE STREAM s (id INT KEY, a INT, t VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, 100 / a AS q, 100 / a + 100 / a AS twice, CASE WHEN a = 0 THEN -1 ELSE 100 / a END AS safe, CASE WHEN a > 10 THEN UCASE(t) WHEN a > 1 THEN UCASE(t) || '!' ELSE 'none' END AS w, UCASE(t) AS u, ARRAY[100 / a, a] AS l FROM s WHERE LEN(UCASE(t)) > 1 AND UCASE(t) <> 'XX';
INSERT INTO s (id, a, t) VALUES (1, 20, 'ab');
INSERT INTO s (id, a, t) VALUES (2, 0, 'cd');
INSERT INTO s (id, a, t) VALUES (3, 5, 'xx');
INSERT INTO s (id, a, t) VALUES (4, 5, 'ef');
INSERT INTO s (id, a, t) VALUES (5, NULL, 'gh');
INSERT INTO s (id, a, t) VALUES (6, 1, 'i');
ASSERT VALUES o (id, q, twice, safe, w, u, l) VALUES (1, 5, 10, 5, 'AB', 'AB', ARRAY[5, 20]);
ASSERT VALUES o (id, q, twice, safe, w, u, l) VALUES (2, NULL, NULL, -1, 'none', 'CD', ARRAY[NULL, 0]);
ASSERT VALUES o (id, q, twice, safe, w, u, l) VALUES (4, 20, 40, 20, 'EF!', 'EF', ARRAY[20, 5]);
ASSERT VALUES o (id, q, twice, safe, w, u, l) VALUES (5, NULL, NULL, NULL, 'none', 'GH', ARRAY[CAST(NULL AS INT), NULL]);
