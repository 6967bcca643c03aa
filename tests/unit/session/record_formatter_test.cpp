#include "engine/session/record_formatter.h"

#include <catch2/catch.hpp>

using namespace millrace;

namespace {

using Bytes = std::vector<std::optional<ByteView>>;
using Texts = std::vector<std::string>;

std::string be64(uint64_t value) {
    std::string out;
    put_be64(out, value);
    return out;
}

}  // namespace

TEST_CASE("PRINT names every format that fits all records", "[session][print]") {
    RecordFormatter values(false);
    CHECK(values.formats() == "¯\\_(ツ)_/¯ - no data processed");
    CHECK(values.format(Bytes{std::nullopt}) == Texts{"<null>"});
    CHECK(values.formats() == "¯\\_(ツ)_/¯ - no data processed");
    CHECK(values.format(Bytes{R"({"a": 12})"}) == Texts{R"({"a": 12})"});
    CHECK(values.formats() == "JSON or KAFKA_STRING");
    CHECK(values.format(Bytes{"plain"}) == Texts{"plain"});
    CHECK(values.formats() == "KAFKA_STRING");
}

TEST_CASE("PRINT shows records that came together in one format", "[session][print]") {
    RecordFormatter values(false);
    // The first could be a number, the second cannot.
    CHECK(values.format(Bytes{"abcd", "abcde"}) == Texts{"abcd", "abcde"});
    CHECK(values.formats() == "KAFKA_STRING");
}

TEST_CASE("PRINT reads numbers and unreadable bytes", "[session][print]") {
    RecordFormatter ints(false);
    CHECK(ints.format(Bytes{ByteView("\xff\xff\xff\xfe", 4)}) == Texts{"-2"});
    CHECK(ints.formats() == "KAFKA_INT");
    RecordFormatter longs(false);
    CHECK(longs.format(Bytes{ByteView("\xff\xff\xff\xff\xff\xff\xff\xff", 8)}) == Texts{"-1"});
    CHECK(longs.formats() == "KAFKA_BIGINT or KAFKA_DOUBLE");
    CHECK(longs.format(Bytes{ByteView("\xff\xff", 2)}) == Texts{"<Failed to deserialize>"});
    CHECK(longs.formats().empty());
}

TEST_CASE("PRINT takes a leading JSON value for JSON", "[session][print]") {
    auto first = [](ByteView text) {
        RecordFormatter values(false);
        values.format(Bytes{text});
        return values.formats();
    };
    CHECK(first("12345") == "JSON or KAFKA_STRING");
    CHECK(first("\"in quotes\"") == "JSON or KAFKA_STRING");
    CHECK(first("{} and more") == "JSON or KAFKA_STRING");
    CHECK(first("12 34 56") == "JSON or KAFKA_BIGINT or KAFKA_DOUBLE or KAFKA_STRING");
    CHECK(first("12abc") == "KAFKA_STRING");
    CHECK(first("{\"cut\":") == "KAFKA_STRING");
    CHECK(first("") == "");
}

TEST_CASE("PRINT finds windowed keys", "[session][print]") {
    RecordFormatter time(true);
    const std::string tumbling = "u1" + be64(1600000200000);
    CHECK(time.format(Bytes{tumbling}) == Texts{"[u1@1600000200000/-]"});
    CHECK(time.formats() == "HOPPING(KAFKA_STRING) or TUMBLING(KAFKA_STRING)");
    RecordFormatter sessions(true);
    const std::string session = "u1" + be64(1600000300000) + be64(1600000200000);
    CHECK(sessions.format(Bytes{session}) == Texts{"[u1@1600000200000/1600000300000]"});
    CHECK(sessions.formats() == "SESSION(KAFKA_STRING)");
    RecordFormatter plain(true);
    CHECK(plain.format(Bytes{R"({"K1":1,"K2":"x"})"}) == Texts{R"({"K1":1,"K2":"x"})"});
    CHECK(plain.formats() ==
          "JSON or HOPPING(KAFKA_STRING) or TUMBLING(KAFKA_STRING) or KAFKA_STRING");
}
