#include "engine/plan/steps_json.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/config/config.h"
#include "engine/plan/json_form.h"
#include "engine/plan/step_kinds.h"

namespace millrace::plan {

/// ---- what steps are made of ----

void fields(auto& form, OneOf<Field> auto& field) {
    auto& [name, type] = field;
    form("name", name, "type", type);
}

void fields(auto& form, OneOf<HeaderField> auto& header) {
    auto& [name, type, header_key] = header;
    form("name", name, "type", type, "headerKey", header_key);
}

void fields(auto& form, OneOf<Schema> auto& schema) {
    auto& [key, value, headers] = schema;
    form("key", key, "value", value);
    form.unless_empty("headers", headers);
}

void fields(auto& form, OneOf<FormatInfo> auto& format) {
    auto& [name, properties, wrap_single] = format;
    form("name", name);
    form.unless_empty("properties", properties);
    form("wrapSingle", wrap_single);
}

void fields(auto& form, OneOf<TimestampColumn> auto& timestamp) {
    auto& [column, format] = timestamp;
    form("column", column, "format", format);
}

void fields(auto& form, OneOf<NamedExpression> auto& named) {
    auto& [name, expression] = named;
    form("name", name, "expression", expression);
}

void fields(auto& form, OneOf<AggregateCall> auto& aggregate) {
    auto& [name, call] = aggregate;
    form("name", name, "call", call);
}

void fields(auto& form, OneOf<WindowSpec> auto& window) {
    auto& [kind, size_ms, advance_ms, grace_ms, retention_ms] = window;
    form("kind", kind, "sizeMs", size_ms, "advanceMs", advance_ms, "graceMs", grace_ms);
    form("retentionMs", retention_ms);
}

/// ---- kinds of step ----

void fields(auto& form, OneOf<SourceStep> auto& step) {
    auto& [kind, source_name, topic, declared, columns, headers, key_format, value_format,
           timestamp, window, window_size_ms, prefix, store, always_earliest] = step;
    form.flag("table", kind, sql::SourceKind::kTable, sql::SourceKind::kStream);
    form("source", source_name, "topic", topic, "declared", declared, "columns", columns);
    form("headers", headers, "keyFormat", key_format, "valueFormat", value_format);
    form("sourceWindow", window, "prefix", prefix, "alwaysEarliest", always_earliest);
    form("timestamp", timestamp, "sourceWindowSizeMs", window_size_ms, "store", store);
}

void fields(auto& form, OneOf<FilterStep> auto& step) {
    auto& [condition] = step;
    form("condition", condition);
}

void fields(auto& form, OneOf<SelectStep> auto& step) {
    auto& [key_names, values] = step;
    form("keyNames", key_names, "values", values);
}

void fields(auto& form, OneOf<SelectKeyStep, GroupByStep> auto& step) {
    auto& [keys] = step;
    form("keys", keys);
}

void fields(auto& form, OneOf<RepartitionStep> auto& step) {
    auto& [topic_suffix, key_format, value_format] = step;
    form("topicSuffix", topic_suffix, "keyFormat", key_format, "valueFormat", value_format);
}

void fields(auto& form, OneOf<AggregateStep> auto& step) {
    auto& [carried, calls, window, emit_final, store, pairs] = step;
    form("carried", carried, "calls", calls, "emitFinal", emit_final, "store", store);
    form("pairs", pairs, "window", window);
}

void fields(auto& form, OneOf<StreamTableJoinStep> auto& step) {
    auto& [type, key_name, table_store] = step;
    form.flag("left", type, sql::JoinType::kLeft, sql::JoinType::kInner);
    form("keyName", key_name, "tableStore", table_store);
}

void fields(auto& form, OneOf<StreamStreamJoinStep> auto& step) {
    auto& [type, key_name, before_ms, after_ms, grace_ms, left_store, right_store, held_store] =
        step;
    form("join", type, "keyName", key_name, "beforeMs", before_ms, "afterMs", after_ms);
    form("graceMs", grace_ms, "leftStore", left_store, "rightStore", right_store);
    form("heldStore", held_store);
}

void fields(auto& form, OneOf<TableTableJoinStep> auto& step) {
    auto& [type, key_name, left_store, right_store] = step;
    form("join", type, "keyName", key_name, "leftStore", left_store, "rightStore", right_store);
}

void fields(auto& form, OneOf<ForeignKeySubscribeStep> auto& step) {
    auto& [foreign_key, left_join] = step;
    form("foreignKey", foreign_key, "left", left_join);
}

void fields(auto& form, OneOf<ForeignKeyLookupStep> auto& step) {
    auto& [type, num_left_keys, subscription_store, table_store] = step;
    form("join", type, "numLeftKeys", num_left_keys, "subscriptionStore", subscription_store);
    form("tableStore", table_store);
}

void fields(auto& form, OneOf<ForeignKeyResultStep> auto& step) {
    auto& [store] = step;
    form("store", store);
}

void fields(auto& form, OneOf<FlatMapStep> auto& step) {
    auto& [functions] = step;
    form("functions", functions);
}

void fields(auto& form, OneOf<SinkStep> auto& step) {
    auto& [topic, key_format, value_format, timestamp] = step;
    form("topic", topic, "keyFormat", key_format, "valueFormat", value_format);
    form("timestamp", timestamp);
}

void fields(auto& form, OneOf<PushStep> auto& step) {
    auto& [limit] = step;
    form("limit", limit);
}

/// ---- the tree ----

void fields(Writer& form, const Step::Node& node) {
    std::visit(
        [&](const auto& step) {
            form("type", std::string(step.kKind));
            fields(form, step);
        },
        node);
}

template <size_t Index = 0>
void read_kind(Reader& form, const std::string& kind, Step::Node& node) {
    if constexpr (Index == std::variant_size_v<Step::Node>) {
        throw DamagedBytes("it has a step of an unknown kind: " + kind);
    } else {
        if (kind != std::variant_alternative_t<Index, Step::Node>::kKind) {
            return read_kind<Index + 1>(form, kind, node);
        }
        fields(form, node.emplace<Index>());
    }
}

void fields(Reader& form, Step::Node& node) {
    std::string kind;
    form("type", kind);
    read_kind(form, kind, node);
}

void fields(auto& form, OneOf<Step> auto& step) {
    auto& [node, name, schema, is_table, window, window_size_ms, inputs] = step;
    fields(form, node);
    form("name", name, "schema", schema, "isTable", is_table);
    form.unless_empty("outputWindow", window);
    form("outputWindowSizeMs", window_size_ms);
    form.unless_empty("inputs", inputs);
}

void fields(Writer& form, const StepPtr& step) {
    fields(form, *step);
}

void fields(Reader& form, StepPtr& step) {
    auto read = std::make_shared<Step>();
    fields(form, *read);
    if (read->inputs.size() != num_inputs(*read))
        throw DamagedBytes("it has a step over too many or too few: " + read->name);
    step = std::move(read);
}

/// ---- the plan ----

/// A materialization speaks of steps of its plan by their numbers.
struct NumberedMaterialization {
    std::string store;
    size_t from = 0;
    std::vector<size_t> transforms;
};

void fields(auto& form, OneOf<NumberedMaterialization> auto& table) {
    auto& [store, from, transforms] = table;
    form("store", store, "from", from, "transforms", transforms);
}

namespace {

/// Steps are numbered from the root down, left before right.
void number_steps(const StepPtr& step, std::vector<StepPtr>& steps) {
    steps.push_back(step);
    for (const StepPtr& input : step->inputs) number_steps(input, steps);
}

size_t number_of(const StepPtr& step, const std::vector<StepPtr>& steps) {
    const auto found = std::find(steps.begin(), steps.end(), step);
    MR_CHECK(found != steps.end(), "a materialization speaks of steps of its plan");
    return static_cast<size_t>(found - steps.begin());
}

void write_materialization(Writer& form, const PhysicalPlan& plan) {
    if (!plan.materialization) return;
    const Materialization& table = *plan.materialization;
    std::vector<StepPtr> steps;
    number_steps(plan.root, steps);
    NumberedMaterialization numbered{table.store, number_of(table.from, steps), {}};
    for (const StepPtr& step : table.transforms)
        numbered.transforms.push_back(number_of(step, steps));
    form("materialization", numbered);
}

void read_materialization(Reader& form, PhysicalPlan& plan) {
    std::optional<NumberedMaterialization> numbered;
    form("materialization", numbered);
    if (!numbered) return;
    std::vector<StepPtr> steps;
    number_steps(plan.root, steps);
    Materialization& table = plan.materialization.emplace();
    table.store = numbered->store;
    table.from = steps.at(numbered->from);
    for (const size_t number : numbered->transforms) table.transforms.push_back(steps.at(number));
}

}  // namespace

void fields(auto& form, OneOf<PhysicalPlan> auto& plan) {
    auto& [version, kind, query_id, statement, root, source_names, sink_name, materialization,
           properties] = plan;
    form("version", version);
    form("kind", kind, "queryId", query_id, "statement", statement, "sources", source_names);
    form("sink", sink_name, "properties", properties, "root", root);
    if constexpr (std::is_const_v<std::remove_reference_t<decltype(plan)>>) {
        write_materialization(form, plan);
    } else {
        read_materialization(form, plan);
    }
}

namespace {

int plan_version(const Json& plan) {
    need_intact(plan.is_object() && plan.contains("version"), "it has no version");
    return stored_number<int>(plan.at("version"));
}

}  // namespace

std::string plan_to_json(const PhysicalPlan& plan) {
    return Writer::written(plan).dump();
}

std::string step_to_json(const Step& step) {
    return Writer::written(step).dump();
}

PhysicalPlan plan_from_json(const std::string& text) {
    const Json json = parse_stored(text);
    if (plan_version(json) > kPlanFormatVersion) {
        refuse(ErrorKind::kServer, "A stored plan is of version " +
                                       std::to_string(plan_version(json)) +
                                       ", which this server does not know.");
    }
    try {
        PhysicalPlan plan;
        Reader::read(json, plan);
        plan.properties = query_scoped(plan.properties);
        return plan;
    } catch (const DamagedBytes&) {
        throw;
    } catch (const std::exception& error) {  // JSON of another form, SQL that does not parse.
        throw DamagedBytes(error.what());
    }
}

}  // namespace millrace::plan
