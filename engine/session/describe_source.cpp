// DESCRIBE source [EXTENDED], DESCRIBE STREAMS|TABLES, SHOW STREAMS|TABLES EXTENDED.
#include "engine/session/describe_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/nearest.h"
#include "engine/session/handlers.h"
#include "engine/types/casts.h"

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

using Statistics = std::vector<entity::Statistic>;

void add_statistics(const std::optional<TopicMeter::Reading>& reading, const std::string& prefix,
                    Statistics& out) {
    if (!reading) return;
    out.push_back({prefix + "messages-per-sec", reading->per_second, reading->last_ms});
    out.push_back(
        {prefix + "total-messages", static_cast<double>(reading->total), reading->last_ms});
}

/// As ksqlDB lays them out: names right-aligned, rates with two digits, then the time of the last.
std::string statistics_text(const Statistics& statistics, const char* last) {
    std::string text;
    int64_t last_ms = 0;
    for (const auto& one : statistics) {
        const int digits = one.name.ends_with("per-sec") ? 2 : 0;
        text += fmt::format("{:>16}:{:10.{}f} ", one.name, one.value, digits);
        last_ms = std::max(last_ms, one.timestamp_ms);
    }
    return text + fmt::format("{:>16}: {}", last, format_timestamp(last_ms) + "Z");
}

/// What this server's queries have read from the source's topic, written to it, and could not.
void add_figures(const Source& source, bool extended, Engine& engine,
                 entity::SourceDescription& description) {
    const auto readings = engine.runtime().meters().readings(source.topic, engine.clock().now_ms());
    description.host = engine.host();
    auto& figures = description.cluster_statistics;
    add_statistics(readings.read, "consumer-", figures);
    if (readings.read) {
        figures.push_back({"consumer-total-bytes", static_cast<double>(readings.bytes_read),
                           readings.read->last_ms});
    }
    add_statistics(readings.written, "", figures);
    auto& errors = description.cluster_error_stats;
    if (const auto& failed = readings.failed) {
        errors.push_back(
            {"consumer-failed-messages", static_cast<double>(failed->total), failed->last_ms});
        errors.push_back({"consumer-failed-messages-per-sec", failed->per_second, failed->last_ms});
    }
    if (!extended) return;
    if (!figures.empty()) {
        description.statistics =
            "The statistics field is deprecated and will be removed in a future version of ksql. "
            "Please update your client to the latest version and use statisticsMap instead.\n" +
            statistics_text(figures, "last-message");
    }
    if (!errors.empty()) description.error_stats = statistics_text(errors, "last-failed");
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
    add_figures(source, extended, engine, description);
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
