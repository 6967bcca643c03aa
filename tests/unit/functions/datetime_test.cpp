#include <catch2/catch.hpp>

#include "engine/base/error.h"
#include "engine/functions/date_format.h"
#include "tests/unit/functions/evaluate.h"

using millrace::test::check_all;
using namespace millrace::functions;

TEST_CASE("date and time functions give what the reference says", "[functions][date]") {
    check_all({
        {"CONVERT_TZ('2021-01-01T00:00:00', 'UTC', '+02:00')", "2021-01-01T02:00:00.000"},
        {"CONVERT_TZ('2021-07-01T00:00:00', 'UTC', 'Europe/Paris')", "2021-07-01T02:00:00.000"},
        {"CONVERT_TZ('2021-01-01T00:00:00', 'UTC', 'PST')", "NULL!"},
        {"DATEADD(DAYS, 3, '2024-02-27')", "2024-03-01"},
        {"DATESUB(DAYS, 1, '2024-03-01')", "2024-02-29"},
        {"DATEADD(HOURS, 25, '2024-02-27')", "2024-02-28"},
        {"DATEADD(DAYS, CAST(NULL AS INT), '2024-02-27')", "NULL"},
        {"TIMEADD(HOURS, 2, '23:00')", "01:00"},
        {"TIMESUB(MINUTES, 1, '00:00')", "23:59"},
        {"TIMESTAMPADD(MINUTES, 1, '2024-01-01T00:00:00')", "2024-01-01T00:01:00.000"},
        {"TIMESTAMPSUB(DAY, 1, '2024-01-01T00:00:00')", "2023-12-31T00:00:00.000"},
        {"FORMAT_DATE('2024-05-06', 'dd/MM/yyyy')", "06/05/2024"},
        {"FORMAT_DATE('2024-05-06', 'EEE, d MMM yy')", "Mon, 6 May 24"},
        {"FORMAT_DATE('2024-05-06', 'HH')", "NULL!"},
        {"FORMAT_TIME('09:30', 'hh:mm a')", "09:30 AM"},
        {"FORMAT_TIMESTAMP(FROM_UNIXTIME(0), 'yyyy-MM-dd HH:mm')", "1970-01-01 00:00"},
        {"FORMAT_TIMESTAMP(FROM_UNIXTIME(0), 'yyyy-MM-dd HH:mm xxx', 'America/New_York')",
         "1969-12-31 19:00 -05:00"},
        {"FORMAT_TIMESTAMP(FROM_UNIXTIME(1), 'HH:mm:ss.SSS zz VV')", "00:00:00.001 GMT GMT"},
        {"FROM_DAYS(1)", "1970-01-02"},
        {"FROM_UNIXTIME(1000)", "1970-01-01T00:00:01.000"},
        {"PARSE_DATE('06/05/2024', 'dd/MM/yyyy')", "2024-05-06"},
        {"PARSE_DATE('01-JAN-2022', 'dd-MMM-yyyy')", "2022-01-01"},
        {"PARSE_DATE('2024-05-06 10', 'yyyy-MM-dd HH')", "NULL!"},
        {"PARSE_DATE('x', 'yyyy')", "NULL!"},
        {"PARSE_TIME('9:05', 'H:mm')", "09:05"},
        {"PARSE_TIME('09:05 pm', 'hh:mm a')", "21:05"},
        {"PARSE_TIME('2020', 'yyyy')", "NULL!"},
        {"PARSE_TIMESTAMP('2024', 'yyyy')", "2024-01-01T00:00:00.000"},
        {"PARSE_TIMESTAMP('2024-05-06T07:08:09.123456+0200', 'yyyy-MM-dd''T''HH:mm:ss.SSSSSSX')",
         "2024-05-06T05:08:09.123"},
        {"PARSE_TIMESTAMP('2021-07-01 00:00', 'yyyy-MM-dd HH:mm', 'Europe/Paris')",
         "2021-06-30T22:00:00.000"},
        {"PARSE_TIMESTAMP('366', 'DDD')", "NULL!"},
        {"UNIX_DATE('1970-01-11')", "10"},
        {"UNIX_TIMESTAMP(FROM_UNIXTIME(5))", "5"},
        {"UNIX_TIMESTAMP()", "1000000"},
        {"DATETOSTRING(0, 'yyyy')", "1970"},
        {"STRINGTODATE('1970-01-03', 'yyyy-MM-dd')", "2"},
        {"STRINGTODATE('1970', 'yyyy')", "NULL!"},
        {"STRINGTOTIMESTAMP('1970-01-01', 'yyyy-MM-dd', 'UTC')", "0"},
        {"TIMESTAMPTOSTRING(0, 'HH:mm', 'UTC')", "00:00"},
    });
}

TEST_CASE("date patterns read numbers that touch", "[functions][date]") {
    auto ms = [](const char* pattern, const char* text) {
        return DateFormat(pattern).parse_timestamp_ms(text, TimeZone());
    };
    CHECK(ms("yyyyMMdd", "19700102") == 86'400'000);
    CHECK(ms("yyyyMMddHHmmssSSS", "19700101000001005") == 1005);
    CHECK(ms("yyyy-MM-dd[ HH:mm]", "1970-01-02") == 86'400'000);
    CHECK(ms("yyyy-MM-dd[ HH:mm]", "1970-01-01 00:01") == 60'000);
    CHECK(ms("yy", "70") == 3'155'760'000'000);
    CHECK(ms("yyyy-MM-dd VV", "1970-01-01 Europe/Paris") == -3'600'000);
    CHECK_THROWS_AS(ms("yyyy-MM-dd", "1970-13-01"), millrace::RowError);
    CHECK_THROWS_AS(ms("yyyy-MM-dd", "1970-01-01x"), millrace::RowError);
    CHECK_THROWS_AS(DateFormat("yyyy b"), millrace::RowError);
}

TEST_CASE("zones are called as Java calls them", "[functions][date]") {
    constexpr int64_t kJanuary = 1'610'000'000'000, kJuly = 1'625'000'000'000;
    const auto name = [](const char* letters, const char* zone, int64_t ms) {
        const TimeZone found = TimeZone::require(zone);
        return DateFormat(letters).format(DateTime::of_instant(ms, found));
    };
    CHECK(name("zzzz", "America/New_York", kJanuary) == "Eastern Standard Time");
    CHECK(name("zzzz", "America/New_York", kJuly) == "Eastern Daylight Time");
    CHECK(name("vvvv", "America/Los_Angeles", kJuly) == "Pacific Time");
    CHECK(name("v", "America/Los_Angeles", kJuly) == "PT");
    CHECK(name("zzzz", "Europe/Berlin", kJuly) == "Central European Summer Time");
    CHECK(name("z", "Europe/Berlin", kJuly) == "CEST");
    CHECK(name("z", "Asia/Kathmandu", kJuly) == "NPT");
    CHECK(name("z", "America/Sao_Paulo", kJuly) == "BRT");
    CHECK(name("zzzz", "UTC", kJuly) == "Coordinated Universal Time");
    CHECK(name("zzzz", "+02:00", kJuly) == "+02:00");
    CHECK_THROWS_AS(DateFormat("vv"), millrace::RowError);
    const auto ms = [](const char* pattern, const char* text) {
        return DateFormat(pattern).parse_timestamp_ms(text, TimeZone());
    };
    CHECK(ms("yyyy-MM-dd zzzz", "1970-01-02 central european time") == 82'800'000);
    CHECK(ms("yyyy-MM-dd z", "1970-01-02 NPT") == 86'400'000 - 19'800'000);
    CHECK(ms("yyyy-MM-dd z", "1970-01-02 PST") == 115'200'000);
    CHECK(ms("yyyy-MM-dd v", "1970-01-02 PT") == 115'200'000);
    CHECK(ms("yyyy-MM-dd z", "1970-01-02 Europe/Paris") == 82'800'000);
}

TEST_CASE("the part of a day has a name", "[functions][date]") {
    check_all({
        {"FORMAT_TIME('00:00', 'h:mm B')", "12:00 midnight"},
        {"FORMAT_TIME('00:01', 'h:mm B')", "12:01 at night"},
        {"FORMAT_TIME('06:00', 'h B')", "6 in the morning"},
        {"FORMAT_TIME('12:00', 'h:mm BBBBB')", "12:00 n"},
        {"FORMAT_TIME('12:01', 'h B')", "12 in the afternoon"},
        {"FORMAT_TIME('18:00', 'h BBBB')", "6 in the evening"},
        {"FORMAT_TIME('21:00', 'h B')", "9 at night"},
        {"PARSE_TIME('9:30 At Night', 'h:mm B')", "21:30"},
        {"PARSE_TIME('2 at night', 'h B')", "02:00"},
        {"PARSE_TIME('2 in the afternoon', 'h B')", "14:00"},
        {"PARSE_TIME('2 in the evening', 'h B')", "NULL!"},
        {"PARSE_TIME('in the morning', 'B')", "09:00"},
        {"PARSE_TIME('2', 'BB')", "NULL!"},
    });
}
