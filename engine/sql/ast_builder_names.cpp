// Names, constants, types and the substitution of variables.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "engine/base/nearest.h"
#include "engine/base/text.h"
#include "engine/sql/ast_builder.h"
#include "engine/sql/syntax_error.h"

namespace millrace::sql {
namespace {

constexpr size_t kCustomTypesSizeMax = 10'000;

/// Itself and all types within it; no more than one above the limit.
size_t size_of(const SqlType& type, size_t counted = 0) {
    if (++counted > kCustomTypesSizeMax) return counted;
    switch (type.base()) {
        case BaseType::kArray:
            return size_of(*type.element(), counted);
        case BaseType::kMap:
            return size_of(*type.map_value(), size_of(*type.map_key(), counted));
        case BaseType::kStruct:
            for (const SqlType::Field& field : type.fields()) {
                counted = size_of(*field.type, counted);
                if (counted > kCustomTypesSizeMax) break;
            }
            return counted;
        default:
            return counted;
    }
}

/// How a type is written that is nothing without others; empty for one that is.
std::string nested_form(std::string_view name) {
    if (name == "ARRAY") return "ARRAY<INT>";
    if (name == "MAP") return "MAP<VARCHAR, INT>";
    return name == "STRUCT" ? "STRUCT<field INT>" : "";
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_name_char(char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '@';
}

/// Without the quotes at both ends, doubled quotes made single.
std::string unquote(std::string_view quoted) {
    const char quote = quoted.front();
    std::string out;
    out.reserve(quoted.size());
    for (size_t i = 1; i + 1 < quoted.size(); ++i) {
        out += quoted[i];
        if (quoted[i] == quote) ++i;
    }
    return out;
}

/// `'text'`, with every quote inside doubled.
bool is_quoted(std::string_view text, char quote) {
    if (text.size() < 2 || text.front() != quote || text.back() != quote) return false;
    for (size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] != quote) continue;
        if (i + 2 >= text.size() || text[i + 1] != quote) return false;
        ++i;
    }
    return true;
}

bool is_plain_identifier(std::string_view text) {
    if (text.empty() || text.front() == '@') return false;
    bool all_digits = true;
    for (const char c : text) {
        if (!is_name_char(c)) return false;
        all_digits = all_digits && is_digit(c);
    }
    return !all_digits;
}

}  // namespace

AstBuilder::AstBuilder(std::string_view text, Position start, const ParseOptions& options)
    : text_(text), start_(start), options_(options) {
    for (const char c : text) {
        if ((static_cast<unsigned char>(c) & 0x80) != 0) ascii_ = false;
    }
}

Position AstBuilder::position(const antlr4::Token* token) const {
    if (!ascii_) return position_in_script(text_, token->getStartIndex(), start_);
    const int line = static_cast<int>(token->getLine());  // From 1.
    const int column = static_cast<int>(token->getCharPositionInLine());
    const int first_line = start_.line > 0 ? start_.line : 1;
    const int first_column = start_.column > 0 ? start_.column : 1;
    return {first_line + line - 1, column + (line == 1 ? first_column : 1)};
}

Position AstBuilder::position(const antlr4::ParserRuleContext* context) const {
    return position(context->start);
}

void AstBuilder::refuse(const std::string& message, Position at) const {
    millrace::refuse(Stage::kPrepare, ErrorKind::kStatement, message, at);
}

void AstBuilder::refuse_at(const std::string& message, const antlr4::Token* token) const {
    const Position at = position(token);
    refuse(fmt::format("line {}:{}: {}", at.line, at.column + 1, message), at);
}

void AstBuilder::illegal_argument(const std::string& rule, std::string_view got, Position at,
                                  const std::string& advice) const {
    millrace::refuse(fmt::format("Illegal argument at Line: {}, Col: {}. {} Got: '{}'{}", at.line,
                                 at.column, rule, got, advice),
                     at);
}

// ---- variables ----

const std::string* AstBuilder::variable(std::string_view token_text) const {
    if (options_.variables == nullptr) return nullptr;
    const std::string name(token_text.substr(2, token_text.size() - 3));  // ${name}
    const auto found = options_.variables->find(name);
    return found == options_.variables->end() ? nullptr : &found->second;
}

std::string AstBuilder::substitute(std::string text) const {
    if (options_.variables == nullptr) return text;
    return substitute_variables(text, *options_.variables);
}

Literal AstBuilder::variable_literal(antlr4::Token* token) {
    const std::string name = token->getText();
    const std::string* value = variable(name);
    const std::string_view text = value != nullptr ? *value : std::string_view(name);
    const std::string word = upper_ascii(text);
    if (is_quoted(text, '\'')) return {Value(unquote(text)), SqlType::string()};
    if (word == "TRUE" || word == "FALSE") return {Value(word == "TRUE"), SqlType::boolean()};
    const size_t sign = !text.empty() && text.front() == '-' ? 1 : 0;
    const bool numeric = text.find_first_not_of("0123456789.eE+-", sign) == std::string_view::npos;
    if (numeric && sign < text.size() && (is_digit(text[sign]) || text[sign] == '.')) {
        const ExpressionPtr parsed = number_literal(text, token);
        if (parsed) return *parsed->as<Literal>();
    }
    illegal_argument("A literal must be a quoted string, a boolean or a number.", text,
                     position(token), near_variable(value == nullptr, name));
}

std::string AstBuilder::variable_identifier(antlr4::Token* token) {
    const std::string name = token->getText();
    const std::string* value = variable(name);
    const std::string_view text = value != nullptr ? *value : std::string_view(name);
    if (is_quoted(text, '`') || is_quoted(text, '"')) return unquote(text);
    if (is_plain_identifier(text)) return upper_ascii(text);
    illegal_argument(
        "Identifier names cannot start with '@' and may only contain alphanumeric values and '_'.",
        text, position(token), near_variable(value == nullptr, name));
}

std::string AstBuilder::near_variable(bool undefined, const std::string& token_text) const {
    if (!undefined || options_.variables == nullptr) return {};
    std::vector<std::string> names;
    for (const auto& [name, value] : *options_.variables) names.push_back(name);
    const auto near = nearest_names(token_text.substr(2, token_text.size() - 3), names, 1);
    return near.empty() ? std::string() : " Did you mean ${" + near.front() + "}?";
}

// ---- names ----

std::string AstBuilder::identifier(P::IdentifierContext* context) {
    return identifier_token(context->start);
}

std::string AstBuilder::identifier_token(antlr4::Token* token) {
    switch (token->getType()) {
        case P::VARIABLE:
            return variable_identifier(token);
        case P::QUOTED_IDENTIFIER:
        case P::BACKQUOTED_IDENTIFIER:
            return unquote(token->getText());
        default:
            return upper_ascii(token->getText());
    }
}

std::string AstBuilder::source_name(P::SourceNameContext* context) {
    std::string name = identifier(context->identifier());
    for (const char c : name) {
        if (is_letter(c) || is_digit(c) || c == '_' || c == '-') continue;
        illegal_argument("Source names may only contain alphanumeric values, '_' or '-'.", name,
                         position(context));
    }
    return name;
}

std::string AstBuilder::resource_name(P::ResourceNameContext* context) {
    if (context->STRING() != nullptr) return string_value(context->STRING());
    antlr4::Token* token = context->start;
    switch (token->getType()) {
        case P::VARIABLE: {
            const std::string* value = variable(token->getText());
            if (value == nullptr) return variable_identifier(token);  // Refuses.
            return is_quoted(*value, '\'') || is_quoted(*value, '`') || is_quoted(*value, '"')
                       ? unquote(*value)
                       : *value;
        }
        case P::QUOTED_IDENTIFIER:
        case P::BACKQUOTED_IDENTIFIER:
            return unquote(token->getText());
        default:
            return token->getText();
    }
}

std::string AstBuilder::string_value(antlr4::tree::TerminalNode* node) {
    return string_value(node->getSymbol());
}

std::string AstBuilder::string_value(antlr4::Token* token) {
    return substitute(unquote(token->getText()));
}

// ---- constants ----

Literal AstBuilder::literal(P::LiteralContext* context) {
    if (context->number() != nullptr) return number(context->number());
    switch (context->start->getType()) {
        case P::TRUE:
            return {Value(true), SqlType::boolean()};
        case P::FALSE:
            return {Value(false), SqlType::boolean()};
        case P::STRING:
            return {Value(string_value(context->start)), SqlType::string()};
        case P::VARIABLE:
            return variable_literal(context->start);
        default:
            return {Value::null(), nullptr};
    }
}

Literal AstBuilder::number(P::NumberContext* context) {
    return *number_literal(context->getText(), context->start)->as<Literal>();
}

Literal AstBuilder::decimal_literal(const Decimal& value) {
    const int scale = std::max(value.scale(), 0);
    const Decimal plain = value.with_scale(scale, Rounding::kUnnecessary).value_or(value);
    // Between -1 and 1 the digits ahead of the point count as one.
    const bool fraction = plain.abs().compare(Decimal(1, 0)) < 0;
    return {Value(plain), SqlType::decimal(fraction ? scale + 1 : plain.precision(), scale)};
}

/// REQUIRES: `text` is a number token with an optional minus, or came out of a variable.
ExpressionPtr AstBuilder::number_literal(std::string_view text, antlr4::Token* at) {
    const char* end = text.data() + text.size();
    const bool exponent = text.find_first_of("eE") != std::string_view::npos;
    const Position where = position(at);
    if (!exponent && text.find('.') == std::string_view::npos) {
        int64_t value = 0;
        const auto parsed = std::from_chars(text.data(), end, value);
        if (parsed.ec != std::errc() || parsed.ptr != end) {
            refuse_at(fmt::format("Invalid numeric literal: {}", text), at);
        }
        const auto small = static_cast<int32_t>(value);
        return small == value ? make_expression(Literal{Value(small), SqlType::integer()}, where)
                              : make_expression(Literal{Value(value), SqlType::bigint()}, where);
    }
    if (!exponent) {
        const std::optional<Decimal> value = Decimal::parse(text);
        if (!value) refuse_at(fmt::format("Invalid numeric literal: {}", text), at);
        return make_expression(decimal_literal(*value), where);
    }
    double value = 0;
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec == std::errc::result_out_of_range) {
        value = std::strtod(std::string(text).c_str(), nullptr);  // Infinity, or a value near zero.
    } else if (parsed.ec != std::errc() || parsed.ptr != end) {
        refuse_at(fmt::format("Not a number: {}", text), at);
    }
    if (std::isinf(value)) refuse_at(fmt::format("Number overflows DOUBLE: {}", text), at);
    return make_expression(Literal{Value(value), SqlType::double_()}, where);
}

int64_t AstBuilder::integer(P::NumberContext* context, std::string_view clause) {
    if (context->INTEGER_VALUE() == nullptr) {
        refuse(fmt::format("Value must be integer for command: {}", clause), position(context));
    }
    const Literal value = number(context);
    return value.value.holds<int32_t>() ? value.value.as_int() : value.value.as_long();
}

/// Connector settings keep the case of quoted names; ours have none.
Properties AstBuilder::properties(P::PropertiesContext* context, bool fold_names) {
    Properties out;
    if (context == nullptr) return out;
    for (P::PropertyContext* property : context->property()) {
        std::string name = property->STRING() != nullptr ? string_value(property->STRING())
                                                         : identifier(property->identifier());
        if (fold_names) name = upper_ascii(name);
        out.entries.emplace_back(std::move(name), literal(property->literal()));
    }
    return out;
}

std::vector<std::string> AstBuilder::columns(P::ColumnsContext* context) {
    std::vector<std::string> out;
    if (context == nullptr) return out;
    for (P::IdentifierContext* name : context->identifier()) out.push_back(identifier(name));
    return out;
}

std::vector<ExpressionPtr> AstBuilder::values(P::ValuesContext* context) {
    std::vector<ExpressionPtr> out;
    for (P::ValueExpressionContext* value : context->valueExpression()) out.push_back(build(value));
    return out;
}

// ---- types ----

SqlTypePtr AstBuilder::build_type(P::TypeContext* context) {
    if (context->identifier().size() == 1 && context->STRUCT() == nullptr) {
        return named_type(context);
    }
    const Level level(*this, context);
    if (context->ARRAY() != nullptr) return SqlType::array(build_type(context->type(0)));
    if (context->MAP() != nullptr) {
        SqlTypePtr key = build_type(context->type(0));
        return SqlType::map(std::move(key), build_type(context->type(1)));
    }
    std::vector<SqlType::Field> fields;
    for (size_t i = 0; i < context->identifier().size(); ++i) {
        fields.push_back({identifier(context->identifier(i)), build_type(context->type(i))});
    }
    return SqlType::struct_(std::move(fields));
}

SqlTypePtr AstBuilder::named_type(P::TypeContext* context) {
    const std::string name = identifier(context->identifier(0));
    const auto parameters = context->typeParameter();
    const auto decimal_parameter = [&](size_t index) {
        const ExpressionPtr value =
            number_literal(parameters[index]->getText(), parameters[index]->start);
        const Value& number = value->as<Literal>()->value;
        return number.holds<int32_t>() ? number.as_int() : INT32_MAX;
    };
    if (name == "DECIMAL" || name == "DEC") {
        const bool integers = parameters.size() == 2 && parameters[0]->INTEGER_VALUE() != nullptr &&
                              parameters[1]->INTEGER_VALUE() != nullptr;
        if (!integers) {
            refuse(
                "DECIMAL is invalid. It must be defined with a precision and a scale, as in "
                "DECIMAL(10, 2).",
                position(context));
        }
        return SqlType::decimal(decimal_parameter(0), decimal_parameter(1));
    }
    if (name == "BOOLEAN") return SqlType::boolean();
    if (name == "INT" || name == "INTEGER") return SqlType::integer();
    if (name == "BIGINT") return SqlType::bigint();
    if (name == "DOUBLE") return SqlType::double_();
    if (name == "STRING" || name == "VARCHAR") return SqlType::string();
    if (name == "BYTES") return SqlType::bytes();
    if (name == "DATE") return SqlType::date();
    if (name == "TIME") return SqlType::time();
    if (name == "TIMESTAMP") return SqlType::timestamp();
    SqlTypePtr custom = options_.custom_type ? options_.custom_type(name) : nullptr;
    if (!custom) {
        static const std::vector<std::string> names = {
            "BOOLEAN", "INTEGER", "INT",  "BIGINT", "DOUBLE",    "DECIMAL", "STRING", "VARCHAR",
            "BYTES",   "DATE",    "TIME", "ARRAY",  "TIMESTAMP", "MAP",     "STRUCT"};
        if (const std::string form = nested_form(name); !form.empty()) {
            refuse("Cannot resolve unknown type: " + name + ". A " + name +
                       " tells what is in it: " + form,
                   position(context));
        }
        const std::vector<std::string> near = nearest_names(name, names, 1);
        refuse("Cannot resolve unknown type: " + name +
                   (near.empty() ? "" : ". Did you mean " + near.front() + "?"),
               position(context));
    }
    // A type of types of types doubles with each, and takes a word to write.
    custom_types_size_ += size_of(*custom);
    if (custom_types_size_ > kCustomTypesSizeMax) {
        refuse("The custom types of a statement may come to " +
                   std::to_string(kCustomTypesSizeMax) + " types within types; with " + name +
                   " there are more.",
               position(context));
    }
    return custom;
}

}  // namespace millrace::sql
