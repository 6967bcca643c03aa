#include "engine/sql/expression.h"

#include <algorithm>

#include "engine/base/check.h"

namespace millrace::sql {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

/// Calls `slot` on every child of a node, in order; absent children are passed over. One walk
/// serves reading and replacing, so that both see the same order.
template <class NodeRef, class Slot>
void for_each_child(NodeRef& node, const Slot& slot) {
    const auto visit_one = [&](auto& child) {
        if (child) slot(child);
    };
    const auto two = [&](auto& n) {
        visit_one(n.left);
        visit_one(n.right);
    };
    const auto each = [&](auto& list) {
        for (auto& child : list) visit_one(child);
    };
    std::visit(
        [&](auto& n) {
            using T = std::decay_t<decltype(n)>;
            if constexpr (std::is_same_v<T, Arithmetic> || std::is_same_v<T, Comparison> ||
                          std::is_same_v<T, Logic>) {
                two(n);
            } else if constexpr (std::is_same_v<T, Sign> || std::is_same_v<T, Not> ||
                                 std::is_same_v<T, IsNull> || std::is_same_v<T, Cast>) {
                visit_one(n.operand);
            } else if constexpr (std::is_same_v<T, Between>) {
                visit_one(n.operand);
                visit_one(n.low);
                visit_one(n.high);
            } else if constexpr (std::is_same_v<T, InList>) {
                visit_one(n.operand);
                each(n.list);
            } else if constexpr (std::is_same_v<T, Like>) {
                visit_one(n.operand);
                visit_one(n.pattern);
            } else if constexpr (std::is_same_v<T, Case>) {
                visit_one(n.operand);
                for (auto& when : n.whens) {
                    visit_one(when.condition);
                    visit_one(when.result);
                }
                visit_one(n.otherwise);
            } else if constexpr (std::is_same_v<T, Call>) {
                each(n.arguments);
            } else if constexpr (std::is_same_v<T, Lambda>) {
                visit_one(n.body);
            } else if constexpr (std::is_same_v<T, ArrayConstructor>) {
                each(n.elements);
            } else if constexpr (std::is_same_v<T, MapConstructor>) {
                for (auto& entry : n.entries) {
                    visit_one(entry.first);
                    visit_one(entry.second);
                }
            } else if constexpr (std::is_same_v<T, StructConstructor>) {
                for (auto& field : n.fields) visit_one(field.second);
            } else if constexpr (std::is_same_v<T, Subscript>) {
                visit_one(n.base);
                visit_one(n.index);
            } else if constexpr (std::is_same_v<T, Dereference>) {
                visit_one(n.base);
            } else {
                static_assert(std::is_same_v<T, Literal> || std::is_same_v<T, ColumnRef> ||
                                  std::is_same_v<T, LambdaVariable> ||
                                  std::is_same_v<T, IntervalUnit>,
                              "every kind of expression says what its children are");
            }
        },
        node);
}

/// What is left of a node when its children are not looked at.
bool same_head(const Expression& a, const Expression& b) {
    return std::visit(
        Overloaded{
            [](const Literal& x, const Literal& y) {
                return same_type(x.type, y.type) && x.value == y.value;
            },
            [](const ColumnRef& x, const ColumnRef& y) {
                return x.source == y.source && x.name == y.name;
            },
            [](const Arithmetic& x, const Arithmetic& y) { return x.op == y.op; },
            [](const Sign& x, const Sign& y) { return x.negative == y.negative; },
            [](const Comparison& x, const Comparison& y) { return x.op == y.op; },
            [](const Logic& x, const Logic& y) { return x.op == y.op; },
            [](const Not&, const Not&) { return true; },
            [](const IsNull& x, const IsNull& y) { return x.negated == y.negated; },
            [](const Between& x, const Between& y) { return x.negated == y.negated; },
            [](const InList& x, const InList& y) { return x.negated == y.negated; },
            [](const Like& x, const Like& y) {
                return x.negated == y.negated && x.escape == y.escape;
            },
            [](const Case& x, const Case& y) {
                return !x.operand == !y.operand && !x.otherwise == !y.otherwise &&
                       x.whens.size() == y.whens.size();
            },
            [](const Cast& x, const Cast& y) { return same_type(x.type, y.type); },
            [](const Call& x, const Call& y) { return x.name == y.name && x.star == y.star; },
            [](const Lambda& x, const Lambda& y) { return x.parameters == y.parameters; },
            [](const LambdaVariable& x, const LambdaVariable& y) { return x.name == y.name; },
            [](const IntervalUnit& x, const IntervalUnit& y) { return x.unit == y.unit; },
            [](const ArrayConstructor&, const ArrayConstructor&) { return true; },
            [](const MapConstructor&, const MapConstructor&) { return true; },
            [](const StructConstructor& x, const StructConstructor& y) {
                return std::equal(x.fields.begin(), x.fields.end(), y.fields.begin(),
                                  y.fields.end(),
                                  [](const auto& f, const auto& g) { return f.first == g.first; });
            },
            [](const Subscript&, const Subscript&) { return true; },
            [](const Dereference& x, const Dereference& y) { return x.field == y.field; },
            [](const auto&, const auto&) { return false; },  // Different kinds.
        },
        a.node, b.node);
}

}  // namespace

std::vector<ExpressionPtr> children(const Expression& expression) {
    std::vector<ExpressionPtr> out;
    for_each_child(expression.node, [&](const ExpressionPtr& child) { out.push_back(child); });
    return out;
}

ExpressionPtr with_children(const Expression& expression,
                            const std::vector<ExpressionPtr>& children) {
    Expression::Node node = expression.node;
    size_t next = 0;
    for_each_child(node, [&](ExpressionPtr& child) {
        MR_CHECK(next < children.size(), "with_children: too few children");
        child = children[next++];
    });
    MR_CHECK(next == children.size(), "with_children: too many children");
    return make_expression(std::move(node), expression.position);
}

bool same_expression(const ExpressionPtr& a, const ExpressionPtr& b) {
    if (a == b) return true;
    if (!a || !b || !same_head(*a, *b)) return false;
    const std::vector<ExpressionPtr> left = children(*a);
    const std::vector<ExpressionPtr> right = children(*b);
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), same_expression);
}

}  // namespace millrace::sql
