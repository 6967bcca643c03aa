#include "engine/plan/source_rules.h"

#include "engine/config/get.h"
#include "engine/plan/with_properties.h"
#include "engine/types/format_traits.h"

namespace millrace::plan {
namespace {

const Field* find_column(const Schema& schema, const std::string& name) {
    if (const Field* field = schema.find_key(name)) return field;
    return schema.find_value(name);
}

}  // namespace

FormatInfo format_info(const std::string& name, std::map<std::string, std::string> properties) {
    FormatInfo info;
    info.name = std::string(require_format(name).name);
    info.properties = std::move(properties);
    check_format_properties(info);
    return info;
}

std::optional<bool> wrap_single(std::optional<bool> stated, const FormatInfo& format,
                                const std::vector<Field>& value, const Config& config) {
    const FormatTraits& traits = require_format(format.name);
    if (stated) {
        if (value.size() != 1)
            refuse("'WRAP_SINGLE_VALUE' is only valid for single-field value schemas");
        if (*stated ? !traits.wraps : !traits.unwraps) {
            refuse("Format '" + format.name + "' does not support 'WRAP_SINGLE_VALUE' set to '" +
                   (*stated ? "true" : "false") + "'.");
        }
        // A format that knows one way only has no choice to record.
        if (!traits.wraps || !traits.unwraps) return std::nullopt;
        return stated;
    }
    if (value.size() != 1 || !traits.wraps || !traits.unwraps) return std::nullopt;
    return config.get<"ksql.persistence.wrap.single.values">();
}

void check_source_formats(const Source& source) {
    check_no_map_keys(source.schema.key);
    check_columns(source.key_format, source.schema.key, true);
    check_columns(source.value_format, source.schema.value, false);
}

const SqlTypePtr& header_type(const std::optional<std::string>& header_key) {
    static const SqlTypePtr one = SqlType::bytes();
    static const SqlTypePtr all =
        SqlType::array(SqlType::struct_({{"KEY", SqlType::string()}, {"VALUE", SqlType::bytes()}}));
    return header_key ? one : all;
}

void check_timestamp(const std::optional<TimestampColumn>& timestamp, const Schema& schema) {
    if (!timestamp) return;
    const Field* column = find_column(schema, timestamp->column);
    if (!column) {
        refuse("The TIMESTAMP column set in the WITH clause does not exist in the schema: '" +
               timestamp->column + "'");
    }
    if (column->type->is(BaseType::kString)) {
        if (timestamp->format) return;
        refuse(
            "A String timestamp field has been specified without also specifying the "
            "timestamp_format");
    }
    if (timestamp->format) {
        refuse(
            "'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column "
            "is of "
            "type STRING.");
    }
    if (column->type->is(BaseType::kBigint) || column->type->is(BaseType::kTimestamp)) return;
    refuse("Timestamp column, " + quote_identifier(column->name, true) +
           ", should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified.");
}

void check_registry(const Source& source, const PlanningContext& context) {
    if (!context.config.get<"ksql.schema.registry.url">().empty()) return;
    for (const FormatInfo* format : {&source.key_format, &source.value_format}) {
        if (!require_format(format->name).needs_registry) continue;
        refuse(ErrorKind::kNoRegistry, "Cannot create topic '" + source.topic + "' with format " +
                                           format->name +
                                           " without configuring 'ksql.schema.registry.url'");
    }
}

void check_topic_matches(const TopicRequest& topic, std::optional<int16_t> stated_replicas,
                         const PlanningContext& context) {
    if (!context.topic_partitions) return;
    std::optional<int32_t> partitions = context.topic_partitions(topic.name);
    if (!partitions) return;
    std::optional<int16_t> replicas =
        context.topic_replicas ? context.topic_replicas(topic.name) : std::nullopt;
    const bool replicas_differ = stated_replicas && replicas && *replicas != *stated_replicas;
    if (*partitions == topic.partitions && !replicas_differ) return;
    refuse("A Kafka topic with the name '" + topic.name +
           "' already exists, with different partition/replica configuration than required. KSQL "
           "expects " +
           std::to_string(topic.partitions) + " partitions (topic has " +
           std::to_string(*partitions) + "), and " +
           std::to_string(stated_replicas.value_or(replicas.value_or(topic.replicas))) +
           " replication factor (topic has " + std::to_string(replicas.value_or(topic.replicas)) +
           ").");
}

void check_topic_name(const std::string& name) {
    constexpr size_t kLongest = 249;
    constexpr std::string_view kLegal =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const bool legal = !name.empty() && name.size() <= kLongest &&
                       name.find_first_not_of(kLegal) == std::string::npos && name != "." &&
                       name != "..";
    if (legal) return;
    refuse_about(name,
                 "Invalid topic name '" + name +
                     "': 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-' make one, "
                     "'.' and '..' alone do not. KAFKA_TOPIC in the WITH clause gives a "
                     "stream or table another.");
}

const char* kind_word(sql::SourceKind kind) {
    return kind == sql::SourceKind::kTable ? "table" : "stream";
}

void check_replace_enabled(bool or_replace, const PlanningContext& context) {
    if (!or_replace || context.config.get<"ksql.create.or.replace.enabled">()) return;
    refuse(ErrorKind::kGeneral,
           "CREATE OR REPLACE is currently disabled. You can enable it by setting "
           "ksql.create.or.replace.enabled to true");
}

StatementError already_exists(const Source& wanted, const Source& current) {
    return StatementError(ErrorKind::kStatement, std::string("Cannot add ") +
                                                     kind_word(wanted.kind) + " '" + wanted.name +
                                                     "': A " + kind_word(current.kind) +
                                                     " with the same name already exists")
        .about(wanted.name);
}

StatementError no_replace(const Source& current) {
    return StatementError(ErrorKind::kStatement,
                          std::string("Cannot add ") + kind_word(current.kind) + " '" +
                              current.name + "': CREATE OR REPLACE is not supported on source " +
                              kind_word(current.kind) + "s.")
        .about(current.name);
}

}  // namespace millrace::plan
