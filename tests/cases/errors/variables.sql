-- ${name}: as a name, as a literal, inside text, and what is no value.
--@test: names, literals and text take variables
DEFINE src='s';
DEFINE what='orders';
DEFINE least='10';
DEFINE word='''big''';
DEFINE yes='TRUE';
CREATE STREAM ${src} (id INT KEY, v INT) WITH (KAFKA_TOPIC='t_${what}', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, v, ${word} AS w, ${yes} AS y, 'of ${what}' AS x FROM ${src} WHERE v >= ${least};
INSERT INTO ${src} (id, v) VALUES (1, 9);
INSERT INTO ${src} (id, v) VALUES (2, ${least});
ASSERT VALUES o (id, v, w, y, x) VALUES (2, 10, 'big', TRUE, 'of orders');

--@test: an unknown variable in text stays as it is written
CREATE STREAM s (id INT KEY, v STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, '${nope}' AS v FROM s;
INSERT INTO s (id, v) VALUES (1, 'a');
ASSERT VALUES o (id, v) VALUES (1, '${nope}');

--@test: an unknown variable is no name
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Col: 15. Identifier names cannot start with
CREATE STREAM ${nope} (id INT KEY) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: two words are no name
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Identifier names cannot start with '@' and may only contain alphanumeric values and '_'.
DEFINE n='a b';
CREATE STREAM ${n} (id INT KEY) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: a literal is one literal
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Got: '1; DROP STREAM s'
DEFINE n='1; DROP STREAM s';
CREATE STREAM s (id INT KEY) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
INSERT INTO s (id) VALUES (${n});

--@test: a variable may be forgotten
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: Illegal argument at
DEFINE n='s';
UNDEFINE n;
CREATE STREAM ${n} (id INT KEY) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: substitution may be switched off
SET 'ksql.variable.substitution.enable'='false';
DEFINE n='x';
CREATE STREAM s (id INT KEY, v STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, '${n}' AS v FROM s;
INSERT INTO s (id, v) VALUES (1, 'a');
ASSERT VALUES o (id, v) VALUES (1, '${n}');
