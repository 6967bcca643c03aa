#include <catch2/catch.hpp>

#include "tests/unit/functions/evaluate.h"

using millrace::test::check_all;

TEST_CASE("string functions give what the reference says", "[functions][string]") {
    check_all({
        {"CHR(65)", "A"},
        {"CHR('\\u0041')", "A"},
        {"CHR(-1)", "NULL"},
        {"CHR('A')", "NULL"},
        {"CONCAT('a', CAST(NULL AS STRING), 'b')", "ab"},
        {"CONCAT(CAST(NULL AS STRING), CAST(NULL AS STRING))", ""},
        {"'a' || CAST(NULL AS STRING) || 'c'", "ac"},
        {"CONCAT_WS('-', 'x', CAST(NULL AS STRING), 'z')", "x-z"},
        {"CONCAT_WS(CAST(NULL AS STRING), 'x', 'z')", "NULL"},
        {"ELT(2, 'a', 'b')", "b"},
        {"ELT(0, 'a', 'b')", "NULL"},
        {"FIELD('b', 'a', 'b')", "2"},
        {"FIELD(CAST(NULL AS STRING), 'a')", "0"},
        {"INITCAP('hELLO wORLD')", "Hello World"},
        {"INITCAP('  a b')", "A B"},
        {"INSTR('banana', 'an', 3)", "4"},
        {"INSTR('banana', 'a', -1, 2)", "4"},
        {"INSTR('banana', 'x')", "0"},
        {"INSTR('banana', 'a', 10)", "0"},
        {"INSTR(CAST(NULL AS STRING), 'a')", "0"},
        {"LCASE('ÄB')", "äb"},
        {"UCASE('aß')", "ASS"},
        {"UCASE(CAST(NULL AS STRING))", "NULL"},
        {"UCASE('`az{@AZ[ 0123456789')", "`AZ{@AZ[ 0123456789"},
        {"LCASE('`az{@AZ[ 0123456789')", "`az{@az[ 0123456789"},
        {"LEN('abc')", "3"},
        {"LEN('a😀')", "3"},
        {"LPAD('7', 3, '0')", "007"},
        {"RPAD('abcd', 2, '*')", "ab"},
        {"LPAD('a', -1, '0')", "NULL"},
        {"LPAD('a', 4, '')", "NULL"},
        {"LPAD('a', 6, 'xy')", "xyxyxa"},
        {"MD5('')", "d41d8cd98f00b204e9800998ecf8427e"},
        {"MD5('one')", "f97c5d29941bfb1b2fdab0874906ab82"},
        {"REPLACE('a.b.', '.', '-')", "a-b-"},
        {"REPLACE('ab', '', '-')", "-a-b-"},
        {"SUBSTRING('stream', -3, 2)", "ea"},
        {"SUBSTRING('stream', 0, 2)", "st"},
        {"SUBSTRING('stream', 3)", "ream"},
        {"SUBSTRING('stream', 99)", ""},
        {"SUBSTRING('stream', -99, 3)", "str"},
        {"SUBSTRING('stream', 2, -1)", ""},
        {"SUBSTRING('stream', CAST(NULL AS INT))", "NULL"},
        {"SUBSTRING('aäb', 2, 1)", "ä"},
        {"TRIM('\t a ')", "a"},
    });
}

TEST_CASE("calls that do not fit are refused with the alternatives", "[functions]") {
    check_all({
        {"NOPE(1)", "ERROR: Can't find any functions with the name 'NOPE'"},
        {"UCSE('a')",
         "ERROR: Can't find any functions with the name 'UCSE'. Did you mean 'UCASE'?"},
        {"SUBSTRING(1)",
         "ERROR: Function 'substring' does not accept parameters (INTEGER).\n"
         "Valid alternatives are:\n"
         "SUBSTRING(VARCHAR str, INT pos, INT length)\n"
         "SUBSTRING(BYTES bytes, INT pos, INT length)\n"
         "SUBSTRING(BYTES bytes, INT pos)\n"
         "SUBSTRING(VARCHAR str, INT pos)\n"
         "For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;"},
        {"GREATEST(1, 3000000000)",
         "ERROR: Function 'greatest' cannot be resolved due to ambiguous method parameters "
         "(INTEGER, "
         "BIGINT)."},
        {"GREATEST(NULL, NULL)",
         "ERROR: Function 'greatest' cannot be resolved due to ambiguous method parameters (null, "
         "null)."},
    });
}
