-- The functions of engine/functions/example/example_functions.c.
--@test: overloads, NULL in gives NULL out, and a row that fails
CREATE STREAM s (id INT KEY, a VARCHAR, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, HAMMING(a, b) AS texts, hamming(TO_BYTES(a, 'utf8'), TO_BYTES(b, 'utf8')) AS byte_strings FROM s;
INSERT INTO s (id, a, b) VALUES (1, 'karolin', 'kathrin');
INSERT INTO s (id, a, b) VALUES (2, '', '');
INSERT INTO s (id, a) VALUES (3, 'x');
INSERT INTO s (id, a, b) VALUES (4, 'x', 'xy');
ASSERT VALUES o (id, texts, byte_strings) VALUES (1, 3, 3);
ASSERT VALUES o (id, texts, byte_strings) VALUES (2, 0, 0);
ASSERT VALUES o (id, texts, byte_strings) VALUES (3, NULL, NULL);
ASSERT VALUES o (id, texts, byte_strings) VALUES (4, NULL, NULL);

--@test: a function that takes NULL
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, GREET(a) AS g FROM s;
INSERT INTO s (id, a) VALUES (1, 'Anna');
INSERT INTO s (id) VALUES (2);
INSERT INTO s (id, a) VALUES (3, '😀');
ASSERT VALUES o (id, g) VALUES (1, 'Hello Anna');
ASSERT VALUES o (id, g) VALUES (2, 'Hello stranger');
ASSERT VALUES o (id, g) VALUES (3, 'Hello 😀');

--@test: a property of the function
SET 'ksql.functions._global_.word' = 'Hi';
SET 'ksql.functions.greet.word' = 'Salut';
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, GREET(a) AS g FROM s;
INSERT INTO s (id, a) VALUES (1, 'Anna');
ASSERT VALUES o (id, g) VALUES (1, 'Salut Anna');

--@test: a property of all functions
SET 'ksql.functions._global_.word' = 'Hi';
CREATE STREAM s (id INT KEY, a VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, GREET(a) AS g FROM s;
INSERT INTO s (id, a) VALUES (1, 'Anna');
ASSERT VALUES o (id, g) VALUES (1, 'Hi Anna');

--@test: ARRAY of any type and a STRUCT result
CREATE STREAM s (id INT KEY, l ARRAY<INT>, w ARRAY<VARCHAR>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, LONGEST_RUN(l) AS ints, LONGEST_RUN(w) AS words, POINT(id, 0.5E0) AS p, POINT(1, 2)->Y AS y FROM s;
INSERT INTO s (id, l, w) VALUES (1, ARRAY[1, 1, 2, 2, 2, 1], ARRAY['a', 'a', NULL]);
INSERT INTO s (id) VALUES (2);
ASSERT VALUES o (id, ints, words, p, y) VALUES (1, 3, 2, STRUCT(X:=1.0, Y:=0.5), 2.0);
ASSERT VALUES o (id, ints, words, p, y) VALUES (2, NULL, NULL, STRUCT(X:=2.0, Y:=0.5), 2.0);
ASSERT STREAM o (id INT KEY, ints INT, words INT, p STRUCT<X DOUBLE, Y DOUBLE>, y DOUBLE) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');

--@test: no overload takes these
CREATE STREAM s (id INT KEY, a BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Function 'HAMMING' does not accept parameters (BOOLEAN, STRING).
CREATE STREAM o AS SELECT id, HAMMING(a, 'x') AS g FROM s;
