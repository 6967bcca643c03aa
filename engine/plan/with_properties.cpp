#include "engine/plan/with_properties.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <sstream>

#include "engine/base/error.h"
#include "engine/base/nearest.h"
#include "engine/base/text.h"
#include "engine/base/unicode.h"
#include "engine/functions/date_format.h"
#include "engine/sql/duration.h"
#include "engine/sql/parser.h"

namespace millrace::plan {
namespace {

/// A topic that nobody has by intent; as many the embedded log makes. A plan holds a number for
/// each.
constexpr int32_t kPartitionsMax = 10000;

[[noreturn]] void refuse_property(const std::string& message, const std::string& name = {}) {
    refuse(Stage::kPrepare, ErrorKind::kStatement, message, {}, name);
}

/// The literal's text without quotes, for messages and for values of any type.
std::string text_of(const sql::Literal& literal) {
    if (!literal.type || literal.value.is_null()) return "null";
    return value_to_text(literal.value, *literal.type);
}

std::string java_class(const sql::Literal& literal) {
    if (!literal.type) return "null";
    switch (literal.type->base()) {
        case BaseType::kBoolean:
            return "java.lang.Boolean";
        case BaseType::kInteger:
            return "java.lang.Integer";
        case BaseType::kBigint:
            return "java.lang.Long";
        case BaseType::kDouble:
            return "java.lang.Double";
        case BaseType::kDecimal:
            return "java.math.BigDecimal";
        default:
            return "java.lang.String";
    }
}

std::string read_string(const std::string& name, const sql::Literal& literal) {
    if (!literal.type || !literal.type->is(BaseType::kString)) {
        refuse_property("Invalid value " + text_of(literal) + " for configuration " + name +
                        ": Expected value to be a string, but it was a " + java_class(literal));
    }
    return literal.value.as_string();
}

int64_t read_number(const std::string& name, const sql::Literal& literal, int64_t min, int64_t max,
                    const char* type) {
    std::string text = text_of(literal);
    int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < min || number > max) {
        refuse_property("Invalid value " + text + " for configuration " + name +
                        ": Not a number of type " + type);
    }
    return number;
}

/// A number of that type, from `least` to `most`. Both ends are told: nobody knows them by heart.
template <class Number>
Number read_in_range(const std::string& name, const sql::Literal& literal, Number least,
                     Number most, const char* type) {
    const int64_t number = read_number(name, literal, std::numeric_limits<Number>::min(),
                                       std::numeric_limits<Number>::max(), type);
    if (number < least || number > most) {
        refuse_property("Invalid value " + std::to_string(number) + " for configuration " + name +
                            ": Value must be from " + std::to_string(least) + " to " +
                            std::to_string(most),
                        name);
    }
    return static_cast<Number>(number);
}

bool read_bool(const std::string& name, const sql::Literal& literal) {
    std::string text = lower_ascii(text_of(literal));
    if (text == "true") return true;
    if (text == "false") return false;
    refuse_property("Invalid value " + text_of(literal) + " for configuration " + name +
                    ": Expected value to be either true or false");
}

std::string read_non_empty(const std::string& name, const sql::Literal& literal) {
    std::string text = read_string(name, literal);
    if (text.empty())
        refuse_property("Invalid value  for configuration " + name + ": String must be non-empty");
    return text;
}

std::string read_delimiter(const std::string& name, const sql::Literal& literal) {
    std::string text = read_string(name, literal);
    if (trim(text).empty()) {
        refuse_property(
            "Configuration " + name +
            " is invalid: Delimiter cannot be empty, if you meant to have a tab or space for "
            "delimiter, "
            "please use the special values 'TAB' or 'SPACE'\nExample valid value: ';'");
    }
    if (!is_one_code_point(text) && upper_ascii(text) != "TAB" && upper_ascii(text) != "SPACE") {
        refuse_property(
            "Configuration " + name + " is invalid: Invalid delimiter value: '" + text +
            "'. Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'");
    }
    return text;
}

std::string read_time_format(const std::string& name, const sql::Literal& literal) {
    std::string text = read_string(name, literal);
    try {
        const functions::DateFormat format(text);
    } catch (const RowError& error) {
        refuse_property("Invalid datetime format for config:" + name + ", reason:" + error.what());
    }
    return text;
}

WindowType read_window(const std::string& name, const sql::Literal& literal) {
    std::string text = upper_ascii(read_string(name, literal));
    if (text == "SESSION") return WindowType::kSession;
    if (text == "HOPPING") return WindowType::kHopping;
    if (text == "TUMBLING") return WindowType::kTumbling;
    refuse_property("Invalid value " + text_of(literal) + " for configuration " + name +
                    ": String must be one of: SESSION, HOPPING, TUMBLING, null");
}

/// A column name in a string: quoted with back-ticks it keeps its case.
std::string fold_identifier(const std::string& text) {
    if (text.size() >= 2 && (text.front() == '`' || text.front() == '"') &&
        text.back() == text.front()) {
        return text.substr(1, text.size() - 2);
    }
    return upper_ascii(text);
}

const std::set<std::string>& allowed_names(PropertyScope scope) {
    static const std::set<std::string> sink = {"KAFKA_TOPIC",
                                               "PARTITIONS",
                                               "REPLICAS",
                                               "RETENTION_MS",
                                               "FORMAT",
                                               "KEY_FORMAT",
                                               "VALUE_FORMAT",
                                               "KEY_DELIMITER",
                                               "VALUE_DELIMITER",
                                               "WRAP_SINGLE_VALUE",
                                               "KEY_SCHEMA_ID",
                                               "VALUE_SCHEMA_ID",
                                               "KEY_SCHEMA_FULL_NAME",
                                               "VALUE_SCHEMA_FULL_NAME",
                                               "VALUE_AVRO_SCHEMA_FULL_NAME",
                                               "KEY_PROTOBUF_NULLABLE_REPRESENTATION",
                                               "VALUE_PROTOBUF_NULLABLE_REPRESENTATION",
                                               "TIMESTAMP",
                                               "TIMESTAMP_FORMAT"};
    static const std::set<std::string> source = [] {
        std::set<std::string> names = sink;
        names.insert({"WINDOW_TYPE", "WINDOW_SIZE", "SOURCED_BY_CONNECTOR", "SOURCE_CONNECTOR"});
        return names;
    }();
    static const std::set<std::string> insert = {"QUERY_ID"};
    switch (scope) {
        case PropertyScope::kCreateSource:
            return source;
        case PropertyScope::kCreateAsSelect:
            return sink;
        case PropertyScope::kInsertInto:
            break;
    }
    return insert;
}

void check_names(const sql::Properties& properties, PropertyScope scope) {
    std::set<std::string> unknown;
    for (const auto& [name, value] : properties.entries) {
        if (name == "CLEANUP_POLICY") {
            refuse_property("Invalid config variable in the WITH clause: CLEANUP_POLICY");
        }
        if (!allowed_names(scope).count(name)) unknown.insert(name);
    }
    if (unknown.empty()) return;
    std::string list;
    for (const std::string& name : unknown) list += (list.empty() ? "" : ",") + name;
    std::string near;
    const std::set<std::string>& allowed = allowed_names(scope);
    for (const std::string& name : unknown) {
        auto nearest = nearest_names(name, {allowed.begin(), allowed.end()}, 1);
        if (!nearest.empty()) near += (near.empty() ? "" : ", ") + nearest.front();
    }
    refuse_property("Invalid config variable(s) in the WITH clause: " + list +
                        (near.empty() ? "" : ". Did you mean " + near + "?"),
                    *unknown.begin());
}

void read_format_property(const std::string& name, const sql::Literal& literal,
                          WithProperties& out) {
    bool key = name.rfind("KEY_", 0) == 0;
    auto& target = key ? out.key_format_properties : out.value_format_properties;
    if (name == "KEY_DELIMITER" || name == "VALUE_DELIMITER") {
        target["delimiter"] = read_delimiter(name, literal);
    } else if (name == "KEY_SCHEMA_ID" || name == "VALUE_SCHEMA_ID") {
        read_in_range<int32_t>(name, literal, 1, std::numeric_limits<int32_t>::max(), "INT");
        target["schemaId"] = text_of(literal);
    } else if (name.size() > 10 && name.rfind("FULL_NAME") == name.size() - 9) {
        std::string full_name = read_string(name, literal);
        if (full_name.empty())
            refuse_property(
                "fullSchemaName cannot be empty. Format configuration: {fullSchemaName=}");
        target["fullSchemaName"] = full_name;
    } else {
        std::string text = upper_ascii(read_string(name, literal));
        if (text != "OPTIONAL" && text != "WRAPPER") {
            refuse_property("Invalid value " + text_of(literal) + " for configuration " + name +
                            ": String must be one of: OPTIONAL, WRAPPER, null");
        }
        target["nullableRepresentation"] = text;
    }
}

/// " Unknown time unit: 'FOO'", or nothing where number and unit are what they should be.
std::string what_is_wrong_with_duration(const std::string& text) {
    std::vector<std::string> words;
    std::stringstream in(text);
    for (std::string word; in >> word;) words.push_back(word);
    if (words.size() != 2) return " Expected 2 tokens, got: " + std::to_string(words.size());
    const bool numeric = words[0].find_first_not_of("0123456789") == std::string::npos;
    if (!numeric) return " Not numeric: '" + words[0] + "'";
    if (sql::duration_unit_of(words[1]) == sql::DurationUnit::kAuto)
        return " Unknown time unit: '" + words[1] + "'";
    return "";
}

void read_one(const std::string& name, const sql::Literal& literal, WithProperties& out) {
    if (name == "KAFKA_TOPIC") {
        out.topic = read_non_empty(name, literal);
    } else if (name == "PARTITIONS") {
        out.partitions = read_in_range<int32_t>(name, literal, 1, kPartitionsMax, "INT");
    } else if (name == "REPLICAS") {
        out.replicas =
            read_in_range<int16_t>(name, literal, 1, std::numeric_limits<int16_t>::max(), "SHORT");
    } else if (name == "RETENTION_MS") {
        out.retention_ms = read_in_range<int64_t>(name, literal, -1,  // -1: for ever.
                                                  std::numeric_limits<int64_t>::max(), "LONG");
    } else if (name == "FORMAT") {
        out.format = read_string(name, literal);
    } else if (name == "KEY_FORMAT") {
        out.key_format = read_string(name, literal);
    } else if (name == "VALUE_FORMAT") {
        out.value_format = read_string(name, literal);
    } else if (name == "WRAP_SINGLE_VALUE") {
        out.wrap_single = read_bool(name, literal);
    } else if (name == "TIMESTAMP") {
        if (!out.timestamp) out.timestamp.emplace();
        out.timestamp->column = fold_identifier(read_non_empty(name, literal));
    } else if (name == "TIMESTAMP_FORMAT") {
        if (!out.timestamp) out.timestamp.emplace();
        out.timestamp->format = read_time_format(name, literal);
    } else if (name == "WINDOW_TYPE") {
        out.window = read_window(name, literal);
    } else if (name == "WINDOW_SIZE") {
        std::string text = read_string(name, literal);
        out.window_size_ms = sql::parse_duration_ms(text);
        if (!out.window_size_ms || *out.window_size_ms <= 0) {
            refuse_property("Configuration WINDOW_SIZE is invalid: Invalid duration: '" + text +
                            "'." + what_is_wrong_with_duration(text) +
                            "\nExample valid value: '10 SECONDS'");
        }
        out.window_size_ms = std::min(*out.window_size_ms, sql::kForeverMs);
    } else if (name == "QUERY_ID") {
        out.query_id = upper_ascii(read_string(name, literal));
    } else if (name != "SOURCED_BY_CONNECTOR" && name != "SOURCE_CONNECTOR") {
        read_format_property(name, literal, out);
    }
}

void check_combinations(const WithProperties& read) {
    auto both = [](const char* one) {
        refuse_property(
            std::string("Cannot supply both '") + one +
            "' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. Either use "
            "just "
            "'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.");
    };
    if (read.format && read.key_format) both("KEY_FORMAT");
    if (read.format && read.value_format) both("VALUE_FORMAT");
    if (read.window && *read.window != WindowType::kSession && !read.window_size_ms) {
        refuse_property(
            std::string(window_type_name(*read.window)) +
            " windows require 'WINDOW_SIZE' to be provided in the WITH clause. For example: "
            "'WINDOW_SIZE'='10 SECONDS'");
    }
    if (read.window_size_ms && (!read.window || *read.window == WindowType::kSession)) {
        refuse_property("'WINDOW_SIZE' should not be set for SESSION windows.");
    }
}

}  // namespace

WithProperties read_properties(const sql::Properties& properties, PropertyScope scope) {
    check_names(properties, scope);
    WithProperties out;
    for (const auto& [name, literal] : properties.entries) {
        try {
            read_one(name, literal, out);
        } catch (StatementError& error) {
            throw error.about(name);
        }
    }
    if (scope == PropertyScope::kCreateSource && !out.topic) {
        refuse_property("Missing required property \"KAFKA_TOPIC\" which has no default value.");
    }
    check_combinations(out);
    // A format alone means nothing: the column is what carries the time.
    if (out.timestamp && out.timestamp->column.empty()) out.timestamp.reset();
    return out;
}

sql::Properties with_property(sql::Properties properties, const std::string& name,
                              sql::Literal value) {
    for (auto& [known, literal] : properties.entries) {
        if (known == name) {
            literal = std::move(value);
            return properties;
        }
    }
    properties.entries.emplace_back(name, std::move(value));
    return properties;
}

sql::Literal string_literal(const std::string& text) {
    return {Value(text), SqlType::string()};
}

sql::Literal number_literal(int64_t number) {
    if (number >= std::numeric_limits<int32_t>::min() &&
        number <= std::numeric_limits<int32_t>::max()) {
        return {Value(static_cast<int32_t>(number)), SqlType::integer()};
    }
    return {Value(number), SqlType::bigint()};
}

}  // namespace millrace::plan
