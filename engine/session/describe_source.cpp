// DESCRIBE source [EXTENDED], DESCRIBE STREAMS|TABLES, SHOW STREAMS|TABLES EXTENDED.
#include "engine/session/describe_source.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/nearest.h"
#include "engine/session/handlers.h"

namespace millrace {

namespace {

/// How far each query that writes the source has read what it reads.
std::vector<entity::GroupOffsets> group_offsets(const std::vector<entity::QuerySummary>& writers,
                                                Engine& engine) {
    std::map<std::string, std::map<std::string, std::vector<entity::PartitionOffsets>>> read;
    for (const auto& [key, position] : engine.runtime().committed_positions()) {
        auto range = engine.log().topics().offsets(key.source);
        if (!range) continue;
        read[key.query_id][key.source.topic].push_back(
            {key.source.partition, range->begin, range->end, position.next_offset});
    }
    std::vector<entity::GroupOffsets> list;
    for (const auto& writer : writers) {
        auto found = read.find(writer.id);
        if (found == read.end()) continue;
        const std::string prefix = plan::query_prefix(engine.service_id(), writer.id);
        entity::GroupOffsets group{prefix, {}};
        for (const bool internal : {false, true}) {
            for (auto& [topic, partitions] : found->second) {
                if (topic.starts_with(prefix + "-") == internal)
                    group.topics.emplace_back(topic, partitions);
            }
        }
        list.push_back(std::move(group));
    }
    return list;
}

}  // namespace

entity::SourceDescription describe(const Source& source, bool extended, StatementContext& context) {
    auto& engine = context.engine;
    entity::SourceDescription description;
    description.name = source.name;
    if (source.windowed()) description.window_type = std::string(window_type_name(source.window));
    for (const auto& query : context.catalog->queries()) {
        const auto& plan = *query.plan;
        if (std::find(plan.source_names.begin(), plan.source_names.end(), source.name) !=
            plan.source_names.end()) {
            description.read_queries.push_back(summarize(query, context));
        }
        if (plan.sink_name == source.name)
            description.write_queries.push_back(summarize(query, context));
    }
    description.fields = field_infos(source.schema);
    description.type = source.is_table() ? "TABLE" : "STREAM";
    if (source.timestamp) description.timestamp = source.timestamp->column;
    description.extended = extended;
    description.key_format = source.key_format.name;
    description.value_format = source.value_format.name;
    description.topic = source.topic;
    if (auto info = engine.log().topics().describe(source.topic)) {
        description.partitions = static_cast<int32_t>(info->replicas.size());
        description.replication = info->replicas.empty() ? 0 : info->replicas.front();
    }
    description.statement = source.statement;
    if (extended) description.groups = group_offsets(description.write_queries, engine);
    for (const auto& other : context.catalog->sources()) {
        if (other->depends_on.count(source.name) != 0)
            description.source_constraints.push_back(other->name);
    }
    return description;
}

StatementResult describe_source(const sql::DescribeSource& statement, StatementContext& context) {
    auto source = context.catalog->find_source(statement.name);
    if (!source) {
        std::vector<std::string> names;
        for (const auto& known : context.catalog->sources()) names.push_back(known->name);
        std::string message =
            "Could not find STREAM/TABLE '" + statement.name + "' in the Metastore";
        for (const auto& near : nearest_names(statement.name, names, 1)) {
            message += "\nDid you mean \"" + near + "\"?";
        }
        refuse_about(statement.name, message);
    }
    return Entity{context.statement.text,
                  entity::SourceDescriptionOne{describe(*source, statement.extended, context)},
                  {}};
}

Entity describe_sources(sql::SourceKind kind, bool extended, StatementContext& context) {
    entity::SourceDescriptionList list;
    for (const auto& source : context.catalog->sources()) {
        if (source->kind == kind) list.sources.push_back(describe(*source, extended, context));
    }
    return {context.statement.text, std::move(list), {}};
}

StatementResult describe_all(const sql::DescribeAll& statement, StatementContext& context) {
    return describe_sources(statement.kind, statement.extended, context);
}

}  // namespace millrace
