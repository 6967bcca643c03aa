// SHOW and LIST of everything.
#include <re2/re2.h>

#include <algorithm>
#include <sstream>

#include "engine/base/error.h"
#include "engine/base/text.h"
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
    if (!topics) throw StatementError(ErrorKind::kServer, topics.status().message());
    std::vector<std::unique_ptr<re2::RE2>> hidden;
    if (!all) {
        std::stringstream patterns(context.engine.properties().get("ksql.hidden.topics"));
        for (std::string pattern; std::getline(patterns, pattern, ',');) {
            hidden.push_back(std::make_unique<re2::RE2>(pattern));
        }
    }
    std::map<std::string, std::set<std::string>> readers;
    for (const auto& [key, position] : context.engine.runtime().committed_positions()) {
        readers[key.source.topic].insert(key.query_id);
    }
    const int64_t workers = context.engine.runtime().context().options.workers;
    entity::TopicList list;
    list.extended = extended;
    for (auto& topic : *topics) {
        bool hide = std::any_of(hidden.begin(), hidden.end(), [&](const auto& re) {
            return re2::RE2::FullMatch(topic.name, *re);
        });
        if (hide) continue;
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

Entity list_properties(StatementContext& context) {
    const auto& server = context.engine.properties();
    entity::PropertyList list;
    std::set<std::string> shown;
    auto add = [&](const std::string& name, const std::optional<std::string>& value, bool editable,
                   const std::string& scope) {
        if (!shown.insert(name).second) return;
        const bool secret = name.find("password") != std::string::npos ||
                            name.find("secret") != std::string::npos ||
                            name.find("sasl.jaas") != std::string::npos;
        // A property that may be set for a single query; prefixed names count for the server.
        const char* level = is_query_property(name) ? "QUERY" : "SERVER";
        list.properties.push_back({name, scope, secret ? "[hidden]" : value, editable, level});
    };
    for (const auto& [name, value] : context.session.overrides) {
        const std::string full = name.starts_with("ksql.") ? name : "ksql.streams." + name;
        add(full, value, true, "KSQL");
        list.overwritten.push_back(name);
    }
    for (const auto& [name, value] : context.catalog->system_properties())
        add("ksql.streams." + name, value, true, "KSQL");
    for (const auto& definition : property_definitions()) {
        auto value = server.find(definition.name);
        const std::string bare = resolve_property_name(definition.name);
        add(definition.name, value, is_query_property(bare) || is_system_property(bare), "KSQL");
        if (server.values().count(definition.name) == 0)
            list.defaults.emplace_back(definition.name);
    }
    for (const auto& [name, value] : server.values()) add(name, value, false, "KSQL");
    std::sort(list.properties.begin(), list.properties.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return {context.statement.text, std::move(list), {}};
}

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
            return list_properties(context);
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
    throw StatementError(ErrorKind::kNotYet, "SHOW CONNECTORS is not supported by this server yet.",
                         context.statement.position);
}

StatementResult describe_function(const sql::DescribeFunction& statement,
                                  StatementContext& context) {
    const auto* function = context.engine.functions().find(upper_ascii(statement.name));
    if (function == nullptr) {
        throw StatementError(ErrorKind::kGeneral,
                             "Can't find any functions with the name '" + statement.name + "'");
    }
    return Entity{context.statement.text, entity::FunctionDescription{*function}, {}};
}

}  // namespace millrace
