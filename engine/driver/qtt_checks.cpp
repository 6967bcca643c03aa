#include "engine/driver/qtt_checks.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "engine/base/text.h"
#include "engine/sql/parser.h"

namespace millrace {

namespace {

/// Which of the suite's exception classes a failure is an instance of.
bool is_instance(const std::string& type, const StatementError& error) {
    auto ends = [&](const char* name) { return type.ends_with(name); };
    const bool of_server = error.kind() == ErrorKind::kServer;
    if (ends("ParseFailedException"))
        return error.stage() == Stage::kRead || error.stage() == Stage::kPrepare;
    if (ends("KsqlStatementException")) return !of_server && error.kind() != ErrorKind::kGeneral;
    if (ends("KsqlException")) return !of_server;
    if (ends("StreamsException")) return of_server;
    return true;
}

/// "K STRING KEY, V INT": as a list of name, type, role.
std::vector<std::string> parsed_columns(const std::string& text) {
    std::vector<std::string> columns;
    for (const auto& column : sql::parse_columns(text)) {
        std::string role;
        switch (column.role) {
            case sql::ColumnRole::kKey:
            case sql::ColumnRole::kPrimaryKey:
                role = " KEY";
                break;
            case sql::ColumnRole::kHeaders:
                role = " HEADERS";
                break;
            case sql::ColumnRole::kHeader:
                role = " HEADER(" + column.header_key + ")";
                break;
            default:
                break;
        }
        columns.push_back("`" + column.name + "` " + column.type->to_string() + role);
    }
    return columns;
}

std::vector<std::string> actual_columns(const Schema& schema) {
    std::vector<std::string> columns;
    for (const auto& f : schema.key)
        columns.push_back("`" + f.name + "` " + f.type->to_string() + " KEY");
    for (const auto& f : schema.value) columns.push_back("`" + f.name + "` " + f.type->to_string());
    for (const auto& f : schema.headers) {
        columns.push_back("`" + f.name + "` " + f.type->to_string() +
                          (f.header_key ? " HEADER(" + *f.header_key + ")" : " HEADERS"));
    }
    return columns;
}

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

std::string check_key_format(const JsonTree& expected, const Source& source) {
    std::string failures;
    if (const auto* format = expected.find("format");
        format != nullptr && format->text != source.key_format.name) {
        failures +=
            "  key format: expected " + format->text + ", got " + source.key_format.name + "\n";
    }
    const auto* window = expected.find("windowType");
    std::string wanted = window == nullptr || window->is_null() ? "" : upper_ascii(window->text);
    std::string got = source.windowed() ? std::string(window_type_name(source.window)) : "";
    if (wanted != got) failures += "  window type: expected '" + wanted + "', got '" + got + "'\n";
    const auto* size = expected.find("windowSize");
    int64_t wanted_size = size == nullptr || size->is_null() ? -1 : size->as_long(-1);
    if (wanted_size != source.window_size_ms.value_or(-1)) failures += "  window size differs\n";
    return failures;
}

std::set<std::string> features(const FormatInfo& format) {
    if (!format.wrap_single) return {};
    return {*format.wrap_single ? "WRAP_SINGLES" : "UNWRAP_SINGLES"};
}

std::string check_features(const JsonTree* expected, const FormatInfo& format, const char* which) {
    if (expected == nullptr) return "";
    std::set<std::string> wanted;
    for (const auto& item : expected->items) wanted.insert(item.text);
    if (wanted == features(format)) return "";
    return std::string("  ") + which + " features differ\n";
}

std::string check_source(const JsonTree& expected, const TestDriver& driver) {
    const std::string& name = expected.find("name")->text;
    auto source = driver.catalog()->find_source(name);
    if (!source) return "post: no source " + name + "\n";
    std::string failures;
    if (const auto* type = expected.find("type")) {
        if ((upper_ascii(type->text) == "TABLE") != source->is_table())
            failures += "  it is of the other kind\n";
    }
    if (const auto* schema = expected.find("schema"); schema != nullptr && !schema->is_null()) {
        auto wanted = parsed_columns(schema->text);
        auto got = actual_columns(source->schema);
        if (wanted != got) {
            failures +=
                "  expected columns: " + join(wanted) + "\n  actual columns:   " + join(got) + "\n";
        }
    }
    if (const auto* key = expected.find("keyFormat"); key != nullptr && !key->is_null()) {
        failures += check_key_format(*key, *source);
    }
    if (const auto* value = expected.find("valueFormat"); value != nullptr && !value->is_null()) {
        if (value->text != source->value_format.name) {
            failures += "  value format: expected " + value->text + ", got " +
                        source->value_format.name + "\n";
        }
    }
    failures += check_features(expected.find("keyFeatures"), source->key_format, "key");
    failures += check_features(expected.find("valueFeatures"), source->value_format, "value");
    if (const auto* is_source = expected.find("isSource")) {
        if (is_source->is_true() != source->read_only) failures += "  isSource differs\n";
    }
    return failures.empty() ? "" : "post: source " + name + "\n" + failures;
}

}  // namespace

std::string judge_exception(const JsonTree& expected, const StatementError& error,
                            const std::string& statement) {
    const std::string message = error.what();
    std::string failures;
    if (const auto* type = expected.find("type");
        type != nullptr && !is_instance(type->text, error)) {
        failures += "refused with another class of error than " + type->text + "\n";
    }
    if (const auto* part = expected.find("message")) {
        const std::string whole = message + "\nStatement: " + statement;
        if (message.find(part->text) == std::string::npos &&
            whole.find(part->text) == std::string::npos) {
            failures += "refused for another reason\n  expected part: " + part->text + "\n";
        }
    }
    return failures.empty() ? "" : failures + "  got: " + message;
}

std::string check_post(const JsonTree& post, TestDriver& driver) {
    std::string failures;
    if (const auto* sources = post.find("sources")) {
        for (const auto& source : sources->items) failures += check_source(source, driver);
    }
    const auto* topics = post.find("topics");
    if (topics == nullptr) return failures;
    auto names = driver.topic_names();
    if (const auto* blacklist = topics->find("blacklist")) {
        re2::RE2 pattern(blacklist->text);
        for (const auto& name : names) {
            if (re2::RE2::PartialMatch(name, pattern)) {
                failures += "post: topic " + name + " matches " + blacklist->text + "\n";
            }
        }
    }
    if (const auto* list = topics->find("topics")) {
        for (const auto& topic : list->items) {
            const std::string& name = topic.find("name")->text;
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                failures += "post: no topic " + name + ", there are " + join(names) + "\n";
                continue;
            }
            if (const auto* partitions = topic.find("partitions")) {
                if (partitions->as_long(-1) != driver.topic_partitions(name)) {
                    failures += "post: topic " + name + " has " +
                                std::to_string(driver.topic_partitions(name)) +
                                " partitions, expected " + partitions->text + "\n";
                }
            }
            // Formats of sinks are those of the source over them; internal topics' are the plan's
            // own business.
            auto over = driver.catalog()->sources_on_topic(name);
            if (over.empty()) continue;
            if (const auto* key = topic.find("keyFormat"))
                failures += check_key_format(*key, *over.front());
            if (const auto* value = topic.find("valueFormat")) {
                const auto* format = value->find("format");
                if (format != nullptr && format->text != over.front()->value_format.name) {
                    failures += "post: topic " + name + " has another value format\n";
                }
            }
        }
    }
    return failures;
}

}  // namespace millrace
