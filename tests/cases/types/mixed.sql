-- Types inside others, and system columns.
--@test: nested json
CREATE STREAM s (a ARRAY<DATE>, m MAP<STRING, TIMESTAMP>, r STRUCT<d DECIMAL(4, 2), b BYTES, x DOUBLE, t TIME>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
INSERT INTO s (a, m, r) VALUES (ARRAY['1970-01-02'], MAP('k':='1970-01-01T00:00:01'), STRUCT(d:=1.5, b:='AQID', x:=1E10, t:='00:00:01'));
ASSERT VALUES raw (line) VALUES ('{"A":[1],"M":{"k":1000},"R":{"D":1.50,"B":"AQID","X":1.0E10,"T":1000}}');

--@test: nested json read
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (a ARRAY<DATE>, m MAP<STRING, TIMESTAMP>, r STRUCT<d DECIMAL(4, 2), b BYTES, x DOUBLE, t TIME, `q` STRUCT<z INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT a, m, r->d AS d, r->x AS x, r->t AS t, r->`q`->z AS z FROM s;
INSERT INTO raw (line) VALUES ('{"a":[1,"2",null],"m":{"k":1000,"n":null},"r":{"d":"1.5","x":"NaN","t":5,"q":{"z":"7"},"more":[]}}');
INSERT INTO raw (line) VALUES ('{"a":[],"m":{},"r":{}}');
INSERT INTO raw (line) VALUES ('{"a":null,"m":null,"r":null}');
ASSERT VALUES o (a, m, d, t, z) VALUES (ARRAY['1970-01-02', '1970-01-03', NULL], MAP('k':='1970-01-01T00:00:01', 'n':=NULL), 1.50, '00:00:00.005', 7);
ASSERT VALUES o (d, x, t, z) VALUES (NULL, NULL, NULL, NULL);
ASSERT VALUES o (a, m, d, x, t, z) VALUES (NULL, NULL, NULL, NULL, NULL, NULL);

--@test: dates in IN and BETWEEN
CREATE STREAM s (id INT KEY, d DATE, ts TIMESTAMP, t TIME) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, d IN ('2020-01-01', '2020-01-02') AS a, ts BETWEEN '2020' AND '2021' AS b, t IN ('10:00') AS c, d BETWEEN '2020-01-01' AND ts AS e FROM s;
INSERT INTO s (id, d, ts, t) VALUES (1, '2020-01-02', '2020-06-01', '10:00');
ASSERT VALUES o (id, a, b, c, e) VALUES (1, TRUE, TRUE, TRUE, TRUE);

--@test: subscripts of other types
CREATE STREAM s (id INT KEY, a ARRAY<INT>, l BIGINT, m MAP<STRING, ARRAY<INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a[l] AS x, m['k'][1] AS y, m['k'][-1] AS z FROM s;
INSERT INTO s (id, a, l, m) VALUES (1, ARRAY[5, 6], 2, MAP('k':=ARRAY[7, 8]));
ASSERT VALUES o (id, x, y, z) VALUES (1, 6, 7, 8);

--@test: decimals compare in where with double literal
CREATE STREAM s (id INT KEY, d DECIMAL(6, 2)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, d FROM s WHERE d > 1E0 AND d < 5 AND d <> 2.0;
INSERT INTO s (id, d) VALUES (1, 1.01);
INSERT INTO s (id, d) VALUES (2, 2);
INSERT INTO s (id, d) VALUES (3, 5);
INSERT INTO s (id, d) VALUES (4, 4.99);
ASSERT VALUES o (id, d) VALUES (1, 1.01);
ASSERT VALUES o (id, d) VALUES (4, 4.99);

--@test: bytes compare
CREATE STREAM s (id INT KEY, a BYTES, b BYTES) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, a = b AS eq, a < b AS lt, a > b AS gt FROM s;
INSERT INTO s (id, a, b) VALUES (1, 'AQ==', 'Ag==');
INSERT INTO s (id, a, b) VALUES (2, '/w==', 'AQ==');
INSERT INTO s (id, a, b) VALUES (3, 'AQI=', 'AQI=');
ASSERT VALUES o (id, eq, lt, gt) VALUES (1, FALSE, TRUE, FALSE);
ASSERT VALUES o (id, eq, lt, gt) VALUES (2, FALSE, TRUE, FALSE);
ASSERT VALUES o (id, eq, lt, gt) VALUES (3, TRUE, FALSE, FALSE);

--@test: pseudo columns
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, v, ROWTIME AS rt, ROWPARTITION AS rp, ROWOFFSET AS ro, ROWOFFSET + ROWPARTITION * 2 AS m FROM s WHERE ROWOFFSET > 0 AND ROWPARTITION = 0;
INSERT INTO s (id, v, rowtime) VALUES (1, 2, 100);
INSERT INTO s (id, v, rowtime) VALUES (1, 3, 200);
ASSERT VALUES o (id, v, rt, rp, ro, m) VALUES (1, 3, 200, 0, 1, 1);
