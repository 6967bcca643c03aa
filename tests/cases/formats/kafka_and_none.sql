-- KAFKA: one bare column; NONE: nothing.
--@test: each type goes through a key and a value
CREATE STREAM s (k INT KEY, v BIGINT) WITH (KAFKA_TOPIC='s', FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM o AS SELECT k, v FROM s;
CREATE STREAM t (k BIGINT KEY, v DOUBLE) WITH (KAFKA_TOPIC='t', FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM p AS SELECT k, v FROM t;
CREATE STREAM u (k DOUBLE KEY, v STRING) WITH (KAFKA_TOPIC='u', FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM q AS SELECT k, v FROM u;
CREATE STREAM w (k STRING KEY, v BYTES) WITH (KAFKA_TOPIC='w', FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM r WITH (VALUE_FORMAT='JSON') AS SELECT k, FROM_BYTES(v, 'hex') AS h FROM w;
INSERT INTO s (k, v) VALUES (-1, 3000000000);
INSERT INTO t (k, v) VALUES (-3000000000, 0.5);
INSERT INTO u (k, v) VALUES (-0.5, 'text');
INSERT INTO w (k, v) VALUES ('key', 'AQID');
ASSERT VALUES o (k, v) VALUES (-1, 3000000000);
ASSERT VALUES p (k, v) VALUES (-3000000000, 0.5);
ASSERT VALUES q (k, v) VALUES (-0.5, 'text');
ASSERT VALUES r (k, h) VALUES ('key', '010203');

--@test: the wrong number of bytes drops the record
CREATE STREAM raw (line STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA');
CREATE STREAM o WITH (VALUE_FORMAT='JSON') AS SELECT v FROM s;
INSERT INTO raw (line) VALUES ('abc');
INSERT INTO raw (line) VALUES ('abcd');
INSERT INTO raw (line) VALUES ('abcde');
ASSERT VALUES o (v) VALUES (1633837924);

--@test: one column
--@expected.error: StatementError
--@expected.message: The 'KAFKA' format only supports a single field. Got: [`A` INTEGER, `B` INTEGER]
CREATE STREAM s (a INT, b INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);

--@test: of a type that it knows
--@expected.error: StatementError
--@expected.message: The 'KAFKA' format does not support type 'BOOLEAN'
CREATE STREAM s (a BOOLEAN) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);

--@test: never wrapped
--@expected.error: StatementError
--@expected.message: Format 'KAFKA' does not support 'WRAP_SINGLE_VALUE' set to 'true'.
CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', WRAP_SINGLE_VALUE=TRUE, PARTITIONS=1);

--@test: not for aggregations
--@expected.error: StatementError
--@expected.message: Source(s) S are using the 'KAFKA' value format. This format does not yet support GROUP BY.
CREATE STREAM s (id INT KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='KAFKA', PARTITIONS=1);
CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;

--@test: a stream without a key has the format NONE
CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', KEY_FORMAT='NONE', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT a FROM s;
ASSERT STREAM o (a INT) WITH (KAFKA_TOPIC='O', KEY_FORMAT='NONE', VALUE_FORMAT='JSON');
INSERT INTO s (a) VALUES (1);
ASSERT VALUES o (a) VALUES (1);

--@test: NONE has no columns
--@expected.error: StatementError
--@expected.message: The 'NONE' format can only be used when no columns are defined. Got: [`K` INTEGER KEY]
CREATE STREAM s (k INT KEY, a INT) WITH (KAFKA_TOPIC='s', KEY_FORMAT='NONE', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: a format that nobody knows
--@expected.error: StatementError
--@expected.message: Unknown format: FOO
CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='FOO', PARTITIONS=1);

--@test: nor in a sink, whatever else is wrong with it
--@expected.error: StatementError
--@expected.message: Unknown format: FOO
CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o WITH (KEY_FORMAT='FOO') AS SELECT a FROM s;

--@test: FORMAT stands for both
--@expected.error: StatementError
--@expected.message: Cannot supply both 'KEY_FORMAT' and 'FORMAT' properties
CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', FORMAT='JSON', KEY_FORMAT='JSON', PARTITIONS=1);
