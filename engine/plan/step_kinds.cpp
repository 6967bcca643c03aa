#include "engine/plan/step_kinds.h"

namespace millrace::plan {
namespace {

struct Place {
    StepPlace operator()(const SourceStep&) const { return StepPlace::kStart; }
    StepPlace operator()(const RepartitionStep&) const { return StepPlace::kCut; }
    StepPlace operator()(const OneOf<SinkStep, PushStep> auto&) const { return StepPlace::kEnd; }
    StepPlace operator()(
        const OneOf<FilterStep, SelectStep, SelectKeyStep, GroupByStep, AggregateStep,
                    StreamTableJoinStep, StreamStreamJoinStep, TableTableJoinStep,
                    ForeignKeySubscribeStep, ForeignKeyLookupStep, ForeignKeyResultStep,
                    FlatMapStep> auto&) const {
        return StepPlace::kInside;
    }
};

struct NumInputs {
    size_t operator()(const SourceStep&) const { return 0; }
    size_t operator()(
        const OneOf<FilterStep, SelectStep, SelectKeyStep, GroupByStep, RepartitionStep,
                    AggregateStep, ForeignKeySubscribeStep, ForeignKeyResultStep, FlatMapStep,
                    SinkStep, PushStep> auto&) const {
        return 1;
    }
    size_t operator()(const OneOf<StreamTableJoinStep, StreamStreamJoinStep, TableTableJoinStep,
                                  ForeignKeyLookupStep> auto&) const {
        return 2;
    }
};

struct Stores {
    using Out = std::vector<StepStore>;

    Out operator()(const SourceStep& source) const {
        return source.store ? Out{{*source.store}} : Out{};
    }
    Out operator()(
        const OneOf<FilterStep, SelectStep, SelectKeyStep, GroupByStep, RepartitionStep,
                    ForeignKeySubscribeStep, FlatMapStep, SinkStep, PushStep> auto&) const {
        return {};
    }
    Out operator()(const AggregateStep& aggregate) const {
        StepStore store{aggregate.store, window != WindowType::kNone};
        if (aggregate.window) {
            store.retention_ms = aggregate.window->retention_ms;
            if (aggregate.emit_final) store.closing = window;
        }
        return {store};
    }
    Out operator()(const StreamTableJoinStep& join) const { return {{join.table_store}}; }
    Out operator()(const StreamStreamJoinStep& join) const {
        const int64_t retention_ms = join_retention(join);
        Out out{{join.left_store, true, retention_ms}, {join.right_store, true, retention_ms}};
        // What is held goes out or finds a match: the changelog tells which.
        if (join.held_store) out.push_back({*join.held_store});
        return out;
    }
    Out operator()(const TableTableJoinStep& join) const {
        return {{join.left_store}, {join.right_store}};
    }
    Out operator()(const ForeignKeyLookupStep& lookup) const {
        return {{lookup.subscription_store}, {lookup.table_store}};
    }
    Out operator()(const ForeignKeyResultStep& result) const { return {{result.store}}; }

    WindowType window;  ///< Of the step's keys.
};

/// Where each row of the step's table can be found.
struct TableStores {
    using Out = std::vector<std::string>;

    Out operator()(const SourceStep& source) const {
        return source.store ? Out{*source.store} : Out{};
    }
    Out operator()(const OneOf<AggregateStep, ForeignKeyResultStep> auto& step) const {
        return {step.store};
    }
    Out operator()(const TableTableJoinStep& join) const {
        return {join.left_store, join.right_store};
    }
    Out operator()(const OneOf<FilterStep, SelectStep, SelectKeyStep, GroupByStep, RepartitionStep,
                               StreamTableJoinStep, StreamStreamJoinStep, ForeignKeySubscribeStep,
                               ForeignKeyLookupStep, FlatMapStep, SinkStep, PushStep> auto&) const {
        return {};
    }
};

}  // namespace

StepPlace place_of(const Step& step) {
    return std::visit(Place{}, step.node);
}

size_t num_inputs(const Step& step) {
    return std::visit(NumInputs{}, step.node);
}

std::vector<StepStore> stores_of(const Step& step) {
    return std::visit(Stores{step.window}, step.node);
}

std::vector<std::string> table_stores(const Step& step) {
    return std::visit(TableStores{}, step.node);
}

}  // namespace millrace::plan
