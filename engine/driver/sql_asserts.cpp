#include "engine/driver/sql_asserts.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/exec/expression/expression.h"

namespace millrace {

namespace {

[[noreturn]] void fail(const std::string& message) {
    refuse(ErrorKind::kGeneral, message);
}

/// Values of a record's key or value columns; NULLs when the bytes are null.
std::vector<Value> decode_row(const FormatRegistry& formats, const SerdeSpec& spec,
                              const std::optional<std::string>& bytes) {
    std::vector<Value> row(spec.fields.size());
    if (!bytes || spec.fields.empty()) return row;
    std::vector<Column> columns;
    for (const auto& field : spec.fields) columns.emplace_back(field.type);
    Decoded out;
    std::optional<ByteView> view = ByteView(*bytes);
    Status status = formats.decoder(spec)->decode({&view, 1}, columns, out);
    if (!status) fail("The record cannot be read: " + status.message());
    if (!out.failures.empty()) fail("The record cannot be read: " + out.failures[0].message);
    for (size_t i = 0; i < columns.size(); ++i) row[i] = columns[i].get(0);
    return row;
}

std::string without_window(const std::string& key, const Source& source) {
    const size_t extra = !source.windowed() ? 0 : source.window == WindowType::kSession ? 16 : 8;
    return key.size() < extra ? key : key.substr(0, key.size() - extra);
}

struct DecodedRecord {
    std::vector<Value> key, value;
};

DecodedRecord decode(const FormatRegistry& formats, const Source& source,
                     const TestRecord& record) {
    auto key_bytes = record.key;
    if (key_bytes) key_bytes = without_window(*key_bytes, source);
    const auto key = formats.key_spec(source.key_format, source.schema.key, source.topic);
    const auto value = formats.value_spec(source.value_format, source.schema.value, source.topic);
    return {decode_row(formats, key, key_bytes), decode_row(formats, value, record.value)};
}

std::string text_of(const std::vector<Field>& fields, const std::vector<Value>& row) {
    std::string text;
    for (size_t i = 0; i < row.size(); ++i) {
        text += (text.empty() ? "" : ", ") + fields[i].name + "=" +
                value_to_text(row[i], *fields[i].type);
    }
    return text;
}

std::string record_line(const Source& source, const DecodedRecord& row, int64_t timestamp_ms) {
    return text_of(source.schema.key, row.key) + " | " + text_of(source.schema.value, row.value) +
           " | ROWTIME=" + std::to_string(timestamp_ms);
}

}  // namespace

SourcePtr SqlAsserts::source_of(const std::string& name) const {
    auto source = driver_.catalog()->find_source(name);
    if (!source) fail(name + " does not exist");
    return source;
}

const TestRecord& SqlAsserts::next_record(const Source& source) {
    const auto& records = driver_.records(source.topic);
    size_t& next = read_[source.topic];
    if (next >= records.size()) {
        fail("Expected another record (already read " + std::to_string(next) + ") in topic " +
             source.topic);
    }
    return records[next++];
}

void SqlAsserts::check_values(const sql::AssertValues& statement) {
    auto source = source_of(statement.source);
    sql::InsertValues insert{statement.source, statement.columns, statement.values};
    const TestRecord& record = next_record(*source);
    auto expected = driver_.plan_expected_row(insert);
    auto actual = decode(driver_.formats(), *source, record);
    auto named = [&](const std::string& column) {
        return statement.columns.empty() ||
               std::find(statement.columns.begin(), statement.columns.end(), column) !=
                   statement.columns.end();
    };
    bool same = record.value.has_value();
    auto compare = [&](const std::vector<Field>& fields, const std::vector<Value>& wanted,
                       const std::vector<Value>& got) {
        for (size_t i = 0; i < fields.size(); ++i) {
            if (named(fields[i].name)) same = same && wanted[i] == got[i];
        }
    };
    compare(source->schema.key, expected.key, actual.key);
    compare(source->schema.value, expected.value, actual.value);
    if (expected.timestamp_ms) same = same && *expected.timestamp_ms == record.timestamp_ms;
    if (!same) {
        fail("Expected record does not match actual.\n  expected: " +
             record_line(*source, {expected.key, expected.value},
                         expected.timestamp_ms.value_or(-1)) +
             "\n  actual:   " + record_line(*source, actual, record.timestamp_ms) +
             (record.value ? "" : " (a tombstone)"));
    }
}

void SqlAsserts::check_tombstone(const sql::AssertTombstone& statement) {
    auto source = source_of(statement.source);
    const TestRecord& record = next_record(*source);
    auto expected = driver_.plan_expected_row({statement.source, statement.columns, statement.key});
    auto actual = decode(driver_.formats(), *source, record);
    if (record.value || expected.key != actual.key) {
        fail("Expected record does not match actual: a tombstone was expected.\n  expected: " +
             text_of(source->schema.key, expected.key) +
             "\n  actual:   " + record_line(*source, actual, record.timestamp_ms));
    }
}

void SqlAsserts::check_source(const sql::AssertSource& statement) {
    auto actual = source_of(statement.expected.name);
    auto expected = driver_.plan_source(statement.expected);
    auto differ = [&](const std::string& what, const std::string& wanted, const std::string& got) {
        if (wanted == got) return;
        fail("Expected " + what + " does not match actual for source " + actual->name +
             ".\n  expected: " + wanted + "\n  actual:   " + got);
    };
    differ("type", expected->is_table() ? "TABLE" : "STREAM",
           actual->is_table() ? "TABLE" : "STREAM");
    differ("schema", expected->schema.to_string(), actual->schema.to_string());
    differ("kafka topic", expected->topic, actual->topic);
    differ("key format", expected->key_format.name, actual->key_format.name);
    differ("value format", expected->value_format.name, actual->value_format.name);
    differ("window", std::string(window_type_name(expected->window)),
           std::string(window_type_name(actual->window)));
    auto time = [](const Source& s) { return s.timestamp ? s.timestamp->column : "none"; };
    differ("timestamp column", time(*expected), time(*actual));
    auto pattern = [](const Source& s) {
        return s.timestamp ? s.timestamp->format.value_or("none") : "none";
    };
    differ("timestamp format", pattern(*expected), pattern(*actual));
    auto settings = [](const FormatInfo& format) {
        std::string text;
        for (const auto& [name, value] : format.properties) {
            text += (text.empty() ? "" : ", ") + name + "=" + value;
        }
        return text;
    };
    differ("key format properties", settings(expected->key_format), settings(actual->key_format));
    differ("value format properties", settings(expected->value_format),
           settings(actual->value_format));
    auto wrapping = [](const FormatInfo& format) -> std::string {
        if (!format.wrap_single) return "none";
        return *format.wrap_single ? "WRAP_SINGLES" : "UNWRAP_SINGLES";
    };
    differ("serde features", wrapping(expected->value_format), wrapping(actual->value_format));
}

bool SqlAsserts::check(const sql::Statement& statement) {
    if (const auto* values = statement.as<sql::AssertValues>()) {
        check_values(*values);
    } else if (const auto* tombstone = statement.as<sql::AssertTombstone>()) {
        check_tombstone(*tombstone);
    } else if (const auto* source = statement.as<sql::AssertSource>()) {
        check_source(*source);
    } else {
        return false;
    }
    return true;
}

}  // namespace millrace
