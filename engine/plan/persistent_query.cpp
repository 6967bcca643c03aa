// CREATE … AS SELECT and INSERT INTO … SELECT: a query with a sink.
#include <algorithm>
#include <set>

#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/plan/lower.h"
#include "engine/plan/optimizer.h"
#include "engine/plan/planner.h"
#include "engine/plan/query_builder.h"
#include "engine/plan/source_rules.h"
#include "engine/plan/statement_text.h"
#include "engine/plan/with_properties.h"
#include "engine/types/casts.h"
#include "engine/types/format_traits.h"

namespace millrace::plan {
namespace {

constexpr int64_t kDefaultRetentionMs = 604'800'000;
constexpr const char* kSchemaPrefix = "Could not determine output schema for query due to error: ";

/// ksqlDB works a sink's columns out before it runs the statement, and says so in front of whatever
/// goes wrong.
StatementError in_schema_step(const StatementError& error, const std::string& shown) {
    if (error.stage() != Stage::kExecute) return error;
    StatementError out = error.kind() == ErrorKind::kNotYet
                             ? error
                             : error.reworded(kSchemaPrefix + std::string(error.what()));
    if (!shown.empty()) out.with_statement(shown);
    return out;
}

std::vector<std::string> source_names(const Analysis& analysis) {
    std::vector<std::string> names;
    for (const auto& source : analysis.sources) names.push_back(source.source->name);
    return names;
}

/// A format of the sink: stated, else the left source's with the properties that are passed on.
FormatInfo sink_format(const std::optional<std::string>& stated,
                       std::map<std::string, std::string> properties, const FormatInfo& inherited) {
    FormatInfo format = format_info(stated.value_or(inherited.name), std::move(properties));
    if (format.name != inherited.name) return format;
    const auto passed_on = require_format(format.name).inherited;
    for (const auto& [name, value] : inherited.properties) {
        if (std::find(passed_on.begin(), passed_on.end(), name) != passed_on.end())
            format.properties.emplace(name, value);
    }
    return format;
}

struct Sink {
    std::shared_ptr<Source> source;
    TopicRequest topic;
    sql::Properties shown;  ///< WITH as ksqlDB shows it.
};

int64_t source_retention(const std::string& topic, const PlanningContext& context) {
    if (!context.topic_retention_ms) return kDefaultRetentionMs;
    return context.topic_retention_ms(topic).value_or(kDefaultRetentionMs);
}

/// Topic and WITH of a sink, before its columns are known.
Sink sink_topic(const sql::CreateAsSelect& statement, const WithProperties& with,
                const Analysis& analysis, const PlanningContext& context) {
    Sink sink;
    sink.source = std::make_shared<Source>();
    sink.source->kind = statement.kind;
    sink.source->name = statement.name;
    sink.topic.name =
        with.topic.value_or(context.config.get<"ksql.output.topic.name.prefix">() + statement.name);
    sink.source->topic = sink.topic.name;
    const std::string& left = analysis.first().source->topic;
    std::optional<int32_t> partitions =
        context.topic_partitions ? context.topic_partitions(left) : std::nullopt;
    std::optional<int16_t> replicas =
        context.topic_replicas ? context.topic_replicas(left) : std::nullopt;
    sink.topic.partitions = with.partitions.value_or(partitions.value_or(1));
    sink.topic.replicas = with.replicas.value_or(replicas.value_or(1));
    const bool table = statement.kind == sql::SourceKind::kTable;
    const bool windowed = statement.query.window.has_value();
    const int64_t retention = with.retention_ms.value_or(source_retention(left, context));
    std::string cleanup = !table ? "delete" : windowed ? "compact,delete" : "compact";
    sink.topic.settings["cleanup.policy"] = cleanup;
    if (!table) sink.topic.settings["retention.ms"] = std::to_string(retention);
    sink.shown = with_property(statement.properties, "CLEANUP_POLICY", string_literal(cleanup));
    sink.shown = with_property(sink.shown, "KAFKA_TOPIC", string_literal(sink.topic.name));
    sink.shown = with_property(sink.shown, "PARTITIONS", number_literal(sink.topic.partitions));
    sink.shown = with_property(sink.shown, "REPLICAS", number_literal(sink.topic.replicas));
    sink.shown = with_property(sink.shown, "RETENTION_MS", number_literal(retention));
    return sink;
}

/// The query with its names filled in as far as they are known, for the text that goes with a
/// refusal. Nothing for joins and unknown sources.
std::optional<Analysis> analyze_loosely(const sql::Query& query, const PlanningContext& context) {
    SourcePtr source = context.catalog->find_source(query.from.name);
    if (!source || !query.joins.empty()) return std::nullopt;
    Analysis out;
    out.query = query;
    const std::string alias = query.from.alias.value_or(query.from.name);
    out.query.from.alias = alias;
    out.sources.push_back({source, alias, ""});
    auto qualified = [&](const sql::ExpressionPtr& expression) -> sql::ExpressionPtr {
        if (!expression) return nullptr;
        return rewrite(expression, [&](const sql::ExpressionPtr& node) -> sql::ExpressionPtr {
            const auto* column = node->as<sql::ColumnRef>();
            if (!column || column->source) return nullptr;
            const bool known = source->schema.find_key(column->name) ||
                               source->schema.find_value(column->name) ||
                               column->name == pseudo::kRowtime;
            if (!known) return nullptr;
            return sql::make_expression(sql::ColumnRef{alias, column->name}, node->position);
        });
    };
    size_t unnamed = 0;
    for (auto& item : out.query.select) {
        auto* single = std::get_if<sql::SelectItem::Single>(&item.item);
        if (!single) continue;
        const auto* column = single->expression->as<sql::ColumnRef>();
        if (!single->alias) {
            single->alias = column ? column->name : "KSQL_COL_" + std::to_string(unnamed++);
        }
        single->expression = qualified(single->expression);
    }
    for (auto* list : {&out.query.group_by, &out.query.partition_by}) {
        for (auto& expression : *list) expression = qualified(expression);
    }
    out.query.where = qualified(out.query.where);
    out.query.having = qualified(out.query.having);
    return out;
}

/// What the final projection says about the sink: columns, formats, window, timestamp.
void fill_sink(Source& sink, const WithProperties& with, const StepPtr& projection,
               const StepPtr& physical, const PlanningContext& context) {
    sink.schema = projection->schema;
    sink.window = projection->window;
    sink.window_size_ms = projection->window_size_ms;
    const SourceStep& left = leftmost_source(projection);
    const std::optional<std::string> key_name = with.format ? with.format : with.key_format;
    FormatInfo key = key_format_of(physical);
    if (sink.schema.key.empty()) {
        if (key_name && require_format(*key_name).holds_columns)
            refuse("Key format specified for stream without key columns.");
        sink.key_format = plain_format(left.declared.key.empty() ? key.name : format_names::kNone);
    } else {
        if (!key_name && !require_format(key.name).holds_columns)
            key = internal_key_format(key, sink.schema.key, context);
        // What the rows were grouped by may be in JSON inside; the sink asks for the source's own
        // format.
        if (!key_name && key.name != left.key_format.name &&
            require_format(left.key_format.name).holds_columns) {
            key = left.key_format;
        }
        sink.key_format = sink_format(key_name, with.key_format_properties, key);
    }
    FormatInfo inherited = left.value_format;
    inherited.wrap_single.reset();
    sink.value_format = sink_format(with.format ? with.format : with.value_format,
                                    with.value_format_properties, inherited);
    sink.value_format.wrap_single =
        wrap_single(with.wrap_single, sink.value_format, sink.schema.value, context.config);
    check_source_formats(sink);
    sink.timestamp = with.timestamp;
    check_timestamp(sink.timestamp, sink.schema);
    check_registry(sink, context);
}

std::shared_ptr<PhysicalPlan> physical_plan(const Analysis& analysis, const std::string& query_id,
                                            const std::string& text, const StepPtr& root,
                                            const PlanningContext& context) {
    auto plan = std::make_shared<PhysicalPlan>();
    plan->kind = QueryKind::kPersistent;
    plan->query_id = query_id;
    plan->statement = text;
    plan->root = root;
    plan->source_names = source_names(analysis);
    plan->properties = context.config.query_overrides();
    return plan;
}

StepPtr add_sink(const StepBuilder& builder, const StepPtr& physical, const Source& sink) {
    SinkStep node;
    node.topic = sink.topic;
    node.key_format = sink.key_format;
    node.value_format = sink.value_format;
    node.timestamp = sink.timestamp;
    return builder.make(std::move(node), sink.name, {physical});
}

void check_result_kind(sql::SourceKind wanted, const StepPtr& projection,
                       const std::string& shown) {
    const bool table = wanted == sql::SourceKind::kTable;
    if (projection->is_table == table) return;
    refuse(std::string("Invalid result type. Your SELECT query produces a ") +
           (table ? "STREAM. Please use CREATE STREAM" : "TABLE. Please use CREATE TABLE") +
           " AS SELECT statement instead.\nStatement: " + shown);
}

/// CREATE OR REPLACE … AS: only what keeps the meaning of the stored state.
void check_replace(const Source& current, const Source& next,
                   const sql::CreateAsSelect& statement) {
    if (!statement.or_replace) throw already_exists(next, current);
    if (current.read_only) throw no_replace(current);
    check_upgrade(current, next);
}

std::string query_id(const sql::CreateAsSelect& statement, const Source* current, int64_t number) {
    // A replaced query goes on under its id.
    if (current && current->created_by) return *current->created_by;
    return std::string(statement.kind == sql::SourceKind::kTable ? "CTAS_" : "CSAS_") +
           statement.name + "_" + std::to_string(number);
}

void check_no_limit(const sql::CreateAsSelect& statement) {
    if (!statement.query.limit) return;
    refuse(Stage::kPrepare, ErrorKind::kStatement,
           std::string("CREATE ") +
               (statement.kind == sql::SourceKind::kTable ? "TABLE" : "STREAM") +
               " AS SELECT statements don't support LIMIT clause.");
}

PlannedQuery plan_with_sink(const sql::CreateAsSelect& statement, const WithProperties& with,
                            const Analysis& analysis, Sink sink, const std::string& shown,
                            const PlanningContext& context) {
    StepBuilder builder(context);
    LogicalQuery logical = build_query(analysis, builder, statement.name);
    check_result_kind(statement.kind, logical.root, shown);
    if (with.retention_ms && logical.root->is_table && logical.root->window == WindowType::kNone) {
        refuse(
            "Invalid config variable in the WITH clause: RETENTION_MS. Non-windowed tables do not "
            "support "
            "retention.");
    }
    StepPtr optimized = optimize(logical.root, builder);
    StepPtr physical = lower(optimized, builder, {.keep_tables = true});
    fill_sink(*sink.source, with, logical.root, physical, context);

    SourcePtr current = context.catalog->find_source(statement.name);
    if (current) check_replace(*current, *sink.source, statement);
    const std::string id = query_id(statement, current.get(), context.next_query_number);
    sink.source->created_by = id;
    sink.source->statement = shown;
    for (const auto& source : analysis.sources) sink.source->depends_on.insert(source.source->name);
    if (with.partitions && !current) check_topic_matches(sink.topic, with.replicas, context);
    if (analysis.query.window) {
        const int64_t window = window_retention(physical);
        const int64_t stated =
            with.retention_ms.value_or(source_retention(analysis.first().source->topic, context));
        sink.topic.settings["retention.ms"] = std::to_string(std::max(window, stated));
    }

    StepPtr root = add_sink(builder, physical, *sink.source);
    verify(root, builder, "lowering");
    auto plan = physical_plan(analysis, id, shown, root, context);
    plan->sink_name = statement.name;
    if (root->is_table) plan->materialization = materialization_of(physical);
    PlannedQuery planned;
    planned.plan = plan;
    planned.sink = sink.source;
    planned.sink_topic = sink.topic;
    planned.statement_text = shown;
    return planned;
}

void check_query_id(const std::string& id) {
    for (const char* prefix : {"INSERTQUERY_", "CTAS_", "CSAS_", "CST_"}) {
        if (id.rfind(prefix, 0) != 0) continue;
        refuse(
            "Query IDs must not start with a reserved query ID prefix (INSERTQUERY_, CTAS_, CSAS_, "
            "CST_). "
            "Got '" +
            id + "'.");
    }
    const bool legal = !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
    if (!legal) {
        refuse("Query IDs may contain only alphanumeric characters and '_'. Got: '" + id + "'");
    }
}

/// The projection with its columns cast to the target's, where implicit casts allow it.
StepPtr cast_to_target(const StepBuilder& builder, const StepPtr& projection,
                       const Source& target) {
    auto mismatch = [&]() {
        refuse("Incompatible schema between results and sink.\nResult schema is " +
               projection->schema.to_string() + "\nSink schema is " + target.schema.to_string());
    };
    const Schema& from = projection->schema;
    const Schema& to = target.schema;
    if (from == to) return projection;
    if (from.key.size() != to.key.size() || from.value.size() != to.value.size()) mismatch();
    for (size_t i = 0; i < from.key.size(); ++i) {
        if (!(from.key[i] == to.key[i])) mismatch();
    }
    SelectStep node = *projection->as<SelectStep>();
    for (size_t i = 0; i < from.value.size(); ++i) {
        if (from.value[i].name != to.value[i].name) mismatch();
        if (same_type(from.value[i].type, to.value[i].type)) continue;
        const SqlTypePtr& type = from.value[i].type;
        if (!type->is_numeric() || !can_cast_implicitly(*type, *to.value[i].type)) mismatch();
        node.values[i].expression =
            sql::make_expression(sql::Cast{node.values[i].expression, to.value[i].type});
    }
    return builder.make(std::move(node), projection->name, projection->inputs);
}

/// Where the name stands that follows INTO: "Line: 1, Col: 13: ".
std::string place_of_target(const std::string& text, Position at) {
    size_t words = 0;
    bool in_word = false;
    for (char c : text) {
        const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!space && !in_word && ++words == 3) return place(at);
        in_word = !space;
        if (c == '\n') {
            ++at.line;
            at.column = 0;
        }
        ++at.column;
    }
    return "";
}

const Source& insert_target(const sql::InsertIntoSelect& statement, const std::string& text,
                            Position start, const PlanningContext& context, SourcePtr& target) {
    target = context.catalog->find_source(statement.target);
    if (!target) {
        refuse(Stage::kResolve, ErrorKind::kStatement,
               place_of_target(text, start) + "Source " + quote_identifier(statement.target, true) +
                   " does not exist.");
    }
    if (target->is_table()) {
        refuse(Stage::kResolve, ErrorKind::kStatement,
               "INSERT INTO can only be used to insert into a stream. " + target->name +
                   " is a table.");
    }
    if (target->read_only) refuse("Cannot insert into read-only stream: " + target->name);
    if (!target->schema.headers.empty()) {
        refuse("Cannot insert into " + target->name + " because it has header columns");
    }
    return *target;
}

}  // namespace

PlannedQuery plan_create_as_select(const sql::CreateAsSelect& statement, const std::string& text,
                                   const PlanningContext& context) {
    (void)text;
    check_replace_enabled(statement.or_replace, context);
    check_no_limit(statement);
    WithProperties with = read_properties(statement.properties, PropertyScope::kCreateAsSelect);
    std::string shown;
    auto show = [&](Analysis& analysis, const Sink& sink) {
        sql::CreateAsSelect complete = statement;
        complete.if_not_exists = false;
        complete.properties = sink.shown;
        complete.query = analysis.query;
        shown = format_statement(complete);
    };
    auto default_emit = [](Analysis& analysis) {
        if (analysis.query.emit == sql::EmitKind::kNone)
            analysis.query.emit = sql::EmitKind::kChanges;
    };
    try {
        Analysis analysis;
        try {
            analysis = analyze(statement.query, context, QueryUse::kPersistent);
        } catch (const StatementError&) {
            if (auto loose = analyze_loosely(statement.query, context)) {
                default_emit(*loose);
                show(*loose, sink_topic(statement, with, *loose, context));
            }
            throw;
        }
        default_emit(analysis);
        analysis.sink_timestamp = with.timestamp;
        for (const auto& format : {with.format, with.key_format, with.value_format})
            if (format) require_format(*format);
        Sink sink = sink_topic(statement, with, analysis, context);
        show(analysis, sink);
        return plan_with_sink(statement, with, analysis, std::move(sink), shown, context);
    } catch (const StatementError& error) {
        throw in_schema_step(error, shown);
    }
}

PlannedQuery plan_insert_into(const sql::InsertIntoSelect& statement, const std::string& text,
                              const PlanningContext& context, Position start) {
    WithProperties with = read_properties(statement.properties, PropertyScope::kInsertInto);
    SourcePtr target;
    insert_target(statement, text, start, context, target);
    const std::string id =
        with.query_id.value_or("INSERTQUERY_" + std::to_string(context.next_query_number));
    if (with.query_id) check_query_id(id);
    Analysis analysis = analyze(statement.query, context, QueryUse::kPersistent);
    StepBuilder builder(context);
    LogicalQuery logical = build_query(analysis, builder, statement.target);
    if (logical.root->is_table) {
        refuse("INSERT INTO can only be used to insert into a stream. " + target->name +
               " is a stream, but the query produces a table.");
    }
    StepPtr projection = cast_to_target(builder, logical.root, *target);
    if (projection->window != target->window) {
        refuse("Incompatible windows between results and sink.");
    }
    StepPtr physical = lower(optimize(projection, builder), builder, {.keep_tables = true});
    StepPtr root = add_sink(builder, physical, *target);
    verify(root, builder, "lowering");
    auto plan = physical_plan(analysis, id, text, root, context);
    plan->sink_name = target->name;
    PlannedQuery planned;
    planned.plan = plan;
    planned.statement_text = text;
    return planned;
}

}  // namespace millrace::plan
