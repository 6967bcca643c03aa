-- Tables joined on a column that holds the other's primary key.
--@test: INNER: rows come and go with either side
CREATE TABLE orders (id INT PRIMARY KEY, buyer VARCHAR, cents INT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE buyers (name VARCHAR PRIMARY KEY, city VARCHAR) WITH (KAFKA_TOPIC='buyers', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE o AS SELECT id, name, cents, city FROM orders JOIN buyers ON buyer = name;
INSERT INTO orders (ROWTIME, id, buyer, cents) VALUES (1000, 1, 'ann', 5);
INSERT INTO buyers (ROWTIME, name, city) VALUES (2000, 'ann', 'oslo');
INSERT INTO orders (ROWTIME, id, buyer, cents) VALUES (1500, 2, 'ann', 6);
INSERT INTO buyers (ROWTIME, name, city) VALUES (3000, 'ann', 'rome');
INSERT INTO orders (ROWTIME, id, buyer, cents) VALUES (4000, 1, 'bob', 7);
INSERT INTO buyers (ROWTIME, name, city) VALUES (5000, 'bob', 'kiel');
ASSERT VALUES o (ROWTIME, id, name, cents, city) VALUES (2000, 1, 'ann', 5, 'oslo');
ASSERT VALUES o (ROWTIME, id, name, cents, city) VALUES (2000, 2, 'ann', 6, 'oslo');
ASSERT VALUES o (ROWTIME, id, name, cents, city) VALUES (3000, 1, 'ann', 5, 'rome');
ASSERT VALUES o (ROWTIME, id, name, cents, city) VALUES (3000, 2, 'ann', 6, 'rome');
ASSERT NULL VALUES o (id) KEY (1);
ASSERT VALUES o (ROWTIME, id, name, cents, city) VALUES (5000, 1, 'bob', 7, 'kiel');

--@test: LEFT: a row without a match is padded with NULL
CREATE TABLE orders (id INT PRIMARY KEY, buyer VARCHAR) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE buyers (name VARCHAR PRIMARY KEY, city VARCHAR) WITH (KAFKA_TOPIC='buyers', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE o AS SELECT id, buyer, city FROM orders LEFT JOIN buyers ON UCASE(buyer) = name WHERE city IS NULL OR city <> 'rome';
INSERT INTO orders (ROWTIME, id, buyer) VALUES (1000, 1, 'ann');
INSERT INTO orders (ROWTIME, id) VALUES (1000, 2);
INSERT INTO buyers (ROWTIME, name, city) VALUES (2000, 'ANN', 'oslo');
INSERT INTO buyers (ROWTIME, name, city) VALUES (3000, 'ANN', 'rome');
ASSERT VALUES o (ROWTIME, id, buyer, city) VALUES (1000, 1, 'ann', NULL);
ASSERT VALUES o (ROWTIME, id, buyer, city) VALUES (1000, 2, NULL, NULL);
ASSERT VALUES o (ROWTIME, id, buyer, city) VALUES (2000, 1, 'ann', 'oslo');
ASSERT NULL VALUES o (id) KEY (1);

--@test: the left table's whole primary key is selected
--@expected.error: StatementError
--@expected.message: Primary key column missing in projection. For foreign-key table-table joins, the projection must include all primary key columns from the left input table (`ORDERS`). Missing column: `ID`.
CREATE TABLE orders (id INT PRIMARY KEY, buyer VARCHAR) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE buyers (name VARCHAR PRIMARY KEY, city VARCHAR) WITH (KAFKA_TOPIC='buyers', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE o AS SELECT name, city FROM orders JOIN buyers ON buyer = name;
