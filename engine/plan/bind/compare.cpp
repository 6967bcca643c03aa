// Comparisons and what is made of them: BETWEEN, IN, LIKE, CASE, logic.
#include "engine/plan/bind/binder.h"
#include "engine/types/casts.h"

namespace millrace::plan {

using Kind = BoundExpression::Kind;

const char* compare_name(sql::CompareOp op) {
    switch (op) {
        case sql::CompareOp::kEqual:
            return "EQUAL";
        case sql::CompareOp::kNotEqual:
            return "NOT_EQUAL";
        case sql::CompareOp::kLess:
            return "LESS_THAN";
        case sql::CompareOp::kLessEqual:
            return "LESS_THAN_OR_EQUAL";
        case sql::CompareOp::kGreater:
            return "GREATER_THAN";
        case sql::CompareOp::kGreaterEqual:
            return "GREATER_THAN_OR_EQUAL";
        case sql::CompareOp::kDistinct:
            return "IS_DISTINCT_FROM";
        case sql::CompareOp::kNotDistinct:
            return "IS_NOT_DISTINCT_FROM";
    }
    return "";
}

namespace {

std::string_view compare_symbol(sql::CompareOp op) {
    constexpr std::string_view kSymbols[] = {
        "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"};
    return kSymbols[static_cast<size_t>(op)];
}

bool tests_equality_only(sql::CompareOp op) {
    return op == sql::CompareOp::kEqual || op == sql::CompareOp::kNotEqual ||
           op == sql::CompareOp::kDistinct || op == sql::CompareOp::kNotDistinct;
}

bool is_instant(const SqlType& type) {
    return type.is(BaseType::kDate) || type.is(BaseType::kTimestamp);
}

bool is_temporal(const SqlType& type) {
    return is_instant(type) || type.is(BaseType::kTime);
}

/// ROWTIME, WINDOWSTART, WINDOWEND, or one of them under a join's alias.
bool is_time_bound(const ListItem& item) {
    if (!item.bound->type || !item.bound->type->is(BaseType::kBigint)) return false;
    if (item.bound->kind == Kind::kSystem) return item.bound->system != SystemColumn::kRowoffset;
    const auto* column = item.written ? item.written->as<sql::ColumnRef>() : nullptr;
    if (!column) return false;
    for (std::string_view name : {pseudo::kRowtime, pseudo::kWindowstart, pseudo::kWindowend})
        if (column->name == name || column->name.ends_with("_" + std::string(name))) return true;
    return false;
}

bool is_string_literal(const ListItem& item) {
    return item.bound->kind == Kind::kConstant && item.bound->type &&
           item.bound->type->is(BaseType::kString) && !item.bound->constant.is_null();
}

/// What both sides become before they are compared; null: they cannot be.
SqlTypePtr comparison_type(const SqlTypePtr& left, const SqlTypePtr& right) {
    if (left->is_numeric() && right->is_numeric()) {
        // DECIMAL meets any number as it is; the kernel compares exactly.
        if (left->is(BaseType::kDecimal) || right->is(BaseType::kDecimal)) return left;
        return common_numeric_type(left, right);
    }
    if (left->is(BaseType::kString) && is_temporal(*right)) return right;
    if (right->is(BaseType::kString) && is_temporal(*left)) return left;
    if (is_instant(*left) && is_instant(*right))
        return same_type(left, right) ? left : SqlType::timestamp();
    if (left->base() == right->base()) return left;
    return nullptr;
}

}  // namespace

BoundPtr Binder::compare(sql::CompareOp op, const ListItem& left_item, const ListItem& right_item,
                         const sql::ExpressionPtr& e) {
    ListItem left = left_item;
    ListItem right = right_item;
    for (auto [bound, text] : {std::pair{&left, &right}, std::pair{&right, &left}}) {
        if (!is_time_bound(*bound) || !is_string_literal(*text)) continue;
        const std::string& literal = text->bound->constant.as_string();
        auto parsed = parse_timestamp(literal);
        if (!parsed)
            fail("Failed to parse timestamp '" + literal +
                     "': it must be ISO-8601, as yyyy-MM-ddTHH:mm:ss.SSS.",
                 e);
        text->bound = make_constant(Value(*parsed), SqlType::bigint(), text->bound->position);
    }

    bool null_safe = op == sql::CompareOp::kDistinct || op == sql::CompareOp::kNotDistinct;
    if (is_null_literal(left.bound) || is_null_literal(right.bound)) {
        if (!null_safe)
            fail("Comparison with NULL not supported: " +
                     (left.bound->type ? type_text(left.bound->type) : "NULL") + " " +
                     std::string(compare_symbol(op)) + " " +
                     (right.bound->type ? type_text(right.bound->type) : "NULL") +
                     "\nUse 'IS NULL' or 'IS NOT NULL' instead.",
                 e);
        bool distinct = op == sql::CompareOp::kDistinct;
        if (is_null_literal(left.bound) && is_null_literal(right.bound))
            return make_constant(Value(!distinct), SqlType::boolean(), e->position);
        BoundPtr other = is_null_literal(left.bound) ? right.bound : left.bound;
        return make_node(distinct ? Kind::kIsNotNull : Kind::kIsNull, SqlType::boolean(), {other},
                         e->position);
    }

    SqlTypePtr type = comparison_type(left.bound->type, right.bound->type);
    bool ordered = type && !type->is_nested() && !type->is(BaseType::kBoolean);
    if (!type || (!ordered && !tests_equality_only(op))) {
        fail("Cannot compare " + sql::print(left.written) + " (" + type_text(left.bound->type) +
                 ") to " + sql::print(right.written) + " (" + type_text(right.bound->type) +
                 ") with " + compare_name(op) + ".\nStatement: " + sql::print(e),
             e);
    }
    bool decimal = left.bound->type->is_numeric() && (left.bound->type->is(BaseType::kDecimal) ||
                                                      right.bound->type->is(BaseType::kDecimal));
    if (!decimal && !type->is_nested()) {
        left.bound = cast_to(left.bound, type);
        right.bound = cast_to(right.bound, type);
    }
    auto out =
        make_node(Kind::kCompare, SqlType::boolean(), {left.bound, right.bound}, e->position);
    out->compare = op;
    return folded(std::move(out));
}

BoundPtr Binder::on(const sql::Comparison& node, const sql::ExpressionPtr& e) {
    return compare(node.op, {bind(node.left), node.left}, {bind(node.right), node.right}, e);
}

BoundPtr Binder::on(const sql::Between& node, const sql::ExpressionPtr& e) {
    ListItem operand{bind(node.operand), node.operand};
    BoundPtr low = compare(sql::CompareOp::kGreaterEqual, operand, {bind(node.low), node.low}, e);
    BoundPtr high = compare(sql::CompareOp::kLessEqual, operand, {bind(node.high), node.high}, e);
    BoundPtr out = make_node(Kind::kAnd, SqlType::boolean(), {low, high}, e->position);
    if (node.negated) out = make_node(Kind::kNot, SqlType::boolean(), {out}, e->position);
    return out;
}

BoundPtr Binder::condition_operand(const sql::ExpressionPtr& operand, const char* of) {
    BoundPtr bound = bind(operand);
    if (!bound->type) return make_constant({}, SqlType::boolean(), operand->position);
    if (!bound->type->is(BaseType::kBoolean))
        fail(std::string("Operand of ") + of + " should be boolean but is " + sql::print(operand) +
                 " (" + type_text(bound->type) + ").",
             operand);
    return bound;
}

BoundPtr Binder::on(const sql::Logic& node, const sql::ExpressionPtr& e) {
    bool is_and = node.op == sql::LogicOp::kAnd;
    const char* name = is_and ? "AND" : "OR";
    BoundPtr left = condition_operand(node.left, name);
    BoundPtr right = condition_operand(node.right, name);
    return folded(
        make_node(is_and ? Kind::kAnd : Kind::kOr, SqlType::boolean(), {left, right}, e->position));
}

BoundPtr Binder::on(const sql::Not& node, const sql::ExpressionPtr& e) {
    BoundPtr operand = condition_operand(node.operand, "NOT");
    return folded(make_node(Kind::kNot, SqlType::boolean(), {operand}, e->position));
}

BoundPtr Binder::on(const sql::IsNull& node, const sql::ExpressionPtr& e) {
    BoundPtr operand = bind(node.operand);
    if (is_null_literal(operand))
        return make_constant(Value(!node.negated), SqlType::boolean(), e->position);
    return make_node(node.negated ? Kind::kIsNotNull : Kind::kIsNull, SqlType::boolean(), {operand},
                     e->position);
}

BoundPtr Binder::on(const sql::InList& node, const sql::ExpressionPtr& e) {
    std::vector<ListItem> items{{bind(node.operand), node.operand}};
    for (const auto& element : node.list) items.push_back({bind(element), element});
    std::vector<BoundPtr> children;
    try {
        SqlTypePtr type = common_type(items);
        if (!type) type = SqlType::string();
        for (const ListItem& item : items) children.push_back(as_type(item, type));
    } catch (const StatementError& error) {
        fail_late(error.what(), e);
    }
    BoundPtr out =
        folded(make_node(Kind::kIn, SqlType::boolean(), std::move(children), e->position));
    if (node.negated) out = folded(make_node(Kind::kNot, SqlType::boolean(), {out}, e->position));
    return out;
}

BoundPtr Binder::on(const sql::Like& node, const sql::ExpressionPtr& e) {
    BoundPtr operand = bind(node.operand);
    BoundPtr pattern = bind(node.pattern);
    for (BoundPtr* side : {&operand, &pattern}) {
        if (!(*side)->type) *side = make_constant({}, SqlType::string(), e->position);
        if (!(*side)->type->is(BaseType::kString))
            fail("The column type for Like condition must be VARCHAR. The column type is " +
                     type_text((*side)->type),
                 e);
    }
    auto out = make_node(Kind::kLike, SqlType::boolean(), {operand, pattern}, e->position);
    if (node.escape) out->text = *node.escape;
    BoundPtr like = folded(std::move(out));
    if (node.negated) like = make_node(Kind::kNot, SqlType::boolean(), {like}, e->position);
    return like;
}

BoundPtr Binder::on(const sql::Case& node, const sql::ExpressionPtr& e) {
    std::vector<BoundPtr> children;
    SqlTypePtr type;
    for (const auto& when : node.whens) {
        if (node.operand) {
            children.push_back(compare(sql::CompareOp::kEqual, {bind(node.operand), node.operand},
                                       {bind(when.condition), when.condition}, e));
        } else {
            BoundPtr condition = bind(when.condition);
            if (!condition->type || !condition->type->is(BaseType::kBoolean))
                fail("WHEN operand type should be boolean.\nType for '" +
                         sql::print(when.condition) + "' is " + type_text(condition->type),
                     e);
            children.push_back(condition);
        }
        BoundPtr result = bind(when.result);
        if (result->type && type && !same_type(result->type, type))
            fail(
                "Invalid Case expression. Type for all 'THEN' clauses should be the same.\n"
                "THEN expression '" +
                    sql::print(when.result) + "' has type: " + type_text(result->type) +
                    ".\nPrevious THEN expression(s) type: " + type_text(type) + ".",
                e, ErrorKind::kUntranslated);
        if (result->type) type = result->type;
        children.push_back(result);
    }
    if (node.otherwise) {
        BoundPtr result = bind(node.otherwise);
        if (result->type && type && !same_type(result->type, type))
            fail(
                "Invalid Case expression. Type for the default clause should be the same as for "
                "'THEN' "
                "clauses.\nTHEN type: " +
                    type_text(type) + ".\nDEFAULT type: " + type_text(result->type) + ".",
                e, ErrorKind::kUntranslated);
        if (result->type) type = result->type;
        children.push_back(result);
    }
    if (!type)
        fail("Invalid Case expression. All case branches have NULL type", e,
             ErrorKind::kUntranslated);
    for (size_t i = 0; i < children.size(); ++i) {
        bool is_result = i % 2 == 1 || i + 1 == children.size();
        if (is_result && is_null_literal(children[i]))
            children[i] = make_constant({}, type, children[i]->position);
    }
    return folded(make_node(Kind::kCase, type, std::move(children), e->position));
}

}  // namespace millrace::plan
