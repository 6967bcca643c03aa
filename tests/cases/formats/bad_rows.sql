-- Which records are bad is the same for every query of a source, whichever columns it reads.
--@test: JSON, a value of the wrong kind in a column that is read or not
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (k STRING, amount INT, price DECIMAL(4, 2), t TIMESTAMP, ok BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM every AS SELECT * FROM s;
CREATE STREAM one AS SELECT k FROM s;
CREATE STREAM none AS SELECT ROWOFFSET AS o FROM s;
CREATE TABLE counted AS SELECT 'all' AS g, COUNT(*) AS n FROM s GROUP BY 'all';
CREATE TABLE summed AS SELECT 'all' AS g, COUNT(*) AS n, SUM(amount) AS total FROM s GROUP BY 'all';
INSERT INTO raw (line) VALUES ('{"k":"a","amount":1,"price":1.5,"t":0,"ok":true}');
INSERT INTO raw (line) VALUES ('{"k":"b","amount":"ten"}');
INSERT INTO raw (line) VALUES ('{"k":"c","amount":[1]}');
INSERT INTO raw (line) VALUES ('{"k":"d","amount":true}');
INSERT INTO raw (line) VALUES ('{"k":"e","price":123.4}');
INSERT INTO raw (line) VALUES ('{"k":"f","price":"1.005"}');
INSERT INTO raw (line) VALUES ('{"k":"g","t":"noon"}');
INSERT INTO raw (line) VALUES ('{"k":"h","ok":"true"}');
INSERT INTO raw (line) VALUES ('{"k":"i","ok":{}}');
INSERT INTO raw (line) VALUES ('{"k":"j","amount":"2","price":"3","t":1.5,"ok":false,"more":[1,{}]}');
ASSERT VALUES every (k, amount, price, t, ok) VALUES ('a', 1, 1.50, '1970-01-01T00:00:00.000', TRUE);
ASSERT VALUES every (k, amount, price, t, ok) VALUES ('j', 2, 3.00, '1970-01-01T00:00:00.001', FALSE);
ASSERT VALUES one (k) VALUES ('a');
ASSERT VALUES one (k) VALUES ('j');
ASSERT VALUES none (o) VALUES (0);
ASSERT VALUES none (o) VALUES (9);
ASSERT VALUES counted (g, n) VALUES ('all', 1);
ASSERT VALUES counted (g, n) VALUES ('all', 2);
ASSERT VALUES summed (g, n, total) VALUES ('all', 1, 1);
ASSERT VALUES summed (g, n, total) VALUES ('all', 2, 3);

--@test: JSON, a wrong value somewhere within a column
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (k STRING, r STRUCT<f INT, g ARRAY<DOUBLE>>, m MAP<STRING, INT>, y BYTES) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM every AS SELECT * FROM s;
CREATE STREAM one AS SELECT k FROM s;
CREATE STREAM part AS SELECT r->f AS f FROM s;
CREATE STREAM none AS SELECT ROWOFFSET AS o FROM s;
INSERT INTO raw (line) VALUES ('{"k":"a","r":{"f":"x"}}');
INSERT INTO raw (line) VALUES ('{"k":"b","r":{"f":1,"g":[1,"y"]}}');
INSERT INTO raw (line) VALUES ('{"k":"c","r":[1]}');
INSERT INTO raw (line) VALUES ('{"k":"d","m":{"p":1,"q":{}}}');
INSERT INTO raw (line) VALUES ('{"k":"e","y":"***"}');
INSERT INTO raw (line) VALUES ('{"k":"f","r":{"f":1,"g":[1,2.5,null]},"m":{"p":1,"q":null},"y":"AQ=="}');
ASSERT VALUES every (k, r, m) VALUES ('f', STRUCT(f:=1, g:=ARRAY[1.0E0, 2.5E0, NULL]), MAP('p':=1, 'q':=NULL));
ASSERT VALUES one (k) VALUES ('f');
ASSERT VALUES part (f) VALUES (1);
ASSERT VALUES none (o) VALUES (5);

--@test: JSON, a table has the same rows whatever is read of them
CREATE STREAM raw (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='t', FORMAT='KAFKA', PARTITIONS=1);
CREATE TABLE t (k STRING PRIMARY KEY, a INT, b INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
CREATE TABLE every AS SELECT * FROM t;
CREATE TABLE one AS SELECT k, a FROM t;
CREATE TABLE counted AS SELECT a, COUNT(*) AS n FROM t GROUP BY a;
INSERT INTO raw (k, line) VALUES ('x', '{"a":1,"b":1}');
INSERT INTO raw (k, line) VALUES ('x', '{"a":2,"b":"no"}');
INSERT INTO raw (k, line) VALUES ('y', '{"a":1,"b":"no"}');
INSERT INTO raw (k, line) VALUES ('y', '{"a":1,"b":2}');
ASSERT VALUES every (k, a, b) VALUES ('x', 1, 1);
ASSERT VALUES every (k, a, b) VALUES ('y', 1, 2);
ASSERT VALUES one (k, a) VALUES ('x', 1);
ASSERT VALUES one (k, a) VALUES ('y', 1);
ASSERT VALUES counted (a, n) VALUES (1, 1);
ASSERT VALUES counted (a, n) VALUES (1, 2);

--@test: DELIMITED, a field that is no value of its column
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (k STRING, i INT, b BIGINT, x DOUBLE, d DECIMAL(4, 2), y BYTES) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED');
CREATE STREAM every AS SELECT k, i, b, x, d FROM s;
CREATE STREAM one AS SELECT k FROM s;
CREATE STREAM none AS SELECT ROWOFFSET AS o FROM s;
INSERT INTO raw (line) VALUES ('a,one,,,,');
INSERT INTO raw (line) VALUES ('b,2147483648,,,,');
INSERT INTO raw (line) VALUES ('c,,1.5,,,');
INSERT INTO raw (line) VALUES ('d,,,x,,');
INSERT INTO raw (line) VALUES ('e,,,,1.005,');
INSERT INTO raw (line) VALUES ('f,,,,100,');
INSERT INTO raw (line) VALUES ('g,,,,,***');
INSERT INTO raw (line) VALUES ('h,1');
INSERT INTO raw (line) VALUES ('i,1,2,NaN,1.500,AQ==');
ASSERT VALUES every (k, i, b, d) VALUES ('i', 1, 2, 1.50);
ASSERT VALUES one (k) VALUES ('i');
ASSERT VALUES none (o) VALUES (8);

--@test: KAFKA, bytes of another length
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (i INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
CREATE STREAM every WITH (VALUE_FORMAT='JSON') AS SELECT * FROM s;
CREATE STREAM none WITH (VALUE_FORMAT='JSON') AS SELECT ROWOFFSET AS o FROM s;
INSERT INTO raw (line) VALUES ('123');
INSERT INTO raw (line) VALUES ('12345678');
INSERT INTO s (i) VALUES (5);
ASSERT VALUES every (i) VALUES (5);
ASSERT VALUES none (o) VALUES (2);

--@test: a key that cannot be read is bad for those, too, who do not read it
CREATE STREAM raw (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='s', FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM j (a INT KEY, b STRING KEY, v INT) WITH (KAFKA_TOPIC='s', FORMAT='JSON');
CREATE STREAM j_values AS SELECT a, b, v FROM j PARTITION BY v;
CREATE TABLE j_counted AS SELECT 'all' AS g, COUNT(*) AS n FROM j GROUP BY 'all';
INSERT INTO raw (k, line) VALUES ('{"a":"x","b":"y"}', '{"v":1}');
INSERT INTO raw (k, line) VALUES ('{"a":[],"b":"y"}', '{"v":2}');
INSERT INTO raw (k, line) VALUES ('{"a":1,"b":"y"}', '{"v":3}');
ASSERT VALUES j_values (v, a, b) VALUES (3, 1, 'y');
ASSERT VALUES j_counted (g, n) VALUES ('all', 1);

--@test: who prefers speed has only the columns that a query reads looked at
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (k STRING, amount INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM checked AS SELECT k FROM s;
SET 'millrace.check.unread.columns'='false';
CREATE STREAM quick AS SELECT k FROM s;
INSERT INTO raw (line) VALUES ('{"k":"a","amount":"ten"}');
INSERT INTO raw (line) VALUES ('{"k":"b","amount":1}');
ASSERT VALUES checked (k) VALUES ('b');
ASSERT VALUES quick (k) VALUES ('a');
ASSERT VALUES quick (k) VALUES ('b');
