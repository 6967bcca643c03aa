-- URLs: a usual value, NULL and the edges. RFC 2396 as Java's URI reads it.

--@test: URL_DECODE_PARAM and URL_ENCODE_PARAM
CREATE STREAM s (id INT KEY, s VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, URL_DECODE_PARAM(s) AS r1, URL_ENCODE_PARAM(s) AS r2 FROM s;
INSERT INTO s (id, s) VALUES (1, 'a+b%21');
INSERT INTO s (id, s) VALUES (2, 'a b&c');
INSERT INTO s (id, s) VALUES (3, '-_.*~é');
INSERT INTO s (id, s) VALUES (4, '%F0%9F%98%80');
INSERT INTO s (id, s) VALUES (5, '%zz');
INSERT INTO s (id, s) VALUES (6, '%4');
INSERT INTO s (id, s) VALUES (7, '');
INSERT INTO s (id, s) VALUES (8, NULL);
ASSERT VALUES o (id, r1, r2) VALUES (1, 'a b!', 'a%2Bb%2521');
ASSERT VALUES o (id, r1, r2) VALUES (2, 'a b&c', 'a+b%26c');
ASSERT VALUES o (id, r1, r2) VALUES (3, '-_.*~é', '-_.*%7E%C3%A9');
ASSERT VALUES o (id, r1, r2) VALUES (4, '😀', '%25F0%259F%2598%2580');
ASSERT VALUES o (id, r1, r2) VALUES (5, NULL, '%25zz');
ASSERT VALUES o (id, r1, r2) VALUES (6, NULL, '%254');
ASSERT VALUES o (id, r1, r2) VALUES (7, '', '');
ASSERT VALUES o (id, r1, r2) VALUES (8, NULL, NULL);

--@test: Parts of a URL
CREATE STREAM s (id INT KEY, u VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, URL_EXTRACT_PROTOCOL(u) AS r1, URL_EXTRACT_HOST(u) AS r2,
  URL_EXTRACT_PORT(u) AS r3, URL_EXTRACT_PATH(u) AS r4, URL_EXTRACT_QUERY(u) AS r5,
  URL_EXTRACT_FRAGMENT(u) AS r6 FROM s;
INSERT INTO s (id, u) VALUES (1, 'https://me@h.io:81/a/b%20c?x=1%202#f%20g');
INSERT INTO s (id, u) VALUES (2, 'http://h');
INSERT INTO s (id, u) VALUES (3, '/just/a/path?q');
INSERT INTO s (id, u) VALUES (4, 'http://[::1]:8/p#');
INSERT INTO s (id, u) VALUES (5, 'mailto:a@b.c');
INSERT INTO s (id, u) VALUES (6, 'http://h/a b');
INSERT INTO s (id, u) VALUES (7, 'http://h/%zz');
INSERT INTO s (id, u) VALUES (8, '');
INSERT INTO s (id, u) VALUES (9, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6) VALUES (1, 'https', 'h.io', 81, '/a/b c', 'x=1 2', 'f g');
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6) VALUES (2, 'http', 'h', NULL, '', NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6) VALUES (3, NULL, NULL, NULL, '/just/a/path', 'q', NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6) VALUES (4, 'http', '[::1]', 8, '/p', NULL, '');
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6) VALUES (5, 'mailto', NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6) VALUES (6, NULL, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6) VALUES (7, NULL, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6) VALUES (8, NULL, NULL, NULL, '', NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3, r4, r5, r6) VALUES (9, NULL, NULL, NULL, NULL, NULL, NULL);

--@test: Hosts that are none
CREATE STREAM s (id INT KEY, u VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, URL_EXTRACT_HOST(u) AS r1, URL_EXTRACT_PORT(u) AS r2, URL_EXTRACT_PATH(u) AS r3 FROM s;
INSERT INTO s (id, u) VALUES (1, 'http://-a:1/x');
INSERT INTO s (id, u) VALUES (2, 'http://a.1b:1/x');
INSERT INTO s (id, u) VALUES (3, 'http://1.2.3.4:5/');
INSERT INTO s (id, u) VALUES (4, 'http://a_b/');
INSERT INTO s (id, u) VALUES (5, 'http://a.b.:7/');
INSERT INTO s (id, u) VALUES (6, 'http:///p');
INSERT INTO s (id, u) VALUES (7, 'x://');
INSERT INTO s (id, u) VALUES (8, 'http://é/é');
ASSERT VALUES o (id, r1, r2, r3) VALUES (1, NULL, NULL, '/x');
ASSERT VALUES o (id, r1, r2, r3) VALUES (2, NULL, NULL, '/x');
ASSERT VALUES o (id, r1, r2, r3) VALUES (3, '1.2.3.4', 5, '/');
ASSERT VALUES o (id, r1, r2, r3) VALUES (4, NULL, NULL, '/');
ASSERT VALUES o (id, r1, r2, r3) VALUES (5, 'a.b.', 7, '/');
ASSERT VALUES o (id, r1, r2, r3) VALUES (6, NULL, NULL, '/p');
ASSERT VALUES o (id, r1, r2, r3) VALUES (7, NULL, NULL, NULL);
ASSERT VALUES o (id, r1, r2, r3) VALUES (8, NULL, NULL, '/é');

--@test: URL_EXTRACT_PARAMETER
CREATE STREAM s (id INT KEY, u VARCHAR, p VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, URL_EXTRACT_PARAMETER(u, p) AS r1 FROM s;
INSERT INTO s (id, u, p) VALUES (1, 'http://h?a=1&b=2', 'b');
INSERT INTO s (id, u, p) VALUES (2, 'http://h?a=1&b', 'b');
INSERT INTO s (id, u, p) VALUES (3, 'http://h?a=1=2', 'a');
INSERT INTO s (id, u, p) VALUES (4, 'http://h?a=1', 'A');
INSERT INTO s (id, u, p) VALUES (5, 'http://h?a=x%26y', 'a');
INSERT INTO s (id, u, p) VALUES (6, 'http://h', 'a');
INSERT INTO s (id, u, p) VALUES (7, 'http://h?a=%F0%9F%98%80', 'a');
INSERT INTO s (id, u, p) VALUES (8, 'ht tp://h?a=1', 'a');
INSERT INTO s (id, u, p) VALUES (9, NULL, 'a');
INSERT INTO s (id, u, p) VALUES (10, 'http://h?a=1', NULL);
ASSERT VALUES o (id, r1) VALUES (1, '2');
ASSERT VALUES o (id, r1) VALUES (2, '');
ASSERT VALUES o (id, r1) VALUES (3, '1=2');
ASSERT VALUES o (id, r1) VALUES (4, NULL);
ASSERT VALUES o (id, r1) VALUES (5, 'x');
ASSERT VALUES o (id, r1) VALUES (6, NULL);
ASSERT VALUES o (id, r1) VALUES (7, '😀');
ASSERT VALUES o (id, r1) VALUES (8, NULL);
ASSERT VALUES o (id, r1) VALUES (9, NULL);
ASSERT VALUES o (id, r1) VALUES (10, NULL);
