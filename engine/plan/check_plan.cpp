#include "engine/plan/check_plan.h"

#include <algorithm>
#include <set>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/plan/source_rules.h"
#include "engine/plan/step_builder.h"
#include "engine/plan/step_kinds.h"
#include "engine/sql/duration.h"

namespace millrace::plan {
namespace {

bool is_duration(int64_t ms) {
    return ms >= 0 && ms <= sql::kForeverMs;
}

bool windowed(const Step& step) {
    return step.window != WindowType::kNone;
}

void check_format(const FormatInfo& format, const std::vector<Field>& columns, bool is_key) {
    const FormatTraits& traits = require_format(format.name);
    // Without columns nothing is written or read.
    if (columns.empty()) return;
    if (const auto reason = unsupported_reason(traits, columns, is_key)) refuse(*reason);
}

/// What a step of each kind needs beside the schema that follows from its inputs (derive.cpp).
class StepRules {
public:
    StepRules(const Step& step, const StepBuilder& builder) : step_(step), builder_(builder) {}

    void operator()(const SourceStep& source) const {
        need_intact(!source.topic.empty(), "it reads no topic");
        check_names(source.declared);
        check_format(source.key_format, source.declared.key, true);
        check_format(source.value_format, source.declared.value, false);
        check_timestamp(source.timestamp, source.declared);
        const bool sized =
            source.window == WindowType::kTumbling || source.window == WindowType::kHopping;
        need_intact(!sized || source.window_size_ms, "its windows have no size");
        const int64_t size_ms = source.window_size_ms.value_or(1);
        need_intact(size_ms > 0 && is_duration(size_ms), "its windows are of no size");
        need_intact(!source.store || step_.is_table, "it keeps the rows of a stream");
    }
    void operator()(
        const OneOf<FilterStep, SelectStep, SelectKeyStep, GroupByStep, FlatMapStep> auto&) const {}

    void operator()(const RepartitionStep& repartition) const {
        need_intact(!repartition.topic_suffix.empty(), "it has no topic");
        need_intact(!windowed(input(0)), "it repartitions windowed keys");
        check_format(repartition.key_format, step_.schema.key, true);
    }

    void operator()(const AggregateStep& aggregate) const {
        if (aggregate.window) check_window(*aggregate.window);
        if (!input(0).is_table) return;
        const ColumnScope scope = StepBuilder::scope_of(input(0));
        for (const AggregateCall& call : aggregate.calls) {
            need_intact(
                builder_.resolve_aggregate(call.call, scope).function->can_remove(),
                "it aggregates a table with a function from which no row can be taken back");
        }
    }

    void operator()(const StreamTableJoinStep&) const {
        check_sides(false, true);
        check_keys();
    }
    void operator()(const StreamStreamJoinStep& join) const {
        check_sides(false, false);
        check_keys();
        for (const int64_t ms : {join.before_ms, join.after_ms, join.grace_ms})
            need_intact(is_duration(ms), "its window is of no size");
    }
    void operator()(const TableTableJoinStep&) const {
        check_sides(true, true);
        check_keys();
    }

    void operator()(const ForeignKeySubscribeStep&) const {
        need_intact(input(0).is_table, "it subscribes for the rows of a stream");
    }
    void operator()(const ForeignKeyLookupStep&) const {
        check_sides(false, true);
        check_keys();
        const std::vector<Field>& messages = input(0).schema.value;
        need_intact(messages[messages.size() - 2].type->is(BaseType::kInteger) &&
                        messages.back().type->is(BaseType::kBigint),
                    "its messages are no subscriptions");
    }
    void operator()(const ForeignKeyResultStep&) const {
        need_intact(input(0).schema.value.back().type->is(BaseType::kBigint),
                    "its answers have no version");
    }

    void operator()(const SinkStep& sink) const {
        need_intact(!sink.topic.empty(), "it writes to no topic");
        check_format(sink.key_format, step_.schema.key, true);
        check_format(sink.value_format, step_.schema.value, false);
        check_timestamp(sink.timestamp, step_.schema);
    }
    void operator()(const PushStep& push) const {
        need_intact(push.limit.value_or(0) >= 0, "its LIMIT is negative");
    }

private:
    const Step& input(size_t i) const { return *step_.inputs.at(i); }

    static void check_names(const Schema& declared) {
        std::set<std::string> names;
        auto note = [&](const auto& columns) {
            for (const auto& column : columns)
                need_intact(names.insert(column.name).second, "it has a column twice");
        };
        note(declared.key);
        note(declared.value);
        note(declared.headers);
    }

    void check_window(const WindowSpec& window) const {
        need_intact(!windowed(input(0)), "it makes windows of windows");
        for (const int64_t ms :
             {window.size_ms, window.advance_ms, window.grace_ms, window.retention_ms})
            need_intact(is_duration(ms), "its window is of no size");
        if (window.kind == sql::WindowKind::kSession) return;
        need_intact(window.size_ms > 0, "its window is of no size");
        if (window.kind == sql::WindowKind::kTumbling) return;
        need_intact(window.advance_ms > 0 && window.advance_ms <= window.size_ms,
                    "its window hops by nothing, or by more than its size");
    }

    void check_sides(bool left_table, bool right_table) const {
        need_intact(input(0).is_table == left_table && input(1).is_table == right_table,
                    "it joins a table where a stream should be, or a stream where a table should");
    }
    /// Rows of both sides are found under each other's keys.
    void check_keys() const {
        need_intact(windowed(input(0)) == windowed(input(1)), "it joins windowed keys to others");
        const std::vector<Field>& left = input(0).schema.key;
        const std::vector<Field>& right = input(1).schema.key;
        const bool same =
            std::equal(left.begin(), left.end(), right.begin(), right.end(),
                       [](const Field& a, const Field& b) { return same_type(a.type, b.type); });
        need_intact(same, "it joins keys of different types");
    }

    const Step& step_;
    const StepBuilder& builder_;
};

class PlanCheck {
public:
    explicit PlanCheck(const StepBuilder& builder) : builder_(builder) {}

    void check(const PhysicalPlan& plan) {
        need_intact(plan.root != nullptr, "it has no steps");
        check_root(*plan.root, plan.kind);
        check_step(plan.root, true);
        at_ = nullptr;
        if (plan.materialization) check_table(*plan.materialization, *plan.root);
    }

    /// Of the step that is looked at; empty: the whole plan is.
    std::string place() const { return at_ ? " at " + at_->name : ""; }

private:
    static void check_root(const Step& root, QueryKind kind) {
        if (kind == QueryKind::kPush) {
            need_intact(root.as<PushStep>() != nullptr, "it does not end at a client");
            return;
        }
        // CREATE SOURCE TABLE writes nothing: it keeps what it reads.
        const auto* source = root.as<SourceStep>();
        need_intact(root.as<SinkStep>() || (source && source->store),
                    "it ends neither in a topic nor in a table");
    }

    void check_step(const StepPtr& step, bool is_root) {
        for (const StepPtr& input : step->inputs) check_step(input, false);
        at_ = step.get();
        need_intact(step->inputs.size() == num_inputs(*step), "it stands over too many or too few");
        need_intact(is_root || place_of(*step) != StepPlace::kEnd, "rows leave in the middle");
        const StepPtr derived = builder_.rebuild(*step, step->inputs);
        need_intact(derived->schema == step->schema, "its columns do not follow from its inputs");
        need_intact(derived->is_table == step->is_table, "it takes a stream for a table");
        need_intact(
            derived->window == step->window && derived->window_size_ms == step->window_size_ms,
            "its windows do not follow from its inputs");
        std::visit(StepRules(*step, builder_), step->node);
        for (const StepStore& store : stores_of(*step)) {
            need_intact(!store.name.empty() && stores_.insert(store.name).second,
                        "its store has no name, or another's");
        }
        if (const auto* repartition = step->as<RepartitionStep>()) {
            need_intact(topics_.insert(repartition->topic_suffix).second,
                        "it writes to another's topic");
        }
    }

    /// A stored row goes through the transforms one after the other and is a row of the table then.
    static void check_table(const Materialization& table, const Step& root) {
        const std::vector<std::string> stores = table_stores(*table.from);
        need_intact(!stores.empty() && stores.front() == table.store,
                    "its table is not what the store keeps");
        const Step* at = table.from.get();
        for (const StepPtr& transform : table.transforms) {
            need_intact(transform->as<SelectStep>() || transform->as<FilterStep>(),
                        "its table is made by more than SELECT and WHERE");
            need_intact(transform->inputs.at(0).get() == at, "its table's steps are in no order");
            at = transform.get();
        }
        need_intact(at->schema == root.schema, "its table has other columns than its result");
    }

    const StepBuilder& builder_;
    const Step* at_ = nullptr;
    std::set<std::string> stores_, topics_;
};

}  // namespace

void check_plan(const PhysicalPlan& plan, const FunctionRegistry& functions, const Config& config) {
    PlanningContext context;
    context.functions = &functions;
    context.config = config;
    const StepBuilder builder(context);
    PlanCheck check(builder);
    try {
        check.check(plan);
    } catch (const std::exception& error) {
        // StatementError of an expression that does not bind, DamagedBytes of a rule.
        refuse(ErrorKind::kServer, "The plan of query " + plan.query_id + " cannot be used" +
                                       check.place() + ": " + error.what());
    }
}

}  // namespace millrace::plan
