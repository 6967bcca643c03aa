#include <catch2/catch.hpp>

#include "tests/unit/functions/evaluate.h"

using millrace::test::check_all;

TEST_CASE("bytes and encodings", "[functions][bytes]") {
    check_all({
        {"ENCODE('Hi', 'ascii', 'hex')", "4869"},
        {"ENCODE('0x4869', 'hex', 'utf8')", "Hi"},
        {"ENCODE('X''4869''', 'hex', 'ascii')", "Hi"},
        {"ENCODE('Hi', 'utf8', 'base64')", "SGk="},
        {"ENCODE('Hi', 'utf8', 'utf8')", "NULL!"},
        {"ENCODE('486', 'hex', 'utf8')", "NULL!"},
        {"FROM_BYTES(TO_BYTES('Hi', 'utf8'), 'hex')", "4869"},
        {"FROM_BYTES(TO_BYTES('ff', 'hex'), 'hex')", "FF"},
        {"TO_BYTES('ff00', 'hex')", "0xff00"},
        {"TO_BYTES('zz', 'hex')", "NULL!"},
        {"TO_BYTES('a', 'nope')", "NULL!"},
        {"BIGINT_FROM_BYTES(TO_BYTES('0000000000000005', 'hex'))", "5"},
        {"BIGINT_FROM_BYTES(TO_BYTES('05', 'hex'))", "NULL!"},
        {"INT_FROM_BYTES(TO_BYTES('05000000', 'hex'), 'little_endian')", "5"},
        {"INT_FROM_BYTES(TO_BYTES('ffffffff', 'hex'))", "-1"},
        {"DOUBLE_FROM_BYTES(TO_BYTES('3ff0000000000000', 'hex'))", "1.0"},
        {"UUID(TO_BYTES('000102030405060708090a0b0c0d0e0f', 'hex'))",
         "00010203-0405-0607-0809-0a0b0c0d0e0f"},
        {"UUID(TO_BYTES('00', 'hex'))", "NULL"},
        {"LEN(UUID())", "36"},
        {"LEN(TO_BYTES('ff00', 'hex'))", "2"},
        {"LPAD(TO_BYTES('01', 'hex'), 3, TO_BYTES('00', 'hex'))", "0x000001"},
        {"SUBSTRING(TO_BYTES('010203', 'hex'), 2, 1)", "0x02"},
    });
}

TEST_CASE("splitting and masking", "[functions][string]") {
    check_all({
        {"SPLIT('a,,b', ',')", "[a, , b]"},
        {"SPLIT('abc', '')", "[a, b, c]"},
        {"ARRAY_LENGTH(SPLIT('', ''))", "1"},
        {"SPLIT(CAST(NULL AS STRING), ',')", "NULL"},
        {"SPLIT_TO_MAP('a=1;b=2', ';', '=')", "{a=1, b=2}"},
        {"SPLIT_TO_MAP('a=1;;x;a=3=4', ';', '=')", "{a=3}"},
        {"SPLIT_TO_MAP('a=1', ';', ';')", "NULL"},
        {"MASK('Ab3!')", "Xxn-"},
        {"MASK('Ab3!', '*', NULL, NULL, NULL)", "*b3!"},
        {"MASK('Ab3!', '**', NULL, NULL, NULL)", "NULL!"},
        {"MASK(CAST(NULL AS STRING))", "NULL"},
        {"MASK_LEFT('Abcd', 2)", "Xxcd"},
        {"MASK_RIGHT('Abcd', 2)", "Abxx"},
        {"MASK_KEEP_LEFT('Abcd', 1)", "Axxx"},
        {"MASK_KEEP_RIGHT('4111-22', 2)", "nnnn-22"},
        {"MASK_LEFT('Abcd', -1)", "NULL!"},
        {"MASK_LEFT('Abcd', 9)", "Xxxx"},
    });
}

TEST_CASE("regular expressions", "[functions][regex]") {
    check_all({
        {"REGEXP_EXTRACT('(\\d+)-(\\d+)', 'a12-34', 2)", "34"},
        {"REGEXP_EXTRACT('x', 'abc')", "NULL"},
        {"REGEXP_EXTRACT('b', 'abc', 3)", "NULL"},
        {"REGEXP_EXTRACT('(?<=a)b', 'ab')", "b"},
        {"REGEXP_EXTRACT('(', 'abc')", "NULL!"},
        {"REGEXP_EXTRACT_ALL('\\d', 'a1b2')", "[1, 2]"},
        {"REGEXP_EXTRACT_ALL('x', 'abc')", "[]"},
        {"REGEXP_REPLACE('ab12', '[0-9]', '#')", "ab##"},
        {"REGEXP_REPLACE('john smith', '(\\w+) (\\w+)', '$2 $1')", "smith john"},
        {"REGEXP_REPLACE(CAST(NULL AS STRING), 'a', 'b')", "NULL"},
        {"REGEXP_SPLIT_TO_ARRAY('a1b2', '[0-9]')", "[a, b, ]"},
        {"REGEXP_SPLIT_TO_ARRAY('abc', '')", "[a, b, c]"},
    });
}

TEST_CASE("URLs", "[functions][url]") {
    check_all({
        {"URL_DECODE_PARAM('a+b%21')", "a b!"},
        {"URL_DECODE_PARAM('%zz')", "NULL!"},
        {"URL_ENCODE_PARAM('a b&c')", "a+b%26c"},
        {"URL_EXTRACT_FRAGMENT('http://h/p#x%20y')", "x y"},
        {"URL_EXTRACT_FRAGMENT('http://h/p')", "NULL"},
        {"URL_EXTRACT_HOST('http://h.io:8/')", "h.io"},
        {"URL_EXTRACT_HOST('/only/path')", "NULL"},
        {"URL_EXTRACT_PARAMETER('http://h?a=1&b=2', 'b')", "2"},
        {"URL_EXTRACT_PARAMETER('http://h?a&b=2', 'a')", ""},
        {"URL_EXTRACT_PARAMETER('http://h?a=1', 'c')", "NULL"},
        {"URL_EXTRACT_PATH('http://h/a/b?q')", "/a/b"},
        {"URL_EXTRACT_PORT('http://h:81')", "81"},
        {"URL_EXTRACT_PORT('http://h')", "NULL"},
        {"URL_EXTRACT_PROTOCOL('https://h')", "https"},
        {"URL_EXTRACT_PROTOCOL('http://a b')", "NULL!"},
        {"URL_EXTRACT_QUERY('http://h?a=1%202')", "a=1 2"},
    });
}

TEST_CASE("JSON", "[functions][json]") {
    check_all({
        {"EXTRACTJSONFIELD('{\"a\":[{\"b\":5}]}', '$.a[0].b')", "5"},
        {"EXTRACTJSONFIELD('{\"a\":null}', '$.a')", "null"},
        {"EXTRACTJSONFIELD('{\"a\":{\"b\": [1, 2.50]}}', '$.a')", "{\"b\":[1,2.50]}"},
        {"EXTRACTJSONFIELD('{\"a b\":\"x\"}', '$[\"a b\"]')", "x"},
        {"EXTRACTJSONFIELD('{\"a\":1}', '$.b')", "NULL"},
        {"EXTRACTJSONFIELD('{\"a\":1}', 'a')", "NULL!"},
        {"EXTRACTJSONFIELD('{\"a\":', '$.a')", "NULL!"},
        {"EXTRACTJSONFIELD('', '$.a')", "NULL"},
        {"IS_JSON_STRING('[]')", "true"},
        {"IS_JSON_STRING('{')", "false"},
        {"IS_JSON_STRING(CAST(NULL AS STRING))", "false"},
        {"JSON_ARRAY_CONTAINS('[1,2]', 2)", "true"},
        {"JSON_ARRAY_CONTAINS('[1.0]', 1)", "false"},
        {"JSON_ARRAY_CONTAINS('[1.0]', 1E0)", "true"},
        {"JSON_ARRAY_CONTAINS('[null]', NULL)", "true"},
        {"JSON_ARRAY_CONTAINS('{}', 1)", "false"},
        {"JSON_ARRAY_LENGTH('[1,[2]]')", "2"},
        {"JSON_ARRAY_LENGTH('{}')", "NULL"},
        {"JSON_CONCAT('[1]', '{\"a\":2}')", "[1,{\"a\":2}]"},
        {"JSON_CONCAT('{\"a\":1}', '{\"a\":2,\"b\":3}')", "{\"a\":2,\"b\":3}"},
        {"JSON_CONCAT('[1]', CAST(NULL AS STRING))", "NULL"},
        {"JSON_ITEMS('[1,\"x\"]')", "[1, \"x\"]"},
        {"JSON_ITEMS('{}')", "NULL!"},
        {"JSON_KEYS('{\"b\":1,\"a\":2}')", "[b, a]"},
        {"JSON_RECORDS('{\"a\":1,\"b\":\"x\"}')", "{a=1, b=x}"},
        {"TO_JSON_STRING(STRUCT(b := 1, a := true))", "{\"A\":true,\"B\":1}"},
        {"TO_JSON_STRING(NULL)", "null"},
        {"TO_JSON_STRING(ARRAY[1.50, 2.25])", "[1.50,2.25]"},
        {"TO_JSON_STRING('a\"b')", "\"a\\\"b\""},
    });
}
