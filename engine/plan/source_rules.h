// Rules that hold for every source, declared or made by a query: formats, wrapping, timestamps,
// topics, upgrades.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/catalog/catalog.h"
#include "engine/plan/planner.h"

namespace millrace::plan {

/// Throws for unknown formats and properties that are not the format's. Any letter case.
FormatInfo format_info(const std::string& name, std::map<std::string, std::string> properties);

/// WRAP_SINGLE_VALUE: stated, configured, or the format's own way (absent). Throws when it cannot
/// be.
std::optional<bool> wrap_single(std::optional<bool> stated, const FormatInfo& format,
                                const std::vector<Field>& value, const Config& config);

/// Throws when key or value columns do not fit their formats.
void check_source_formats(const Source& source);
/// The type that a column of this header, or of all headers, has.
const SqlTypePtr& header_type(const std::optional<std::string>& header_key);
/// Throws when the TIMESTAMP column is missing or of a wrong type.
void check_timestamp(const std::optional<TimestampColumn>& timestamp, const Schema& schema);
/// Throws when Kafka would not take a topic of this name.
void check_topic_name(const std::string& name);
/// Throws (kNoRegistry) when a format needs a Schema Registry and none is configured.
void check_registry(const Source& source, const PlanningContext& context);
/// Throws when the existing topic has other partitions (or replicas, when stated) than the request.
void check_topic_matches(const TopicRequest& topic, std::optional<int16_t> stated_replicas,
                         const PlanningContext& context);

/// Throws when the statement says OR REPLACE and `ksql.create.or.replace.enabled` is off.
void check_replace_enabled(bool or_replace, const PlanningContext& context);
StatementError already_exists(const Source& wanted, const Source& current);
StatementError no_replace(const Source& current);

/// "stream" or "table".
const char* kind_word(sql::SourceKind kind);

}  // namespace millrace::plan
