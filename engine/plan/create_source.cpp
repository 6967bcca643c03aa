// CREATE STREAM/TABLE: columns, formats, windows, timestamps and the topic, as rules of one source.
#include <set>

#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/plan/planner.h"
#include "engine/plan/source_rules.h"
#include "engine/plan/statement_text.h"
#include "engine/plan/with_properties.h"
#include "engine/types/format_traits.h"

namespace millrace::plan {
namespace {

/// What ksqlDB finds while it builds the statement from its text.
[[noreturn]] void refuse_text(Stage stage, const std::string& message, Position position = {}) {
    refuse(stage, ErrorKind::kStatement, message, position);
}

void check_duplicates(const std::vector<sql::ColumnDefinition>& columns) {
    std::set<std::string> seen;
    std::vector<std::string> twice;
    for (const auto& column : columns) {
        if (!seen.insert(column.name).second) twice.push_back(column.name);
    }
    if (twice.empty()) return;
    std::string list;
    for (const auto& name : twice) list += (list.empty() ? "" : ",") + quote_identifier(name, true);
    refuse_text(Stage::kPrepare, "Duplicate column names: " + list);
}

void check_roles(const sql::CreateSource& statement) {
    const bool table = statement.kind == sql::SourceKind::kTable;
    const sql::ColumnRole wrong = table ? sql::ColumnRole::kKey : sql::ColumnRole::kPrimaryKey;
    for (const auto& column : statement.columns) {
        if (column.role != wrong) continue;
        refuse_text(Stage::kRead,
                    "Line: " + std::to_string(column.position.line) +
                        ", Col: " + std::to_string(column.position.column) + ": Column " +
                        quote_identifier(column.name, true) + " is a '" +
                        (table ? "KEY" : "PRIMARY KEY") + "' column: please use '" +
                        (table ? "PRIMARY KEY' for tables." : "KEY' for streams.") +
                        "\nTables have PRIMARY KEYs, which are unique and NON NULL."
                        "\nStreams have KEYs, which have no uniqueness or NON NULL constraints.",
                    column.position);
    }
}

HeaderField header_column(const sql::ColumnDefinition& column) {
    if (column.role == sql::ColumnRole::kHeaders) {
        if (!same_type(column.type, header_type(std::nullopt))) {
            refuse("Invalid type for HEADERS column: expected " +
                   header_type(std::nullopt)->to_string() + ", got " + column.type->to_string());
        }
        return {column.name, column.type, std::nullopt};
    }
    if (!same_type(column.type, header_type(column.header_key))) {
        refuse("Invalid type for HEADER('" + column.header_key + "') column: expected BYTES, got " +
               column.type->to_string());
    }
    return {column.name, column.type, column.header_key};
}

void add_header(Schema& schema, HeaderField header) {
    for (const HeaderField& other : schema.headers) {
        if (!other.header_key || !header.header_key)
            refuse("Schema already contains a HEADERS column.");
        if (other.header_key == header.header_key) {
            refuse("Schema already contains a HEADER('" + *header.header_key + "') column.");
        }
    }
    schema.headers.push_back(std::move(header));
}

void check_headers_allowed(const Config& config, const sql::ColumnDefinition& column) {
    if (config.get<"ksql.headers.columns.enabled">()) return;
    refuse(
        "Cannot create a stream or table with a column of headers: "
        "ksql.headers.columns.enabled is false",
        column.position);
}

Schema schema_of(const sql::CreateSource& statement, const Config& config) {
    Schema schema;
    for (const auto& column : statement.columns) {
        if (is_system_column(column.name)) {
            refuse("'" + column.name +
                   "' is a reserved column name. You cannot use it as a name for a column.");
        }
        switch (column.role) {
            case sql::ColumnRole::kValue:
                schema.value.push_back({column.name, column.type});
                break;
            case sql::ColumnRole::kKey:
            case sql::ColumnRole::kPrimaryKey:
                schema.key.push_back({column.name, column.type});
                break;
            case sql::ColumnRole::kHeaders:
            case sql::ColumnRole::kHeader:
                check_headers_allowed(config, column);
                add_header(schema, header_column(column));
                break;
        }
    }
    return schema;
}

/// The statement with its default formats written in, as ksqlDB stores it.
sql::CreateSource with_formats(const sql::CreateSource& statement, const WithProperties& with,
                               const PlanningContext& context) {
    sql::CreateSource complete = statement;
    if (with.format) return complete;
    auto fill = [&](const char* name, const std::string& config, const std::string& format) {
        if (format.empty()) {
            refuse(
                std::string("Statement is missing the '") + name +
                "' property from the WITH clause. Either provide one or set a default via the '" +
                config + "' config.");
        }
        complete.properties = with_property(complete.properties, name, string_literal(format));
    };
    const Config& config = context.config;
    if (!with.key_format) {
        fill("KEY_FORMAT", "ksql.persistence.default.format.key",
             config.get<"ksql.persistence.default.format.key">());
    }
    if (!with.value_format) {
        fill("VALUE_FORMAT", "ksql.persistence.default.format.value",
             config.get<"ksql.persistence.default.format.value">().value_or(""));
    }
    return complete;
}

void check_schema_present(const sql::CreateSource& statement, const Source& source) {
    const Schema& schema = source.schema;
    if (schema.value.empty() && require_format(source.value_format.name).infers_schema) {
        refuse(ErrorKind::kNotYet,
               "Reading the columns of a source from the Schema Registry is not supported by "
               "this server yet. Please declare the columns.");
    }
    if (source.is_table() && schema.key.empty()) {
        refuse("Tables require a PRIMARY KEY. Please define the PRIMARY KEY.");
    }
    if (statement.columns.empty()) refuse("No columns supplied.");
}

TopicRequest topic_request(const sql::CreateSource& statement, const sql::CreateSource& complete,
                           const WithProperties& with, const PlanningContext& context) {
    TopicRequest topic;
    topic.name = *with.topic;
    const bool table = statement.kind == sql::SourceKind::kTable;
    const bool windowed = with.window.has_value();
    topic.settings["cleanup.policy"] = !table ? "delete" : windowed ? "compact,delete" : "compact";
    if (with.retention_ms) topic.settings["retention.ms"] = std::to_string(*with.retention_ms);
    std::optional<int32_t> existing =
        context.topic_partitions ? context.topic_partitions(topic.name) : std::nullopt;
    if (!existing && !with.partitions) {
        sql::CreateSource example = complete;
        example.properties = with_property(example.properties, "PARTITIONS", number_literal(2));
        refuse(ErrorKind::kGeneral,
               "Topic '" + topic.name +
                   "' does not exist. If you want to create a new topic for the "
                   "stream/table please re-run the "
                   "statement providing the required 'PARTITIONS' configuration in "
                   "the WITH clause (and "
                   "optionally 'REPLICAS'). For example: " +
                   format_statement(example));
    }
    topic.must_exist = !with.partitions;
    topic.partitions = with.partitions.value_or(existing.value_or(1));
    topic.replicas = with.replicas.value_or(1);
    if (existing && with.partitions) check_topic_matches(topic, with.replicas, context);
    return topic;
}

/// CREATE SOURCE TABLE keeps its rows by itself, so that it can be pulled.
std::shared_ptr<const PhysicalPlan> materialising_query(const SourcePtr& source,
                                                        const std::string& text,
                                                        const PlanningContext& context) {
    SourceStep scan;
    scan.kind = source->kind;
    scan.source_name = source->name;
    scan.topic = source->topic;
    scan.declared = source->schema;
    for (size_t i = 0; i < source->schema.value.size(); ++i)
        scan.columns.push_back(static_cast<int>(i));
    scan.key_format = source->key_format;
    scan.value_format = source->value_format;
    scan.timestamp = source->timestamp;
    scan.window = source->window;
    scan.window_size_ms = source->window_size_ms;
    scan.store = "KsqlTopic-Reduce";
    auto step = std::make_shared<Step>();
    step->node = scan;
    step->name = "KsqlTopic/Source";
    step->schema = {source->schema.key, source->schema.value, {}};
    step->is_table = true;
    step->window = source->window;
    step->window_size_ms = source->window_size_ms;
    auto plan = std::make_shared<PhysicalPlan>();
    plan->query_id = "CST_" + source->name + "_" + std::to_string(context.next_query_number);
    plan->statement = text;
    plan->root = step;
    plan->source_names = {source->name};
    plan->materialization = Materialization{"KsqlTopic-Reduce", step, {}};
    plan->properties = context.config.query_overrides();
    return plan;
}

/// The statement as ksqlDB shows it with an error: it looks at formats before it has worked out the
/// topic's clean-up policy.
std::string shown_with_error(const StatementError& error, sql::CreateSource complete) {
    if (error.kind() != ErrorKind::kFormat &&
        complete.properties.find("CLEANUP_POLICY") == nullptr) {
        const bool table = complete.kind == sql::SourceKind::kTable;
        complete.properties = with_property(complete.properties, "CLEANUP_POLICY",
                                            string_literal(table ? "compact" : "delete"));
    }
    complete.if_not_exists = false;
    return format_statement(complete);
}

PlannedCreateSource plan_complete(const sql::CreateSource& statement, const WithProperties& with,
                                  sql::CreateSource complete, const PlanningContext& context) {
    WithProperties formats = read_properties(complete.properties, PropertyScope::kCreateSource);
    check_roles(statement);

    auto source = std::make_shared<Source>();
    source->kind = statement.kind;
    source->name = statement.name;
    source->topic = *with.topic;
    source->read_only = statement.read_only;
    source->key_format = format_info(formats.format ? *formats.format : *formats.key_format,
                                     formats.key_format_properties);
    source->value_format = format_info(formats.format ? *formats.format : *formats.value_format,
                                       formats.value_format_properties);
    source->schema = schema_of(statement, context.config);
    source->window = with.window.value_or(WindowType::kNone);
    source->window_size_ms = with.window_size_ms;
    check_schema_present(statement, *source);
    if (source->windowed() && source->schema.key.empty())
        refuse("Windowed sources require a key column.");
    if (!source->windowed() && source->is_table() && with.retention_ms) {
        refuse(
            "Invalid config variable in the WITH clause: RETENTION_MS. Non-windowed tables do not "
            "support "
            "retention.");
    }
    source->value_format.wrap_single =
        wrap_single(with.wrap_single, source->value_format, source->schema.value, context.config);
    check_source_formats(*source);
    source->timestamp = with.timestamp;
    check_timestamp(source->timestamp, source->schema);

    // ksqlDB shows the clean-up policy that the topic gets.
    TopicRequest topic = topic_request(statement, complete, with, context);
    complete.if_not_exists = false;
    complete.properties = with_property(complete.properties, "CLEANUP_POLICY",
                                        string_literal(topic.settings["cleanup.policy"]));
    std::string shown = format_statement(complete);
    source->statement = shown;
    check_registry(*source, context);

    if (statement.or_replace && statement.read_only)
        throw no_replace(*source).with_statement(shown);
    if (SourcePtr current = context.catalog->find_source(statement.name)) {
        if (!statement.or_replace) throw already_exists(*source, *current).with_statement(shown);
        if (current->read_only) throw no_replace(*current).with_statement(shown);
        try {
            check_upgrade(*current, *source);
        } catch (StatementError& error) {
            error.with_statement(shown);
            throw;
        }
    }
    PlannedCreateSource planned{source, topic, nullptr, shown};
    if (source->read_only && source->is_table()) {
        planned.query = materialising_query(source, shown, context);
        source->created_by = planned.query->query_id;
    }
    return planned;
}

}  // namespace

PlannedCreateSource plan_create_source(const sql::CreateSource& statement, const std::string& text,
                                       const PlanningContext& context) {
    (void)text;
    check_replace_enabled(statement.or_replace, context);
    check_duplicates(statement.columns);
    WithProperties with = read_properties(statement.properties, PropertyScope::kCreateSource);
    sql::CreateSource complete = with_formats(statement, with, context);
    try {
        return plan_complete(statement, with, complete, context);
    } catch (StatementError& error) {
        const bool by_its_rules =
            error.stage() == Stage::kExecute && error.kind() != ErrorKind::kNotYet;
        if (by_its_rules && error.statement_text().empty()) {
            error.with_statement(shown_with_error(error, complete));
        }
        throw;
    }
}

}  // namespace millrace::plan
