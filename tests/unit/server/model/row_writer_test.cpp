#include "server/model/row_writer.h"

#include <catch2/catch.hpp>

using namespace millrace;
using namespace millrace::server;

namespace {

RecordBatch batch() {
    auto key = std::make_shared<Column>(SqlType::string());
    key->append_text("k\"1");
    auto number = std::make_shared<Column>(SqlType::double_());
    number->append_double(1);
    return {{key, number}, {RowMeta{}}};
}

const std::vector<Field> kFields = {{"K", SqlType::string()}, {"n x", SqlType::double_()}};

std::string all(RowFormat format, std::vector<bool> is_key = {}) {
    RowWriter writer(format, kFields, std::move(is_key));
    std::string out;
    writer.header(out, "q_1");
    out += writer.separator();
    writer.row(out, batch(), 0, 0);
    out += writer.closing();
    return out;
}

}  // namespace

TEST_CASE("Rows look as each format has them") {
    CHECK(all(RowFormat::kDelimited) ==
          R"({"queryId":"q_1","columnNames":["K","n x"],"columnTypes":["STRING","DOUBLE"]})"
          "\n[\"k\\\"1\",1.0]\n");
    CHECK(
        all(RowFormat::kArray) ==
        R"([{"queryId":"q_1","columnNames":["K","n x"],"columnTypes":["STRING","DOUBLE"]},["k\"1",1.0]])");
    CHECK(all(RowFormat::kObjects, {true, false}) ==
          "[{\"header\":{\"queryId\":\"q_1\",\"schema\":\"`K` STRING KEY, `n x` DOUBLE\"}},\n"
          R"({"row":{"columns":["k\"1",1.0]}}])");
}

TEST_CASE("A tombstone shows its key only") {
    RowWriter writer(RowFormat::kObjects, kFields, {});
    std::string out;
    writer.tombstone(out, batch(), 0, {0, -1});
    CHECK(out == R"({"row":{"columns":["k\"1",null],"tombstone":true}})");
}

TEST_CASE("A tombstone shows the window of its key") {
    RowWriter writer(RowFormat::kObjects, kFields, {});
    RecordBatch windowed = batch();
    windowed.set_windows({{10, 20}});
    std::string out;
    writer.tombstone(out, windowed, 0,
                     {0, RowWriter::kWindowStartCell, RowWriter::kWindowEndCell, -1});
    CHECK(out == R"({"row":{"columns":["k\"1",10,20,null],"tombstone":true}})");
}

TEST_CASE("Errors after rows keep the format readable") {
    std::string out;
    RowWriter(RowFormat::kDelimited, kFields, {}).error(out, 50000, "x");
    CHECK(out == "{\"@type\":\"generic_error\",\"error_code\":50000,\"message\":\"x\"}\n");
    out.clear();
    RowWriter(RowFormat::kObjects, kFields, {}).error(out, 50000, "x");
    CHECK(out == R"({"errorMessage":{"@type":"generic_error","error_code":50000,"message":"x"}})");
}
