-- JSON as bytes: a stream of plain text over the same topic writes what is read, and reads what is written.
--@test: every type, as it is written
CREATE STREAM s (bo BOOLEAN, i INT, b BIGINT, x DOUBLE, d DECIMAL(6, 2), t STRING, y BYTES, da DATE, ti TIME, ts TIMESTAMP, a ARRAY<INT>, m MAP<STRING, INT>, r STRUCT<f INT, `g` STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
INSERT INTO s (bo, i, b, x, d, t, y, da, ti, ts, a, m, r) VALUES (TRUE, 1, 3000000000, 10, 1.50, 'a"b\c', 'AQID', '1970-01-02', '00:00:01', '1970-01-01T00:00:02', ARRAY[1, NULL], MAP('k':=1), STRUCT(f:=1, `g`:=CAST(NULL AS STRING)));
ASSERT VALUES raw (line) VALUES ('{"BO":true,"I":1,"B":3000000000,"X":10.0,"D":1.50,"T":"a\"b\\c","Y":"AQID","DA":1,"TI":1000,"TS":2000,"A":[1,null],"M":{"k":1},"R":{"F":1,"g":null}}');

--@test: NULLs are written
CREATE STREAM s (i INT, t STRING, a ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
INSERT INTO s (i) VALUES (1);
INSERT INTO s (i, t, a) VALUES (NULL, NULL, NULL);
ASSERT VALUES raw (line) VALUES ('{"I":1,"T":null,"A":null}');
ASSERT VALUES raw (line) VALUES ('{"I":null,"T":null,"A":null}');

--@test: the four bytes null are no value: a table deletes by them, a stream passes them on
CREATE STREAM raw (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='s', FORMAT='KAFKA', PARTITIONS=1);
CREATE TABLE t (k STRING PRIMARY KEY, i INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM s (k STRING KEY, i INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE TABLE copied AS SELECT * FROM t;
CREATE TABLE counted AS SELECT i, COUNT(*) AS n FROM t GROUP BY i;
CREATE STREAM passed AS SELECT * FROM s;
CREATE STREAM filtered AS SELECT * FROM s WHERE i IS NULL;
INSERT INTO raw (k, line) VALUES ('a', '{"i":1}');
INSERT INTO raw (k, line) VALUES ('a', 'null');
INSERT INTO raw (k, line) VALUES ('b', ' null ');
INSERT INTO raw (k, line) VALUES ('c', '{"i":null}');
ASSERT VALUES copied (k, i) VALUES ('a', 1);
ASSERT NULL VALUES copied (k) KEY ('a');
ASSERT NULL VALUES copied (k) KEY ('b');
ASSERT VALUES copied (k, i) VALUES ('c', NULL);
ASSERT VALUES counted (i, n) VALUES (1, 1);
ASSERT VALUES counted (i, n) VALUES (1, 0);
ASSERT VALUES passed (k, i) VALUES ('a', 1);
ASSERT NULL VALUES passed (k) KEY ('a');
ASSERT NULL VALUES passed (k) KEY ('b');
ASSERT VALUES passed (k, i) VALUES ('c', NULL);
ASSERT VALUES filtered (k, i) VALUES ('c', NULL);

--@test: null is no value without a name, and no key
CREATE STREAM raw (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='s', FORMAT='KAFKA', PARTITIONS=1);
CREATE TABLE t (k STRING PRIMARY KEY, i INT) WITH (KAFKA_TOPIC='s', FORMAT='JSON', WRAP_SINGLE_VALUE=false);
CREATE TABLE copied AS SELECT * FROM t;
INSERT INTO raw (k, line) VALUES ('"a"', '1');
INSERT INTO raw (k, line) VALUES ('null', '2');
INSERT INTO raw (k, line) VALUES ('"a"', 'null');
ASSERT VALUES copied (k, i) VALUES ('a', 1);
ASSERT NULL VALUES copied (k) KEY ('a');

--@test: doubles and decimals in Java's form
CREATE STREAM s (x DOUBLE, d DECIMAL(10, 8)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
INSERT INTO s (x, d) VALUES (1E10, 1.5);
INSERT INTO s (x, d) VALUES (0.00001, 0.0000001);
INSERT INTO s (x, d) VALUES (100, 0);
INSERT INTO s (x, d) VALUES (1234567.5, 0.000001);
INSERT INTO s (x, d) VALUES (12345678.5, -1.5);
ASSERT VALUES raw (line) VALUES ('{"X":1.0E10,"D":1.50000000}');
ASSERT VALUES raw (line) VALUES ('{"X":1.0E-5,"D":1.0E-7}');
ASSERT VALUES raw (line) VALUES ('{"X":100.0,"D":0E-8}');
ASSERT VALUES raw (line) VALUES ('{"X":1234567.5,"D":0.00000100}');
ASSERT VALUES raw (line) VALUES ('{"X":1.23456785E7,"D":-1.50000000}');

--@test: names match exactly, then in upper case; what is not asked for is passed over
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (a INT, `b` INT, c STRUCT<d INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT a, `b` AS b, c->d AS d FROM s;
INSERT INTO raw (line) VALUES ('{"a":1,"b":2,"c":{"d":3}}');
INSERT INTO raw (line) VALUES ('{"A":1,"B":2,"C":{"D":3}}');
INSERT INTO raw (line) VALUES ('{"a":1,"A":2}');
INSERT INTO raw (line) VALUES ('{"A":2,"a":1}');
INSERT INTO raw (line) VALUES ('{ "x" : [1, {"y":2}], "a" : 5 , "z":null }');
INSERT INTO raw (line) VALUES ('{}');
ASSERT VALUES o (a, b, d) VALUES (1, 2, 3);
ASSERT VALUES o (a, b, d) VALUES (1, NULL, 3);
ASSERT VALUES o (a, b, d) VALUES (2, NULL, NULL);
ASSERT VALUES o (a, b, d) VALUES (2, NULL, NULL);
ASSERT VALUES o (a, b, d) VALUES (5, NULL, NULL);
ASSERT VALUES o (a, b, d) VALUES (NULL, NULL, NULL);

--@test: text counts as the number in it
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (i INT, b BIGINT, x DOUBLE, d DECIMAL(5, 2), da DATE, ts TIMESTAMP) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT * FROM s;
INSERT INTO raw (line) VALUES ('{"i":"1","b":"2","x":"3.5","d":"4.5","da":"5","ts":"6"}');
INSERT INTO raw (line) VALUES ('{"i":1.7,"b":2.7,"x":3,"d":4,"da":5.9,"ts":6.9}');
ASSERT VALUES o (i, b, x, d, da, ts) VALUES (1, 2, 3.5, 4.50, '1970-01-06', '1970-01-01T00:00:00.006');
ASSERT VALUES o (i, b, x, d, da, ts) VALUES (1, 2, 3.0, 4.00, '1970-01-06', '1970-01-01T00:00:00.006');

--@test: anything is text
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (t STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT t, LEN(t) AS n FROM s;
INSERT INTO raw (line) VALUES ('{"t":"x"}');
INSERT INTO raw (line) VALUES ('{"t":12}');
INSERT INTO raw (line) VALUES ('{"t":1.50}');
INSERT INTO raw (line) VALUES ('{"t":true}');
INSERT INTO raw (line) VALUES ('{"t":null}');
INSERT INTO raw (line) VALUES ('{"t":{"a": [1, 2.0]}}');
INSERT INTO raw (line) VALUES ('{"t":[1, "b", null]}');
INSERT INTO raw (line) VALUES ('{"t":"\u00e9\n"}');
ASSERT VALUES o (t, n) VALUES ('x', 1);
ASSERT VALUES o (t, n) VALUES ('12', 2);
ASSERT VALUES o (t, n) VALUES ('1.50', 4);
ASSERT VALUES o (t, n) VALUES ('true', 4);
ASSERT VALUES o (t, n) VALUES (NULL, NULL);
ASSERT VALUES o (t, n) VALUES ('{"a":[1,2.0]}', 13);
ASSERT VALUES o (t, n) VALUES ('[1,"b",null]', 12);
ASSERT VALUES o (t, n) VALUES ('é
', 2);

--@test: a value of the wrong kind drops the record
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (n INT, i INT, bo BOOLEAN, a ARRAY<INT>, m MAP<STRING, INT>, r STRUCT<f INT>, y BYTES, d DECIMAL(3, 1)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT n, i, bo, a, m, r, y, d FROM s;
INSERT INTO raw (line) VALUES ('{"n":1,"i":"x"}');
INSERT INTO raw (line) VALUES ('{"n":2,"i":true}');
INSERT INTO raw (line) VALUES ('{"n":3,"i":[1]}');
INSERT INTO raw (line) VALUES ('{"n":4,"bo":"true"}');
INSERT INTO raw (line) VALUES ('{"n":5,"bo":1}');
INSERT INTO raw (line) VALUES ('{"n":6,"a":1}');
INSERT INTO raw (line) VALUES ('{"n":7,"a":["x"]}');
INSERT INTO raw (line) VALUES ('{"n":8,"m":[1]}');
INSERT INTO raw (line) VALUES ('{"n":9,"r":1}');
INSERT INTO raw (line) VALUES ('{"n":10,"y":"***"}');
INSERT INTO raw (line) VALUES ('{"n":11,"d":1.25}');
INSERT INTO raw (line) VALUES ('{"n":12,"d":100}');
INSERT INTO raw (line) VALUES ('{"n":13');
INSERT INTO raw (line) VALUES ('not json');
INSERT INTO raw (line) VALUES ('[15]');
INSERT INTO raw (line) VALUES ('16');
INSERT INTO raw (line) VALUES ('{"n":17,"i":1,"bo":false,"a":[1,null,"2"],"m":{"k":3},"r":{"f":4,"g":5},"y":"AQ==","d":1.2}');
ASSERT VALUES o (n, i, bo, a, m, r, d) VALUES (17, 1, FALSE, ARRAY[1, NULL, 2], MAP('k':=3), STRUCT(f:=4), 1.2);

--@test: a key of one column is bare, of several an object
CREATE STREAM s (k STRING KEY, v INT) WITH (KAFKA_TOPIC='s', FORMAT='JSON', PARTITIONS=1);
CREATE STREAM raw (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
CREATE STREAM s2 (k STRING KEY, j INT KEY, v INT) WITH (KAFKA_TOPIC='s2', FORMAT='JSON', PARTITIONS=1);
CREATE STREAM raw2 (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='s2', VALUE_FORMAT='KAFKA');
CREATE STREAM s3 (k STRUCT<f INT> KEY, v INT) WITH (KAFKA_TOPIC='s3', FORMAT='JSON', PARTITIONS=1);
CREATE STREAM raw3 (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='s3', VALUE_FORMAT='KAFKA');
INSERT INTO s (k, v) VALUES ('a', 1);
INSERT INTO s2 (k, j, v) VALUES ('a', 2, 1);
INSERT INTO s3 (k, v) VALUES (STRUCT(f:=7), 1);
ASSERT VALUES raw (k, line) VALUES ('"a"', '{"V":1}');
ASSERT VALUES raw2 (k, line) VALUES ('{"K":"a","J":2}', '{"V":1}');
ASSERT VALUES raw3 (k, line) VALUES ('{"F":7}', '{"V":1}');

--@test: a value of one column is an object unless it is not wrapped
CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
CREATE STREAM u (v INT) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=FALSE, PARTITIONS=1);
CREATE STREAM rawu (line STRING) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='KAFKA');
CREATE STREAM a (v ARRAY<STRUCT<x INT>>) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=FALSE, PARTITIONS=1);
CREATE STREAM rawa (line STRING) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='KAFKA');
INSERT INTO s (v) VALUES (1);
INSERT INTO u (v) VALUES (1);
INSERT INTO a (v) VALUES (ARRAY[STRUCT(x:=1)]);
ASSERT VALUES raw (line) VALUES ('{"V":1}');
ASSERT VALUES rawu (line) VALUES ('1');
ASSERT VALUES rawa (line) VALUES ('[{"X":1}]');

--@test: bare values are read
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM u (v STRING) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=FALSE);
CREATE STREAM o WITH (WRAP_SINGLE_VALUE=TRUE) AS SELECT v FROM u;
INSERT INTO raw (line) VALUES ('"x"');
INSERT INTO raw (line) VALUES ('12');
INSERT INTO raw (line) VALUES ('{"v":1}');
ASSERT VALUES o (v) VALUES ('x');
ASSERT VALUES o (v) VALUES ('12');
ASSERT VALUES o (v) VALUES ('{"v":1}');

--@test: a map has text for keys
--@expected.error: StatementError
--@expected.message: JSON only supports MAP types with STRING keys
CREATE STREAM s (m MAP<INT, INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: a key has no map in it
--@expected.error: StatementError
--@expected.message: Map keys, including types that contain maps, are not supported
CREATE STREAM s (k STRUCT<m MAP<STRING, INT>> KEY, v INT) WITH (KAFKA_TOPIC='s', FORMAT='JSON', PARTITIONS=1);

--@test: several columns cannot be bare
--@expected.error: StatementError
--@expected.message: 'WRAP_SINGLE_VALUE' is only valid for single-field value schemas
CREATE STREAM s (a INT, b INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=FALSE, PARTITIONS=1);
