-- The names of types, in columns.
--@test: other names of the same types
CREATE STREAM s (a INT, b INTEGER, c BIGINT, d DOUBLE, e STRING, f VARCHAR, g VARCHAR(10), h BOOLEAN, i DECIMAL(4, 2), j DEC(4, 2), k DATE, l TIME, m TIMESTAMP, n BYTES) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
ASSERT STREAM s (a INTEGER, b INT, c BIGINT, d DOUBLE, e VARCHAR, f STRING, g STRING, h BOOLEAN, i DECIMAL(4, 2), j DECIMAL(4, 2), k DATE, l TIME, m TIMESTAMP, n BYTES) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');

--@test: nested types, in both forms of ARRAY
CREATE STREAM s (a ARRAY<INT>, b INT ARRAY, c MAP<STRING, ARRAY<DOUBLE>>, d STRUCT<x INT, `y` STRUCT<z ARRAY<STRUCT<w DATE>>>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
ASSERT STREAM s (a ARRAY<INT>, b ARRAY<INT>, c MAP<STRING, ARRAY<DOUBLE>>, d STRUCT<X INT, `y` STRUCT<Z ARRAY<STRUCT<W DATE>>>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');

--@test: a type of one's own stands for what it names
CREATE TYPE address AS STRUCT<street STRING, zip INT>;
CREATE STREAM s (id INT KEY, home address, all_of ARRAY<address>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, home->zip AS zip, CAST(home AS address) AS again FROM s;
ASSERT STREAM s (id INT KEY, home STRUCT<street STRING, zip INT>, all_of ARRAY<STRUCT<street STRING, zip INT>>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
ASSERT STREAM o (id INT KEY, zip INT, again STRUCT<street STRING, zip INT>) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO s (id, home) VALUES (1, STRUCT(street:='a', zip:=5));
ASSERT VALUES o (id, zip, again) VALUES (1, 5, STRUCT(street:='a', zip:=5));

--@test: a type that nobody knows
--@expected.error: StatementError
--@expected.message: Cannot resolve unknown type: MONEY
CREATE STREAM s (id INT KEY, v MONEY) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: a DECIMAL has no more decimals than digits
--@expected.error: StatementError
--@expected.message: DECIMAL precision must be >= scale: DECIMAL(2,3)
CREATE STREAM s (id INT KEY, v DECIMAL(2, 3)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: a DECIMAL has at least one digit
--@expected.error: StatementError
--@expected.message: DECIMAL precision must be >= 1: DECIMAL(0,0)
CREATE STREAM s (id INT KEY, v DECIMAL(0, 0)) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
