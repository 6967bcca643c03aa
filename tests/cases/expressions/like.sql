-- LIKE: any run, one character, escapes.
--@test: wildcards
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a LIKE 'ab%' AS pre, a LIKE '%yz' AS post, a LIKE '%m%' AS mid, a LIKE 'a_c' AS one, a LIKE '' AS empty, a LIKE '%' AS any_text, a NOT LIKE 'a%' AS neg, a LIKE 'a.c' AS dot FROM s;
INSERT INTO s (id, a) VALUES (1, 'abmyz');
INSERT INTO s (id, a) VALUES (2, 'abc');
INSERT INTO s (id, a) VALUES (3, 'AB');
INSERT INTO s (id, a) VALUES (4, '');
INSERT INTO s (id, a) VALUES (5, 'a.c');
ASSERT VALUES o (id, pre, post, mid, one, empty, any_text, neg, dot) VALUES (1, TRUE, TRUE, TRUE, FALSE, FALSE, TRUE, FALSE, FALSE);
ASSERT VALUES o (id, pre, post, mid, one, empty, any_text, neg, dot) VALUES (2, TRUE, FALSE, FALSE, TRUE, FALSE, TRUE, FALSE, FALSE);
ASSERT VALUES o (id, pre, post, mid, one, empty, any_text, neg, dot) VALUES (3, FALSE, FALSE, FALSE, FALSE, FALSE, TRUE, TRUE, FALSE);
ASSERT VALUES o (id, pre, post, mid, one, empty, any_text, neg, dot) VALUES (4, FALSE, FALSE, FALSE, FALSE, TRUE, TRUE, TRUE, FALSE);
ASSERT VALUES o (id, pre, post, mid, one, empty, any_text, neg, dot) VALUES (5, FALSE, FALSE, FALSE, TRUE, FALSE, TRUE, FALSE, TRUE);

--@test: an escaped wildcard stands for itself
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a LIKE '100!%' ESCAPE '!' AS p, a LIKE '!_%' ESCAPE '!' AS u, a LIKE 'a!!b' ESCAPE '!' AS e FROM s;
INSERT INTO s (id, a) VALUES (1, '100%');
INSERT INTO s (id, a) VALUES (2, '1000');
INSERT INTO s (id, a) VALUES (3, '_x');
INSERT INTO s (id, a) VALUES (4, 'a!b');
ASSERT VALUES o (id, p, u, e) VALUES (1, TRUE, FALSE, FALSE);
ASSERT VALUES o (id, p, u, e) VALUES (2, FALSE, FALSE, FALSE);
ASSERT VALUES o (id, p, u, e) VALUES (3, FALSE, TRUE, FALSE);
ASSERT VALUES o (id, p, u, e) VALUES (4, FALSE, FALSE, TRUE);

--@test: a pattern in a column
CREATE STREAM s (id INT KEY, a VARCHAR, p VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a LIKE p AS m FROM s;
INSERT INTO s (id, a, p) VALUES (1, 'abc', 'a%');
INSERT INTO s (id, a, p) VALUES (2, 'abc', 'b%');
INSERT INTO s (id, a) VALUES (3, 'abc');
ASSERT VALUES o (id, m) VALUES (1, TRUE);
ASSERT VALUES o (id, m) VALUES (2, FALSE);
ASSERT VALUES o (id, m) VALUES (3, NULL);

--@test: one character is one character, whatever its bytes
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a LIKE 'gr_n' AS one, a LIKE 'gr%n' AS any_run FROM s;
INSERT INTO s (id, a) VALUES (1, 'grün');
INSERT INTO s (id, a) VALUES (2, 'gruen');
ASSERT VALUES o (id, one, any_run) VALUES (1, TRUE, TRUE);
ASSERT VALUES o (id, one, any_run) VALUES (2, FALSE, TRUE);

--@test: an escape is one character
--@expected.error: StatementError
--@expected.message: escape
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a LIKE 'x' ESCAPE '!!' AS p FROM s;
