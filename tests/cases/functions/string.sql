-- Text and bytes: a usual value, NULL and the edges. Positions and lengths count UTF-16 code units.

--@test: CHR
CREATE STREAM s (id INT KEY, i INT, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CHR(i) AS r1, CHR(s) AS r2 FROM s;
INSERT INTO s (id, i, s) VALUES (1, 65, '\u0041');
INSERT INTO s (id, i, s) VALUES (2, 128512, '\ud83d\ude00');
INSERT INTO s (id, i, s) VALUES (3, NULL, NULL);
INSERT INTO s (id, i, s) VALUES (4, -1, 'A');
INSERT INTO s (id, i, s) VALUES (5, 1114112, '');
INSERT INTO s (id, i, s) VALUES (6, 9, '\u004');
ASSERT VALUES o (id, r1, r2) VALUES (1, 'A', 'A');
ASSERT VALUES o (id, r1, r2) VALUES (2, '😀', '😀');
ASSERT VALUES o (id, r1, r2) VALUES (3, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (4, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (5, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (6, '	', NULL);

--@test: CONCAT
CREATE STREAM s (id INT KEY, s VARCHAR, t VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CONCAT(s, NULL, t) AS r1, s || t AS r2,
  CONCAT(TO_BYTES(s, 'utf8'), TO_BYTES(t, 'utf8')) AS r3 FROM s;
INSERT INTO s (id, s, t) VALUES (1, 'a', 'b');
INSERT INTO s (id, s, t) VALUES (2, '', '');
INSERT INTO s (id, s, t) VALUES (3, NULL, 'b');
INSERT INTO s (id, s, t) VALUES (4, NULL, NULL);
INSERT INTO s (id, s, t) VALUES (5, '😀', 'é');
ASSERT VALUES o (id, r1, r2, r3) VALUES (1, 'ab', 'ab', 'YWI=');
ASSERT VALUES o (id, r1, r2, r3) VALUES (2, '', '', '');
ASSERT VALUES o (id, r1, r2, r3) VALUES (3, 'b', 'b', 'Yg==');
ASSERT VALUES o (id, r1, r2, r3) VALUES (4, '', '', '');
ASSERT VALUES o (id, r1, r2, r3) VALUES (5, '😀é', '😀é', '8J+YgMOp');

--@test: CONCAT_WS
CREATE STREAM s (id INT KEY, p VARCHAR, s VARCHAR, t VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, CONCAT_WS(p, s, NULL, t) AS r1,
  CONCAT_WS(TO_BYTES(p, 'utf8'), TO_BYTES(s, 'utf8'), TO_BYTES(t, 'utf8')) AS r2 FROM s;
INSERT INTO s (id, p, s, t) VALUES (1, '-', 'x', 'z');
INSERT INTO s (id, p, s, t) VALUES (2, '-', NULL, 'z');
INSERT INTO s (id, p, s, t) VALUES (3, '-', NULL, NULL);
INSERT INTO s (id, p, s, t) VALUES (4, NULL, 'x', 'z');
INSERT INTO s (id, p, s, t) VALUES (5, '', 'x', '');
INSERT INTO s (id, p, s, t) VALUES (6, ', ', '', '');
ASSERT VALUES o (id, r1, r2) VALUES (1, 'x-z', 'eC16');
ASSERT VALUES o (id, r1, r2) VALUES (2, 'z', 'eg==');
ASSERT VALUES o (id, r1, r2) VALUES (3, '', '');
ASSERT VALUES o (id, r1, r2) VALUES (4, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (5, 'x', 'eA==');
ASSERT VALUES o (id, r1, r2) VALUES (6, ', ', 'LCA=');

--@test: ELT and FIELD
CREATE STREAM s (id INT KEY, n INT, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ELT(n, 'a', s, NULL) AS r1, FIELD(s, 'a', 'b', NULL) AS r2 FROM s;
INSERT INTO s (id, n, s) VALUES (1, 2, 'b');
INSERT INTO s (id, n, s) VALUES (2, 1, 'a');
INSERT INTO s (id, n, s) VALUES (3, 3, 'c');
INSERT INTO s (id, n, s) VALUES (4, 4, '');
INSERT INTO s (id, n, s) VALUES (5, 0, NULL);
INSERT INTO s (id, n, s) VALUES (6, -1, 'A');
INSERT INTO s (id, n, s) VALUES (7, NULL, 'b');
ASSERT VALUES o (id, r1, r2) VALUES (1, 'b', 2);
ASSERT VALUES o (id, r1, r2) VALUES (2, 'a', 1);
ASSERT VALUES o (id, r1, r2) VALUES (3, NULL, 0);
ASSERT VALUES o (id, r1, r2) VALUES (4, NULL, 0);
ASSERT VALUES o (id, r1, r2) VALUES (5, NULL, 0);
ASSERT VALUES o (id, r1, r2) VALUES (6, NULL, 0);
ASSERT VALUES o (id, r1, r2) VALUES (7, NULL, 2);

--@test: ENCODE
CREATE STREAM s (id INT KEY, s VARCHAR, a VARCHAR, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ENCODE(s, a, b) AS r1 FROM s;
INSERT INTO s (id, s, a, b) VALUES (1, 'Hi', 'ascii', 'hex');
INSERT INTO s (id, s, a, b) VALUES (2, '0x4869', 'hex', 'utf8');
INSERT INTO s (id, s, a, b) VALUES (3, 'X''4869''', 'HEX', 'Ascii');
INSERT INTO s (id, s, a, b) VALUES (4, '0x869', 'hex', 'hex');
INSERT INTO s (id, s, a, b) VALUES (5, '0x9', 'hex', 'base64');
INSERT INTO s (id, s, a, b) VALUES (6, '869', 'hex', 'utf8');
INSERT INTO s (id, s, a, b) VALUES (7, 'SGk=', 'base64', 'hex');
INSERT INTO s (id, s, a, b) VALUES (8, 'Hé', 'utf8', 'base64');
INSERT INTO s (id, s, a, b) VALUES (9, 'zz', 'hex', 'utf8');
INSERT INTO s (id, s, a, b) VALUES (10, 'Hi', 'ascii', 'ascii');
INSERT INTO s (id, s, a, b) VALUES (11, 'Hi', 'latin1', 'hex');
INSERT INTO s (id, s, a, b) VALUES (12, '', 'utf8', 'hex');
INSERT INTO s (id, s, a, b) VALUES (13, NULL, 'ascii', 'hex');
INSERT INTO s (id, s, a, b) VALUES (14, 'Hi', NULL, 'hex');
INSERT INTO s (id, s, a, b) VALUES (15, 'Hi', 'ascii', NULL);
ASSERT VALUES o (id, r1) VALUES (1, '4869');
ASSERT VALUES o (id, r1) VALUES (2, 'Hi');
ASSERT VALUES o (id, r1) VALUES (3, 'Hi');
ASSERT VALUES o (id, r1) VALUES (4, NULL);
ASSERT VALUES o (id, r1) VALUES (5, 'CQ==');
ASSERT VALUES o (id, r1) VALUES (6, NULL);
ASSERT VALUES o (id, r1) VALUES (7, '4869');
ASSERT VALUES o (id, r1) VALUES (8, 'SMOp');
ASSERT VALUES o (id, r1) VALUES (9, NULL);
ASSERT VALUES o (id, r1) VALUES (10, NULL);
ASSERT VALUES o (id, r1) VALUES (11, NULL);
ASSERT VALUES o (id, r1) VALUES (12, '');
ASSERT VALUES o (id, r1) VALUES (13, NULL);
ASSERT VALUES o (id, r1) VALUES (14, NULL);
ASSERT VALUES o (id, r1) VALUES (15, NULL);

--@test: FROM_BYTES and TO_BYTES
CREATE STREAM s (id INT KEY, s VARCHAR, e VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TO_BYTES(s, e) AS r1, FROM_BYTES(TO_BYTES(s, e), e) AS r2 FROM s;
INSERT INTO s (id, s, e) VALUES (1, 'Hi', 'utf8');
INSERT INTO s (id, s, e) VALUES (2, 'ff00', 'hex');
INSERT INTO s (id, s, e) VALUES (3, 'Hi', 'ASCII');
INSERT INTO s (id, s, e) VALUES (4, 'SGk=', 'base64');
INSERT INTO s (id, s, e) VALUES (5, '0xff', 'hex');
INSERT INTO s (id, s, e) VALUES (6, 'fff', 'hex');
INSERT INTO s (id, s, e) VALUES (7, 'Hi', 'utf16');
INSERT INTO s (id, s, e) VALUES (8, '', 'utf8');
INSERT INTO s (id, s, e) VALUES (9, NULL, 'utf8');
INSERT INTO s (id, s, e) VALUES (10, 'Hi', NULL);
INSERT INTO s (id, s, e) VALUES (11, '😀', 'utf8');
ASSERT VALUES o (id, r1, r2) VALUES (1, 'SGk=', 'Hi');
ASSERT VALUES o (id, r1, r2) VALUES (2, '/wA=', 'FF00');
ASSERT VALUES o (id, r1, r2) VALUES (3, 'SGk=', 'Hi');
ASSERT VALUES o (id, r1, r2) VALUES (4, 'SGk=', 'SGk=');
ASSERT VALUES o (id, r1, r2) VALUES (5, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (6, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (7, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (8, '', '');
ASSERT VALUES o (id, r1, r2) VALUES (9, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (10, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (11, '8J+YgA==', '😀');

--@test: INITCAP
CREATE STREAM s (id INT KEY, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, INITCAP(s) AS r1 FROM s;
INSERT INTO s (id, s) VALUES (1, 'hELLO wORLD');
INSERT INTO s (id, s) VALUES (2, '');
INSERT INTO s (id, s) VALUES (3, NULL);
INSERT INTO s (id, s) VALUES (4, '  two  words ');
INSERT INTO s (id, s) VALUES (5, 'éa-b c');
ASSERT VALUES o (id, r1) VALUES (1, 'Hello World');
ASSERT VALUES o (id, r1) VALUES (2, '');
ASSERT VALUES o (id, r1) VALUES (3, NULL);
ASSERT VALUES o (id, r1) VALUES (4, 'Two  Words ');
ASSERT VALUES o (id, r1) VALUES (5, 'Éa-b C');

--@test: INSTR
CREATE STREAM s (id INT KEY, s VARCHAR, t VARCHAR, p INT, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, INSTR(s, t) AS r1, INSTR(s, t, p) AS r2, INSTR(s, t, p, n) AS r3 FROM s;
INSERT INTO s (id, s, t, p, n) VALUES (1, 'banana', 'an', 3, 1);
INSERT INTO s (id, s, t, p, n) VALUES (2, 'banana', 'a', -1, 2);
INSERT INTO s (id, s, t, p, n) VALUES (3, 'banana', 'ana', 1, 2);
INSERT INTO s (id, s, t, p, n) VALUES (4, 'banana', 'x', 1, 1);
INSERT INTO s (id, s, t, p, n) VALUES (5, 'banana', 'a', 7, 1);
INSERT INTO s (id, s, t, p, n) VALUES (6, 'banana', 'a', -7, 1);
INSERT INTO s (id, s, t, p, n) VALUES (7, 'banana', 'a', 1, 4);
INSERT INTO s (id, s, t, p, n) VALUES (8, NULL, 'a', 1, 1);
INSERT INTO s (id, s, t, p, n) VALUES (9, 'banana', NULL, 1, 1);
INSERT INTO s (id, s, t, p, n) VALUES (10, 'banana', 'a', NULL, 1);
INSERT INTO s (id, s, t, p, n) VALUES (11, 'banana', 'a', 1, NULL);
INSERT INTO s (id, s, t, p, n) VALUES (12, '😀a', 'a', 1, 1);
ASSERT VALUES o (id, r1, r2, r3) VALUES (1, 2, 4, 4);
ASSERT VALUES o (id, r1, r2, r3) VALUES (2, 2, 6, 4);
ASSERT VALUES o (id, r1, r2, r3) VALUES (3, 2, 2, 4);
ASSERT VALUES o (id, r1, r2, r3) VALUES (4, 0, 0, 0);
ASSERT VALUES o (id, r1, r2, r3) VALUES (5, 2, 0, 0);
ASSERT VALUES o (id, r1, r2, r3) VALUES (6, 2, 0, 0);
ASSERT VALUES o (id, r1, r2, r3) VALUES (7, 2, 2, 0);
ASSERT VALUES o (id, r1, r2, r3) VALUES (8, 0, 0, 0);
ASSERT VALUES o (id, r1, r2, r3) VALUES (9, 0, 0, 0);
ASSERT VALUES o (id, r1, r2, r3) VALUES (10, 2, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3) VALUES (11, 2, 2, NULL);
ASSERT VALUES o (id, r1, r2, r3) VALUES (12, 3, 3, 3);

--@test: LCASE and UCASE
CREATE STREAM s (id INT KEY, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, LCASE(s) AS r1, UCASE(s) AS r2 FROM s;
INSERT INTO s (id, s) VALUES (1, 'aß');
INSERT INTO s (id, s) VALUES (2, 'ÀB1');
INSERT INTO s (id, s) VALUES (3, '');
INSERT INTO s (id, s) VALUES (4, NULL);
INSERT INTO s (id, s) VALUES (5, '😀x');
ASSERT VALUES o (id, r1, r2) VALUES (1, 'aß', 'ASS');
ASSERT VALUES o (id, r1, r2) VALUES (2, 'àb1', 'ÀB1');
ASSERT VALUES o (id, r1, r2) VALUES (3, '', '');
ASSERT VALUES o (id, r1, r2) VALUES (4, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (5, '😀x', '😀X');

--@test: LCASE and UCASE of letters that change their number or their form
CREATE STREAM s (id INT KEY, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, LCASE(s) AS r1, UCASE(s) AS r2 FROM s;
INSERT INTO s (id, s) VALUES (1, 'ΑΣ ΣΑΣ');
INSERT INTO s (id, s) VALUES (2, 'ﬁŉ');
INSERT INTO s (id, s) VALUES (3, 'İI');
INSERT INTO s (id, s) VALUES (4, 'ᾳǆ');
ASSERT VALUES o (id, r1, r2) VALUES (1, 'ας σας', 'ΑΣ ΣΑΣ');
ASSERT VALUES o (id, r1, r2) VALUES (2, 'ﬁŉ', 'FIʼN');
ASSERT VALUES o (id, r1, r2) VALUES (3, 'i̇i', 'İI');
ASSERT VALUES o (id, r1, r2) VALUES (4, 'ᾳǆ', 'ΑΙǄ');

--@test: LEN
CREATE STREAM s (id INT KEY, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, LEN(s) AS r1, LEN(TO_BYTES(s, 'utf8')) AS r2 FROM s;
INSERT INTO s (id, s) VALUES (1, 'abc');
INSERT INTO s (id, s) VALUES (2, '');
INSERT INTO s (id, s) VALUES (3, NULL);
INSERT INTO s (id, s) VALUES (4, '😀é');
ASSERT VALUES o (id, r1, r2) VALUES (1, 3, 3);
ASSERT VALUES o (id, r1, r2) VALUES (2, 0, 0);
ASSERT VALUES o (id, r1, r2) VALUES (3, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (4, 3, 6);

--@test: LPAD and RPAD
CREATE STREAM s (id INT KEY, s VARCHAR, n INT, p VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, LPAD(s, n, p) AS r1, RPAD(s, n, p) AS r2,
  LPAD(TO_BYTES(s, 'utf8'), n, TO_BYTES(p, 'utf8')) AS r3,
  RPAD(TO_BYTES(s, 'utf8'), n, TO_BYTES(p, 'utf8')) AS r4 FROM s;
INSERT INTO s (id, s, n, p) VALUES (1, '7', 3, '0');
INSERT INTO s (id, s, n, p) VALUES (2, 'abcd', 2, '*');
INSERT INTO s (id, s, n, p) VALUES (3, 'a', 4, 'xy');
INSERT INTO s (id, s, n, p) VALUES (4, '', 2, 'x');
INSERT INTO s (id, s, n, p) VALUES (5, 'a', 0, 'x');
INSERT INTO s (id, s, n, p) VALUES (6, 'a', -1, 'x');
INSERT INTO s (id, s, n, p) VALUES (7, 'a', 3, '');
INSERT INTO s (id, s, n, p) VALUES (8, NULL, 3, 'x');
INSERT INTO s (id, s, n, p) VALUES (9, 'a', NULL, 'x');
INSERT INTO s (id, s, n, p) VALUES (10, 'a', 3, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (1, '007', '700', 'MDA3', 'NzAw');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (2, 'ab', 'ab', 'YWI=', 'YWI=');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (3, 'xyxa', 'axyx', 'eHl4YQ==', 'YXh5eA==');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (4, 'xx', 'xx', 'eHg=', 'eHg=');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (5, '', '', '', '');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (6, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (7, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (8, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (9, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (10, NULL, NULL, NULL, NULL);

--@test: MASK
CREATE STREAM s (id INT KEY, s VARCHAR, m VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, MASK(s) AS r1, MASK(s, m, NULL, '#', 'o') AS r2 FROM s;
INSERT INTO s (id, s, m) VALUES (1, 'Ab3!', 'U');
INSERT INTO s (id, s, m) VALUES (2, 'É中 ', NULL);
INSERT INTO s (id, s, m) VALUES (3, '', 'U');
INSERT INTO s (id, s, m) VALUES (4, NULL, 'U');
INSERT INTO s (id, s, m) VALUES (5, 'A', 'UU');
ASSERT VALUES o (id, r1, r2) VALUES (1, 'Xxn-', 'Ub#o');
ASSERT VALUES o (id, r1, r2) VALUES (2, 'X--', 'Éoo');
ASSERT VALUES o (id, r1, r2) VALUES (3, '', '');
ASSERT VALUES o (id, r1, r2) VALUES (4, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (5, 'X', NULL);

--@test: MASK_LEFT, MASK_RIGHT, MASK_KEEP_LEFT, MASK_KEEP_RIGHT
CREATE STREAM s (id INT KEY, s VARCHAR, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, MASK_LEFT(s, n) AS r1, MASK_RIGHT(s, n) AS r2, MASK_KEEP_LEFT(s, n) AS r3,
  MASK_KEEP_RIGHT(s, n) AS r4, MASK_LEFT(s, n, 'U', 'l', 'd', 'o') AS r5,
  MASK_RIGHT(s, n, 'U', 'l', 'd', 'o') AS r6, MASK_KEEP_LEFT(s, n, 'U', 'l', 'd', 'o') AS r7,
  MASK_KEEP_RIGHT(s, n, 'U', 'l', 'd', 'o') AS r8 FROM s;
INSERT INTO s (id, s, n) VALUES (1, 'Ab1-', 2);
INSERT INTO s (id, s, n) VALUES (2, 'Ab1-', 0);
INSERT INTO s (id, s, n) VALUES (3, 'Ab1-', 9);
INSERT INTO s (id, s, n) VALUES (4, 'Ab1-', -1);
INSERT INTO s (id, s, n) VALUES (5, 'Ab1-', NULL);
INSERT INTO s (id, s, n) VALUES (6, NULL, 1);
INSERT INTO s (id, s, n) VALUES (7, '', 1);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8) VALUES (1, 'Xx1-', 'Abn-', 'Abn-', 'Xx1-', 'Ul1-', 'Abdo', 'Abdo', 'Ul1-');
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8) VALUES (2, 'Ab1-', 'Ab1-', 'Xxn-', 'Xxn-', 'Ab1-', 'Ab1-', 'Uldo', 'Uldo');
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8) VALUES (3, 'Xxn-', 'Xxn-', 'Ab1-', 'Ab1-', 'Uldo', 'Uldo', 'Ab1-', 'Ab1-');
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8) VALUES (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8) VALUES (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8) VALUES (6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6, r7, r8) VALUES (7, '', '', '', '', '', '', '', '');

--@test: MD5
CREATE STREAM s (id INT KEY, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, MD5(s) AS r1 FROM s;
INSERT INTO s (id, s) VALUES (1, '');
INSERT INTO s (id, s) VALUES (2, 'abc');
INSERT INTO s (id, s) VALUES (3, NULL);
INSERT INTO s (id, s) VALUES (4, 'é');
ASSERT VALUES o (id, r1) VALUES (1, 'd41d8cd98f00b204e9800998ecf8427e');
ASSERT VALUES o (id, r1) VALUES (2, '900150983cd24fb0d6963f7d28e17f72');
ASSERT VALUES o (id, r1) VALUES (3, NULL);
ASSERT VALUES o (id, r1) VALUES (4, '66ddcd97cfdeabb2f6fb8a999b4bc76f');

--@test: REPLACE
CREATE STREAM s (id INT KEY, s VARCHAR, a VARCHAR, b VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, REPLACE(s, a, b) AS r1 FROM s;
INSERT INTO s (id, s, a, b) VALUES (1, 'a.b.', '.', '-');
INSERT INTO s (id, s, a, b) VALUES (2, 'aaa', 'aa', 'b');
INSERT INTO s (id, s, a, b) VALUES (3, 'ab', '', '-');
INSERT INTO s (id, s, a, b) VALUES (4, '', '', 'x');
INSERT INTO s (id, s, a, b) VALUES (5, 'abc', 'b', '');
INSERT INTO s (id, s, a, b) VALUES (6, NULL, 'a', 'b');
INSERT INTO s (id, s, a, b) VALUES (7, 'a', NULL, 'b');
INSERT INTO s (id, s, a, b) VALUES (8, 'a', 'a', NULL);
ASSERT VALUES o (id, r1) VALUES (1, 'a-b-');
ASSERT VALUES o (id, r1) VALUES (2, 'ba');
ASSERT VALUES o (id, r1) VALUES (3, '-a-b-');
ASSERT VALUES o (id, r1) VALUES (4, 'x');
ASSERT VALUES o (id, r1) VALUES (5, 'ac');
ASSERT VALUES o (id, r1) VALUES (6, NULL);
ASSERT VALUES o (id, r1) VALUES (7, NULL);
ASSERT VALUES o (id, r1) VALUES (8, NULL);

--@test: SPLIT
CREATE STREAM s (id INT KEY, s VARCHAR, d VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, SPLIT(s, d) AS r1, SPLIT(TO_BYTES(s, 'utf8'), TO_BYTES(d, 'utf8')) AS r2 FROM s;
INSERT INTO s (id, s, d) VALUES (1, 'a,,b', ',');
INSERT INTO s (id, s, d) VALUES (2, ',a,', ',');
INSERT INTO s (id, s, d) VALUES (3, 'abc', '');
INSERT INTO s (id, s, d) VALUES (4, '', '');
INSERT INTO s (id, s, d) VALUES (5, 'a.b', '.');
INSERT INTO s (id, s, d) VALUES (6, '', ',');
INSERT INTO s (id, s, d) VALUES (7, NULL, ',');
INSERT INTO s (id, s, d) VALUES (8, 'a', NULL);
ASSERT VALUES o (id, r1, r2) VALUES (1, ARRAY['a', '', 'b'], ARRAY['YQ==', '', 'Yg==']);
ASSERT VALUES o (id, r1, r2) VALUES (2, ARRAY['', 'a', ''], ARRAY['', 'YQ==', '']);
ASSERT VALUES o (id, r1, r2) VALUES (3, ARRAY['a', 'b', 'c'], ARRAY['YQ==', 'Yg==', 'Yw==']);
ASSERT VALUES o (id, r1, r2) VALUES (4, ARRAY[''], ARRAY['']);
ASSERT VALUES o (id, r1, r2) VALUES (5, ARRAY['a', 'b'], ARRAY['YQ==', 'Yg==']);
ASSERT VALUES o (id, r1, r2) VALUES (6, ARRAY[''], ARRAY['']);
ASSERT VALUES o (id, r1, r2) VALUES (7, NULL, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (8, NULL, NULL);

--@test: SPLIT_TO_MAP
CREATE STREAM s (id INT KEY, s VARCHAR, e VARCHAR, k VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, SPLIT_TO_MAP(s, e, k) AS r1 FROM s;
INSERT INTO s (id, s, e, k) VALUES (1, 'a=1;b=2', ';', '=');
INSERT INTO s (id, s, e, k) VALUES (2, 'a=1;a=2;;x;b=', ';', '=');
INSERT INTO s (id, s, e, k) VALUES (3, 'a=1=2', ';', '=');
INSERT INTO s (id, s, e, k) VALUES (4, 'a=1', '', '=');
INSERT INTO s (id, s, e, k) VALUES (5, 'a=1', ';', ';');
INSERT INTO s (id, s, e, k) VALUES (6, NULL, ';', '=');
INSERT INTO s (id, s, e, k) VALUES (7, 'a=1', NULL, '=');
INSERT INTO s (id, s, e, k) VALUES (8, 'a=1', ';', NULL);
ASSERT VALUES o (id, r1) VALUES (1, MAP('a' := '1', 'b' := '2'));
ASSERT VALUES o (id, r1) VALUES (2, MAP('a' := '2', 'b' := ''));
ASSERT VALUES o (id, r1) VALUES (3, MAP('a' := '1'));
ASSERT VALUES o (id, r1) VALUES (4, NULL);
ASSERT VALUES o (id, r1) VALUES (5, NULL);
ASSERT VALUES o (id, r1) VALUES (6, NULL);
ASSERT VALUES o (id, r1) VALUES (7, NULL);
ASSERT VALUES o (id, r1) VALUES (8, NULL);

--@test: SUBSTRING
CREATE STREAM s (id INT KEY, s VARCHAR, p INT, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, SUBSTRING(s, p) AS r1, SUBSTRING(s, p, n) AS r2,
  SUBSTRING(TO_BYTES(s, 'utf8'), p) AS r3, SUBSTRING(TO_BYTES(s, 'utf8'), p, n) AS r4 FROM s;
INSERT INTO s (id, s, p, n) VALUES (1, 'stream', -3, 2);
INSERT INTO s (id, s, p, n) VALUES (2, 'stream', 2, 3);
INSERT INTO s (id, s, p, n) VALUES (3, 'stream', 0, 1);
INSERT INTO s (id, s, p, n) VALUES (4, 'stream', -9, 2);
INSERT INTO s (id, s, p, n) VALUES (5, 'stream', 7, 2);
INSERT INTO s (id, s, p, n) VALUES (6, 'stream', 1, -1);
INSERT INTO s (id, s, p, n) VALUES (7, 'stream', 5, 2147483647);
INSERT INTO s (id, s, p, n) VALUES (8, '', 1, 1);
INSERT INTO s (id, s, p, n) VALUES (9, NULL, 1, 1);
INSERT INTO s (id, s, p, n) VALUES (10, 'stream', NULL, 1);
INSERT INTO s (id, s, p, n) VALUES (11, 'stream', 1, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (1, 'eam', 'ea', 'ZWFt', 'ZWE=');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (2, 'tream', 'tre', 'dHJlYW0=', 'dHJl');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (3, 'stream', 's', 'c3RyZWFt', 'cw==');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (4, 'stream', 'st', 'c3RyZWFt', 'c3Q=');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (5, '', '', '', '');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (6, 'stream', '', 'c3RyZWFt', '');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (7, 'am', 'am', 'YW0=', 'YW0=');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (8, '', '', '', '');
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (9, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (10, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4) VALUES (11, 'stream', NULL, 'c3RyZWFt', NULL);

--@test: SUBSTRING counts UTF-16 code units
CREATE STREAM s (id INT KEY, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, SUBSTRING(s, 3) AS r1, SUBSTRING(s, 1, 2) AS r2 FROM s;
INSERT INTO s (id, s) VALUES (1, '😀bc');
ASSERT VALUES o (id, r1, r2) VALUES (1, 'bc', '😀');

--@test: TRIM
CREATE STREAM s (id INT KEY, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, TRIM(s) AS r1 FROM s;
INSERT INTO s (id, s) VALUES (1, '	 a b ');
INSERT INTO s (id, s) VALUES (2, '');
INSERT INTO s (id, s) VALUES (3, '   ');
INSERT INTO s (id, s) VALUES (4, NULL);
INSERT INTO s (id, s) VALUES (5, ' a ');
ASSERT VALUES o (id, r1) VALUES (1, 'a b');
ASSERT VALUES o (id, r1) VALUES (2, '');
ASSERT VALUES o (id, r1) VALUES (3, '');
ASSERT VALUES o (id, r1) VALUES (4, NULL);
ASSERT VALUES o (id, r1) VALUES (5, ' a ');

--@test: UUID
CREATE STREAM s (id INT KEY, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, UUID(TO_BYTES(s, 'hex')) AS r1, LEN(UUID()) AS r2, UUID() = UUID() AS r3 FROM s;
INSERT INTO s (id, s) VALUES (1, '000102030405060708090a0b0c0d0e0f');
INSERT INTO s (id, s) VALUES (2, '00');
INSERT INTO s (id, s) VALUES (3, '');
INSERT INTO s (id, s) VALUES (4, NULL);
ASSERT VALUES o (id, r1, r2, r3) VALUES (1, '00010203-0405-0607-0809-0a0b0c0d0e0f', 36, false);
ASSERT VALUES o (id, r1, r2, r3) VALUES (2, NULL, 36, false);
ASSERT VALUES o (id, r1, r2, r3) VALUES (3, NULL, 36, false);
ASSERT VALUES o (id, r1, r2, r3) VALUES (4, NULL, 36, false);
