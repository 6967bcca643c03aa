// The worker behind bind(): one object a call, walks the AST once. Internal to bind*.cpp.
#pragma once

#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/plan/bind/bound_expression.h"

namespace millrace::plan {

using BoundNode = std::shared_ptr<BoundExpression>;

/// A bound element of a list with what was written, for coercion of literals.
struct ListItem {
    BoundPtr bound;
    sql::ExpressionPtr written;
};

class Binder {
public:
    Binder(const ColumnScope& scope, const BindOptions& options)
        : scope_(scope), options_(options) {}

    BoundPtr bind(const sql::ExpressionPtr& expression);

private:
    struct Frame {
        const std::vector<std::string>* names;
        std::vector<SqlTypePtr> types;
    };

    // One method a node kind; `e` is the node's expression, for position and text.
    BoundPtr on(const sql::Literal& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::ColumnRef& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Arithmetic& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Sign& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Comparison& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Logic& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Not& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::IsNull& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Between& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::InList& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Like& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Case& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Cast& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Call& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Lambda& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::LambdaVariable& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::IntervalUnit& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::ArrayConstructor& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::MapConstructor& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::StructConstructor& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Subscript& node, const sql::ExpressionPtr& e);
    BoundPtr on(const sql::Dereference& node, const sql::ExpressionPtr& e);

    // compare.cpp
    BoundPtr compare(sql::CompareOp op, const ListItem& left, const ListItem& right,
                     const sql::ExpressionPtr& e);
    BoundPtr condition_operand(const sql::ExpressionPtr& operand, const char* of);

    // call.cpp
    BoundPtr call(const std::string& name, const std::vector<sql::ExpressionPtr>& arguments,
                  const sql::ExpressionPtr& e);
    BoundPtr bind_lambda(const sql::Lambda& lambda, const std::vector<SqlTypePtr>& types,
                         const sql::ExpressionPtr& e);

    // list.cpp: the common type of list elements and the elements as that type.
    SqlTypePtr common_type(const std::vector<ListItem>& items);
    SqlTypePtr widen(const SqlTypePtr& target, const ListItem& item);
    BoundPtr as_type(const ListItem& item, const SqlTypePtr& target);

    BoundPtr folded(BoundNode node);
    [[noreturn]] void fail(const std::string& message, const sql::ExpressionPtr& e,
                           ErrorKind kind = ErrorKind::kStatement) const;
    /// Errors that ksqlDB finds while it generates code: "Invalid Select: …", with the whole
    /// expression and the schema it is over.
    [[noreturn]] void fail_late(const std::string& message, const sql::ExpressionPtr& e) const;

    const ColumnScope& scope_;
    const BindOptions& options_;
    std::vector<Frame> frames_;
    sql::ExpressionPtr root_;  ///< What bind() was called with first.
    int depth_ = 0;
};

BoundNode make_node(BoundExpression::Kind kind, SqlTypePtr type, std::vector<BoundPtr> children,
                    Position position);
BoundPtr make_constant(Value value, SqlTypePtr type, Position position);
std::string type_text(const SqlTypePtr& type);
bool is_null_literal(const BoundPtr& bound);

}  // namespace millrace::plan
