// SHOW and LIST of everything.
#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/config/get.h"
#include "engine/config/table.h"
#include "engine/session/describe_source.h"
#include "engine/session/handlers.h"

namespace millrace {

namespace {

Entity list_sources(sql::SourceKind kind, StatementContext& context) {
    entity::SourceList list;
    list.kind = kind;
    for (const auto& source : context.catalog->sources()) {
        if (source->kind != kind) continue;
        list.sources.push_back({source->name, source->topic, source->key_format.name,
                                source->value_format.name, source->windowed()});
    }
    return {context.statement.text, std::move(list), {}};
}

Entity list_topics(bool all, bool extended, StatementContext& context) {
    auto topics = context.engine.log().topics().list();
    if (!topics) refuse(ErrorKind::kServer, topics.status().message());
    std::map<std::string, std::set<std::string>> readers;
    for (const auto& [key, position] : context.engine.runtime().committed_positions()) {
        readers[key.source.topic].insert(key.query_id);
    }
    const int64_t workers = context.engine.runtime().context().options.workers;
    entity::TopicList list;
    list.extended = extended;
    for (auto& topic : *topics) {
        if (!all && context.engine.topic_rules().refusal(TopicUse::kList, topic.name)) continue;
        auto groups = static_cast<int64_t>(readers[topic.name].size());
        // Each worker reads with one consumer, a partition with one worker.
        const auto consumers =
            std::min<int64_t>(workers, static_cast<int64_t>(topic.replicas.size()));
        list.topics.push_back({topic.name, topic.replicas, groups * consumers, groups});
    }
    std::sort(list.topics.begin(), list.topics.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return {context.statement.text, std::move(list), {}};
}

Entity list_queries(bool extended, StatementContext& context) {
    if (extended) {
        entity::QueryDescriptionList list;
        for (const auto& query : context.catalog->queries())
            list.queries.push_back(describe_query(query, context));
        return {context.statement.text, std::move(list), {}};
    }
    entity::QueryList list;
    for (const auto& query : context.catalog->queries())
        list.queries.push_back(summarize(query, context));
    for (const auto& plan : context.engine.runtime().push_host().running()) {
        entity::QuerySummary summary;
        summary.text = plan->statement;
        summary.id = plan->query_id;
        summary.type = "PUSH";
        summary.status_count["RUNNING"] = 1;
        list.queries.push_back(std::move(summary));
    }
    return {context.statement.text, std::move(list), {}};
}

Entity list_functions(StatementContext& context) {
    entity::FunctionList list;
    for (const auto& function : context.engine.functions().list()) {
        const char* kind = function.kind == FunctionKind::kAggregate ? "AGGREGATE"
                           : function.kind == FunctionKind::kTable   ? "TABLE"
                                                                     : "SCALAR";
        list.functions.push_back({function.name, kind, function.category});
    }
    return {context.statement.text, std::move(list), {}};
}

/// Every row of the engine's, and whatever else was set, each with its value in force.
class PropertyLister {
public:
    explicit PropertyLister(StatementContext& context) : context_(context) {}

    Entity list() {
        for (const auto& [name, value] : context_.session.overrides) {
            const Property* row = find_property(name);
            const std::string shown =
                row != nullptr && row->name == name ? shown_property_name(*row) : name;
            add(shown, value, true);
            list_.overwritten.push_back(shown);
        }
        for (const auto& [name, value] : context_.catalog->system_properties())
            add(std::string(kStreamsPrefix) + name, value, true);
        const Settings& settings = context_.engine.config().settings();
        for (const Property& row : kProperties) {
            auto given = settings.find(std::string(row.name));
            if (given == settings.end()) {
                add_default(row);
            } else {
                add(shown_property_name(row), given->second.value, is_editable(row));
            }
        }
        for (const auto& [name, setting] : settings) {
            const Property* row = find_property(name);
            if (row == nullptr || row->name != name) add(setting.name, setting.value, false);
        }
        std::sort(list_.properties.begin(), list_.properties.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        return {context_.statement.text, std::move(list_), {}};
    }

private:
    static bool is_editable(const Property& row) {
        return (row.reach == PropertyReach::kQuery && !row.is_family()) || row.is_alterable;
    }

    void add(const std::string& name, const std::optional<std::string>& value, bool editable) {
        if (!shown_.insert(name).second) return;  // Another value lies over this one.
        // As ksqlDB: names with the prefix of Streams count for the server.
        const char* level =
            !name.starts_with(kStreamsPrefix) && is_query_property(name) ? "QUERY" : "SERVER";
        list_.properties.push_back(
            {name, "KSQL", value ? std::optional(shown_property_value(name, *value)) : value,
             editable, level});
    }

    void add_default(const Property& row) {
        // ksqlDB tells the engine's own defaults, and those that it gives to Streams.
        const bool told = row.group == PropertyGroup::kEngine ||
                          row.group == PropertyGroup::kProcessingLog ||
                          row.group == PropertyGroup::kOwn ||
                          (row.group == PropertyGroup::kStreams && row.default_value != nullptr);
        const std::string name = shown_property_name(row);
        if (row.is_family() || !told || shown_.contains(name)) return;
        add(name,
            row.default_value == nullptr ? std::nullopt
                                         : std::optional<std::string>(row.default_value),
            is_editable(row));
        list_.defaults.push_back(name);
    }

    StatementContext& context_;
    entity::PropertyList list_;
    std::set<std::string> shown_;
};

}  // namespace

StatementResult list_objects(const sql::ListObjects& statement, StatementContext& context) {
    using sql::ListKind;
    switch (statement.kind) {
        case ListKind::kStreams:
            if (statement.extended)
                return describe_sources(sql::SourceKind::kStream, true, context);
            return list_sources(sql::SourceKind::kStream, context);
        case ListKind::kTables:
            if (statement.extended) return describe_sources(sql::SourceKind::kTable, true, context);
            return list_sources(sql::SourceKind::kTable, context);
        case ListKind::kTopics:
            return list_topics(false, statement.extended, context);
        case ListKind::kAllTopics:
            return list_topics(true, statement.extended, context);
        case ListKind::kFunctions:
            return list_functions(context);
        case ListKind::kQueries:
            return list_queries(statement.extended, context);
        case ListKind::kProperties:
            return PropertyLister(context).list();
        case ListKind::kTypes: {
            entity::TypeList list{context.catalog->types()};
            return Entity{context.statement.text, std::move(list), {}};
        }
        case ListKind::kVariables:
            return Entity{
                context.statement.text, entity::VariableList{context.session.variables}, {}};
        default:
            break;
    }
    refuse(ErrorKind::kNotYet, "SHOW CONNECTORS is not supported by this server yet.",
           context.statement.position);
}

StatementResult describe_function(const sql::DescribeFunction& statement,
                                  StatementContext& context) {
    const auto* function = context.engine.functions().find(upper_ascii(statement.name));
    if (function == nullptr) {
        refuse(ErrorKind::kGeneral,
               "Can't find any functions with the name '" + statement.name + "'");
    }
    return Entity{context.statement.text, entity::FunctionDescription{*function}, {}};
}

}  // namespace millrace
