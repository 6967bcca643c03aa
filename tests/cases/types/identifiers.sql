-- Names: folding, quoting, reserved words.
--@test: names fold to upper case unless quoted
CREATE STREAM `s` (Id INT KEY, `v` INT, "W w" INT, x1_y@z INT, 1st INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, `v`, `v` AS Mixed, `v` AS `Mixed`, "W w", x1_y@z, 1st FROM `s`;
ASSERT STREAM o (ID INT KEY, `v` INT, MIXED INT, `Mixed` INT, `W w` INT, `X1_Y@Z` INT, `1ST` INT) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON');
INSERT INTO `s` (id, `v`, `W w`, x1_y@z, 1st) VALUES (1, 2, 3, 4, 5);
ASSERT VALUES o (id, `v`, mixed, `Mixed`, `W w`, x1_y@z, 1st) VALUES (1, 2, 2, 2, 3, 4, 5);

--@test: a quote in a quoted name is doubled
CREATE STREAM s (id INT KEY, `a``b` INT, "c""d" INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, `a``b`, `c"d` FROM s;
INSERT INTO s (id, `a``b`, `c"d`) VALUES (1, 2, 3);
ASSERT VALUES o (id, `a``b`, `c"d`) VALUES (1, 2, 3);

--@test: words that are no names elsewhere may be columns
CREATE STREAM s (id INT KEY, date INT, time INT, timestamp INT, key INT, type INT, year INT, day INT, set INT, show INT, partition INT, struct INT, map INT, array INT, schema INT, source INT, if INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, date + time AS a, timestamp AS b, key, type, year, day, set, show, partition, source FROM s;
INSERT INTO s (id, date, time, timestamp, key, type) VALUES (1, 2, 3, 4, 5, 6);
ASSERT VALUES o (id, a, b, key, type, year) VALUES (1, 5, 4, 5, 6, NULL);

--@test: reserved words need quotes
--@expected.error: StatementError
--@expected.message: "from" is a reserved keyword and it can't be used as an identifier. You can use it as an identifier by escaping it as `from`
CREATE STREAM s (id INT KEY, from INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: reserved words in quotes are names
CREATE STREAM s (id INT KEY, `from` INT, `SELECT` INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, `from` + `SELECT` AS `where` FROM s;
INSERT INTO s (id, `from`, `SELECT`) VALUES (1, 2, 3);
ASSERT VALUES o (id, `where`) VALUES (1, 5);

--@test: comments of both kinds
-- nothing
/* nothing
   either */ CREATE STREAM s (id INT KEY, -- a name
  v INT /* and a type */) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, '-- no comment' AS a, '/* none */' AS b, v -- the end
  FROM s;
INSERT INTO s (id, v) VALUES (1, 2);
ASSERT VALUES o (id, a, b, v) VALUES (1, '-- no comment', '/* none */', 2);

--@test: a source's name has letters, digits, _ and - only
--@expected.error: StatementError
--@expected.message: Source names may only contain alphanumeric values, '_' or '-'. Got: 'a b'
CREATE STREAM `a b` (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);

--@test: a hyphen in a source's name
CREATE STREAM `my-stream` (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM `my-copy` AS SELECT * FROM `my-stream`;
INSERT INTO `my-stream` (id, v) VALUES (1, 2);
ASSERT VALUES `my-copy` (id, v) VALUES (1, 2);

--@test: variables as names, literals and inside text
DEFINE col='v';
DEFINE num='5';
DEFINE word='''five''';
DEFINE part='iv';
CREATE STREAM s (id INT KEY, ${col} INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, ${col} + ${num} AS a, ${word} AS b, 'f${part}e ${unknown}' AS c FROM s;
INSERT INTO s (id, v) VALUES (1, 2);
ASSERT VALUES o (id, a, b, c) VALUES (1, 7, 'five', 'five ${unknown}');
