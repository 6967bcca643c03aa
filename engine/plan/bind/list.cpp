// ARRAY[…], MAP(…) and IN (…): the elements' common type, decided from left to right. Literals bend
// further than columns do: text may become a number, a truth value or a date, a number may become
// text.
#include "engine/plan/bind/binder.h"
#include "engine/types/casts.h"

namespace millrace::plan {

using Kind = BoundExpression::Kind;

namespace {

bool is_literal(const ListItem& item, BaseType base) {
    const auto* literal = item.written ? item.written->as<sql::Literal>() : nullptr;
    return literal && literal->type && literal->type->is(base);
}

bool is_simple_literal(const ListItem& item) {
    if (!item.written) return false;
    if (const auto* sign = item.written->as<sql::Sign>()) return sign->operand->as<sql::Literal>();
    return item.written->as<sql::Literal>() != nullptr;
}

[[noreturn]] void no_operator(const SqlTypePtr& target, const ListItem& item) {
    refuse("operator does not exist: " + type_text(target) + " = " + type_text(item.bound->type) +
               " (" + sql::print(item.written) +
               ")\nHint: You might need to add explicit type casts.",
           item.bound->position);
}

/// Type that text makes in a list of numbers: the one that the digits would have as a number.
SqlTypePtr number_type(const std::string& text, const SqlTypePtr& target) {
    auto parsed = Decimal::parse(text);
    if (!parsed) return target;  // Found out when it is converted.
    if (text.find_first_of("eE") != std::string::npos) return SqlType::double_();
    if (parsed->scale() <= 0) {
        const Value number{std::string(text)};
        for (const SqlTypePtr& whole : {SqlType::integer(), SqlType::bigint()}) {
            if (coerce_value(number, *SqlType::string(), *whole, Coercion::kLax)) return whole;
        }
        if (parsed->precision() > Decimal::kMaxDigits) return target;
    }
    return SqlType::decimal(std::max(parsed->precision(), parsed->scale()), parsed->scale());
}

/// The constructor's element that stands for a bound child.
ListItem child_item(const ListItem& item, size_t index) {
    ListItem out{item.bound->children[index], nullptr};
    if (const auto* array = item.written->as<sql::ArrayConstructor>()) {
        out.written = array->elements[index];
    } else if (const auto* map = item.written->as<sql::MapConstructor>()) {
        const auto& entry = map->entries[index / 2];
        out.written = index % 2 ? entry.second : entry.first;
    } else if (const auto* record = item.written->as<sql::StructConstructor>()) {
        out.written = record->fields[index].second;
    }
    return out;
}

/// Is the bound node still the constructor as written (not folded)?
bool is_constructor(const ListItem& item) {
    if (!item.written || item.bound->children.empty()) return false;
    return (item.bound->kind == Kind::kArray && item.written->as<sql::ArrayConstructor>()) ||
           (item.bound->kind == Kind::kMap && item.written->as<sql::MapConstructor>()) ||
           (item.bound->kind == Kind::kStruct && item.written->as<sql::StructConstructor>());
}

}  // namespace

SqlTypePtr Binder::common_type(const std::vector<ListItem>& items) {
    SqlTypePtr out;
    for (const ListItem& item : items) {
        if (!item.bound->type) continue;
        out = out ? widen(out, item) : item.bound->type;
    }
    return out;
}

SqlTypePtr Binder::widen(const SqlTypePtr& target, const ListItem& item) {
    const SqlTypePtr& type = item.bound->type;
    if (!type || same_type(type, target)) return target;
    if (is_literal(item, BaseType::kString)) {
        if (target->is_numeric()) {
            SqlTypePtr number = number_type(item.bound->constant.as_string(), target);
            return same_type(number, target) ? target : common_numeric_type(target, number);
        }
        if (!target->is_nested()) return target;
        no_operator(target, item);
    }
    if (target->is(BaseType::kString) && !type->is_nested() && is_simple_literal(item))
        return target;
    if (target->is_numeric() && type->is_numeric()) return common_numeric_type(target, type);
    if (target->base() != type->base()) no_operator(target, item);

    bool constructor = is_constructor(item);
    auto element = [&](const SqlTypePtr& from, const SqlTypePtr& to, size_t first, size_t step) {
        try {
            if (!constructor) return widen(from, {make_constant({}, to, {}), item.written});
            SqlTypePtr out = from;
            for (size_t i = first; i < item.bound->children.size(); i += step)
                out = widen(out, child_item(item, i));
            return out;
        } catch (const StatementError&) {
            no_operator(target, item);
        }
    };
    switch (type->base()) {
        case BaseType::kArray:
            return SqlType::array(element(target->element(), type->element(), 0, 1));
        case BaseType::kMap:
            return SqlType::map(element(target->map_key(), type->map_key(), 0, 2),
                                element(target->map_value(), type->map_value(), 1, 2));
        case BaseType::kStruct: {
            std::vector<SqlType::Field> fields = target->fields();
            for (size_t i = 0; i < type->fields().size(); ++i) {
                const auto& field = type->fields()[i];
                int known = target->field_index(field.name);
                if (known < 0) {
                    fields.push_back(field);
                } else {
                    auto& slot = fields[static_cast<size_t>(known)];
                    slot.type = element(slot.type, field.type, i, type->fields().size());
                }
            }
            return SqlType::struct_(std::move(fields));
        }
        default:
            no_operator(target, item);
    }
}

BoundPtr Binder::as_type(const ListItem& item, const SqlTypePtr& target) {
    const BoundPtr& bound = item.bound;
    if (!bound->type) return make_constant({}, target, bound->position);
    if (same_type(bound->type, target)) return bound;
    if (is_literal(item, BaseType::kString)) {
        const std::string& text = bound->constant.as_string();
        auto value = coerce_value(bound->constant, *bound->type, *target, Coercion::kLax);
        if (!value)
            refuse("invalid input syntax for type " + std::string(base_type_name(target->base())) +
                       ": \"" + text + "\".",
                   bound->position);
        return make_constant(*std::move(value), target, bound->position);
    }
    if (!is_constructor(item)) return cast_to(bound, target);

    auto out = std::make_shared<BoundExpression>(*bound);
    out->type = target;
    out->children.clear();
    if (target->is(BaseType::kStruct)) {
        for (const auto& field : target->fields()) {
            int index = bound->type->field_index(field.name);
            out->children.push_back(
                index < 0 ? make_constant({}, field.type, bound->position)
                          : as_type(child_item(item, static_cast<size_t>(index)), field.type));
        }
        return out;
    }
    for (size_t i = 0; i < bound->children.size(); ++i) {
        const SqlTypePtr& inner = target->is(BaseType::kArray) ? target->element()
                                  : i % 2                      ? target->map_value()
                                                               : target->map_key();
        out->children.push_back(as_type(child_item(item, i), inner));
    }
    return out;
}

}  // namespace millrace::plan
