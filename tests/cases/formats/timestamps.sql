-- TIMESTAMP of WITH: the time that a record has.
--@test: from a BIGINT, a TIMESTAMP and text
CREATE STREAM s (id INT KEY, t BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='t', PARTITIONS=1);
CREATE STREAM o AS SELECT id, t FROM s;
CREATE STREAM u (id INT KEY, t TIMESTAMP) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON', TIMESTAMP='T', PARTITIONS=1);
CREATE STREAM p AS SELECT id, t FROM u;
CREATE STREAM v (id INT KEY, t STRING) WITH (KAFKA_TOPIC='v', VALUE_FORMAT='JSON', TIMESTAMP='t', TIMESTAMP_FORMAT='yyyy-MM-dd HH:mm:ssX', PARTITIONS=1);
CREATE STREAM q AS SELECT id, t FROM v;
INSERT INTO s (id, t) VALUES (1, 1000);
INSERT INTO u (id, t) VALUES (1, '1970-01-01T00:00:02');
INSERT INTO v (id, t) VALUES (1, '1970-01-01 00:00:03Z');
ASSERT VALUES o (id, rowtime) VALUES (1, 1000);
ASSERT VALUES p (id, rowtime) VALUES (1, 2000);
ASSERT VALUES q (id, rowtime) VALUES (1, 3000);

--@test: a time that is none drops the record
CREATE STREAM s (id INT KEY, t BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='t', PARTITIONS=1);
CREATE STREAM o AS SELECT id, t FROM s;
INSERT INTO s (id, t) VALUES (1, -1);
INSERT INTO s (id, t) VALUES (2, NULL);
INSERT INTO s (id, t) VALUES (3, 5);
ASSERT VALUES o (id, rowtime) VALUES (3, 5);

--@test: of the key column
CREATE STREAM s (t BIGINT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='t', PARTITIONS=1);
CREATE STREAM o AS SELECT t, v FROM s;
INSERT INTO s (t, v) VALUES (7, 1);
ASSERT VALUES o (t, v, rowtime) VALUES (7, 1, 7);

--@test: of the sink
CREATE STREAM s (id INT KEY, v BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o WITH (TIMESTAMP='w') AS SELECT id, v * 10 AS w FROM s;
CREATE STREAM p WITH (TIMESTAMP='w', TIMESTAMP_FORMAT='yyyy') AS SELECT id, CAST(v AS STRING) AS w FROM s;
INSERT INTO s (id, v) VALUES (1, 1971);
ASSERT VALUES o (id, w, rowtime) VALUES (1, 19710, 19710);
ASSERT VALUES p (id, w, rowtime) VALUES (1, '1971', 31536000000);

--@test: text needs a format
--@expected.error: StatementError
--@expected.message: A String timestamp field has been specified without also specifying the timestamp_format
CREATE STREAM s (id INT KEY, t STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='t', PARTITIONS=1);

--@test: a format needs text
--@expected.error: StatementError
--@expected.message: 'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column is of type STRING.
CREATE STREAM s (id INT KEY, t BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='t', TIMESTAMP_FORMAT='yyyy', PARTITIONS=1);

--@test: other types are no times
--@expected.error: StatementError
--@expected.message: Timestamp column, `T`, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified.
CREATE STREAM s (id INT KEY, t INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='t', PARTITIONS=1);

--@test: a format must be one
--@expected.error: StatementError
--@expected.message: Invalid datetime format for config:TIMESTAMP_FORMAT, reason:
CREATE STREAM s (id INT KEY, t STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='t', TIMESTAMP_FORMAT='yyyy-bb', PARTITIONS=1);
