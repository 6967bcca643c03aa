#include <algorithm>

#include "engine/exec/expression/expression.h"
#include "engine/functions/registry.h"
#include "engine/sql/parser.h"
#include "tests/unit/exec/pipeline_fixture.h"

namespace millrace::exec::testing {

namespace {

std::shared_ptr<plan::Step> over(const plan::StepPtr& input, const std::string& name) {
    auto step = std::make_shared<plan::Step>();
    step->name = name;
    step->is_table = input->is_table;
    step->window = input->window;
    step->window_size_ms = input->window_size_ms;
    step->schema = input->schema;
    step->inputs = {input};
    return step;
}

FormatInfo format(const std::string& name) {
    FormatInfo info;
    info.name = name;
    return info;
}

plan::BoundPtr bound(const plan::StepPtr& input, const sql::ExpressionPtr& expression) {
    plan::BindOptions options;
    options.functions = &FunctionRegistry::builtin();
    return plan::bind(
        expression, plan::ColumnScope(input->schema, input->window != WindowType::kNone), options);
}

plan::NamedExpression named(const std::string& text) {
    const size_t as = text.rfind(" AS ");
    if (as == std::string::npos) return {text, sql::parse_expression(text)};
    return {text.substr(as + 4), sql::parse_expression(text.substr(0, as))};
}

}  // namespace

plan::StepPtr windowed_source(sql::SourceKind kind, const std::string& columns, WindowType window,
                              std::optional<int64_t> size_ms, std::optional<std::string> store) {
    auto made = std::make_shared<plan::Step>(*source(kind, columns, std::move(store)));
    auto& spec = std::get<plan::SourceStep>(made->node);
    spec.window = made->window = window;
    spec.window_size_ms = made->window_size_ms = size_ms;
    return made;
}

plan::StepPtr source(sql::SourceKind kind, const std::string& columns,
                     std::optional<std::string> store, const std::string& key_format,
                     std::optional<TimestampColumn> timestamp) {
    auto step = std::make_shared<plan::Step>();
    plan::SourceStep spec;
    spec.kind = kind;
    spec.topic = "input";
    for (const sql::ColumnDefinition& column : sql::parse_columns(columns)) {
        switch (column.role) {
            case sql::ColumnRole::kKey:
            case sql::ColumnRole::kPrimaryKey:
                spec.declared.key.push_back({column.name, column.type});
                break;
            case sql::ColumnRole::kValue:
                spec.columns.push_back(static_cast<int>(spec.declared.value.size()));
                spec.declared.value.push_back({column.name, column.type});
                break;
            case sql::ColumnRole::kHeaders:
            case sql::ColumnRole::kHeader: {
                spec.headers.push_back(static_cast<int>(spec.declared.headers.size()));
                HeaderField field{column.name, column.type, {}};
                if (column.role == sql::ColumnRole::kHeader) field.header_key = column.header_key;
                spec.declared.headers.push_back(field);
                break;
            }
        }
    }
    spec.key_format = format(key_format);
    spec.value_format = format("JSON");
    spec.timestamp = std::move(timestamp);
    spec.store = std::move(store);
    step->name = "Source";
    step->schema.key = spec.declared.key;
    step->schema.value = spec.declared.value;
    for (const auto& header : spec.declared.headers)
        step->schema.value.push_back({header.name, header.type});
    step->is_table = kind == sql::SourceKind::kTable;
    step->node = std::move(spec);
    return step;
}

plan::StepPtr filter(const plan::StepPtr& input, const std::string& condition) {
    auto step = over(input, "Filter");
    step->node = plan::FilterStep{sql::parse_expression(condition)};
    return step;
}

plan::StepPtr select(const plan::StepPtr& input, const std::vector<std::string>& values) {
    auto step = over(input, "Project");
    plan::SelectStep spec;
    for (const Field& field : input->schema.key) spec.key_names.push_back(field.name);
    step->schema.value.clear();
    for (const std::string& text : values) {
        spec.values.push_back(named(text));
        step->schema.value.push_back(
            {spec.values.back().name, bound(input, spec.values.back().expression)->type});
    }
    step->node = std::move(spec);
    return step;
}

namespace {

template <class Spec>
plan::StepPtr rekey(const plan::StepPtr& input, const std::string& name,
                    std::vector<plan::NamedExpression> keys) {
    auto step = over(input, name);
    step->schema.key.clear();
    for (const auto& key : keys) {
        step->schema.key.push_back({key.name, bound(input, key.expression)->type});
    }
    for (const Field& old : input->schema.key) step->schema.value.push_back(old);
    step->node = Spec{std::move(keys)};
    return step;
}

}  // namespace

plan::StepPtr select_key(const plan::StepPtr& input, const std::string& name,
                         const std::string& key) {
    return rekey<plan::SelectKeyStep>(input, "PartitionBy", {{name, sql::parse_expression(key)}});
}

plan::StepPtr group_by(const plan::StepPtr& input, const std::vector<std::string>& texts) {
    std::vector<plan::NamedExpression> keys;
    for (const std::string& text : texts) keys.push_back(named(text));
    return rekey<plan::GroupByStep>(input, "GroupBy", std::move(keys));
}

plan::StepPtr repartition(const plan::StepPtr& input) {
    auto step = over(input, "Repartition");
    const bool json = input->schema.key.size() > 1;
    step->node =
        plan::RepartitionStep{"repartition", format(json ? "JSON" : "KAFKA"), format("JSON")};
    return step;
}

plan::StepPtr aggregate(const plan::StepPtr& input, const Aggregation& what) {
    auto step = over(input, "Aggregate");
    step->is_table = true;
    step->schema.value.clear();
    plan::AggregateStep spec;
    for (const std::string& name : what.carried) {
        spec.carried.push_back(name);
        const Field* field = input->schema.find_value(name);
        if (!field) field = input->schema.find_key(name);
        step->schema.value.push_back(*field);
    }
    for (const std::string& text : what.calls) {
        const auto expression = sql::parse_expression(text);
        const auto* call = expression->as<sql::Call>();
        std::vector<ArgumentType> types;
        auto arguments = call->arguments;
        if (call->star) arguments.push_back(sql::make_expression(sql::ColumnRef{{}, "ROWTIME"}));
        for (const auto& argument : arguments) {
            const auto one = bound(input, argument);
            ArgumentType type;
            type.type = one->type;
            type.is_literal = one->kind == plan::BoundExpression::Kind::kConstant;
            if (type.is_literal) type.literal = one->constant;
            types.push_back(type);
        }
        const auto resolved = FunctionRegistry::builtin().resolve_aggregate(call->name, types);
        const std::string name = "KSQL_AGG_VARIABLE_" + std::to_string(spec.calls.size());
        spec.calls.push_back({name, expression});
        step->schema.value.push_back({name, resolved.function->result_type()});
    }
    spec.window = what.window;
    spec.pairs = what.pairs;
    spec.emit_final = what.emit_final;
    spec.store = "aggregate";
    if (what.window) {
        const bool is_session = what.window->kind == sql::WindowKind::kSession;
        step->window = is_session                                       ? WindowType::kSession
                       : what.window->kind == sql::WindowKind::kHopping ? WindowType::kHopping
                                                                        : WindowType::kTumbling;
        if (!is_session) step->window_size_ms = what.window->size_ms;
    }
    step->node = std::move(spec);
    return step;
}

namespace {

std::shared_ptr<plan::Step> joined(const plan::StepPtr& left, const plan::StepPtr& right) {
    auto step = over(left, "Join");
    step->inputs.push_back(right);
    for (const Field& field : right->schema.value) step->schema.value.push_back(field);
    return step;
}

}  // namespace

plan::StepPtr stream_stream_join(const plan::StepPtr& left, const plan::StepPtr& right,
                                 sql::JoinType type, const Nearness& within) {
    auto step = joined(left, right);
    plan::StreamStreamJoinStep node;
    node.type = type;
    node.before_ms = within.before_ms;
    node.after_ms = within.after_ms;
    node.grace_ms = within.grace_ms.value_or(86'400'000);
    node.left_store = "left";
    node.right_store = "right";
    if (within.grace_ms && type != sql::JoinType::kInner) node.held_store = "held";
    step->node = std::move(node);
    return step;
}

plan::StepPtr table_table_join(const plan::StepPtr& left, const plan::StepPtr& right,
                               sql::JoinType type) {
    auto step = joined(left, right);
    step->node = plan::TableTableJoinStep{type, "", "left", "right"};
    return step;
}

plan::StepPtr stream_table_join(const plan::StepPtr& stream, const plan::StepPtr& table,
                                sql::JoinType type) {
    auto step = joined(stream, table);
    step->node = plan::StreamTableJoinStep{type, stream->schema.key.front().name, "table"};
    return step;
}

plan::StepPtr flat_map(const plan::StepPtr& input, const std::vector<std::string>& texts) {
    auto step = over(input, "FlatMap");
    plan::FlatMapStep spec;
    for (const std::string& text : texts) {
        spec.functions.push_back(named(text));
        const auto* call = spec.functions.back().expression->as<sql::Call>();
        ArgumentType argument;
        argument.type = bound(input, call->arguments.at(0))->type;
        const auto resolved = FunctionRegistry::builtin().resolve_table(call->name, {argument});
        step->schema.value.push_back({spec.functions.back().name, resolved.element});
    }
    step->node = std::move(spec);
    return step;
}

plan::StepPtr sink(const plan::StepPtr& input, const std::string& key_format,
                   std::optional<TimestampColumn> timestamp) {
    auto step = over(input, "Sink");
    step->node = plan::SinkStep{"output", format(key_format), format("JSON"), std::move(timestamp)};
    return step;
}

plan::StepPtr push(const plan::StepPtr& input, std::optional<int64_t> limit) {
    auto step = over(input, "Push");
    step->node = plan::PushStep{limit};
    return step;
}

namespace {

/// The aggregate that reads `step`, in the tree under `root`.
plan::StepPtr find_reader(const plan::StepPtr& root, const plan::StepPtr& step) {
    for (const auto& input : root->inputs) {
        if (input == step && root->as<plan::AggregateStep>()) return root;
        if (auto found = find_reader(input, step)) return found;
    }
    return nullptr;
}

void collect_leaves(const plan::StepPtr& step, plan::SubTopology& subtopology,
                    std::vector<plan::StepPtr>& upstream) {
    if (step->as<plan::SourceStep>()) {
        subtopology.inputs.push_back({step, "input", false, {}});
        return;
    }
    if (step != subtopology.root && step->as<plan::RepartitionStep>()) {
        subtopology.inputs.push_back({step, "repartition", true, {}});
        upstream.push_back(step);
        return;
    }
    for (const auto& input : step->inputs) collect_leaves(input, subtopology, upstream);
}

}  // namespace

std::vector<plan::SubTopology> subtopologies(const plan::StepPtr& root) {
    plan::SubTopology last;
    last.root = root;
    last.output_topic = "output";
    std::vector<plan::StepPtr> upstream;
    collect_leaves(root, last, upstream);
    std::vector<plan::SubTopology> all;
    for (const auto& step : upstream) {
        for (auto& subtopology : subtopologies(step)) {
            if (subtopology.root == step) subtopology.reader = find_reader(root, step);
            all.push_back(std::move(subtopology));
        }
    }
    all.push_back(std::move(last));
    return all;
}

plan::SubTopology subtopology(const plan::StepPtr& root) {
    return subtopologies(root).back();
}

plan::WindowSpec tumbling(int64_t size_ms, int64_t grace_ms) {
    return {sql::WindowKind::kTumbling, size_ms, size_ms, grace_ms, size_ms + grace_ms};
}
plan::WindowSpec hopping(int64_t size_ms, int64_t advance_ms, int64_t grace_ms) {
    return {sql::WindowKind::kHopping, size_ms, advance_ms, grace_ms, size_ms + grace_ms};
}
plan::WindowSpec session(int64_t gap_ms, int64_t grace_ms) {
    return {sql::WindowKind::kSession, gap_ms, 0, grace_ms, gap_ms + grace_ms};
}

}  // namespace millrace::exec::testing
