#include "server/model/entity_json.h"

#include <nlohmann/json.hpp>

#include "engine/config/table.h"

namespace millrace::server {

using nlohmann::ordered_json;

namespace {

template <class T>
ordered_json or_null(const std::optional<T>& value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
}

template <class List, class ToJson>
ordered_json array_of(const List& list, const ToJson& to_json) {
    ordered_json array = ordered_json::array();
    for (const auto& item : list) array.push_back(to_json(item));
    return array;
}

ordered_json object_of(const std::map<std::string, std::string>& map) {
    ordered_json object = ordered_json::object();
    for (const auto& [name, value] : map) object[name] = value;
    return object;
}

ordered_json shown_properties(const Overrides& overrides) {
    ordered_json object = ordered_json::object();
    for (const auto& [name, value] : overrides) object[name] = shown_property_value(name, value);
    return object;
}

/// SchemaInfo: type, and what is inside of it.
ordered_json schema_info(const SqlType& type) {
    ordered_json fields = nullptr;
    ordered_json member = nullptr;
    switch (type.base()) {
        case BaseType::kStruct:
            fields = array_of(type.fields(), [](const SqlType::Field& field) -> ordered_json {
                return {{"name", field.name}, {"schema", schema_info(*field.type)}};
            });
            break;
        case BaseType::kArray:
            member = schema_info(*type.element());
            break;
        case BaseType::kMap:
            member = schema_info(*type.map_value());
            break;
        default:
            break;
    }
    ordered_json info = {{"type", std::string(base_type_name(type.base()))},
                         {"fields", std::move(fields)},
                         {"memberSchema", std::move(member)}};
    if (type.is(BaseType::kDecimal)) {
        info["parameters"] = {{"precision", type.precision()}, {"scale", type.scale()}};
    }
    return info;
}

ordered_json field_info(const entity::FieldInfo& field) {
    ordered_json info = {{"name", field.name}, {"schema", schema_info(*field.type)}};
    if (field.header_key) info["headerKey"] = *field.header_key;
    if (field.role == entity::FieldRole::kKey) info["type"] = "KEY";
    if (field.role == entity::FieldRole::kHeader) info["type"] = "HEADER";
    return info;
}

ordered_json query_json(const entity::QuerySummary& query) {
    ordered_json status_count = ordered_json::object();
    for (const auto& [state, count] : query.status_count) status_count[state] = count;
    return {{"queryString", query.text},
            {"sinks", query.sinks},
            {"sinkKafkaTopics", query.sink_topics},
            {"id", query.id},
            {"statusCount", std::move(status_count)},
            {"queryType", query.type},
            {"state", query.state}};
}

ordered_json group_json(const entity::GroupOffsets& group) {
    ordered_json topics = ordered_json::array();
    for (const auto& [topic, partitions] : group.topics) {
        topics.push_back(
            {{"kafkaTopic", topic},
             {"offsets",
              array_of(partitions, [](const entity::PartitionOffsets& at) -> ordered_json {
                  return {{"partition", at.partition},
                          {"logStartOffset", at.start},
                          {"logEndOffset", at.end},
                          {"consumerOffset", at.consumed}};
              })}});
    }
    return {{"groupId", group.group}, {"topicSummaries", std::move(topics)}};
}

ordered_json statistics_json(const std::vector<entity::Statistic>& statistics,
                             const std::string& host) {
    return array_of(statistics, [&host](const entity::Statistic& one) -> ordered_json {
        return {{"name", one.name},
                {"host", host},
                {"value", one.value},
                {"timestamp", one.timestamp_ms}};
    });
}

ordered_json source_json(const entity::SourceDescription& source) {
    return {{"name", source.name},
            {"windowType", or_null(source.window_type)},
            {"readQueries", array_of(source.read_queries, query_json)},
            {"writeQueries", array_of(source.write_queries, query_json)},
            {"fields", array_of(source.fields, field_info)},
            {"type", source.type},
            {"timestamp", source.timestamp},
            {"statistics", source.statistics},
            {"errorStats", source.error_stats},
            {"extended", source.extended},
            {"keyFormat", source.key_format},
            {"valueFormat", source.value_format},
            {"topic", source.topic},
            {"partitions", source.partitions},
            {"replication", source.replication},
            {"statement", source.statement},
            {"queryOffsetSummaries", array_of(source.groups, group_json)},
            {"sourceConstraints", source.source_constraints},
            {"clusterStatistics", statistics_json(source.cluster_statistics, source.host)},
            {"clusterErrorStats", statistics_json(source.cluster_error_stats, source.host)}};
}

ordered_json description_json(const entity::QueryDescription& query) {
    return {{"id", query.id},
            {"statementText", query.text},
            {"windowType", or_null(query.window_type)},
            {"fields", array_of(query.fields, field_info)},
            {"sources", query.sources},
            {"sinks", query.sinks},
            {"topology", query.topology},
            {"executionPlan", query.execution_plan},
            {"overriddenProperties", shown_properties(query.overridden)},
            {"ksqlHostQueryStatus", object_of(query.host_status)},
            {"queryType", query.type},
            {"queryErrors", array_of(query.errors,
                                     [](const QueryError& error) -> ordered_json {
                                         return {{"timestamp", error.timestamp_ms},
                                                 {"errorMessage", error.message},
                                                 {"type", error.type}};
                                     })},
            {"tasksMetadata", ordered_json::array()},
            {"consumerGroupId", query.consumer_group},
            {"state", or_null(query.state)}};
}

ordered_json variant_json(const FunctionInfo::Variant& variant) {
    ordered_json arguments = ordered_json::array();
    ordered_json types = ordered_json::array();
    for (const auto& parameter : variant.parameters) {
        arguments.push_back({{"name", parameter.name},
                             {"type", parameter.type},
                             {"description", parameter.description},
                             {"isVariadic", parameter.variadic}});
        types.push_back(parameter.type);
    }
    return {{"arguments", std::move(arguments)},
            {"returnType", variant.returns},
            {"description", variant.description},
            {"argumentTypes", std::move(types)}};
}

const char* kind_name(FunctionKind kind) {
    switch (kind) {
        case FunctionKind::kAggregate:
            return "AGGREGATE";
        case FunctionKind::kTable:
            return "TABLE";
        default:
            return "SCALAR";
    }
}

ordered_json status_json(const std::string& status, const std::string& message,
                         const std::optional<std::string>& query_id) {
    return {{"status", status}, {"message", message}, {"queryId", or_null(query_id)}};
}

/// Writes `@type` and the fields of each body; the frame around them is the caller's.
struct BodyWriter {
    ordered_json& out;
    const std::string& text;

    void begin(const char* type) const {
        out["@type"] = type;
        out["statementText"] = text;
    }

    void operator()(const entity::CommandStatus& body) const {
        begin("currentStatus");
        out["commandId"] = body.command_id;
        out["commandStatus"] = status_json(body.status, body.message, body.query_id);
        out["commandSequenceNumber"] = body.sequence_number;
    }
    void operator()(const entity::WarningMessage& body) const {
        begin("warning_entity");
        out["message"] = body.message;
    }
    void operator()(const entity::SourceList& body) const {
        const bool table = body.kind == sql::SourceKind::kTable;
        begin(table ? "tables" : "streams");
        out[table ? "tables" : "streams"] =
            array_of(body.sources, [table](const entity::SourceSummary& source) -> ordered_json {
                return {{"type", table ? "TABLE" : "STREAM"},
                        {"name", source.name},
                        {"topic", source.topic},
                        {"keyFormat", source.key_format},
                        {"valueFormat", source.value_format},
                        {"isWindowed", source.windowed}};
            });
    }
    void operator()(const entity::TopicList& body) const {
        begin(body.extended ? "kafka_topics_extended" : "kafka_topics");
        out["topics"] = array_of(body.topics, [&](const entity::TopicSummary& topic) {
            ordered_json json = {{"name", topic.name}, {"replicaInfo", topic.replicas}};
            if (body.extended) {
                json["consumerCount"] = topic.consumers;
                json["consumerGroupCount"] = topic.groups;
            }
            return json;
        });
    }
    void operator()(const entity::QueryList& body) const {
        begin("queries");
        out["queries"] = array_of(body.queries, query_json);
    }
    void operator()(const entity::SourceDescriptionOne& body) const {
        begin("sourceDescription");
        out["sourceDescription"] = source_json(body.source);
    }
    void operator()(const entity::SourceDescriptionList& body) const {
        begin("source_descriptions");
        out["sourceDescriptions"] = array_of(body.sources, source_json);
    }
    void operator()(const entity::QueryDescriptionOne& body) const {
        begin("queryDescription");
        out["queryDescription"] = description_json(body.query);
    }
    void operator()(const entity::QueryDescriptionList& body) const {
        begin("query_descriptions");
        out["queryDescriptions"] = array_of(body.queries, description_json);
    }
    void operator()(const entity::FunctionList& body) const {
        begin("function_names");
        out["functions"] =
            array_of(body.functions, [](const entity::FunctionSummary& function) -> ordered_json {
                return {{"name", function.name},
                        {"type", function.type},
                        {"category", function.category}};
            });
    }
    void operator()(const entity::FunctionDescription& body) const {
        begin("describe_function");
        out["name"] = body.function.name;
        out["description"] = body.function.description;
        out["author"] = body.function.author;
        out["version"] = body.function.version;
        out["path"] = body.function.path;
        out["functions"] = array_of(body.function.variants, variant_json);
        out["type"] = kind_name(body.function.kind);
    }
    void operator()(const entity::PropertyList& body) const {
        begin("properties");
        out["properties"] =
            array_of(body.properties, [](const entity::PropertyInfo& property) -> ordered_json {
                return {{"name", property.name},
                        {"scope", property.scope},
                        {"value", or_null(property.value)},
                        {"editable", property.editable},
                        {"level", property.level}};
            });
        out["overwrittenProperties"] = body.overwritten;
        out["defaultProperties"] = body.defaults;
    }
    void operator()(const entity::TypeList& body) const {
        begin("type_list");
        out["types"] = ordered_json::object();
        for (const auto& [name, type] : body.types) out["types"][name] = schema_info(*type);
    }
    void operator()(const entity::VariableList& body) const {
        begin("variables");
        out["variables"] = ordered_json::array();
        for (const auto& [name, value] : body.variables) {
            out["variables"].push_back({{"name", name}, {"value", value}});
        }
    }
    void operator()(const entity::TerminatedQuery& body) const {
        begin("terminate_query");
        out["queryId"] = body.query_id;
        out["wasTerminated"] = body.was_terminated;
    }
    void operator()(const entity::AssertedTopic& body) const {
        begin("assert_topic");
        out["topicName"] = body.topic;
        out["exists"] = body.exists;
    }
};

std::string dump(const ordered_json& json) {
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string entities_json(const std::vector<Entity>& entities) {
    return dump(array_of(entities, [](const Entity& entity) {
        ordered_json json;
        std::visit(BodyWriter{json, entity.statement_text}, entity.body);
        json["warnings"] =
            array_of(entity.warnings, [](const std::string& message) -> ordered_json {
                return {{"message", message}};
            });
        return json;
    }));
}

std::string command_status_json(const CommandOutcome& outcome) {
    return dump(status_json("SUCCESS", outcome.message, outcome.query_id));
}

std::string command_statuses_json(const std::map<std::string, CommandOutcome>& outcomes) {
    ordered_json statuses = ordered_json::object();
    for (const auto& [id, outcome] : outcomes) statuses[id] = "SUCCESS";
    return dump({{"commandStatuses", std::move(statuses)}});
}

}  // namespace millrace::server
