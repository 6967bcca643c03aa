#include "cli/entity_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "cli/table_printer.h"
#include "cli/text_layout.h"

namespace millrace::cli {

namespace {

using Rows = std::vector<const JsonTree*>;

/// The elements of a list, ordered by the text of one of their members.
Rows sorted_by(const JsonTree& list, std::string_view member) {
    Rows rows;
    for (const JsonTree& item : list.items) rows.push_back(&item);
    std::stable_sort(rows.begin(), rows.end(), [&](const JsonTree* a, const JsonTree* b) {
        return a->text_of(member) < b->text_of(member);
    });
    return rows;
}

std::string message_table(std::string_view message, size_t width) {
    TablePrinter table({"Message"});
    table.add_row({std::string(message)});
    return table.text(width);
}

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

std::string yes_no(const JsonTree& entity, std::string_view member) {
    return entity.is_true(member) ? "true" : "false";
}

std::string sources(const JsonTree& list, std::string name_title, size_t width) {
    TablePrinter table(
        {std::move(name_title), "Kafka Topic", "Key Format", "Value Format", "Windowed"});
    for (const JsonTree* source : sorted_by(list, "name")) {
        table.add_row({source->text_of("name"), source->text_of("topic"),
                       source->text_of("keyFormat"), source->text_of("valueFormat"),
                       yes_no(*source, "isWindowed")});
    }
    return table.text(width);
}

std::string streams(const JsonTree& entity, size_t width) {
    return sources(entity["streams"], "Stream Name", width);
}
std::string tables(const JsonTree& entity, size_t width) {
    return sources(entity["tables"], "Table Name", width);
}

/// One number when every partition has as many replicas, else all of them.
std::string replicas(const JsonTree& replica_info) {
    std::vector<std::string> counts;
    for (const JsonTree& count : replica_info.items) counts.push_back(count.text);
    if (counts.empty()) return "0";
    const bool same = std::all_of(counts.begin(), counts.end(),
                                  [&](const std::string& count) { return count == counts[0]; });
    return same ? counts[0] : join(counts, ", ");
}

std::string topic_table(const JsonTree& entity, bool extended, size_t width) {
    std::vector<std::string> titles = {"Kafka Topic", "Partitions", "Partition Replicas"};
    if (extended) titles.insert(titles.end(), {"Consumers", "ConsumerGroups"});
    TablePrinter table(std::move(titles));
    for (const JsonTree* topic : sorted_by(entity["topics"], "name")) {
        const JsonTree& info = (*topic)["replicaInfo"];
        std::vector<std::string> row = {topic->text_of("name"), std::to_string(info.items.size()),
                                        replicas(info)};
        if (extended) {
            row.push_back(topic->text_of("consumerCount"));
            row.push_back(topic->text_of("consumerGroupCount"));
        }
        table.add_row(std::move(row));
    }
    return table.text(width);
}

std::string topics(const JsonTree& entity, size_t width) {
    return topic_table(entity, false, width);
}
std::string topics_extended(const JsonTree& entity, size_t width) {
    return topic_table(entity, true, width);
}

std::string joined(const JsonTree& list) {
    std::vector<std::string> parts;
    for (const JsonTree& item : list.items) parts.push_back(item.text);
    return join(parts, ",");
}

std::string status_counts(const JsonTree& query) {
    std::vector<std::string> parts;
    for (const auto& [state, count] : query["statusCount"].members) {
        parts.push_back(state + ":" + count.text);
    }
    return parts.empty() ? query.text_of("state") : join(parts, ",");
}

std::string queries(const JsonTree& entity, size_t width) {
    TablePrinter table(
        {"Query ID", "Query Type", "Status", "Sink Name", "Sink Kafka Topic", "Query String"});
    for (const JsonTree& query : entity["queries"].items) {
        table.add_row({query.text_of("id"), query.text_of("queryType"), status_counts(query),
                       joined(query["sinks"]), joined(query["sinkKafkaTopics"]),
                       on_one_line(query.text_of("queryString"))});
    }
    return table.text(width) + "For detailed information on a Query run: EXPLAIN <Query ID>;\n";
}

std::string functions(const JsonTree& entity, size_t width) {
    Rows rows = sorted_by(entity["functions"], "name");
    std::stable_sort(rows.begin(), rows.end(), [](const JsonTree* a, const JsonTree* b) {
        return a->text_of("category") < b->text_of("category");
    });
    TablePrinter table({"Function Name", "Category"});
    const JsonTree* before = nullptr;
    for (const JsonTree* function : rows) {
        if (before && before->text_of("category") != function->text_of("category")) {
            table.add_row({"", ""});
        }
        table.add_row({function->text_of("name"), function->text_of("category")});
        before = function;
    }
    return table.text(width) +
           "For detailed information about a function, run: DESCRIBE FUNCTION <Function Name>;\n";
}

bool contains(const JsonTree& list, std::string_view text) {
    return std::any_of(list.items.begin(), list.items.end(),
                       [&](const JsonTree& item) { return item.text == text; });
}

std::string properties(const JsonTree& entity, size_t width) {
    TablePrinter table({"Property", "Scope", "Default override", "Effective Value"});
    for (const JsonTree* property : sorted_by(entity["properties"], "name")) {
        const std::string& name = property->text_of("name");
        std::string override_by = "SERVER";
        if (contains(entity["overwrittenProperties"], name)) override_by = "SESSION";
        if (contains(entity["defaultProperties"], name)) override_by.clear();
        table.add_row({name, property->text_of("scope"), override_by,
                       property->has("value") ? property->text_of("value") : "NULL"});
    }
    return table.text(width);
}

std::string variables(const JsonTree& entity, size_t width) {
    TablePrinter table({"Variable Name", "Value"});
    for (const JsonTree* variable : sorted_by(entity["variables"], "name")) {
        table.add_row({variable->text_of("name"), variable->text_of("value")});
    }
    return table.text(width);
}

std::string types(const JsonTree& entity, size_t width) {
    TablePrinter table({"Type Name", "Schema"});
    for (const auto& [name, schema] : entity["types"].members) {
        table.add_row({name, schema_text(schema)});
    }
    return table.text(width);
}

std::string connectors(const JsonTree& entity, size_t width) {
    TablePrinter table({"Connector Name", "Type", "Class", "Status"});
    for (const JsonTree& connector : entity["connectors"].items) {
        table.add_row({connector.text_of("name"), connector.text_of("type"),
                       connector.text_of("className"), connector.text_of("state")});
    }
    return table.text(width);
}

std::string connector_plugins(const JsonTree& entity, size_t width) {
    TablePrinter table({"Class", "Type", "Version"});
    const JsonTree& list =
        entity.has("connectorsPlugins") ? entity["connectorsPlugins"] : entity["connectorPlugins"];
    for (const JsonTree& plugin : list.items) {
        const bool named = plugin.has("className");
        table.add_row({plugin.text_of(named ? "className" : "class"), plugin.text_of("type"),
                       plugin.text_of("version")});
    }
    return table.text(width);
}

std::string command_status(const JsonTree& entity, size_t width) {
    return message_table(first_line(entity["commandStatus"].text_of("message")), width);
}
std::string warning(const JsonTree& entity, size_t width) {
    return message_table(entity.text_of("message"), width);
}
std::string terminated(const JsonTree& entity, size_t width) {
    return message_table(fmt::format("Terminated query \"{}\"", entity.text_of("queryId")), width);
}
std::string connector_created(const JsonTree& entity, size_t width) {
    return message_table(fmt::format("Created connector {}", entity["info"].text_of("name")),
                         width);
}
std::string connector_dropped(const JsonTree& entity, size_t width) {
    return message_table(fmt::format("Dropped connector \"{}\"", entity.text_of("connectorName")),
                         width);
}

std::string assert_topic(const JsonTree& entity, size_t) {
    return fmt::format("Topic {} {}.\n", entity.text_of("topicName"),
                       entity.is_true("exists") ? "exists" : "does not exist");
}

std::string assert_schema(const JsonTree& entity, size_t) {
    std::string out = "Schema with";
    if (entity.has("subject")) out += " subject " + entity.text_of("subject");
    if (entity.has("id")) out += " id " + entity.text_of("id");
    return out + (entity.is_true("exists") ? " exists.\n" : " does not exist.\n");
}

std::string source_description(const JsonTree& entity, size_t width) {
    return source_description_text(entity["sourceDescription"], width);
}
std::string source_descriptions(const JsonTree& entity, size_t width) {
    std::string out;
    for (const JsonTree& one : entity["sourceDescriptions"].items) {
        out += source_description_text(one, width) + "\n";
    }
    return out;
}
std::string query_description(const JsonTree& entity, size_t width) {
    return query_description_text(entity["queryDescription"], width);
}
std::string query_descriptions(const JsonTree& entity, size_t width) {
    std::string out;
    for (const JsonTree& one : entity["queryDescriptions"].items) {
        out += query_description_text(one, width) + "\n";
    }
    return out;
}
std::string execution_plan(const JsonTree& entity, size_t) {
    return entity.text_of("executionPlan") + "\n";
}

using Screen = std::string (*)(const JsonTree& entity, size_t width);

const std::unordered_map<std::string, Screen>& screens() {
    static const std::unordered_map<std::string, Screen> table = {
        {"assert_schema", assert_schema},
        {"assert_topic", assert_topic},
        {"connector_description", connector_description_text},
        {"connector_info", connector_created},
        {"connector_list", connectors},
        {"connector_plugins_list", connector_plugins},
        {"currentStatus", command_status},
        {"describe_function", function_description_text},
        {"drop_connector", connector_dropped},
        {"executionPlan", execution_plan},
        {"function_names", functions},
        {"kafka_topics", topics},
        {"kafka_topics_extended", topics_extended},
        {"properties", properties},
        {"queries", queries},
        {"queryDescription", query_description},
        {"query_descriptions", query_descriptions},
        {"sourceDescription", source_description},
        {"source_descriptions", source_descriptions},
        {"streams", streams},
        {"tables", tables},
        {"terminate_query", terminated},
        {"type_list", types},
        {"variables", variables},
        {"warning_entity", warning},
    };
    return table;
}

std::string decimal_text(const JsonTree& schema) {
    const JsonTree& parameters = schema["parameters"];
    const JsonTree& from = parameters.is_object() ? parameters : schema;
    if (!from.has("precision")) return "DECIMAL";
    return fmt::format("DECIMAL({}, {})", from.text_of("precision"), from.text_of("scale"));
}

}  // namespace

std::string schema_text(const JsonTree& schema) {
    const std::string& type = schema.text_of("type");
    if (type == "STRING") return "VARCHAR(STRING)";
    if (type == "DECIMAL") return decimal_text(schema);
    if (type == "ARRAY") return fmt::format("ARRAY<{}>", schema_text(schema["memberSchema"]));
    if (type == "MAP") return fmt::format("MAP<STRING, {}>", schema_text(schema["memberSchema"]));
    if (type == "STRUCT") {
        std::vector<std::string> fields;
        for (const JsonTree& field : schema["fields"].items) {
            fields.push_back(field.text_of("name") + " " + schema_text(field["schema"]));
        }
        return fmt::format("STRUCT<{}>", join(fields, ", "));
    }
    return type;
}

std::string entity_text(const JsonTree& entity, size_t terminal_width) {
    const auto found = screens().find(entity.text_of("@type"));
    if (found != screens().end()) return found->second(entity, terminal_width);
    return pretty_json(entity) + "\n";
}

std::string entities_text(const JsonTree& entities, size_t terminal_width) {
    std::string out;
    for (const JsonTree& entity : entities.items) {
        out += '\n';
        if (entities.items.size() > 1 && entity.has("statementText")) {
            out += entity.text_of("statementText") + "\n";
        }
        out += entity_text(entity, terminal_width);
        for (const JsonTree& each : entity["warnings"].items) {
            out += "WARNING: " + each.text_of("message") + "\n";
        }
    }
    return out;
}

std::string failed_statuses_text(const JsonTree& entities) {
    std::vector<std::string> messages;
    for (const JsonTree& entity : entities.items) {
        const JsonTree& status = entity["commandStatus"];
        if (status.text_of("status") == "ERROR") {
            messages.push_back(first_line(status.text_of("message")));
        }
    }
    return join(messages, "\n");
}

}  // namespace millrace::cli
