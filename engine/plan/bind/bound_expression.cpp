#include "engine/plan/bind/bound_expression.h"

namespace millrace::plan {

ColumnScope::ColumnScope(const Schema& schema, bool windowed)
    : num_keys_(schema.key.size()), windowed_(windowed) {
    fields_.reserve(schema.key.size() + schema.value.size());
    by_name_.reserve(fields_.capacity());
    for (const auto* part : {&schema.key, &schema.value}) {
        for (const Field& field : *part) {
            by_name_.emplace(field.name, static_cast<int>(fields_.size()));
            fields_.push_back(field);
        }
    }
}

int ColumnScope::find(const std::string& name) const {
    auto found = by_name_.find(name);
    return found == by_name_.end() ? -1 : found->second;
}

std::string ColumnScope::to_string() const {
    std::string out;
    auto add = [&](std::string_view name, const std::string& type) {
        out += (out.empty() ? "" : ", ") + quote_identifier(name, true) + " " + type;
    };
    for (size_t i = 0; i < fields_.size(); ++i)
        add(fields_[i].name, fields_[i].type->to_string() + (i < num_keys_ ? " KEY" : ""));
    add(pseudo::kRowtime, "BIGINT");
    add(pseudo::kRowpartition, "INTEGER");
    add(pseudo::kRowoffset, "BIGINT");
    for (size_t i = 0; i < num_keys_; ++i) add(fields_[i].name, fields_[i].type->to_string());
    if (windowed_) {
        add(pseudo::kWindowstart, "BIGINT");
        add(pseudo::kWindowend, "BIGINT");
    }
    return out;
}

bool is_constant(const BoundPtr& expression) {
    using Kind = BoundExpression::Kind;
    switch (expression->kind) {
        case Kind::kColumn:
        case Kind::kSystem:
        case Kind::kLambdaVariable:
            return false;
        case Kind::kCall:
            if (!expression->function->deterministic) return false;
            break;
        default:
            break;
    }
    for (const BoundPtr& child : expression->children)
        if (!is_constant(child)) return false;
    return true;
}

void collect_columns(const BoundPtr& expression, std::vector<bool>& used) {
    if (expression->kind == BoundExpression::Kind::kColumn) {
        auto index = static_cast<size_t>(expression->column);
        if (used.size() <= index) used.resize(index + 1);
        used[index] = true;
    }
    for (const BoundPtr& child : expression->children) collect_columns(child, used);
}

}  // namespace millrace::plan
