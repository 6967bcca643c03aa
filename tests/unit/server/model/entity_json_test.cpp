#include "server/model/entity_json.h"

#include <catch2/catch.hpp>

using namespace millrace;
using millrace::server::entities_json;

TEST_CASE("A command's status has ksqlDB's fields in ksqlDB's order") {
    entity::CommandStatus status;
    status.command_id = "stream/`S`/create";
    status.message = "Stream created";
    status.sequence_number = 4;
    CHECK(
        entities_json({{"CREATE STREAM S;", status, {}}}) ==
        R"([{"@type":"currentStatus","statementText":"CREATE STREAM S;",)"
        R"("commandId":"stream/`S`/create","commandStatus":{"status":"SUCCESS",)"
        R"("message":"Stream created","queryId":null},"commandSequenceNumber":4,"warnings":[]}])");
}

TEST_CASE("Warnings come last") {
    entity::WarningMessage warning{"already there"};
    CHECK(entities_json({{"X;", warning, {"beware"}}}) ==
          R"([{"@type":"warning_entity","statementText":"X;","message":"already there",)"
          R"("warnings":[{"message":"beware"}]}])");
}

TEST_CASE("Types tell what is inside of them") {
    entity::TypeList types;
    types.types["T"] =
        SqlType::struct_({{"A", SqlType::array(SqlType::string())}, {"D", SqlType::decimal(4, 2)}});
    CHECK(entities_json({{"SHOW TYPES;", types, {}}}) ==
          R"([{"@type":"type_list","statementText":"SHOW TYPES;","types":{"T":{"type":"STRUCT",)"
          R"("fields":[{"name":"A","schema":{"type":"ARRAY","fields":null,"memberSchema":)"
          R"({"type":"STRING","fields":null,"memberSchema":null}}},{"name":"D","schema":)"
          R"({"type":"DECIMAL","fields":null,"memberSchema":null,"parameters":)"
          R"({"precision":4,"scale":2}}}],"memberSchema":null}},"warnings":[]}])");
}

TEST_CASE("Key and header columns say so") {
    entity::SourceDescription source;
    source.fields = {{"K", SqlType::string(), entity::FieldRole::kKey, {}},
                     {"H", SqlType::bytes(), entity::FieldRole::kHeader, "abc"}};
    const std::string json = entities_json({{"D;", entity::SourceDescriptionOne{source}, {}}});
    CHECK(json.find(R"("memberSchema":null},"type":"KEY"})") != std::string::npos);
    CHECK(json.find(R"("memberSchema":null},"headerKey":"abc","type":"HEADER"})") !=
          std::string::npos);
}

TEST_CASE("Bytes that are no UTF-8 do not break an answer") {
    CHECK_NOTHROW(entities_json({{"\xff", entity::WarningMessage{"\xc3"}, {}}}));
}
