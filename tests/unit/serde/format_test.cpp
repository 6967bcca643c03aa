#include "engine/serde/format.h"

#include <catch2/catch.hpp>

#include "engine/base/error.h"

using namespace millrace;

namespace {

/// Wrapped as a statement that says nothing about it leaves it.
void check(const std::string& format, const std::vector<Field>& columns, bool is_key = false) {
    if (is_key) check_no_map_keys(columns);
    check_columns({format, {}, {}}, columns, is_key);
}

}  // namespace

TEST_CASE("formats are found by name in any case", "[serde][format]") {
    CHECK(require_format("json").name == "JSON");
    CHECK_THROWS_WITH(require_format("xml"), "Unknown format: xml");
    CHECK_THROWS_WITH(FormatRegistry().traits("XML"), "Unknown format: XML");
}

TEST_CASE("every format has codecs or says that they are still to come", "[serde][format]") {
    const FormatRegistry formats;
    for (const FormatTraits& traits : kFormats) {
        INFO(traits.name);
        CHECK(&formats.traits(traits.name) == &traits);
        std::vector<Field> fields;
        if (traits.holds_columns) fields.push_back({"A", SqlType::integer()});
        const SerdeSpec spec = formats.value_spec({std::string(traits.name), {}, {}}, fields, "t");
        try {
            const auto decoder = formats.decoder(spec);
            CHECK(decoder);
            const auto encoder = formats.encoder(spec);
            CHECK(encoder);
        } catch (const StatementError& error) {
            CHECK(error.kind() == ErrorKind::kNotYet);
        }
    }
}

TEST_CASE("schemas that a format cannot hold are refused in ksqlDB's words", "[serde][format]") {
    auto array = SqlType::array(SqlType::integer());
    CHECK_THROWS_WITH(check("DELIMITED", {{"X", array}}),
                      "Value format does not support schema.\nformat: DELIMITED\nschema: "
                      "Persistence{columns=[`X` ARRAY<INTEGER>], features=[]}\nreason: The "
                      "'DELIMITED' format does not support type 'ARRAY', column: `X`");
    CHECK_THROWS_WITH(check("KAFKA", {{"K", array}}, true),
                      "Key format does not support schema.\nformat: KAFKA\nschema: "
                      "Persistence{columns=[`K` ARRAY<INTEGER> KEY], features=[]}\nreason: The "
                      "'KAFKA' format does not support type 'ARRAY'");
    CHECK_THROWS_WITH(
        check("KAFKA", {{"V0", SqlType::integer()}, {"V1", SqlType::string()}}),
        Catch::Contains("The 'KAFKA' format only supports a single field. Got: [`V0` INTEGER, "
                        "`V1` STRING]"));
    CHECK_THROWS_WITH(check("NONE", {{"K", SqlType::string()}}, true),
                      Catch::Contains("The 'NONE' format can only be used when no columns are "
                                      "defined. Got: [`K` STRING KEY]"));
    auto map = SqlType::array(SqlType::map(SqlType::string(), SqlType::double_()));
    CHECK_THROWS_WITH(check("JSON", {{"K", map}}, true),
                      Catch::StartsWith("Map keys, including types that contain maps") &&
                          Catch::Contains("Key column name: `K`. Column type: "
                                          "ARRAY<MAP<STRING, DOUBLE>>."));
    CHECK_NOTHROW(check("JSON", {{"K", map}}));
    auto odd = SqlType::map(SqlType::integer(), SqlType::double_());
    CHECK_THROWS_WITH(check("AVRO", {{"FOO", odd}, {"B", odd}}),
                      Catch::Contains("Avro only supports MAPs with STRING keys"));
    CHECK_THROWS_WITH(check("AVRO", {{"A-B", array}}), Catch::Contains("Illegal character in"));
    CHECK_THROWS_WITH(check("JSON", {{"FOO", odd}}),
                      Catch::Contains("JSON only supports MAP types with STRING keys"));
    CHECK_NOTHROW(check("NONE", {}, true));
}

TEST_CASE("codecs are made only for columns that the format holds", "[serde][format]") {
    const FormatRegistry formats;
    const std::vector<Field> nested = {{"X", SqlType::array(SqlType::integer())}};
    const SerdeSpec spec = formats.value_spec({"DELIMITED", {}, {}}, nested, "t");
    CHECK_THROWS_WITH(formats.decoder(spec), Catch::Contains("does not support type 'ARRAY'"));
    CHECK_THROWS_WITH(formats.encoder(spec), Catch::Contains("does not support type 'ARRAY'"));
}

TEST_CASE("single columns are wrapped by the rules of the format", "[serde][format]") {
    auto wrapped = [](const char* format, bool is_key, size_t columns,
                      std::optional<bool> stated = std::nullopt) {
        return is_wrapped(require_format(format), is_key, columns, stated);
    };
    CHECK(wrapped("JSON", false, 1));
    CHECK_FALSE(wrapped("JSON", false, 1, false));
    CHECK(wrapped("JSON", false, 2, false));
    CHECK_FALSE(wrapped("JSON", true, 1));
    CHECK(wrapped("JSON", true, 2));
    CHECK_FALSE(wrapped("KAFKA", false, 1));
    CHECK(wrapped("PROTOBUF", true, 1));
    CHECK(wrapped("PROTOBUF", false, 1, false));
}

TEST_CASE("formats take the properties of their line in the table", "[serde][format]") {
    CHECK_NOTHROW(check_format_properties({"DELIMITED", {{"delimiter", "|"}}, {}}));
    CHECK_THROWS_WITH(check_format_properties({"JSON", {{"delimiter", "|"}}, {}}),
                      "JSON does not support the following configs: [delimiter]");
}
