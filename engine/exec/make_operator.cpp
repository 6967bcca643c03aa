#include "engine/exec/make_operator.h"

#include "engine/exec/aggregate.h"
#include "engine/exec/binding.h"
#include "engine/exec/filter.h"
#include "engine/exec/flat_map.h"
#include "engine/exec/foreign_key_join.h"
#include "engine/exec/project.h"
#include "engine/exec/select_key.h"
#include "engine/exec/session_aggregate.h"
#include "engine/exec/stream_stream_join.h"
#include "engine/exec/stream_table_join.h"
#include "engine/exec/table_source.h"
#include "engine/exec/table_table_join.h"

namespace millrace::exec {

namespace {

/// Does it need more of a row than its key?
bool reads_value(const sql::ExpressionPtr& expression, const Schema& schema) {
    bool found = false;
    sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
        const auto* column = node->as<sql::ColumnRef>();
        if (column && !schema.find_key(column->name)) found = true;
    });
    return found;
}

struct Making {
    const plan::Step& step;
    const FunctionRegistry& functions;
    const EvalEnv& env;

    OperatorPtr operator()(const plan::SourceStep& source) const {
        if (!source.store) return nullptr;
        return std::make_unique<TableSourceOperator>(step, *source.store);
    }
    OperatorPtr operator()(
        const plan::OneOf<plan::RepartitionStep, plan::SinkStep, plan::PushStep> auto&) const {
        return nullptr;
    }
    OperatorPtr operator()(const plan::FilterStep& filter) const {
        return std::make_unique<FilterOperator>(step.name, binding().compile(filter.condition),
                                                input().is_table);
    }
    OperatorPtr operator()(const plan::SelectStep& select) const {
        return std::make_unique<ProjectOperator>(step.name, num_keys(),
                                                 binding().compile_set(select.values));
    }
    OperatorPtr operator()(const plan::SelectKeyStep& select_key) const {
        std::vector<bool> from_value;
        for (const plan::NamedExpression& key : select_key.keys)
            from_value.push_back(reads_value(key.expression, input().schema));
        return std::make_unique<SelectKeyOperator>(step.name, num_keys(),
                                                   binding().compile_set(select_key.keys), false,
                                                   std::move(from_value));
    }
    OperatorPtr operator()(const plan::GroupByStep& group_by) const {
        return std::make_unique<SelectKeyOperator>(step.name, num_keys(),
                                                   binding().compile_set(group_by.keys), true);
    }
    OperatorPtr operator()(const plan::AggregateStep& aggregate) const {
        if (aggregate.window && aggregate.window->kind == sql::WindowKind::kSession)
            return std::make_unique<SessionAggregateOperator>(step, binding());
        return std::make_unique<AggregateOperator>(step, binding());
    }
    OperatorPtr operator()(const plan::StreamTableJoinStep& join) const {
        return std::make_unique<StreamTableJoinOperator>(join, input(), *step.inputs.at(1));
    }
    OperatorPtr operator()(const plan::StreamStreamJoinStep&) const {
        return std::make_unique<StreamStreamJoinOperator>(step);
    }
    OperatorPtr operator()(const plan::TableTableJoinStep&) const {
        return std::make_unique<TableTableJoinOperator>(step);
    }
    OperatorPtr operator()(const plan::ForeignKeySubscribeStep&) const {
        return std::make_unique<ForeignKeySubscribeOperator>(step);
    }
    OperatorPtr operator()(const plan::ForeignKeyLookupStep&) const {
        return std::make_unique<ForeignKeyLookupOperator>(step);
    }
    OperatorPtr operator()(const plan::ForeignKeyResultStep&) const {
        return std::make_unique<ForeignKeyResultOperator>(step);
    }
    OperatorPtr operator()(const plan::FlatMapStep& flat_map) const {
        return std::make_unique<FlatMapOperator>(step.name, flat_map, binding());
    }

    const plan::Step& input() const { return *step.inputs.at(0); }
    Binding binding() const { return {input(), functions, env}; }
    size_t num_keys() const { return input().schema.key.size(); }
};

}  // namespace

OperatorPtr make_operator(const plan::Step& step, const FunctionRegistry& functions,
                          const EvalEnv& env) {
    return std::visit(Making{step, functions, env}, step.node);
}

}  // namespace millrace::exec
