-- DELIMITED as bytes.
--@test: every type, as it is written
CREATE STREAM s (bo BOOLEAN, i INT, b BIGINT, x DOUBLE, d DECIMAL(6, 2), t STRING, y BYTES, da DATE, ti TIME, ts TIMESTAMP) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED', PARTITIONS=1);
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
INSERT INTO s (bo, i, b, x, d, t, y, da, ti, ts) VALUES (TRUE, 1, 3000000000, 1E10, 1.50, 'text', 'AQID', '1970-01-02', '00:00:01', '1970-01-01T00:00:02');
INSERT INTO s (i) VALUES (1);
INSERT INTO s (bo, t) VALUES (FALSE, 'a,b');
INSERT INTO s (bo, t) VALUES (FALSE, 'say "hi"');
INSERT INTO s (bo, t) VALUES (FALSE, 'two
lines');
ASSERT VALUES raw (line) VALUES ('true,1,3000000000,1.0E10,1.50,text,AQID,1,1000,2000');
ASSERT VALUES raw (line) VALUES (',1,,,,,,,,');
ASSERT VALUES raw (line) VALUES ('false,,,,,"a,b",,,,');
ASSERT VALUES raw (line) VALUES ('false,,,,,"say ""hi""",,,,');
ASSERT VALUES raw (line) VALUES ('false,,,,,"two
lines",,,,');

--@test: every type, as it is read
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (bo BOOLEAN, i INT, b BIGINT, x DOUBLE, d DECIMAL(6, 2), t STRING, da DATE, ti TIME, ts TIMESTAMP) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED');
CREATE STREAM o WITH (VALUE_FORMAT='JSON') AS SELECT * FROM s;
INSERT INTO raw (line) VALUES ('true,1,2,3.5,4.50,text,5,1000,2000');
INSERT INTO raw (line) VALUES ('yes,,,,,"a,""b""",,,');
INSERT INTO raw (line) VALUES (',,,,,"",,,');
INSERT INTO raw (line) VALUES ('TRUE,-1,-2,1E3,4.5, x ,0,0,0
second,line');
ASSERT VALUES o (bo, i, b, x, d, t, da, ti, ts) VALUES (TRUE, 1, 2, 3.5, 4.50, 'text', '1970-01-06', '00:00:01', '1970-01-01T00:00:02');
ASSERT VALUES o (bo, i, b, x, d, t, da, ti, ts) VALUES (FALSE, NULL, NULL, NULL, NULL, 'a,"b"', NULL, NULL, NULL);
ASSERT VALUES o (bo, i, b, x, d, t, da, ti, ts) VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES o (bo, i, b, x, d, t, da, ti, ts) VALUES (TRUE, -1, -2, 1000.0, 4.50, ' x ', '1970-01-01', '00:00', '1970-01-01T00:00:00');

--@test: too few, too many, and what is no number drop the record
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (i INT, d DECIMAL(3, 1)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED');
CREATE STREAM o WITH (VALUE_FORMAT='JSON') AS SELECT * FROM s;
INSERT INTO raw (line) VALUES ('1');
INSERT INTO raw (line) VALUES ('1,2.0,3');
INSERT INTO raw (line) VALUES ('x,2.0');
INSERT INTO raw (line) VALUES ('1.5,2.0');
INSERT INTO raw (line) VALUES ('1,2.25');
INSERT INTO raw (line) VALUES ('1,100');
INSERT INTO raw (line) VALUES ('3000000000,1');
INSERT INTO raw (line) VALUES ('7,2');
ASSERT VALUES o (i, d) VALUES (7, 2.0);

--@test: other delimiters, inherited by the sink and not
CREATE STREAM s (a STRING, b INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED', VALUE_DELIMITER='|', PARTITIONS=1);
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
CREATE STREAM same AS SELECT * FROM s;
CREATE STREAM rawsame (line STRING) WITH (KAFKA_TOPIC='SAME', VALUE_FORMAT='KAFKA');
CREATE STREAM tabs WITH (VALUE_DELIMITER='TAB') AS SELECT * FROM s;
CREATE STREAM rawtabs (line STRING) WITH (KAFKA_TOPIC='TABS', VALUE_FORMAT='KAFKA');
CREATE STREAM blanks WITH (VALUE_DELIMITER='SPACE') AS SELECT * FROM s;
CREATE STREAM rawblanks (line STRING) WITH (KAFKA_TOPIC='BLANKS', VALUE_FORMAT='KAFKA');
INSERT INTO s (a, b) VALUES ('x,y', 1);
INSERT INTO s (a, b) VALUES ('p|q r', 2);
ASSERT VALUES raw (line) VALUES ('x,y|1');
ASSERT VALUES raw (line) VALUES ('"p|q r"|2');
ASSERT VALUES rawsame (line) VALUES ('x,y|1');
ASSERT VALUES rawsame (line) VALUES ('"p|q r"|2');
ASSERT VALUES rawtabs (line) VALUES ('x,y	1');
ASSERT VALUES rawtabs (line) VALUES ('p|q r	2');
ASSERT VALUES rawblanks (line) VALUES ('x,y 1');
ASSERT VALUES rawblanks (line) VALUES ('"p|q r" 2');

--@test: keys, one and several
CREATE STREAM s (k STRING KEY, v INT) WITH (KAFKA_TOPIC='s', FORMAT='DELIMITED', PARTITIONS=1);
CREATE STREAM raw (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
CREATE STREAM s2 (k STRING KEY, j INT KEY, v INT) WITH (KAFKA_TOPIC='s2', FORMAT='DELIMITED', KEY_DELIMITER=';', PARTITIONS=1);
CREATE STREAM raw2 (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='s2', VALUE_FORMAT='KAFKA');
INSERT INTO s (k, v) VALUES ('a,b', 1);
INSERT INTO s2 (k, j, v) VALUES ('a', 2, 1);
ASSERT VALUES raw (k, line) VALUES ('"a,b"', '1');
ASSERT VALUES raw2 (k, line) VALUES ('a;2', '1');

--@test: no nested columns
--@expected.error: StatementError
--@expected.message: The 'DELIMITED' format does not support type 'ARRAY', column: `A`
CREATE STREAM s (a ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED', PARTITIONS=1);

--@test: nor on the way out
--@expected.error: StatementError
--@expected.message: The 'DELIMITED' format does not support type 'STRUCT', column: `R`
CREATE STREAM s (r STRUCT<x INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o WITH (VALUE_FORMAT='DELIMITED') AS SELECT * FROM s;

--@test: a delimiter is one character or has a name
--@expected.error: StatementError
--@expected.message: Invalid delimiter value: 'ab'. Delimiter must be a single character or TAB,SPACE
CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED', VALUE_DELIMITER='ab', PARTITIONS=1);

--@test: a delimiter is no blank
--@expected.error: StatementError
--@expected.message: Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special values 'TAB' or 'SPACE'
CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED', VALUE_DELIMITER=' ', PARTITIONS=1);

--@test: only DELIMITED has one
--@expected.error: StatementError
--@expected.message: JSON does not support the following configs: [delimiter]
CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', VALUE_DELIMITER='x', PARTITIONS=1);

--@test: any one character may stand between the fields
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (a STRING, b INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED', VALUE_DELIMITER='¬');
CREATE STREAM o WITH (VALUE_DELIMITER='§') AS SELECT * FROM s;
CREATE STREAM written (line STRING) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='KAFKA');
INSERT INTO raw (line) VALUES ('x¬1');
INSERT INTO raw (line) VALUES ('"y¬z"¬2');
ASSERT VALUES written (line) VALUES ('x§1');
ASSERT VALUES written (line) VALUES ('y¬z§2');

--@test: two characters are no delimiter
--@expected.error: StatementError
--@expected.message: Delimiter must be a single character or TAB,SPACE
CREATE STREAM s (a STRING, b INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='DELIMITED', VALUE_DELIMITER='¬¬', PARTITIONS=1);
