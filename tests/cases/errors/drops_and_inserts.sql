-- What DROP and INSERT VALUES refuse.
--@test: a topic of a source that is only read stays
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Cannot delete topic for read-only source: S
CREATE SOURCE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
DROP STREAM s DELETE TOPIC;

--@test: a topic that others use stays
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Refusing to delete topic. Found other data sources (S2) using topic s
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM s2 (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
DROP STREAM s DELETE TOPIC;

--@test: what others are made from stays
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: The following streams and/or tables read from this source: [O].
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT * FROM s;
DROP STREAM s;

--@test: a query that writes into it must end first
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: The following queries write into this source: [INSERTQUERY_1].
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT * FROM s;
INSERT INTO o SELECT * FROM s WHERE v > 1;
DROP STREAM o;

--@test: a stream is no table
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Incompatible data source type is stream, but statement was DROP table
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
DROP TABLE s;

--@test: IF EXISTS is content with nothing
DROP STREAM IF EXISTS s;
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
CREATE STREAM o AS SELECT * FROM s;
DROP STREAM o DELETE TOPIC;
DROP STREAM s;
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');

--@test: header columns take no values, named or not
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Cannot insert into HEADER columns: H
CREATE STREAM s (k STRING KEY, h BYTES HEADER('a'), v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
INSERT INTO s VALUES ('x', null, 1);

--@test: a table's row needs a key
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Failed to insert values into 'T'. Value for primary key column(s) ID is required for tables
CREATE TABLE t (id INT PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
INSERT INTO t (id, v) VALUES (NULL, 1);

--@test: a stream's row needs none
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
INSERT INTO s (id, v) VALUES (NULL, 1);
ASSERT VALUES s (id, v) VALUES (NULL, 1);

--@test: a key of several columns is a record, also when all are NULL
CREATE TABLE t (a INT PRIMARY KEY, b INT PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='t', FORMAT='JSON', PARTITIONS=1);
CREATE STREAM raw (k STRING KEY, line STRING) WITH (KAFKA_TOPIC='t', FORMAT='KAFKA');
CREATE TABLE o AS SELECT * FROM t;
INSERT INTO t (a, b, v) VALUES (NULL, 2, 1);
INSERT INTO t (a, b, v) VALUES (NULL, NULL, 2);
ASSERT VALUES raw (k, line) VALUES ('{"A":null,"B":2}', '{"V":1}');
ASSERT VALUES raw (k, line) VALUES ('{"A":null,"B":null}', '{"V":2}');
ASSERT VALUES o (a, b, v) VALUES (NULL, 2, 1);
ASSERT VALUES o (a, b, v) VALUES (NULL, NULL, 2);

--@test: a value is nobody's column
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Failed to prepare statement: 'FOO' is not a valid stream/table name or alias.
CREATE STREAM s (k STRING KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
INSERT INTO s (k, v) VALUES (foo.bar, 1);
