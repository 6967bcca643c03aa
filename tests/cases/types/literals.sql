-- Literals: which type they are.
--@test: numbers are of the least type that holds them as written
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', KEY_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM o AS SELECT id, 1 AS i, 2147483647 AS imax, 2147483648 AS b, -2147483648 AS imin, -2147483649 AS bneg, 9223372036854775807 AS bmax, 1.20 AS d, .5 AS half, 0.05 AS small, 10. AS dot, 1E0 AS x, 1.5e-3 AS y, -1.50 AS nd FROM s;
ASSERT STREAM o (id INT KEY, i INT, imax INT, b BIGINT, imin INT, bneg BIGINT, bmax BIGINT, d DECIMAL(3, 2), half DECIMAL(2, 1), small DECIMAL(3, 2), dot DECIMAL(2, 0), x DOUBLE, y DOUBLE, nd DECIMAL(3, 2)) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON', KEY_FORMAT='KAFKA');
INSERT INTO s (id, v) VALUES (1, 0);
ASSERT VALUES o (id, i, imax, b, imin, bneg, bmax, d, half, small, dot, x, y, nd) VALUES (1, 1, 2147483647, 2147483648, -2147483648, -2147483649, 9223372036854775807, 1.20, 0.5, 0.05, 10, 1E0, 0.0015E0, -1.50);

--@test: text, truth and a typed decimal
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', KEY_FORMAT='KAFKA', PARTITIONS=1);
CREATE STREAM o AS SELECT id, 'it''s' AS t, '' AS e, TRUE AS b, false AS f, DECIMAL '12.30' AS d, 'a
b' AS two, 'back\slash' AS slash FROM s;
ASSERT STREAM o (id INT KEY, t STRING, e STRING, b BOOLEAN, f BOOLEAN, d DECIMAL(4, 2), two STRING, slash STRING) WITH (KAFKA_TOPIC='O', VALUE_FORMAT='JSON', KEY_FORMAT='KAFKA');
INSERT INTO s (id, v) VALUES (1, 0);
ASSERT VALUES o (id, t, e, b, f, d, two, slash) VALUES (1, 'it''s', '', TRUE, FALSE, 12.30, 'a
b', 'back\slash');

--@test: a number beyond BIGINT
--@expected.error: StatementError
--@expected.message: Invalid numeric literal: 9223372036854775808
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, 9223372036854775808 AS x FROM s;

--@test: a number beyond DOUBLE
--@expected.error: StatementError
--@expected.message: Number overflows DOUBLE: 1E309
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, 1E309 AS x FROM s;

--@test: only DECIMAL has a typed literal
--@expected.error: StatementError
--@expected.message: Unknown type: MONEY
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, MONEY '12' AS x FROM s;

--@test: NULL alone has no type
--@expected.error: StatementError
--@expected.message: Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).
CREATE STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM o AS SELECT id, NULL AS x FROM s;
