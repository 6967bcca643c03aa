#include <algorithm>

#include "engine/base/nearest.h"
#include "engine/config/get.h"
#include "engine/plan/bind/binder.h"
#include "engine/sql/parser.h"
#include "engine/types/casts.h"

namespace millrace::plan {

using Kind = BoundExpression::Kind;

// Deeper nesting than this is refused, so that no statement can exhaust the stack.
constexpr int kDepthMax = 1000;

BoundNode make_node(Kind kind, SqlTypePtr type, std::vector<BoundPtr> children, Position position) {
    auto node = std::make_shared<BoundExpression>();
    node->kind = kind;
    node->type = std::move(type);
    node->children = std::move(children);
    node->position = position;
    return node;
}

BoundPtr make_constant(Value value, SqlTypePtr type, Position position) {
    auto node = make_node(Kind::kConstant, std::move(type), {}, position);
    node->constant = std::move(value);
    return node;
}

std::string type_text(const SqlTypePtr& type) {
    return type ? type->to_string() : "null";
}

bool is_null_literal(const BoundPtr& bound) {
    return bound->kind == Kind::kConstant && !bound->type;
}

BoundPtr cast_to(const BoundPtr& bound, const SqlTypePtr& type) {
    if (bound->kind == Kind::kConstant && bound->constant.is_null())
        return make_constant({}, type, bound->position);
    if (same_type(bound->type, type)) return bound;
    return make_node(Kind::kCast, type, {bound}, bound->position);
}

BoundPtr bind(const sql::ExpressionPtr& expression, const ColumnScope& scope,
              const BindOptions& options) {
    return Binder(scope, options).bind(expression);
}

BoundPtr bind_condition(const sql::ExpressionPtr& expression, const ColumnScope& scope,
                        const BindOptions& options) {
    std::string text = "\nStatement: " + sql::print(expression);
    BoundPtr bound;
    try {
        bound = bind(expression, scope, options);
    } catch (const StatementError& error) {
        // Unknown names and what only code generation would find keep their own words.
        if (error.kind() == ErrorKind::kUnknownColumn || error.kind() == ErrorKind::kUntranslated)
            throw;
        refuse(ErrorKind::kCondition,
               "Error in " + options.clause + " expression: " + error.what() + text,
               error.position());
    }
    if (!bound->type || !bound->type->is(BaseType::kBoolean)) {
        refuse("Type error in " + options.clause +
                   " expression: Should evaluate to boolean but is " + sql::print(expression) +
                   " (" + type_text(bound->type) + ") instead." + text,
               expression->position);
    }
    return bound;
}

void Binder::fail(const std::string& message, const sql::ExpressionPtr& e, ErrorKind kind) const {
    refuse(kind, message, e->position);
}

void Binder::fail_late(const std::string& message, const sql::ExpressionPtr& e) const {
    std::string what = options_.clause == "SELECT"         ? "Select"
                       : options_.clause == "GROUP BY"     ? "Group By"
                       : options_.clause == "PARTITION BY" ? "Partition By"
                                                           : "Predicate";
    const std::string root = sql::print(root_);
    fail("Invalid " + what + ": " + message + ". expression: " + root +
             ", schema:" + scope_.to_string() + "\nStatement: " + root,
         e, ErrorKind::kUntranslated);
}

BoundPtr Binder::bind(const sql::ExpressionPtr& expression) {
    if (!root_) root_ = expression;
    if (++depth_ > kDepthMax) fail("The expression is nested too deeply.", expression);
    BoundPtr out =
        std::visit([&](const auto& node) { return on(node, expression); }, expression->node);
    --depth_;
    return out;
}

BoundPtr Binder::folded(BoundNode node) {
    if (!options_.evaluate_constant || !node->type || !is_constant(node)) return node;
    std::optional<Value> value = options_.evaluate_constant(node);
    if (!value) return node;
    return make_constant(*std::move(value), node->type, node->position);
}

BoundPtr Binder::on(const sql::Literal& node, const sql::ExpressionPtr& e) {
    return make_constant(node.value, node.type, e->position);
}

BoundPtr Binder::on(const sql::ColumnRef& node, const sql::ExpressionPtr& e) {
    int index = scope_.find(node.name);
    if (node.source) {
        int qualified = scope_.find(*node.source + "_" + node.name);
        if (qualified >= 0) index = qualified;
    }
    if (index >= 0) {
        auto out = make_node(Kind::kColumn, scope_.field(index).type, {}, e->position);
        out->column = index;
        return out;
    }
    struct System {
        std::string_view name;
        SystemColumn column;
        BaseType type;
        bool windowed;
    };
    static constexpr System kSystems[] = {
        {pseudo::kRowtime, SystemColumn::kRowtime, BaseType::kBigint, false},
        {pseudo::kRowpartition, SystemColumn::kRowpartition, BaseType::kInteger, false},
        {pseudo::kRowoffset, SystemColumn::kRowoffset, BaseType::kBigint, false},
        {pseudo::kWindowstart, SystemColumn::kWindowstart, BaseType::kBigint, true},
        {pseudo::kWindowend, SystemColumn::kWindowend, BaseType::kBigint, true},
    };
    for (const System& system : kSystems) {
        if (node.name != system.name || (system.windowed && !scope_.windowed())) continue;
        auto out = make_node(Kind::kSystem, SqlType::of(system.type), {}, e->position);
        out->system = system.column;
        return out;
    }

    std::string message;
    if (e->position.line > 0)
        message = "Line: " + std::to_string(e->position.line) +
                  ", Col: " + std::to_string(e->position.column) + ": ";
    message += options_.clause + " column '" + (node.source ? *node.source + "." : "") + node.name +
               "' cannot be resolved.";
    std::vector<std::string> names;
    for (const Field& field : scope_.fields()) names.push_back(field.name);
    auto nearest = nearest_names(node.name, names, 1);
    if (!nearest.empty()) message += " Did you mean " + quote_identifier(nearest[0]) + "?";
    fail(message, e, ErrorKind::kUnknownColumn);
}

namespace {

char arithmetic_char(sql::BinaryOp op) {
    switch (op) {
        case sql::BinaryOp::kAdd:
            return '+';
        case sql::BinaryOp::kSubtract:
            return '-';
        case sql::BinaryOp::kMultiply:
            return '*';
        case sql::BinaryOp::kDivide:
            return '/';
        default:
            return '%';
    }
}

}  // namespace

BoundPtr Binder::on(const sql::Arithmetic& node, const sql::ExpressionPtr& e) {
    if (node.op == sql::BinaryOp::kConcat) return call("CONCAT", {node.left, node.right}, e);
    BoundPtr left = bind(node.left);
    BoundPtr right = bind(node.right);
    auto wrapped = [&](const std::string& reason) {
        std::string text = sql::print(e);
        fail("Error processing expression: " + text + ". " + reason + "\nStatement: " + text, e);
    };
    if (!left->type || !right->type) {
        wrapped("Arithmetic on types " + type_text(left->type) + " and " + type_text(right->type) +
                " are not supported.");
    }
    SqlTypePtr type;
    if (node.op == sql::BinaryOp::kAdd && left->type->is(BaseType::kString) &&
        right->type->is(BaseType::kString)) {
        type = SqlType::string();
    } else {
        try {
            type = arithmetic_type(arithmetic_char(node.op), left->type, right->type);
        } catch (const StatementError& error) {
            wrapped(error.what());
        }
        if (!type->is(BaseType::kDecimal)) {
            left = cast_to(left, type);
            right = cast_to(right, type);
        }
    }
    auto out = make_node(Kind::kArithmetic, type, {left, right}, e->position);
    out->arithmetic = node.op;
    return folded(std::move(out));
}

BoundPtr Binder::on(const sql::Sign& node, const sql::ExpressionPtr& e) {
    BoundPtr operand = bind(node.operand);
    if (!operand->type || !operand->type->is_numeric())
        fail("Unary arithmetic on type " + type_text(operand->type) + " is not supported.", e);
    if (!node.negative) return operand;
    if (operand->kind == Kind::kConstant && !operand->constant.is_null()) {
        const Value& value = operand->constant;
        switch (operand->type->base()) {
            case BaseType::kInteger:
                return make_constant(
                    Value(static_cast<int32_t>(0u - static_cast<uint32_t>(value.as_int()))),
                    operand->type, e->position);
            case BaseType::kBigint:
                // The least INTEGER is written as a sign and a number that does not fit one.
                if (value.as_long() == 2147483648LL)
                    return make_constant(Value(INT32_MIN), SqlType::integer(), e->position);
                return make_constant(
                    Value(static_cast<int64_t>(0u - static_cast<uint64_t>(value.as_long()))),
                    operand->type, e->position);
            case BaseType::kDouble:
                return make_constant(Value(-value.as_double()), operand->type, e->position);
            default:
                return make_constant(Value(value.as_decimal().negate()), operand->type,
                                     e->position);
        }
    }
    return folded(make_node(Kind::kNegate, operand->type, {operand}, e->position));
}

BoundPtr Binder::on(const sql::Cast& node, const sql::ExpressionPtr& e) {
    BoundPtr operand = bind(node.operand);
    if (!operand->type) return make_constant({}, node.type, e->position);
    if (!same_type(operand->type, node.type) && !can_cast(*operand->type, *node.type)) {
        fail_late("Cast of " + type_text(operand->type) + " to " + type_text(node.type) +
                      " is not supported",
                  e);
    }
    BoundPtr cast = same_type(operand->type, node.type)
                        ? operand
                        : BoundPtr(make_node(Kind::kCast, node.type, {operand}, e->position));
    if (node.type->is(BaseType::kString) &&
        !options_.config.get<"ksql.cast.strings.preserve.nulls">()) {
        auto is_null = make_node(Kind::kIsNull, SqlType::boolean(), {operand}, e->position);
        auto text = make_constant(Value("null"), SqlType::string(), e->position);
        return make_node(Kind::kCase, node.type, {is_null, text, cast}, e->position);
    }
    if (cast->kind != Kind::kCast) return cast;
    return folded(std::make_shared<BoundExpression>(*cast));
}

BoundPtr Binder::on(const sql::ArrayConstructor& node, const sql::ExpressionPtr& e) {
    if (node.elements.empty())
        fail(
            "Array constructor cannot be empty. Please supply at least one element (see "
            "https://github.com/confluentinc/ksql/issues/4239).",
            e);
    std::vector<ListItem> items;
    for (const auto& element : node.elements) items.push_back({bind(element), element});
    SqlTypePtr type = common_type(items);
    if (!type)
        fail(
            "Cannot construct an array with all NULL elements (see "
            "https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a "
            "NULL "
            "value to the desired type.",
            e);
    std::vector<BoundPtr> children;
    for (const ListItem& item : items) children.push_back(as_type(item, type));
    return folded(make_node(Kind::kArray, SqlType::array(type), std::move(children), e->position));
}

BoundPtr Binder::on(const sql::MapConstructor& node, const sql::ExpressionPtr& e) {
    if (node.entries.empty())
        fail(
            "Map constructor cannot be empty. Please supply at least one key value pair (see "
            "https://github.com/confluentinc/ksql/issues/4239).",
            e);
    std::vector<ListItem> keys, values;
    for (const auto& [key, value] : node.entries) {
        for (const ListItem& known : keys)
            if (sql::same_expression(known.written, key))
                fail("Map values must have distinct keys: " + sql::print(key), e);
        keys.push_back({bind(key), key});
        values.push_back({bind(value), value});
    }
    SqlTypePtr key_type = common_type(keys);
    SqlTypePtr value_type = common_type(values);
    if (!key_type || !value_type) {
        std::string what = key_type ? "value" : "key";
        fail("Cannot construct a map with all NULL " + what +
                 "s (see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you "
                 "may "
                 "cast a NULL " +
                 what + " to the desired type.",
             e);
    }
    std::vector<BoundPtr> children;
    for (size_t i = 0; i < keys.size(); ++i) {
        children.push_back(as_type(keys[i], key_type));
        children.push_back(as_type(values[i], value_type));
    }
    return folded(make_node(Kind::kMap, SqlType::map(key_type, value_type), std::move(children),
                            e->position));
}

BoundPtr Binder::on(const sql::StructConstructor& node, const sql::ExpressionPtr& e) {
    std::vector<SqlType::Field> fields;
    std::vector<BoundPtr> children;
    for (const auto& [name, value] : node.fields) {
        BoundPtr bound = bind(value);
        if (!bound->type)
            fail(
                "Can't infer a type of null. Please explicitly cast it to a required type, e.g. "
                "CAST(null AS VARCHAR).",
                value);
        for (const auto& field : fields)
            if (field.name == name) fail("Duplicate field names found in STRUCT: " + name, e);
        fields.push_back({name, bound->type});
        children.push_back(std::move(bound));
    }
    return folded(make_node(Kind::kStruct, SqlType::struct_(std::move(fields)), std::move(children),
                            e->position));
}

BoundPtr Binder::on(const sql::Subscript& node, const sql::ExpressionPtr& e) {
    BoundPtr base = bind(node.base);
    BoundPtr index = bind(node.index);
    if (!base->type)
        fail("Subscript expression (" + sql::print(e) + ") does not apply to null.", e);
    if (base->type->is(BaseType::kArray)) {
        if (index->type && index->type->is(BaseType::kBigint))
            index = cast_to(index, SqlType::integer());
        if (index->type && !index->type->is(BaseType::kInteger))
            fail("Array index must be an INTEGER, but is " + type_text(index->type) + ": " +
                     sql::print(e),
                 e);
        if (!index->type) index = make_constant({}, SqlType::integer(), e->position);
        return folded(
            make_node(Kind::kSubscript, base->type->element(), {base, index}, e->position));
    }
    if (base->type->is(BaseType::kMap)) {
        const SqlTypePtr& key = base->type->map_key();
        if (!index->type) index = make_constant({}, key, e->position);
        if (!same_type(index->type, key)) {
            if (!can_cast_implicitly(*index->type, *key))
                fail("Map key must be " + type_text(key) + ", but is " + type_text(index->type) +
                         ": " + sql::print(e),
                     e);
            index = cast_to(index, key);
        }
        return folded(
            make_node(Kind::kSubscript, base->type->map_value(), {base, index}, e->position));
    }
    if (base->type->is(BaseType::kStruct))
        fail("Subscript expression (" + sql::print(e) + ") do not apply to " +
                 type_text(base->type) + ". Use the dereference operator for STRUCTS: " +
                 sql::print(node.base) + "->" + sql::print(node.index),
             e);
    fail("Subscript expression (" + sql::print(e) + ") do not apply to " + type_text(base->type) +
             ".",
         e);
}

BoundPtr Binder::on(const sql::Dereference& node, const sql::ExpressionPtr& e) {
    BoundPtr base = bind(node.base);
    if (!base->type || !base->type->is(BaseType::kStruct))
        fail("Expected STRUCT type, got: " + type_text(base->type), e);
    int index = base->type->field_index(node.field);
    if (index < 0)
        fail("Could not find field '" + node.field + "' in '" + sql::print(node.base) + "'.", e);
    auto out = make_node(Kind::kDereference, base->type->fields()[static_cast<size_t>(index)].type,
                         {base}, e->position);
    out->column = index;
    return folded(std::move(out));
}

}  // namespace millrace::plan
