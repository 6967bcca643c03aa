// The passes one by one. Each takes a verified plan and returns one with the same result.
#include <algorithm>
#include <map>
#include <set>

#include "engine/plan/optimizer.h"

namespace millrace::plan {
namespace {

using Names = std::set<std::string>;

Names columns_of(const sql::ExpressionPtr& expression) {
    std::vector<std::string> names;
    add_column_names(expression, names);
    return {names.begin(), names.end()};
}

void add_all(Names& names, const Names& more) {
    names.insert(more.begin(), more.end());
}

bool offers(const Schema& schema, const Names& names) {
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return schema.find_key(name) || schema.find_value(name);
    });
}

/// The same step over inputs that `change` has been applied to.
template <class Change>
StepPtr over_inputs(const StepPtr& step, const StepBuilder& builder, const Change& change) {
    std::vector<StepPtr> inputs;
    bool changed = false;
    for (const StepPtr& input : step->inputs) {
        inputs.push_back(change(input));
        changed = changed || inputs.back() != input;
    }
    return changed ? builder.rebuild(*step, std::move(inputs)) : step;
}

/// ---- push_filters_down ----

void split_conjunction(const sql::ExpressionPtr& condition,
                       std::vector<sql::ExpressionPtr>& parts) {
    if (const auto* logic = condition->as<sql::Logic>(); logic && logic->op == sql::LogicOp::kAnd) {
        split_conjunction(logic->left, parts);
        split_conjunction(logic->right, parts);
        return;
    }
    parts.push_back(condition);
}

sql::ExpressionPtr conjunction(const std::vector<sql::ExpressionPtr>& parts) {
    sql::ExpressionPtr all;
    for (const auto& part : parts) {
        all = all ? sql::make_expression(sql::Logic{sql::LogicOp::kAnd, all, part}, all->position)
                  : part;
    }
    return all;
}

/// The filter as far towards the source as its columns allow, below steps that give one row a row.
StepPtr filter_at(const StepPtr& step, const sql::ExpressionPtr& condition,
                  const StepBuilder& builder) {
    const Names needed = columns_of(condition);
    const bool rekey = step->as<SelectKeyStep>() != nullptr;
    if (rekey && offers(step->inputs[0]->schema, needed)) {
        return builder.rebuild(*step, {filter_at(step->inputs[0], condition, builder)});
    }
    return builder.make(FilterStep{condition}, "WhereFilter", {step}, "WHERE");
}

/// ---- prune_columns ----

StepPtr prune(const StepPtr& step, const Names& needed, const StepBuilder& builder,
              bool root = false);

/// Is a projection its input but for the key's name?
bool renames_key_only(const Step& step) {
    const auto* node = step.as<SelectStep>();
    if (!node || step.schema.value != step.inputs[0]->schema.value) return false;
    const Schema& input = step.inputs[0]->schema;
    return std::all_of(node->values.begin(), node->values.end(), [&](const auto& value) {
        const std::string* column = plain_column(value.expression);
        return column && *column == value.name && !input.find_key(*column);
    });
}

/// A side of a join that gets a new key goes through a topic from here: it takes along only what is
/// read behind it.
StepPtr prune_side(const StepPtr& step, const Names& needed, const StepBuilder& builder) {
    StepPtr side = prune(step, needed, builder);
    // The join names the key, whatever its sides call it.
    if (renames_key_only(*side)) side = side->inputs[0];
    if (!side->as<SelectKeyStep>()) return side;
    SelectStep narrow;
    for (const auto& field : side->schema.key) narrow.key_names.push_back(field.name);
    Names taken;
    for (const auto& field : side->schema.value) {
        const bool is_key = side->schema.find_key(field.name) != nullptr;
        if (needed.count(field.name) && !is_key && taken.insert(field.name).second)
            narrow.values.push_back({field.name, column_expression(field.name)});
    }
    if (narrow.values.empty() && !side->schema.value.empty()) {
        const std::string& name = side->schema.value.front().name;
        narrow.values.push_back({name, column_expression(name)});
    }
    if (narrow.values.size() >= side->schema.value.size()) return side;
    const std::string name = side->name + "/Project";
    return builder.make(std::move(narrow), name, {side});
}

/// The step with only what is needed of it, over inputs that are pruned likewise. What it reads of
/// its input beyond that is its kind's to say.
class Pruning {
public:
    Pruning(const StepPtr& step, const Names& needed, const StepBuilder& builder, bool root)
        : step_(step), needed_(needed), builder_(builder), root_(root) {}

    StepPtr operator()(SourceStep source) const {
        const Schema& declared = source.declared;
        auto unused = [&](const auto& columns) {
            return [&](int index) {
                return !needed_.count(source.prefix + columns[static_cast<size_t>(index)].name);
            };
        };
        std::erase_if(source.columns, unused(declared.value));
        std::erase_if(source.headers, unused(declared.headers));
        return builder_.make(std::move(source), step_->name, {});
    }

    StepPtr operator()(SelectStep select) const {
        if (!root_) {
            std::vector<NamedExpression> kept;
            for (const auto& value : select.values) {
                if (needed_.count(value.name)) kept.push_back(value);
            }
            // Repartitioned rows need a column to be told from deletions.
            if (kept.empty() && !select.values.empty()) kept.push_back(select.values.front());
            select.values = std::move(kept);
        }
        Names below;
        add_columns(below, select.values);
        StepPtr input = prune(step_->inputs[0], below, builder_);
        return builder_.make(std::move(select), step_->name, {input});
    }

    StepPtr operator()(const FilterStep& filter) const {
        Names below = needed_;
        add_all(below, columns_of(filter.condition));
        return over(below);
    }

    StepPtr operator()(const OneOf<SelectKeyStep, GroupByStep> auto& rekey) const {
        return over_made(rekey.keys);
    }
    StepPtr operator()(const FlatMapStep& flat_map) const { return over_made(flat_map.functions); }

    StepPtr operator()(const AggregateStep& aggregate) const {
        Names below(aggregate.carried.begin(), aggregate.carried.end());
        for (const auto& call : aggregate.calls) add_all(below, columns_of(call.call));
        return over(below);
    }

    StepPtr operator()(const OneOf<StreamTableJoinStep, StreamStreamJoinStep,
                                   TableTableJoinStep> auto& join) const {
        // A name that is the key's is read from there.
        Names values = needed_;
        values.erase(join.key_name);
        return builder_.rebuild(*step_, {prune_side(step_->inputs[0], values, builder_),
                                         prune_side(step_->inputs[1], values, builder_)});
    }

    StepPtr operator()(const ForeignKeySubscribeStep& subscribe) const {
        Names below = needed_;
        below.insert(subscribe.foreign_key);
        return over(below);
    }

    StepPtr operator()(const OneOf<RepartitionStep, ForeignKeyLookupStep, ForeignKeyResultStep,
                                   SinkStep, PushStep> auto&) const {
        return over(needed_);
    }

private:
    static void add_columns(Names& names, const std::vector<NamedExpression>& expressions) {
        for (const auto& one : expressions) add_all(names, columns_of(one.expression));
    }

    StepPtr over(const Names& below) const {
        return over_inputs(step_, builder_,
                           [&](const StepPtr& input) { return prune(input, below, builder_); });
    }
    /// Over what is needed but made here, and what it is made from.
    StepPtr over_made(const std::vector<NamedExpression>& made) const {
        Names below = needed_;
        for (const auto& one : made) below.erase(one.name);
        add_columns(below, made);
        return over(below);
    }

    const StepPtr& step_;
    const Names& needed_;
    const StepBuilder& builder_;
    bool root_;
};

StepPtr prune(const StepPtr& step, const Names& needed, const StepBuilder& builder, bool root) {
    return std::visit(Pruning(step, needed, builder, root), step->node);
}

/// ---- merge_projections ----

bool is_identity(const Step& step) {
    const SelectStep& node = *step.as<SelectStep>();
    const Schema& input = step.inputs[0]->schema;
    if (step.schema.key != input.key || step.schema.value != input.value) return false;
    return std::all_of(node.values.begin(), node.values.end(), [&](const NamedExpression& value) {
        const std::string* column = plain_column(value.expression);
        // A name that is also a key's reads the key, which is not the same for a table's missing
        // row.
        return column && *column == value.name && !input.find_key(*column);
    });
}

/// The outer projection over the inner one's input, when the inner one only renames and selects.
StepPtr merged(const StepPtr& outer, const StepPtr& inner, const StepBuilder& builder) {
    const SelectStep& below = *inner->as<SelectStep>();
    std::map<std::string, std::string> renamed;
    for (const auto& value : below.values) {
        const std::string* column = plain_column(value.expression);
        if (!column) return nullptr;
        renamed[value.name] = *column;
    }
    const Schema& input = inner->inputs[0]->schema;
    for (size_t i = 0; i < below.key_names.size(); ++i)
        renamed[below.key_names[i]] = input.key[i].name;
    SelectStep node = *outer->as<SelectStep>();
    for (auto& value : node.values) {
        value.expression =
            rewrite(value.expression, [&](const sql::ExpressionPtr& e) -> sql::ExpressionPtr {
                const std::string* column = plain_column(e);
                if (!column) return nullptr;
                auto found = renamed.find(*column);
                return found == renamed.end() ? e : column_expression(found->second);
            });
    }
    return builder.make(std::move(node), outer->name, {inner->inputs[0]});
}

}  // namespace

StepPtr push_filters_down(const StepPtr& root, const StepBuilder& builder) {
    StepPtr step = over_inputs(root, builder,
                               [&](const StepPtr& in) { return push_filters_down(in, builder); });
    const auto* filter = step->as<FilterStep>();
    if (!filter || !step->inputs[0]->as<StreamTableJoinStep>()) return step;
    const StepPtr& join = step->inputs[0];
    std::vector<sql::ExpressionPtr> parts, stay;
    split_conjunction(filter->condition, parts);
    StepPtr left = join->inputs[0];
    for (const auto& part : parts) {
        if (offers(left->schema, columns_of(part))) {
            left = filter_at(left, part, builder);
        } else {
            stay.push_back(part);
        }
    }
    if (stay.size() == parts.size()) return step;
    StepPtr lower = builder.rebuild(*join, {left, join->inputs[1]});
    if (stay.empty()) return lower;
    return builder.make(FilterStep{conjunction(stay)}, step->name, {lower}, "WHERE");
}

StepPtr drop_needless_rekeys(const StepPtr& root, const StepBuilder& builder) {
    StepPtr step = over_inputs(
        root, builder, [&](const StepPtr& in) { return drop_needless_rekeys(in, builder); });
    const auto* rekey = step->as<SelectKeyStep>();
    if (!rekey || rekey->keys.empty()) return step;
    const Schema& input = step->inputs[0]->schema;
    if (rekey->keys.size() != input.key.size()) return step;
    for (size_t i = 0; i < rekey->keys.size(); ++i) {
        const std::string* column = plain_column(rekey->keys[i].expression);
        if (!column || *column != input.key[i].name || rekey->keys[i].name != *column) return step;
    }
    return step->inputs[0];
}

StepPtr prune_columns(const StepPtr& root, const StepBuilder& builder) {
    return prune(root, {}, builder, true);
}

StepPtr merge_projections(const StepPtr& root, const StepBuilder& builder) {
    StepPtr step = over_inputs(root, builder,
                               [&](const StepPtr& in) { return merge_projections(in, builder); });
    if (!step->as<SelectStep>()) return step;
    if (step->inputs[0]->as<SelectStep>()) {
        if (StepPtr one = merged(step, step->inputs[0], builder)) step = one;
    }
    if (step != root && is_identity(*step)) return step->inputs[0];
    if (step == root && is_identity(*step) && step->name != "Project" &&
        step->name != "Aggregate/Project") {
        return step->inputs[0];
    }
    return step;
}

}  // namespace millrace::plan
