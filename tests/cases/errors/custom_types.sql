--@test: types of types that double with each have an end
--@expected.error: StatementError
--@expected.message: The custom types of a statement may come to 10000 types within types; with T11 there are more.
CREATE TYPE t0 AS STRUCT<a INT>;
CREATE TYPE t1 AS STRUCT<a t0, b ARRAY<t0>>;
CREATE TYPE t2 AS STRUCT<a t1, b ARRAY<t1>>;
CREATE TYPE t3 AS STRUCT<a t2, b ARRAY<t2>>;
CREATE TYPE t4 AS STRUCT<a t3, b ARRAY<t3>>;
CREATE TYPE t5 AS STRUCT<a t4, b ARRAY<t4>>;
CREATE TYPE t6 AS STRUCT<a t5, b ARRAY<t5>>;
CREATE TYPE t7 AS STRUCT<a t6, b ARRAY<t6>>;
CREATE TYPE t8 AS STRUCT<a t7, b ARRAY<t7>>;
CREATE TYPE t9 AS STRUCT<a t8, b ARRAY<t8>>;
CREATE TYPE t10 AS STRUCT<a t9, b ARRAY<t9>>;
CREATE TYPE t11 AS STRUCT<a t10, b ARRAY<t10>>;
CREATE TYPE t12 AS STRUCT<a t11, b ARRAY<t11>>;
CREATE TYPE t13 AS STRUCT<a t12, b ARRAY<t12>>;
CREATE TYPE t14 AS STRUCT<a t13, b ARRAY<t13>>;
CREATE TYPE t15 AS STRUCT<a t14, b ARRAY<t14>>;
