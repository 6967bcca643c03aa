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

StepPtr prune_source(const StepPtr& step, const Names& needed, const StepBuilder& builder) {
    SourceStep node = *step->as<SourceStep>();
    auto unused_value = [&](int index) {
        return !needed.count(node.prefix + node.declared.value[static_cast<size_t>(index)].name);
    };
    auto unused_header = [&](int index) {
        return !needed.count(node.prefix + node.declared.headers[static_cast<size_t>(index)].name);
    };
    std::erase_if(node.columns, unused_value);
    std::erase_if(node.headers, unused_header);
    return builder.make(std::move(node), step->name, {});
}

StepPtr prune_select(const StepPtr& step, const Names& needed, const StepBuilder& builder,
                     bool root) {
    SelectStep node = *step->as<SelectStep>();
    if (!root) {
        std::vector<NamedExpression> kept;
        for (const auto& value : node.values) {
            if (needed.count(value.name)) kept.push_back(value);
        }
        // Repartitioned rows need a column to be told from deletions.
        if (kept.empty() && !node.values.empty()) kept.push_back(node.values.front());
        node.values = std::move(kept);
    }
    Names below;
    for (const auto& value : node.values) add_all(below, columns_of(value.expression));
    StepPtr input = prune(step->inputs[0], below, builder);
    return builder.make(std::move(node), step->name, {input});
}

template <class KeyStep>
StepPtr prune_keys(const StepPtr& step, const KeyStep& node, const Names& needed,
                   const StepBuilder& builder) {
    Names below = needed;
    for (const auto& key : node.keys) below.erase(key.name);
    for (const auto& key : node.keys) add_all(below, columns_of(key.expression));
    return builder.rebuild(*step, {prune(step->inputs[0], below, builder)});
}

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

StepPtr prune_join(const StepPtr& step, const Names& needed, const StepBuilder& builder) {
    // A name that is the key's is read from there.
    Names values = needed;
    values.erase(*join_key_name(*step));
    return builder.rebuild(*step, {prune_side(step->inputs[0], values, builder),
                                   prune_side(step->inputs[1], values, builder)});
}

StepPtr prune_foreign_key(const StepPtr& result, const Names& needed, const StepBuilder& builder) {
    const StepPtr& lookup = result->inputs[0];
    const StepPtr& subscribe = lookup->inputs[0];
    Names left = needed;
    left.insert(subscribe->as<ForeignKeySubscribeStep>()->foreign_key);
    StepPtr messages = builder.rebuild(*subscribe, {prune(subscribe->inputs[0], left, builder)});
    StepPtr answers =
        builder.rebuild(*lookup, {messages, prune(lookup->inputs[1], needed, builder)});
    return builder.rebuild(*result, {answers});
}

StepPtr prune(const StepPtr& step, const Names& needed, const StepBuilder& builder, bool root) {
    if (step->as<SourceStep>()) return prune_source(step, needed, builder);
    if (step->as<SelectStep>()) return prune_select(step, needed, builder, root);
    if (const auto* keys = step->as<SelectKeyStep>())
        return prune_keys(step, *keys, needed, builder);
    if (const auto* keys = step->as<GroupByStep>()) return prune_keys(step, *keys, needed, builder);
    if (step->as<ForeignKeyResultStep>()) return prune_foreign_key(step, needed, builder);
    if (join_key_name(*step)) return prune_join(step, needed, builder);
    Names below = needed;
    if (const auto* filter = step->as<FilterStep>()) {
        add_all(below, columns_of(filter->condition));
    } else if (const auto* aggregate = step->as<AggregateStep>()) {
        below.clear();
        for (const auto& name : aggregate->carried) below.insert(name);
        for (const auto& call : aggregate->calls) add_all(below, columns_of(call.call));
    } else if (const auto* flat_map = step->as<FlatMapStep>()) {
        for (const auto& function : flat_map->functions) below.erase(function.name);
        for (const auto& function : flat_map->functions)
            add_all(below, columns_of(function.expression));
    }
    return builder.rebuild(*step, {prune(step->inputs[0], below, builder)});
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
