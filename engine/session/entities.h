// What statements answer: one struct an entity, named as REST names it. server/model gives them
// their JSON, the shell its tables.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/functions/registry.h"
#include "engine/runtime/query.h"
#include "engine/sql/statements.h"
#include "engine/types/schema.h"

namespace millrace::entity {

struct CommandStatus {
    std::string command_id;
    std::string status = "SUCCESS";
    std::string message;
    std::optional<std::string> query_id;
    int64_t sequence_number = -1;
};
struct WarningMessage {
    std::string message;
};
struct SourceSummary {
    std::string name, topic, key_format, value_format;
    bool windowed = false;
};
struct SourceList {
    sql::SourceKind kind = sql::SourceKind::kStream;
    std::vector<SourceSummary> sources;
};
struct TopicSummary {
    std::string name;
    std::vector<int32_t> replicas;
    int64_t consumers = 0, groups = 0;
};
struct TopicList {
    bool extended = false;
    std::vector<TopicSummary> topics;
};
struct QuerySummary {
    std::string text;
    std::vector<std::string> sinks, sink_topics;
    std::string id;
    std::map<std::string, int> status_count;
    std::string type = "PERSISTENT";
    std::string state = "RUNNING";
};
struct QueryList {
    std::vector<QuerySummary> queries;
};
enum class FieldRole { kNone, kKey, kHeader };
struct FieldInfo {
    std::string name;
    SqlTypePtr type;
    FieldRole role = FieldRole::kNone;
    std::optional<std::string> header_key;
};
struct PartitionOffsets {
    int32_t partition = 0;
    int64_t start = 0, end = 0, consumed = 0;
};
struct GroupOffsets {
    std::string group;
    /// Topics of sources, then the query's own.
    std::vector<std::pair<std::string, std::vector<PartitionOffsets>>> topics;
};
struct Statistic {
    std::string name;
    double value = 0;
    int64_t timestamp_ms = 0;  ///< When it last moved.
};
struct SourceDescription {
    std::string name;
    std::optional<std::string> window_type;
    std::vector<QuerySummary> read_queries, write_queries;
    std::vector<FieldInfo> fields;
    std::string type;  ///< STREAM or TABLE
    std::string timestamp;
    std::string statistics, error_stats;  ///< Of an extended one: the figures below as text.
    std::vector<Statistic> cluster_statistics, cluster_error_stats;
    std::string host;  ///< Whose figures they are.
    bool extended = false;
    std::string key_format, value_format, topic;
    int32_t partitions = 0, replication = 0;
    std::string statement;
    std::vector<GroupOffsets> groups;
    std::vector<std::string> source_constraints;
};
struct SourceDescriptionOne {
    SourceDescription source;
};
struct SourceDescriptionList {
    std::vector<SourceDescription> sources;
};
struct QueryDescription {
    std::string id, text;
    std::optional<std::string> window_type;
    std::vector<FieldInfo> fields;
    std::vector<std::string> sources, sinks;
    std::string topology, execution_plan;
    std::map<std::string, std::string> overridden;
    std::map<std::string, std::string> host_status;  ///< "host:port" to status
    std::string type = "PERSISTENT";
    std::vector<QueryError> errors;
    std::string consumer_group;
    std::optional<std::string> state;
};
struct QueryDescriptionOne {
    QueryDescription query;
};
struct QueryDescriptionList {
    std::vector<QueryDescription> queries;
};
struct FunctionSummary {
    std::string name, type, category;
};
struct FunctionList {
    std::vector<FunctionSummary> functions;
};
struct FunctionDescription {
    FunctionInfo function;
};
struct PropertyInfo {
    std::string name, scope;
    std::optional<std::string> value;
    bool editable = false;
    std::string level = "SERVER";
};
struct PropertyList {
    std::vector<PropertyInfo> properties;
    std::vector<std::string> overwritten, defaults;
};
struct TypeList {
    std::map<std::string, SqlTypePtr> types;
};
struct VariableList {
    std::map<std::string, std::string> variables;
};
struct TerminatedQuery {
    std::string query_id;
    bool was_terminated = true;
};
struct AssertedTopic {
    std::string topic;
    bool exists = true;
};

using Body = std::variant<CommandStatus, WarningMessage, SourceList, TopicList, QueryList,
                          SourceDescriptionOne, SourceDescriptionList, QueryDescriptionOne,
                          QueryDescriptionList, FunctionList, FunctionDescription, PropertyList,
                          TypeList, VariableList, TerminatedQuery, AssertedTopic>;

}  // namespace millrace::entity

namespace millrace {

struct Entity {
    std::string statement_text;
    entity::Body body;
    std::vector<std::string> warnings;
};

}  // namespace millrace
