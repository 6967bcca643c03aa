// DESCRIBE, EXPLAIN, DESCRIBE FUNCTION and DESCRIBE CONNECTOR screens.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "cli/entity_printer.h"
#include "cli/table_printer.h"
#include "cli/text_layout.h"

namespace millrace::cli {

namespace {

constexpr size_t kFunctionTextWidthMin = 80;
constexpr std::string_view kSectionRule = "-----------------------------------";

std::string line(std::string_view label, std::string_view value) {
    return fmt::format("{:<20} : {}\n", label, value);
}

int64_t number_of(const JsonTree& entity, std::string_view member) {
    const std::string& text = entity.text_of(member);
    int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Type and role of a column: `INTEGER          (primary key)`.
std::string column_type(const JsonTree& field, const JsonTree& description) {
    const std::string type = schema_text(field["schema"]);
    const std::string& role = field.text_of("type");
    if (role == "KEY") {
        std::string out = fmt::format(
            "{:<16} {}", type, description.text_of("type") == "TABLE" ? "(primary key)" : "(key)");
        if (description.has("windowType")) {
            out += fmt::format(" (Window type: {})", description.text_of("windowType"));
        }
        return out;
    }
    if (role == "HEADER") {
        const std::string& key = field.text_of("headerKey");
        return fmt::format("{:<16} {}", type,
                           key.empty() ? "(headers)" : fmt::format("(header('{}'))", key));
    }
    return type;
}

std::string field_table(const JsonTree& description, size_t width) {
    TablePrinter table({"Field", "Type"});
    for (const JsonTree& field : description["fields"].items) {
        table.add_row({field.text_of("name"), column_type(field, description)});
    }
    return table.text(width);
}

std::string query_section(const JsonTree& queries, std::string_view verb, std::string_view type) {
    if (queries.items.empty()) return "";
    std::string out = fmt::format("\nQueries that {} from this {}\n{}\n", verb, type, kSectionRule);
    for (const JsonTree& query : queries.items) {
        out += fmt::format("{} ({}) : {}\n", query.text_of("id"), query.text_of("state"),
                           on_one_line(query.text_of("queryString")));
    }
    return out + "\nFor query topology and execution plan please run: EXPLAIN <QueryId>\n";
}

std::string constraint_section(const JsonTree& constraints) {
    if (constraints.items.empty()) return "";
    constexpr std::string_view kTitle = "Sources that have a DROP constraint on this source";
    std::string out = fmt::format("\n{}\n{}\n", kTitle, std::string(kTitle.size(), '-'));
    for (const JsonTree& source : constraints.items) out += source.text + "\n";
    return out;
}

std::string statistics_section(const JsonTree& description, size_t width) {
    std::vector<const JsonTree*> stats;
    for (const char* member : {"clusterStatistics", "clusterErrorStats"}) {
        for (const JsonTree& stat : description[member].items) stats.push_back(&stat);
    }
    std::string out;
    if (stats.empty()) {
        constexpr std::string_view kTitle = "Local runtime statistics";
        out = fmt::format("\n{}\n{}\n{}\n{}\n", kTitle, std::string(kTitle.size(), '-'),
                          description.text_of("statistics"), description.text_of("errorStats"));
    } else {
        std::sort(stats.begin(), stats.end(), [](const JsonTree* a, const JsonTree* b) {
            return std::pair(a->text_of("host"), a->text_of("name")) <
                   std::pair(b->text_of("host"), b->text_of("name"));
        });
        TablePrinter table({"Host", "Metric", "Value", "Last Message"});
        for (const JsonTree* stat : stats) {
            double value = 0;
            const std::string& text = stat->text_of("value");
            std::from_chars(text.data(), text.data() + text.size(), value);
            table.add_row({stat->text_of("host"), stat->text_of("name"),
                           fmt::format("{:10.0f}", value), stat->text_of("timestamp")});
        }
        constexpr std::string_view kTitle = "Runtime statistics by host";
        out =
            fmt::format("\n{}\n{}\n{}", kTitle, std::string(kTitle.size(), '-'), table.text(width));
    }
    return out + fmt::format(
                     "(Statistics of the local KSQL server interaction with the Kafka "
                     "topic {})\n",
                     description.text_of("topic"));
}

std::string consumer_group(const JsonTree& summary, size_t width) {
    std::string out = "\n" + line("Consumer Group", summary.text_of("groupId"));
    if (summary["topicSummaries"].items.empty()) {
        return out + "<no offsets committed by this group yet>\n";
    }
    for (const JsonTree& topic : summary["topicSummaries"].items) {
        TablePrinter table({"Partition", "Start Offset", "End Offset", "Offset", "Lag"});
        int64_t lag_max = 0;
        for (const JsonTree& offsets : topic["offsets"].items) {
            const int64_t lag =
                number_of(offsets, "logEndOffset") - number_of(offsets, "consumerOffset");
            lag_max = std::max(lag_max, lag);
            table.add_row({offsets.text_of("partition"), offsets.text_of("logStartOffset"),
                           offsets.text_of("logEndOffset"), offsets.text_of("consumerOffset"),
                           std::to_string(lag)});
        }
        out += "\n" + line("Kafka topic", topic.text_of("kafkaTopic"));
        out += line("Max lag", std::to_string(lag_max)) + "\n" + table.text(width);
    }
    return out;
}

std::string extended_source(const JsonTree& description, size_t width) {
    const std::string& type = description.text_of("type");
    std::string out = line("Name", description.text_of("name")) + line("Type", type);
    const std::string& timestamp = description.text_of("timestamp");
    out += line("Timestamp field", timestamp.empty() ? "Not set - using <ROWTIME>" : timestamp);
    out += line("Key format", description.text_of("keyFormat"));
    out += line("Value format", description.text_of("valueFormat"));
    std::string topic = description.text_of("topic");
    if (number_of(description, "partitions") > 0) {
        topic += fmt::format(" (partitions: {}, replication: {})",
                             description.text_of("partitions"), description.text_of("replication"));
    }
    out += line("Kafka topic", topic) + line("Statement", description.text_of("statement"));
    out += "\n" + field_table(description, width);
    out += constraint_section(description["sourceConstraints"]);
    out += query_section(description["readQueries"], "read", type);
    out += query_section(description["writeQueries"], "write", type);
    out += statistics_section(description, width);
    const JsonTree& groups = description["queryOffsetSummaries"];
    if (!groups.items.empty()) out += "\nConsumer Groups summary:\n";
    for (const JsonTree& group : groups.items) out += consumer_group(group, width);
    return out;
}

std::string name_section(const JsonTree& names, std::string_view title, std::string_view what) {
    if (names.items.empty()) return "";
    std::string out = fmt::format("\n{}\n{}\n", title, kSectionRule);
    for (const JsonTree& name : names.items) out += name.text + "\n";
    return out + fmt::format("\nFor {0} description please run: DESCRIBE [EXTENDED] <{1}Id>\n",
                             what, what == "sink" ? "Sink" : "Source");
}

std::string text_section(std::string_view title, std::string_view text) {
    if (text.empty()) return "";
    return fmt::format("\n{:<20}\n{:<20}\n{}\n", title, std::string(title.size(), '-'), text);
}

/// Local time as `2026-01-31 03:04:05,006 (CET)`, with the hour from 01 to 12.
std::string error_date(int64_t timestamp_ms) {
    const std::time_t seconds = timestamp_ms / 1000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    char day[16];
    char time[16];
    char zone[16];
    std::strftime(day, sizeof day, "%Y-%m-%d", &local);
    std::strftime(time, sizeof time, "%I:%M:%S", &local);
    std::strftime(zone, sizeof zone, "%Z", &local);
    return fmt::format("{} {},{:03} ({})", day, time, timestamp_ms % 1000, zone);
}

std::string label_line(std::string_view label, std::string_view value) {
    return fmt::format("{:<12}: {}\n", label, value);
}

/// A long text after a label, its later lines under the first one's start.
std::string wrapped(std::string_view text, size_t width, std::string_view indent) {
    return join(cut_at_blanks(text, width), "\n" + std::string(indent));
}

std::string function_variant(const JsonTree& variant, const std::string& name, size_t width) {
    std::vector<std::string> arguments;
    std::string described;
    for (const JsonTree& argument : variant["arguments"].items) {
        const std::string type =
            argument.text_of("type") + (argument.is_true("isVariadic") ? "[]" : "");
        const std::string& argument_name = argument.text_of("name");
        arguments.push_back(argument_name.empty() ? type : argument_name + " " + type);
        if (!argument.text_of("description").empty()) {
            described += "\t" + label_line(argument_name, wrapped(argument.text_of("description"),
                                                                  width, "\t              "));
        }
    }
    std::string out =
        "\n\t" + label_line("Variation", fmt::format("{}({})", name, join(arguments, ", ")));
    out += "\t" + label_line("Returns", variant.text_of("returnType"));
    if (!variant.text_of("description").empty()) {
        out += "\t" + label_line("Description", wrapped(variant.text_of("description"), width,
                                                        "\t              "));
    }
    return out + described;
}

}  // namespace

std::string source_description_text(const JsonTree& description, size_t terminal_width) {
    if (description.is_true("extended")) return extended_source(description, terminal_width);
    return line("Name", description.text_of("name")) + field_table(description, terminal_width) +
           "For runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;\n";
}

std::string query_description_text(const JsonTree& description, size_t terminal_width) {
    std::string out = line("ID", description.text_of("id")) +
                      line("Query Type", description.text_of("queryType"));
    out += line("SQL", description.text_of("statementText"));
    const JsonTree& hosts = description["ksqlHostQueryStatus"];
    if (!hosts.members.empty()) out += line("Host Query Status", cell_text(hosts));
    out += "\n" + field_table(description, terminal_width);
    out += name_section(description["sources"], "Sources that this query reads from: ", "source");
    out += name_section(description["sinks"], "Sinks that this query writes to: ", "sink");
    out += text_section("Execution plan", description.text_of("executionPlan"));
    out += text_section("Processing topology", description.text_of("topology"));
    const JsonTree& overrides = description["overriddenProperties"];
    if (!overrides.members.empty()) {
        TablePrinter table({"Property", "Value"});
        for (const auto& [name, value] : overrides.members) {
            table.add_row({name, cell_text(value)});
        }
        constexpr std::string_view kTitle = "Overridden Properties";
        out += fmt::format("\n{}\n{}\n{}", kTitle, std::string(kTitle.size(), '-'),
                           table.text(terminal_width));
    }
    out += '\n';
    for (const JsonTree& error : description["queryErrors"].items) {
        out += line("Error Date", error_date(number_of(error, "timestamp")));
        out += line("Error Details", error.text_of("errorMessage"));
        out += line("Error Type", error.text_of("type"));
    }
    return out;
}

std::string function_description_text(const JsonTree& entity, size_t terminal_width) {
    constexpr size_t kIndent = 14;
    const size_t width = std::max(terminal_width, kFunctionTextWidthMin) - kIndent;
    const std::string& name = entity.text_of("name");
    std::string out = label_line("Name", name);
    for (auto [label, member] : {std::pair("Author", "author"), std::pair("Version", "version")}) {
        if (!entity.text_of(member).empty()) out += label_line(label, entity.text_of(member));
    }
    out += label_line("Overview",
                      wrapped(entity.text_of("description"), width, std::string(kIndent, ' ')));
    out += label_line("Type", entity.text_of("type")) + label_line("Jar", entity.text_of("path"));
    out += label_line("Variations", "");
    for (const JsonTree& variant : entity["functions"].items) {
        out += function_variant(variant, name, width);
    }
    return out;
}

std::string connector_description_text(const JsonTree& entity, size_t terminal_width) {
    const JsonTree& status = entity["status"];
    const JsonTree& connector = status["connector"];
    std::string out = line("Name", status.text_of("name"));
    out += line("Class", entity.text_of("connectorClass"));
    out += line("Type", status.text_of("type"));
    out += line("State", connector.text_of("state"));
    out += line("WorkerId", connector.text_of("worker_id"));
    if (!connector.text_of("trace").empty()) out += line("Trace", connector.text_of("trace"));
    if (const JsonTree& tasks = status["tasks"]; !tasks.items.empty()) {
        TablePrinter table({"Task ID", "State", "Error Trace"});
        for (const JsonTree& task : tasks.items) {
            table.add_row({task.text_of("id"), task.text_of("state"), task.text_of("trace")});
        }
        out += "\n" + table.text(terminal_width);
    }
    if (const JsonTree& sources = entity["sources"]; !sources.items.empty()) {
        TablePrinter table({"KSQL Source Name", "Kafka Topic", "Type"});
        for (const JsonTree& source : sources.items) {
            table.add_row(
                {source.text_of("name"), source.text_of("topic"), source.text_of("type")});
        }
        out += "\n" + table.text(terminal_width);
    }
    if (const JsonTree& topics = entity["topics"]; !topics.items.empty()) {
        TablePrinter table({"Related Topics"});
        for (const JsonTree& topic : topics.items) table.add_row({topic.text});
        out += "\n" + table.text(terminal_width);
    }
    return out;
}

}  // namespace millrace::cli
