#include "engine/types/sql_type.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "engine/base/error.h"

namespace millrace {

std::string_view base_type_name(BaseType base) {
    switch (base) {
        case BaseType::kBoolean:
            return "BOOLEAN";
        case BaseType::kInteger:
            return "INTEGER";
        case BaseType::kBigint:
            return "BIGINT";
        case BaseType::kDecimal:
            return "DECIMAL";
        case BaseType::kDouble:
            return "DOUBLE";
        case BaseType::kString:
            return "STRING";
        case BaseType::kBytes:
            return "BYTES";
        case BaseType::kDate:
            return "DATE";
        case BaseType::kTime:
            return "TIME";
        case BaseType::kTimestamp:
            return "TIMESTAMP";
        case BaseType::kArray:
            return "ARRAY";
        case BaseType::kMap:
            return "MAP";
        case BaseType::kStruct:
            return "STRUCT";
    }
    return "?";
}

const SqlTypePtr& SqlType::of(BaseType base) {
    static const auto shared = [] {
        std::array<SqlTypePtr, static_cast<size_t>(BaseType::kStruct) + 1> types;
        for (size_t i = 0; i < types.size(); ++i) {
            types[i] = SqlTypePtr(new SqlType(static_cast<BaseType>(i)));
        }
        return types;
    }();
    MR_CHECK(base != BaseType::kDecimal && base < BaseType::kArray,
             "a type with parameters has no shared instance");
    return shared[static_cast<size_t>(base)];
}

SqlTypePtr SqlType::decimal(int precision, int scale) {
    std::string text = ": DECIMAL(" + std::to_string(precision) + "," + std::to_string(scale) + ")";
    if (precision < 1) {
        refuse("DECIMAL precision must be >= 1" + text);
    }
    if (scale < 0) {
        refuse("DECIMAL scale must be >= 0" + text);
    }
    if (scale > precision) {
        refuse("DECIMAL precision must be >= scale" + text);
    }
    auto* type = new SqlType(BaseType::kDecimal);
    type->precision_ = precision;
    type->scale_ = scale;
    return SqlTypePtr(type);
}

SqlTypePtr SqlType::array(SqlTypePtr element) {
    MR_CHECK(element, "ARRAY needs an element type");
    auto* type = new SqlType(BaseType::kArray);
    type->value_ = std::move(element);
    return SqlTypePtr(type);
}

SqlTypePtr SqlType::map(SqlTypePtr key, SqlTypePtr value) {
    MR_CHECK(key && value, "MAP needs a key and a value type");
    auto* type = new SqlType(BaseType::kMap);
    type->key_ = std::move(key);
    type->value_ = std::move(value);
    return SqlTypePtr(type);
}

SqlTypePtr SqlType::struct_(std::vector<Field> fields) {
    auto* type = new SqlType(BaseType::kStruct);
    type->fields_ = std::move(fields);
    return SqlTypePtr(type);
}

int SqlType::field_index(std::string_view name) const {
    for (size_t i = 0; i < fields_.size(); ++i) {
        if (fields_[i].name == name) return static_cast<int>(i);
    }
    return -1;
}

bool SqlType::operator==(const SqlType& other) const {
    if (this == &other) return true;
    if (base_ != other.base_) return false;
    switch (base_) {
        case BaseType::kDecimal:
            return precision_ == other.precision_ && scale_ == other.scale_;
        case BaseType::kArray:
            return same_type(value_, other.value_);
        case BaseType::kMap:
            return same_type(key_, other.key_) && same_type(value_, other.value_);
        case BaseType::kStruct:
            return std::equal(fields_.begin(), fields_.end(), other.fields_.begin(),
                              other.fields_.end(), [](const Field& a, const Field& b) {
                                  return a.name == b.name && same_type(a.type, b.type);
                              });
        default:
            return true;
    }
}

std::string SqlType::to_string(bool quote_all) const {
    switch (base_) {
        case BaseType::kDecimal:
            return "DECIMAL(" + std::to_string(precision_) + ", " + std::to_string(scale_) + ")";
        case BaseType::kArray:
            return "ARRAY<" + value_->to_string(quote_all) + ">";
        case BaseType::kMap:
            return "MAP<" + key_->to_string(quote_all) + ", " + value_->to_string(quote_all) + ">";
        case BaseType::kStruct:
            break;
        default:
            return std::string(base_type_name(base_));
    }
    // An empty struct is printed with a blank: `<>` would be lexed as an operator.
    if (fields_.empty()) return "STRUCT< >";
    std::string out = "STRUCT<";
    for (size_t i = 0; i < fields_.size(); ++i) {
        if (i > 0) out += ", ";
        out += quote_identifier(fields_[i].name, quote_all);
        out += ' ';
        out += fields_[i].type->to_string(quote_all);
    }
    out += '>';
    return out;
}

namespace {

bool is_upper_start(char c) {
    return (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "1E5", which is a number.
bool is_exponent_number(std::string_view name) {
    const size_t mark = name.find('E');
    if (mark == 0 || mark == std::string_view::npos || mark + 1 == name.size()) return false;
    const std::string_view whole = name.substr(0, mark), exponent = name.substr(mark + 1);
    return std::all_of(whole.begin(), whole.end(), is_digit) &&
           std::all_of(exponent.begin(), exponent.end(), is_digit);
}

/// Does the lexer read this text, unquoted, as one identifier with exactly this name?
bool is_plain_identifier(std::string_view name) {
    if (name.empty()) return false;
    // A digit may come first when something follows it.
    if (!is_upper_start(name[0]) && !(is_digit(name[0]) && name.size() > 1)) return false;
    bool only_digits = true;
    for (char c : name) {
        if (!is_upper_start(c) && !is_digit(c) && c != '@') return false;
        if (!is_digit(c)) only_digits = false;
    }
    return !only_digits && !is_exponent_number(name);
}

}  // namespace

std::string quote_identifier(std::string_view name, bool always) {
    if (!always && is_plain_identifier(name) && !is_reserved_word(name)) return std::string(name);
    std::string out = "`";
    for (char c : name) {
        if (c == '`') out += '`';
        out += c;
    }
    out += '`';
    return out;
}

bool contains_map(const SqlType& type) {
    switch (type.base()) {
        case BaseType::kMap:
            return true;
        case BaseType::kArray:
            return contains_map(*type.element());
        case BaseType::kStruct:
            return std::any_of(
                type.fields().begin(), type.fields().end(),
                [](const SqlType::Field& field) { return contains_map(*field.type); });
        default:
            return false;
    }
}

}  // namespace millrace
