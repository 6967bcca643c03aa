// Leaves (constants, columns, system columns, lambda parameters), nested values and access into
// them.
#include <algorithm>

#include "engine/exec/expression/node.h"
#include "engine/sql/duration.h"
#include "engine/types/copied_value.h"

namespace millrace::exec {
namespace {

using plan::BoundExpression;
using plan::SystemColumn;
using Kind = BoundExpression::Kind;

class ConstantNode final : public Node {
public:
    ConstantNode(Value value, SqlTypePtr type) : Node(std::move(type)), value_(std::move(value)) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        size_t rows = context.num_rows();
        if (column_ && column_->size() == rows) return column_;
        auto out = std::make_shared<Column>(type());
        if (value_.is_null()) {
            out->resize(rows);
        } else if (rows > 0) {
            out->append(value_);  // Text is copied once, the other rows share it.
            for (size_t row = 1; row < rows; ++row) out->append_from(*out, 0);
        }
        column_ = std::move(out);
        return column_;
    }
    const Value* constant() const override { return &value_; }
    bool can_fail() const override { return false; }

private:
    Value value_;
    mutable ColumnPtr column_;  ///< Of the size asked for last.
};

class ColumnNode final : public Node {
public:
    ColumnNode(int index, SqlTypePtr type) : Node(std::move(type)), index_(index) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        const ColumnPtr& column = context.batch().column_ptr(static_cast<size_t>(index_));
        if (context.is_whole_batch()) return column;
        return std::make_shared<const Column>(column->select(context.selection()));
    }
    int batch_column() const override { return index_; }
    bool can_fail() const override { return false; }

private:
    int index_;
};

class SystemNode final : public Node {
public:
    SystemNode(SystemColumn which, SqlTypePtr type) : Node(std::move(type)), which_(which) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        auto out = new_column(type(), context.num_rows());
        const auto& meta = context.batch().meta();
        const auto& windows = context.batch().windows();
        for (size_t i = 0; i < context.num_rows(); ++i) {
            uint32_t row = context.batch_row(i);
            switch (which_) {
                case SystemColumn::kRowtime:
                    out->set_long(i, meta[row].timestamp_ms);
                    break;
                case SystemColumn::kRowpartition:
                    out->set_int(i, meta[row].partition);
                    break;
                case SystemColumn::kRowoffset:
                    out->set_long(i, meta[row].offset);
                    break;
                case SystemColumn::kWindowstart:
                    if (!windows.empty()) out->set_long(i, windows[row].start_ms);
                    break;
                case SystemColumn::kWindowend:
                    if (!windows.empty()) out->set_long(i, windows[row].end_ms);
                    break;
            }
        }
        return out;
    }
    bool can_fail() const override { return false; }

private:
    SystemColumn which_;
};

class LambdaVariableNode final : public Node {
public:
    LambdaVariableNode(int depth, int index, SqlTypePtr type)
        : Node(std::move(type)), depth_(depth), index_(index) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        return context.frame(depth_)[static_cast<size_t>(index_)];
    }
    bool can_fail() const override { return false; }

private:
    int depth_;
    int index_;
};

/// ARRAY[…], MAP(…), STRUCT(…): items fail on their own.
class ConstructorNode final : public Node {
public:
    ConstructorNode(Kind kind, SqlTypePtr type, std::vector<NodePtr> items, bool guards)
        : Node(std::move(type)), kind_(kind), items_(std::move(items)), guards_(guards) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        std::vector<ColumnPtr> columns;
        for (const NodePtr& item : items_)
            columns.push_back(guards_ ? evaluate_guarded(*item, context) : item->evaluate(context));
        auto out = std::make_shared<Column>(type());
        out->reserve(context.num_rows());
        for (size_t row = 0; row < context.num_rows(); ++row) {
            if (kind_ == Kind::kMap) {
                out->append_ref(Value(map_of(columns, row)));
            } else {
                ValueList list;
                list.reserve(columns.size());
                for (const ColumnPtr& column : columns) list.push_back(copied(*column, row));
                out->append_ref(Value(std::move(list)));
            }
        }
        return out;
    }

private:
    static ValueMap map_of(const std::vector<ColumnPtr>& columns, size_t row) {
        ValueMap map;
        for (size_t i = 0; i + 1 < columns.size(); i += 2) {
            Value key = copied(*columns[i], row);
            Value value = copied(*columns[i + 1], row);
            auto known = std::find_if(map.begin(), map.end(),
                                      [&](const auto& entry) { return entry.first == key; });
            if (known != map.end()) {
                known->second = std::move(value);
            } else {
                map.emplace_back(std::move(key), std::move(value));
            }
        }
        return map;
    }

    Kind kind_;
    std::vector<NodePtr> items_;
    bool guards_;
};

class SubscriptNode final : public Node {
public:
    SubscriptNode(SqlTypePtr type, NodePtr base, NodePtr index)
        : Node(std::move(type)), base_(std::move(base)), index_(std::move(index)) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr base = base_->evaluate(context);
        ColumnPtr index = index_->evaluate(context);
        auto out = std::make_shared<Column>(type());
        out->reserve(context.num_rows());
        bool array = base->type().is(BaseType::kArray);
        for (size_t row = 0; row < context.num_rows(); ++row) {
            const Value* found = nullptr;
            if (base->is_null(row)) {
            } else if (array) {
                if (index->is_null(row)) {
                    context.fail(row, "array index is NULL");
                } else {
                    found = element(base->value_ref_at(row).as_list(), index->int_at(row));
                }
            } else {
                Value key = index->get(row);
                for (const auto& [known, value] : base->value_ref_at(row).as_map())
                    if (known == key) found = &value;
            }
            if (found) {
                out->append(*found);
            } else {
                out->append_null();
            }
        }
        return out;
    }

private:
    /// One-based; negative counts from the end.
    static const Value* element(const ValueList& list, int32_t index) {
        auto size = static_cast<int64_t>(list.size());
        int64_t at = index > 0 ? index - 1 : size + index;
        if (index == 0 || at < 0 || at >= size) return nullptr;
        return &list[static_cast<size_t>(at)];
    }

    NodePtr base_;
    NodePtr index_;
};

class DereferenceNode final : public Node {
public:
    DereferenceNode(SqlTypePtr type, NodePtr base, int field, bool guards)
        : Node(std::move(type)),
          base_(std::move(base)),
          field_(static_cast<size_t>(field)),
          guards_(guards) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr base = guards_ ? evaluate_guarded(*base_, context) : base_->evaluate(context);
        auto out = std::make_shared<Column>(type());
        out->reserve(context.num_rows());
        for (size_t row = 0; row < context.num_rows(); ++row) {
            if (base->is_null(row)) {
                out->append_null();
            } else {
                out->append(base->value_ref_at(row).as_list()[field_]);
            }
        }
        return out;
    }
    bool can_fail() const override { return !guards_ && base_->can_fail(); }

private:
    NodePtr base_;
    size_t field_;
    bool guards_;
};

}  // namespace

NodePtr make_constant_node(Value value, SqlTypePtr type) {
    if (!type) type = SqlType::string();
    return std::make_unique<ConstantNode>(std::move(value), type);
}

NodePtr Compiler::nested(const BoundExpression& bound) const {
    switch (bound.kind) {
        case Kind::kConstant:
            return make_constant_node(bound.constant, bound.type);
        case Kind::kColumn:
            return std::make_unique<ColumnNode>(bound.column, bound.type);
        case Kind::kSystem:
            return std::make_unique<SystemNode>(bound.system, bound.type);
        case Kind::kLambdaVariable:
            return std::make_unique<LambdaVariableNode>(bound.lambda_depth, bound.column,
                                                        bound.type);
        case Kind::kIntervalUnit:
            return make_constant_node(
                Value(sql::duration_unit_ms(sql::duration_unit_of(bound.text))), SqlType::bigint());
        case Kind::kSubscript:
            return std::make_unique<SubscriptNode>(bound.type, compile(bound.children[0]),
                                                   compile(bound.children[1]));
        case Kind::kDereference:
            return std::make_unique<DereferenceNode>(bound.type, compile(bound.children[0]),
                                                     bound.column, guards);
        default:
            return std::make_unique<ConstructorNode>(bound.kind, bound.type,
                                                     compile_all(bound.children), guards);
    }
}

}  // namespace millrace::exec
