// Expressions as written: an AST of shared immutable nodes with positions. No names are bound, no
// types known; plan/analysis does that.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/error.h"
#include "engine/types/value.h"

namespace millrace::sql {

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

/// A constant with its type; a null `type` is the NULL literal.
struct Literal {
    Value value;
    SqlTypePtr type;
};
/// `name`, or `source.name`. Case already folded unless it was quoted.
struct ColumnRef {
    std::optional<std::string> source;
    std::string name;
};
enum class BinaryOp { kAdd, kSubtract, kMultiply, kDivide, kModulo, kConcat };
std::string_view symbol(BinaryOp op);
struct Arithmetic {
    BinaryOp op;
    ExpressionPtr left, right;
};
struct Sign {  ///< Unary + or -.
    bool negative;
    ExpressionPtr operand;
};
enum class CompareOp {
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kDistinct,
    kNotDistinct
};
struct Comparison {
    CompareOp op;
    ExpressionPtr left, right;
};
enum class LogicOp { kAnd, kOr };
struct Logic {
    LogicOp op;
    ExpressionPtr left, right;
};
struct Not {
    ExpressionPtr operand;
};
struct IsNull {
    ExpressionPtr operand;
    bool negated;
};
struct Between {
    ExpressionPtr operand, low, high;
    bool negated;
};
struct InList {
    ExpressionPtr operand;
    std::vector<ExpressionPtr> list;
    bool negated;
};
struct Like {
    ExpressionPtr operand, pattern;
    std::optional<std::string> escape;
    bool negated;
};
struct Case {
    struct When {
        ExpressionPtr condition, result;
    };
    ExpressionPtr operand;  ///< Simple CASE x WHEN …; null for the searched form.
    std::vector<When> whens;
    ExpressionPtr otherwise;  ///< May be null.
};
struct Cast {
    ExpressionPtr operand;
    SqlTypePtr type;
};
/// `F(a, b)`; name upper-cased. COUNT(*) has star = true and no arguments.
struct Call {
    std::string name;
    std::vector<ExpressionPtr> arguments;
    bool star = false;
};
/// `x => body`, `(x, y) => body`. Parameters appear in the body as LambdaVariable.
struct Lambda {
    std::vector<std::string> parameters;
    ExpressionPtr body;
};
struct LambdaVariable {
    std::string name;
};
/// The bare unit argument of TIMEADD and its kin: DAYS, HOURS, MINUTES, SECONDS, MILLISECONDS.
struct IntervalUnit {
    std::string unit;
};
struct ArrayConstructor {
    std::vector<ExpressionPtr> elements;
};
struct MapConstructor {
    std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};
struct StructConstructor {
    std::vector<std::pair<std::string, ExpressionPtr>> fields;
};
struct Subscript {
    ExpressionPtr base, index;
};
/// `base->field`.
struct Dereference {
    ExpressionPtr base;
    std::string field;
};

struct Expression {
    using Node =
        std::variant<Literal, ColumnRef, Arithmetic, Sign, Comparison, Logic, Not, IsNull, Between,
                     InList, Like, Case, Cast, Call, Lambda, LambdaVariable, IntervalUnit,
                     ArrayConstructor, MapConstructor, StructConstructor, Subscript, Dereference>;
    Node node;
    Position position;

    template <class T>
    const T* as() const {
        return std::get_if<T>(&node);
    }
};

template <class T>
ExpressionPtr make_expression(T node, Position position = {}) {
    return std::make_shared<const Expression>(
        Expression{Expression::Node(std::move(node)), position});
}

/// Structural equality; positions do not count.
bool same_expression(const ExpressionPtr& a, const ExpressionPtr& b);

/// SQL text that parses to the same AST, in ksqlDB's spelling: `(A + 1)`, `(PAGE LIKE '/m/%')`,
/// `COUNT(*)`. Names are quoted where needed.
std::string print(const ExpressionPtr& expression);

/// Calls `visit` on the expression and everything below it, parents first.
template <class Visit>
void visit_expressions(const ExpressionPtr& expression, const Visit& visit);
/// The direct children of a node, in order (null children left out).
std::vector<ExpressionPtr> children(const Expression& expression);
/// The same node with other children, in the order children() gives them.
ExpressionPtr with_children(const Expression& expression,
                            const std::vector<ExpressionPtr>& children);

template <class Visit>
void visit_expressions(const ExpressionPtr& expression, const Visit& visit) {
    if (!expression) return;
    visit(expression);
    for (const auto& child : children(*expression)) visit_expressions(child, visit);
}

}  // namespace millrace::sql
