#include "engine/exec/expression/sharing.h"

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "engine/base/row_meter.h"

namespace millrace::exec {
namespace {

using plan::BoundExpression;
using Kind = BoundExpression::Kind;

template <class T>
void append_raw(std::string& out, const T& value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.append(bytes, sizeof(T));
}

void append_sized(std::string& out, std::string_view text) {
    append_raw(out, text.size());
    out += text;
}

/// Bytes that differ for values that differ in anything that can be seen: 1.0 is not 1.00, 0.0 not
/// -0.0.
void append_value(std::string& out, const Value& value) {
    if (value.is_null()) {
        out += 'n';
    } else if (value.is_list()) {
        out += 'l';
        append_raw(out, value.as_list().size());
        for (const Value& element : value.as_list()) append_value(out, element);
    } else if (value.is_map()) {
        out += 'm';
        append_raw(out, value.as_map().size());
        for (const auto& [key, element] : value.as_map()) {
            append_value(out, key);
            append_value(out, element);
        }
    } else if (value.holds<Decimal>()) {
        out += 'c';
        append_sized(out, value.as_decimal().to_string());
    } else if (value.holds<double>()) {
        out += 'd';
        append_raw(out, value.as_double());
    } else if (value.holds<std::string>()) {
        out += 's';
        append_sized(out, value.as_string());
    } else if (value.holds<bool>()) {
        out += value.as_bool() ? 't' : 'f';
    } else if (value.holds<int32_t>()) {
        out += 'i';
        append_raw(out, value.as_int());
    } else {
        out += 'j';
        append_raw(out, value.as_long());
    }
}

bool is_leaf(Kind kind) {
    return kind == Kind::kConstant || kind == Kind::kColumn || kind == Kind::kSystem ||
           kind == Kind::kLambdaVariable || kind == Kind::kLambda || kind == Kind::kIntervalUnit;
}

/// All of a node but its children.
std::string own_identity(const BoundExpression& bound) {
    std::string out;
    append_raw(out, bound.kind);
    append_sized(out, bound.type ? bound.type->to_string() : "");
    append_raw(out, bound.column);
    append_raw(out, bound.lambda_depth);
    append_raw(out, bound.system);
    append_raw(out, bound.arithmetic);
    append_raw(out, bound.compare);
    append_sized(out, bound.text);
    append_value(out, bound.constant);
    if (bound.function) append_sized(out, bound.function->name);
    for (const SqlTypePtr& type : bound.lambda_parameters)
        append_sized(out, type ? type->to_string() : "");
    return out;
}

class SharedNode final : public Node {
public:
    SharedNode(std::shared_ptr<const Node> node, size_t slot)
        : Node(node->type()), node_(std::move(node)), slot_(slot) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        SharedResults::Result& result = context.shared().at(slot_);
        if (!result.column) {
            if (context.is_whole_batch() && !result.partial) {
                evaluate_all(context, result);
            } else {
                evaluate_missing(context, result);
            }
        }
        if (!result.failed.empty()) {
            for (size_t row = 0; row < context.num_rows(); ++row)
                if (result.failed[context.batch_row(row)]) context.mark_failed(row);
        }
        if (context.is_whole_batch()) return result.column;
        const Column& known = result.column ? *result.column : *result.partial;
        return std::make_shared<const Column>(known.select(context.selection()));
    }
    bool can_fail() const override { return node_->can_fail(); }

private:
    void evaluate_all(EvalContext& context, SharedResults::Result& result) const {
        std::vector<uint8_t> outer = std::move(context.failures());
        context.failures().clear();
        result.column = node_->evaluate(context);
        result.failed = std::move(context.failures());
        context.failures() = std::move(outer);
    }

    void evaluate_missing(EvalContext& context, SharedResults::Result& result) const {
        const size_t batch_rows = context.batch().num_rows();
        if (!result.partial) {
            result.partial = new_column(type(), batch_rows);
            result.known.assign(batch_rows, 0);
        }
        std::vector<uint32_t> missing, targets;
        for (size_t row = 0; row < context.num_rows(); ++row) {
            const uint32_t target = context.batch_row(row);
            if (result.known[target]) continue;
            result.known[target] = 1;
            missing.push_back(static_cast<uint32_t>(row));
            targets.push_back(target);
        }
        if (!missing.empty()) {
            EvalContext inner(context, missing);
            try {
                scatter(*node_->evaluate(inner), targets, *result.partial);
            } catch (const OverRowLimit&) {
                // The others that share it are to fail, too.
                for (const uint32_t target : targets) result.known[target] = 0;
                throw;
            }
            if (inner.any_failed()) {
                result.failed.resize(batch_rows, 0);
                for (size_t i = 0; i < targets.size(); ++i)
                    if (inner.failed(i)) result.failed[targets[i]] = 1;
            }
        }
        // Asked for all rows, all are known now.
        if (context.is_whole_batch()) result.column = result.partial;
    }

    std::shared_ptr<const Node> node_;
    size_t slot_;
};

}  // namespace

size_t Sharing::id(const plan::BoundPtr& bound) {
    if (auto seen = seen_.find(bound.get()); seen != seen_.end()) return seen->second;
    Facts facts;
    facts.deterministic = !bound->function || bound->function->deterministic;
    if (bound->kind == Kind::kLambdaVariable) facts.free_lambdas = bound->lambda_depth + 1;
    std::string identity = own_identity(*bound);
    std::vector<size_t> children;
    for (const plan::BoundPtr& child : bound->children) {
        const size_t child_id = id(child);
        children.push_back(child_id);
        append_raw(identity, child_id);
        facts.deterministic = facts.deterministic && facts_[child_id].deterministic;
        facts.free_lambdas = std::max(facts.free_lambdas, facts_[child_id].free_lambdas);
    }
    if (bound->kind == Kind::kLambda) facts.free_lambdas = std::max(0, facts.free_lambdas - 1);
    facts.shareable = facts.deterministic && facts.free_lambdas == 0 && !is_leaf(bound->kind) &&
                      !plan::is_constant(bound);
    auto [known, is_new] = ids_.emplace(std::move(identity), facts_.size());
    if (is_new) {
        facts_.push_back(facts);
        // Where a parent is shared its children are asked for once, however often it stands there.
        if (counting_)
            for (size_t child : children) ++facts_[child].references;
    }
    kept_.push_back(bound);
    seen_.emplace(bound.get(), known->second);
    return known->second;
}

Sharing::Shared* Sharing::find(const plan::BoundPtr& bound) {
    counting_ = false;
    const size_t which = id(bound);
    if (!facts_[which].shareable || facts_[which].references < 2) return nullptr;
    auto& shared = shared_[which];
    if (!shared) shared = std::make_unique<Shared>(Shared{shared_.size() - 1, nullptr});
    return shared.get();
}

NodePtr make_shared_node(std::shared_ptr<const Node> node, size_t slot) {
    return std::make_unique<SharedNode>(std::move(node), slot);
}

}  // namespace millrace::exec
