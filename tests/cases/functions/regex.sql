-- Regular expressions and conversions of bytes: a usual value, NULL and the edges.

--@test: REGEXP_EXTRACT and REGEXP_EXTRACT_ALL
CREATE STREAM s (id INT KEY, p VARCHAR, s VARCHAR, g INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, REGEXP_EXTRACT(p, s) AS r1, REGEXP_EXTRACT(p, s, g) AS r2,
  REGEXP_EXTRACT_ALL(p, s) AS r3, REGEXP_EXTRACT_ALL(p, s, g) AS r4 FROM s;
INSERT INTO s (id, p, s, g) VALUES (1, '(\d+)-(\d+)', 'a12-34b5-6', 2);
INSERT INTO s (id, p, s, g) VALUES (2, '\d', 'a1b2', 0);
INSERT INTO s (id, p, s, g) VALUES (3, 'x', 'abc', 0);
INSERT INTO s (id, p, s, g) VALUES (4, '(a)', 'a', 2);
INSERT INTO s (id, p, s, g) VALUES (5, '(', 'a', 0);
INSERT INTO s (id, p, s, g) VALUES (6, '.', '😀', 0);
INSERT INTO s (id, p, s, g) VALUES (7, 'a*', '', 0);
INSERT INTO s (id, p, s, g) VALUES (8, NULL, 'a', 0);
INSERT INTO s (id, p, s, g) VALUES (9, 'a', NULL, 0);
INSERT INTO s (id, p, s, g) VALUES (10, 'a', 'a', NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (1, '12-34', '34', ARRAY['12-34', '5-6'], ARRAY['34', '6']);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (2, '1', '1', ARRAY['1', '2'], ARRAY['1', '2']);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (3, NULL, NULL, ARRAY_REMOVE(ARRAY[''], ''), ARRAY_REMOVE(ARRAY[''], ''));
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (4, 'a', NULL, ARRAY['a'], NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (5, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (6, '😀', '😀', ARRAY['😀'], ARRAY['😀']);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (7, '', '', ARRAY[''], ARRAY['']);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (8, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (9, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (10, 'a', NULL, ARRAY['a'], NULL);

--@test: REGEXP_REPLACE
CREATE STREAM s (id INT KEY, s VARCHAR, p VARCHAR, r VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, REGEXP_REPLACE(s, p, r) AS r1 FROM s;
INSERT INTO s (id, s, p, r) VALUES (1, 'ab12', '[0-9]', '#');
INSERT INTO s (id, s, p, r) VALUES (2, 'ab12', '([a-z])([a-z])', '$2$1');
INSERT INTO s (id, s, p, r) VALUES (3, 'a1', '1', '\$');
INSERT INTO s (id, s, p, r) VALUES (4, 'abc', '', '-');
INSERT INTO s (id, s, p, r) VALUES (5, '', 'a', 'b');
INSERT INTO s (id, s, p, r) VALUES (6, 'a', '[', 'b');
INSERT INTO s (id, s, p, r) VALUES (7, 'a', 'a', '$1');
INSERT INTO s (id, s, p, r) VALUES (8, NULL, 'a', 'b');
INSERT INTO s (id, s, p, r) VALUES (9, 'a', NULL, 'b');
INSERT INTO s (id, s, p, r) VALUES (10, 'a', 'a', NULL);
ASSERT VALUES o (id, r1) VALUES (1, 'ab##');
ASSERT VALUES o (id, r1) VALUES (2, 'ba12');
ASSERT VALUES o (id, r1) VALUES (3, 'a$');
ASSERT VALUES o (id, r1) VALUES (4, '-a-b-c-');
ASSERT VALUES o (id, r1) VALUES (5, '');
ASSERT VALUES o (id, r1) VALUES (6, NULL);
ASSERT VALUES o (id, r1) VALUES (7, NULL);
ASSERT VALUES o (id, r1) VALUES (8, NULL);
ASSERT VALUES o (id, r1) VALUES (9, NULL);
ASSERT VALUES o (id, r1) VALUES (10, NULL);

--@test: REGEXP_SPLIT_TO_ARRAY
CREATE STREAM s (id INT KEY, s VARCHAR, p VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, REGEXP_SPLIT_TO_ARRAY(s, p) AS r1 FROM s;
INSERT INTO s (id, s, p) VALUES (1, 'a1b2', '[0-9]');
INSERT INTO s (id, s, p) VALUES (2, '1a', '[0-9]');
INSERT INTO s (id, s, p) VALUES (3, 'abc', '');
INSERT INTO s (id, s, p) VALUES (4, 'abc', 'x');
INSERT INTO s (id, s, p) VALUES (5, '', ',');
INSERT INTO s (id, s, p) VALUES (6, 'a', '(');
INSERT INTO s (id, s, p) VALUES (7, NULL, 'a');
INSERT INTO s (id, s, p) VALUES (8, 'a', NULL);
ASSERT VALUES o (id, r1) VALUES (1, ARRAY['a', 'b', '']);
ASSERT VALUES o (id, r1) VALUES (2, ARRAY['', 'a']);
ASSERT VALUES o (id, r1) VALUES (3, ARRAY['a', 'b', 'c']);
ASSERT VALUES o (id, r1) VALUES (4, ARRAY['abc']);
ASSERT VALUES o (id, r1) VALUES (5, ARRAY['']);
ASSERT VALUES o (id, r1) VALUES (6, NULL);
ASSERT VALUES o (id, r1) VALUES (7, NULL);
ASSERT VALUES o (id, r1) VALUES (8, NULL);

--@test: BIGINT_FROM_BYTES
CREATE STREAM s (id INT KEY, s VARCHAR, o VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, BIGINT_FROM_BYTES(TO_BYTES(s, 'hex')) AS r1,
  BIGINT_FROM_BYTES(TO_BYTES(s, 'hex'), o) AS r2 FROM s;
INSERT INTO s (id, s, o) VALUES (1, '0000000000000005', 'little_endian');
INSERT INTO s (id, s, o) VALUES (2, 'ffffffffffffffff', 'BIG_ENDIAN');
INSERT INTO s (id, s, o) VALUES (3, '8000000000000000', 'Big_Endian');
INSERT INTO s (id, s, o) VALUES (4, '05', 'BIG_ENDIAN');
INSERT INTO s (id, s, o) VALUES (5, '0000000000000005', 'MIDDLE');
INSERT INTO s (id, s, o) VALUES (6, '0000000000000005', NULL);
INSERT INTO s (id, s, o) VALUES (7, '', 'BIG_ENDIAN');
INSERT INTO s (id, s, o) VALUES (8, NULL, 'BIG_ENDIAN');
ASSERT VALUES o (id, r1, r2) VALUES (1, 5, 360287970189639680);
ASSERT VALUES o (id, r1, r2) VALUES (2, -1, -1);
ASSERT VALUES o (id, r1, r2) VALUES (3, -9223372036854775808, -9223372036854775808);
ASSERT VALUES o (id, r1, r2) VALUES (4, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (5, 5, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (6, 5, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (7, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (8, NULL, NULL);

--@test: INT_FROM_BYTES
CREATE STREAM s (id INT KEY, s VARCHAR, o VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, INT_FROM_BYTES(TO_BYTES(s, 'hex')) AS r1,
  INT_FROM_BYTES(TO_BYTES(s, 'hex'), o) AS r2 FROM s;
INSERT INTO s (id, s, o) VALUES (1, '05000000', 'LITTLE_ENDIAN');
INSERT INTO s (id, s, o) VALUES (2, '80000000', 'BIG_ENDIAN');
INSERT INTO s (id, s, o) VALUES (3, '0500', 'BIG_ENDIAN');
INSERT INTO s (id, s, o) VALUES (4, '00000001', '');
INSERT INTO s (id, s, o) VALUES (5, NULL, 'BIG_ENDIAN');
ASSERT VALUES o (id, r1, r2) VALUES (1, 83886080, 5);
ASSERT VALUES o (id, r1, r2) VALUES (2, -2147483648, -2147483648);
ASSERT VALUES o (id, r1, r2) VALUES (3, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (4, 1, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (5, NULL, NULL);

--@test: DOUBLE_FROM_BYTES
CREATE STREAM s (id INT KEY, s VARCHAR, o VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, DOUBLE_FROM_BYTES(TO_BYTES(s, 'hex')) AS r1,
  DOUBLE_FROM_BYTES(TO_BYTES(s, 'hex'), o) AS r2 FROM s;
INSERT INTO s (id, s, o) VALUES (1, '3ff0000000000000', 'big_endian');
INSERT INTO s (id, s, o) VALUES (2, '000000000000f03f', 'LITTLE_ENDIAN');
INSERT INTO s (id, s, o) VALUES (3, '3ff0', 'BIG_ENDIAN');
INSERT INTO s (id, s, o) VALUES (4, '3ff0000000000000', 'x');
INSERT INTO s (id, s, o) VALUES (5, NULL, 'BIG_ENDIAN');
ASSERT VALUES o (id, r1, r2) VALUES (1, 1.0, 1.0);
ASSERT VALUES o (id, r1, r2) VALUES (2, 3.03865E-319, 1.0);
ASSERT VALUES o (id, r1, r2) VALUES (3, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (4, 1.0, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (5, NULL, NULL);

--@test: Java's own classes and escapes
CREATE STREAM s (id INT KEY, p VARCHAR, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, REGEXP_EXTRACT_ALL(p, s) AS r1 FROM s;
INSERT INTO s (id, p, s) VALUES (1, '\p{Upper}\p{Lower}+', 'Anna and Bob');
INSERT INTO s (id, p, s) VALUES (2, '[\p{Punct}&&[^-]]', 'a-b.c!');
INSERT INTO s (id, p, s) VALUES (3, '[a-c[x-z]]+', 'abxzmc');
INSERT INTO s (id, p, s) VALUES (4, '[a-z&&[^aeiou]]+', 'street');
INSERT INTO s (id, p, s) VALUES (5, '[^a-z&&[^m]]', 'am1');
INSERT INTO s (id, p, s) VALUES (6, '\u00e9|\ud83d\ude00', 'né 😀');
INSERT INTO s (id, p, s) VALUES (7, '\Qa.b\E', 'a.b axb');
INSERT INTO s (id, p, s) VALUES (8, '[\s]', 'a b');
INSERT INTO s (id, p, s) VALUES (9, '(?<y>\d{4})', '2023 2024');
INSERT INTO s (id, p, s) VALUES (10, '(\w)\1', 'aabbc');
INSERT INTO s (id, p, s) VALUES (11, 'a(?=b)', 'ab ac');
INSERT INTO s (id, p, s) VALUES (12, 'a*+b', 'aab');
INSERT INTO s (id, p, s) VALUES (13, '[]a]+', 'a]b');
INSERT INTO s (id, p, s) VALUES (14, '[', 'a');
INSERT INTO s (id, p, s) VALUES (15, '\p{IsLatin}+', 'abc где');
INSERT INTO s (id, p, s) VALUES (16, '[^\d\s]+', 'a1 b');
ASSERT VALUES o (id, r1) VALUES (1, ARRAY['Anna', 'Bob']);
ASSERT VALUES o (id, r1) VALUES (2, ARRAY['.', '!']);
ASSERT VALUES o (id, r1) VALUES (3, ARRAY['abxz', 'c']);
ASSERT VALUES o (id, r1) VALUES (4, ARRAY['str', 't']);
ASSERT VALUES o (id, r1) VALUES (5, ARRAY['m', '1']);
ASSERT VALUES o (id, r1) VALUES (6, ARRAY['é', '😀']);
ASSERT VALUES o (id, r1) VALUES (7, ARRAY['a.b']);
ASSERT VALUES o (id, r1) VALUES (8, ARRAY[' ']);
ASSERT VALUES o (id, r1) VALUES (9, ARRAY['2023', '2024']);
ASSERT VALUES o (id, r1) VALUES (10, ARRAY['aa', 'bb']);
ASSERT VALUES o (id, r1) VALUES (11, ARRAY['a']);
ASSERT VALUES o (id, r1) VALUES (12, ARRAY['aab']);
ASSERT VALUES o (id, r1) VALUES (13, ARRAY['a]']);
ASSERT VALUES o (id, r1) VALUES (14, NULL);
ASSERT VALUES o (id, r1) VALUES (15, ARRAY['abc']);
ASSERT VALUES o (id, r1) VALUES (16, ARRAY['a', 'b']);

--@test: Line ends
CREATE STREAM s (id INT KEY, p VARCHAR, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, REGEXP_EXTRACT(p, REPLACE(REPLACE(s, '\r', CHR(13)), '\n', CHR(10))) AS r1 FROM s;
INSERT INTO s (id, p, s) VALUES (1, '.+', 'ab\r\ncd');
INSERT INTO s (id, p, s) VALUES (2, 'b$', 'ab\n');
INSERT INTO s (id, p, s) VALUES (3, 'b$', 'ab\r\n');
INSERT INTO s (id, p, s) VALUES (4, 'b$', 'b\na');
INSERT INTO s (id, p, s) VALUES (5, '(?m)^c.$', 'ab\ncd\n');
INSERT INTO s (id, p, s) VALUES (6, 'b\z', 'ab\n');
ASSERT VALUES o (id, r1) VALUES (1, 'ab');
ASSERT VALUES o (id, r1) VALUES (2, 'b');
ASSERT VALUES o (id, r1) VALUES (3, 'b');
ASSERT VALUES o (id, r1) VALUES (4, NULL);
ASSERT VALUES o (id, r1) VALUES (5, 'cd');
ASSERT VALUES o (id, r1) VALUES (6, NULL);
