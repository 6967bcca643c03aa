#include "engine/serde/format.h"

#include <catch2/catch.hpp>

#include "engine/base/error.h"

using namespace millrace;

namespace {

const Format& format(std::string_view name) {
    return FormatRegistry::builtin().get(name);
}

SerdeSpec spec_of(std::string name, std::vector<Field> fields, bool is_key = false) {
    SerdeSpec spec;
    spec.format = std::move(name);
    spec.fields = std::move(fields);
    spec.wrapped = resolve_wrapped(format(spec.format), is_key, spec.fields.size(), std::nullopt);
    spec.is_key = is_key;
    return spec;
}

}  // namespace

TEST_CASE("formats are found by name in any case", "[serde][format]") {
    CHECK(format("json").name() == "JSON");
    CHECK(FormatRegistry::builtin().find("XML") == nullptr);
    CHECK_THROWS_WITH(format("xml"), "Unknown format: XML");
    CHECK(FormatRegistry::builtin().names().size() == 8);
}

TEST_CASE("formats without a codec say so", "[serde][format]") {
    for (const char* name : {"AVRO", "JSON_SR", "PROTOBUF", "PROTOBUF_NOSR"}) {
        INFO(name);
        SerdeSpec spec = spec_of(name, {{"A", SqlType::integer()}, {"B", SqlType::integer()}});
        CHECK_FALSE(format(name).available());
        for (auto attempt : {0, 1, 2}) {
            try {
                if (attempt == 0) check_schema(spec);
                if (attempt == 1) make_decoder(spec);
                if (attempt == 2) make_encoder(spec);
                FAIL("should have been refused");
            } catch (const StatementError& error) {
                CHECK(error.kind() == ErrorKind::kNotYet);
            }
        }
    }
}

TEST_CASE("schemas that a format cannot hold are refused in ksqlDB's words", "[serde][format]") {
    auto array = SqlType::array(SqlType::integer());
    CHECK_THROWS_WITH(check_schema(spec_of("DELIMITED", {{"X", array}})),
                      "Value format does not support schema.\nformat: DELIMITED\nschema: "
                      "Persistence{columns=[`X` ARRAY<INTEGER>], features=[]}\nreason: The "
                      "'DELIMITED' format does not support type 'ARRAY', column: `X`");
    CHECK_THROWS_WITH(check_schema(spec_of("KAFKA", {{"K", array}}, true)),
                      "Key format does not support schema.\nformat: KAFKA\nschema: "
                      "Persistence{columns=[`K` ARRAY<INTEGER> KEY], features=[]}\nreason: The "
                      "'KAFKA' format does not support type 'ARRAY'");
    CHECK_THROWS_WITH(
        check_schema(spec_of("KAFKA", {{"V0", SqlType::integer()}, {"V1", SqlType::string()}})),
        Catch::Contains("The 'KAFKA' format only supports a single field. Got: [`V0` INTEGER, "
                        "`V1` STRING]"));
    CHECK_THROWS_WITH(check_schema(spec_of("NONE", {{"K", SqlType::string()}}, true)),
                      Catch::Contains("The 'NONE' format can only be used when no columns are "
                                      "defined. Got: [`K` STRING KEY]"));
    auto map = SqlType::array(SqlType::map(SqlType::string(), SqlType::double_()));
    CHECK_THROWS_WITH(check_schema(spec_of("JSON", {{"K", map}}, true)),
                      Catch::StartsWith("Map keys, including types that contain maps") &&
                          Catch::Contains("Key column name: `K`. Column type: "
                                          "ARRAY<MAP<STRING, DOUBLE>>."));
    CHECK_NOTHROW(check_schema(spec_of("JSON", {{"K", map}})));
    auto odd = SqlType::map(SqlType::integer(), SqlType::double_());
    CHECK_THROWS_WITH(check_schema(spec_of("AVRO", {{"FOO", odd}, {"B", odd}})),
                      Catch::Contains("Avro only supports MAPs with STRING keys"));
    CHECK_THROWS_WITH(check_schema(spec_of("JSON", {{"FOO", odd}})),
                      Catch::Contains("JSON only supports MAP types with STRING keys"));
    CHECK_NOTHROW(check_schema(spec_of("NONE", {}, true)));
}

TEST_CASE("single columns are wrapped by the rules of the format", "[serde][format]") {
    CHECK(resolve_wrapped(format("JSON"), false, 1, std::nullopt));
    CHECK_FALSE(resolve_wrapped(format("JSON"), false, 1, std::nullopt, false));
    CHECK(resolve_wrapped(format("JSON"), false, 1, true, false));
    CHECK_FALSE(resolve_wrapped(format("JSON"), true, 1, std::nullopt));
    CHECK(resolve_wrapped(format("JSON"), true, 2, std::nullopt));
    CHECK_FALSE(resolve_wrapped(format("KAFKA"), false, 1, std::nullopt));
    CHECK(resolve_wrapped(format("PROTOBUF"), true, 1, std::nullopt));
    CHECK_THROWS_WITH(resolve_wrapped(format("JSON"), false, 2, false),
                      "'WRAP_SINGLE_VALUE' is only valid for single-field value schemas");
    CHECK_THROWS_WITH(resolve_wrapped(format("DELIMITED"), false, 1, true),
                      "Format 'DELIMITED' does not support 'WRAP_SINGLE_VALUE' set to 'true'.");
    CHECK_THROWS_WITH(resolve_wrapped(format("PROTOBUF"), false, 1, false),
                      "Format 'PROTOBUF' does not support 'WRAP_SINGLE_VALUE' set to 'false'.");
}

TEST_CASE("delimiters are one character or a word", "[serde][format]") {
    CHECK(parse_delimiter(";", "VALUE_DELIMITER") == ';');
    CHECK(parse_delimiter("SPACE", "VALUE_DELIMITER") == ' ');
    CHECK(parse_delimiter("TAB", "KEY_DELIMITER") == '\t');
    CHECK_THROWS_WITH(
        parse_delimiter("<~>", "VALUE_DELIMITER"),
        "Configuration VALUE_DELIMITER is invalid: Invalid delimiter value: '<~>'. "
        "Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'");
    for (const char* empty : {"", "\t", "  "}) {
        CHECK_THROWS_WITH(parse_delimiter(empty, "VALUE_DELIMITER"),
                          Catch::StartsWith("Configuration VALUE_DELIMITER is invalid: Delimiter "
                                            "cannot be empty"));
    }
    CHECK_NOTHROW(check_delimiter_allowed(format("DELIMITED")));
    CHECK_THROWS_WITH(check_delimiter_allowed(format("JSON")),
                      "JSON does not support the following configs: [delimiter]");
}
