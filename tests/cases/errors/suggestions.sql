-- A name that is nearly right is suggested, behind what ksqlDB says.
--@test: a column
--@expected.error: StatementError
--@expected.message: SELECT column 'VALEU' cannot be resolved. Did you mean VALUE?
CREATE STREAM s (id INT KEY, value INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, valeu FROM s;

--@test: a column that is quoted
--@expected.error: StatementError
--@expected.message: WHERE column 'VALEU' cannot be resolved. Did you mean `Value`?
CREATE STREAM s (id INT KEY, `Value` INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, `Value` FROM s WHERE valeu > 1;

--@test: a source
--@expected.error: StatementError
--@expected.message: Did you mean CLICKS?
CREATE STREAM clicks (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, v FROM clicsk;

--@test: a function
--@expected.error: StatementError
--@expected.message: Can't find any functions with the name 'SUBSTRNG'. Did you mean 'SUBSTRING'?
CREATE STREAM s (id INT KEY, v VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, substrng(v, 1) AS x FROM s;

--@test: a type
--@expected.error: StatementError
--@expected.message: Cannot resolve unknown type: VARCHRA. Did you mean VARCHAR?
CREATE STREAM s (id INT KEY, v VARCHRA) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: a property of WITH
--@expected.error: StatementError
--@expected.message: Invalid config variable(s) in the WITH clause: VLAUE_FORMAT. Did you mean VALUE_FORMAT?
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VLAUE_FORMAT='JSON', PARTITIONS=1);

--@test: a property of the session
--@expected.error: StatementError
--@expected.message: Did you mean ksql.query.pull.table.scan.enabled?
SET 'ksql.query.pull.tabel.scan.enabled'='true';

--@test: a variable
--@expected.error: StatementError
--@expected.message: Did you mean ${format}?
DEFINE format='''JSON''';
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT=${fromat}, PARTITIONS=1);

--@test: a column of INSERT VALUES
--@expected.error: StatementError
--@expected.message: Column name `VALEU` does not exist. Did you mean VALUE?
CREATE STREAM s (id INT KEY, value INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
INSERT INTO s (id, valeu) VALUES (1, 2);

--@test: nothing is near
--@expected.error: StatementError
--@expected.message: SELECT column 'NOPE' cannot be resolved.
CREATE STREAM s (id INT KEY, value INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, nope FROM s;
