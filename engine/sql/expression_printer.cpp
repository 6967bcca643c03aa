// Expressions as text, in ksqlDB's spelling: every operator in parentheses, names quoted where
// needed.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <iterator>
#include <vector>

#include "engine/sql/expression.h"

namespace millrace::sql {

std::string_view symbol(BinaryOp op) {
    switch (op) {
        case BinaryOp::kAdd:
            return "+";
        case BinaryOp::kSubtract:
            return "-";
        case BinaryOp::kMultiply:
            return "*";
        case BinaryOp::kDivide:
            return "/";
        case BinaryOp::kModulo:
            return "%";
        case BinaryOp::kConcat:
            return "||";
    }
    return "?";
}

namespace {

std::string quote_string(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'') out += c;
    }
    return out += '\'';
}

std::string_view symbol(LogicOp op) {
    return op == LogicOp::kAnd ? "AND" : "OR";
}

std::string_view symbol(CompareOp op) {
    switch (op) {
        case CompareOp::kEqual:
            return "=";
        case CompareOp::kNotEqual:
            return "<>";
        case CompareOp::kLess:
            return "<";
        case CompareOp::kLessEqual:
            return "<=";
        case CompareOp::kGreater:
            return ">";
        case CompareOp::kGreaterEqual:
            return ">=";
        case CompareOp::kDistinct:
            return "IS DISTINCT FROM";
        case CompareOp::kNotDistinct:
            return "IS NOT DISTINCT FROM";
    }
    return "?";
}

/// Shortest digits that read back as the same DOUBLE; the exponent makes it one: 1E0, 1.5E-3.
std::string double_literal(double value) {
    if (!std::isfinite(value)) {
        const char* name = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
        return fmt::format("CAST('{}' AS DOUBLE)", name);
    }
    char digits[40];
    const auto end =
        std::to_chars(digits, std::end(digits), value, std::chars_format::scientific).ptr;
    const std::string_view text(digits, static_cast<size_t>(end - digits));
    const size_t e = text.find('e');
    std::string_view exponent = text.substr(e + 1);
    std::string out(text.substr(0, e));
    out += 'E';
    if (exponent.front() == '-') out += '-';
    exponent.remove_prefix(1);
    while (exponent.size() > 1 && exponent.front() == '0') exponent.remove_prefix(1);
    return out += exponent;
}

std::string literal_text(const Literal& literal) {
    if (literal.value.is_null()) return "null";
    if (!literal.type) return "null";
    switch (literal.type->base()) {
        case BaseType::kString:
            return quote_string(literal.value.as_string());
        case BaseType::kDouble:
            return double_literal(literal.value.as_double());
        case BaseType::kDecimal: {
            std::string text = literal.value.as_decimal().to_plain_string();
            // Without a point it would read as an INTEGER.
            return text.find('.') == std::string::npos ? text + '.' : text;
        }
        case BaseType::kBoolean:
        case BaseType::kInteger:
        case BaseType::kBigint:
            return value_to_text(literal.value, *literal.type);
        default:
            return quote_string(value_to_text(literal.value, *literal.type));
    }
}

/// Down to this depth every operator of a chain has its own brackets, as ksqlDB has them; below, a
/// chain is written as one, so that any tree that was parsed prints within the parser's limit of
/// nesting.
constexpr size_t kSpelledDepthMax = 100;

/// Operators of one class chain to the left without brackets.
int chain_class(const Arithmetic& node) {
    switch (node.op) {
        case BinaryOp::kAdd:
        case BinaryOp::kSubtract:
            return 0;
        case BinaryOp::kConcat:
            return 1;
        default:
            return 2;
    }
}
int chain_class(const Logic& node) {
    return node.op == LogicOp::kAnd ? 0 : 1;
}

class Printer {
public:
    void print(const ExpressionPtr& expression) {
        ++depth_;
        std::visit([this](const auto& node) { write(node); }, expression->node);
        --depth_;
    }
    std::string take() { return std::move(out_); }

private:
    template <class... Args>
    void put(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    }
    void list(const std::vector<ExpressionPtr>& expressions) {
        for (size_t i = 0; i < expressions.size(); ++i) {
            if (i > 0) out_ += ", ";
            print(expressions[i]);
        }
    }
    void infix(const ExpressionPtr& left, std::string_view op, const ExpressionPtr& right) {
        out_ += '(';
        print(left);
        put(" {} ", op);
        print(right);
        out_ += ')';
    }

    void write(const Literal& node) { out_ += literal_text(node); }
    void write(const ColumnRef& node) {
        if (node.source) put("{}.", quote_identifier(*node.source));
        // ".1" is a number's.
        const bool is_digit = node.name[0] >= '0' && node.name[0] <= '9';
        out_ += quote_identifier(node.name, node.source && is_digit);
    }
    /// `((a + b) + c)`, or far down `(a + b + c)`.
    template <class Node>
    void chain(const Node& node) {
        std::vector<const Node*> spine{&node};
        while (const Node* left = spine.back()->left->template as<Node>()) {
            if (chain_class(*left) != chain_class(node)) break;
            spine.push_back(left);
        }
        if (depth_ + spine.size() <= kSpelledDepthMax) {
            infix(node.left, symbol(node.op), node.right);
            return;
        }
        out_ += '(';
        print(spine.back()->left);
        for (size_t i = spine.size(); i-- > 0;) {
            put(" {} ", symbol(spine[i]->op));
            print(spine[i]->right);
        }
        out_ += ')';
    }
    void write(const Arithmetic& node) { chain(node); }
    void write(const Sign& node) {
        // `-5` would read as a constant, `--` as a comment.
        const bool constant =
            node.negative && is_number(node.operand) && !is_negative(node.operand);
        out_ += node.negative ? "-" : "+";
        if (constant) out_ += '(';
        const size_t at = out_.size();
        print(node.operand);
        if (node.negative && out_[at] == '-') out_.insert(at, " ");
        if (constant) out_ += ')';
    }
    void write(const Comparison& node) { infix(node.left, symbol(node.op), node.right); }
    void write(const Logic& node) { chain(node); }
    void write(const Not& node) {
        out_ += "(NOT ";
        print(node.operand);
        out_ += ')';
    }
    void write(const IsNull& node) {
        out_ += '(';
        print(node.operand);
        out_ += node.negated ? " IS NOT NULL)" : " IS NULL)";
    }
    void write(const Between& node) {
        out_ += '(';
        print(node.operand);
        out_ += node.negated ? " NOT BETWEEN " : " BETWEEN ";
        print(node.low);
        out_ += " AND ";
        print(node.high);
        out_ += ')';
    }
    void write(const InList& node) {
        out_ += '(';
        print(node.operand);
        out_ += node.negated ? " NOT IN (" : " IN (";
        list(node.list);
        out_ += "))";
    }
    void write(const Like& node) {
        out_ += '(';
        print(node.operand);
        out_ += node.negated ? " NOT LIKE " : " LIKE ";
        print(node.pattern);
        if (node.escape) put(" ESCAPE {}", quote_string(*node.escape));
        out_ += ')';
    }
    void write(const Case& node) {
        out_ += "(CASE";
        if (node.operand) {
            out_ += ' ';
            print(node.operand);
        }
        for (const Case::When& when : node.whens) {
            out_ += " WHEN ";
            print(when.condition);
            out_ += " THEN ";
            print(when.result);
        }
        if (node.otherwise) {
            out_ += " ELSE ";
            print(node.otherwise);
        }
        out_ += " END)";
    }
    void write(const Cast& node) {
        out_ += "CAST(";
        print(node.operand);
        put(" AS {})", node.type->to_string(false));
    }
    void write(const Call& node) {
        put("{}(", quote_identifier(node.name));
        if (node.star) out_ += '*';
        list(node.arguments);
        out_ += ')';
    }
    void write(const Lambda& node) {
        const bool single = node.parameters.size() == 1;
        if (!single) out_ += '(';
        for (size_t i = 0; i < node.parameters.size(); ++i) {
            put("{}{}", i > 0 ? ", " : "", quote_identifier(node.parameters[i]));
        }
        out_ += single ? " => " : ") => ";
        print(node.body);
    }
    void write(const LambdaVariable& node) { out_ += quote_identifier(node.name); }
    void write(const IntervalUnit& node) { out_ += node.unit; }
    void write(const ArrayConstructor& node) {
        out_ += "ARRAY[";
        list(node.elements);
        out_ += ']';
    }
    void write(const MapConstructor& node) {
        out_ += "MAP(";
        for (size_t i = 0; i < node.entries.size(); ++i) {
            if (i > 0) out_ += ", ";
            print(node.entries[i].first);
            out_ += ":=";
            print(node.entries[i].second);
        }
        out_ += ')';
    }
    void write(const StructConstructor& node) {
        out_ += "STRUCT(";
        for (size_t i = 0; i < node.fields.size(); ++i) {
            put("{}{}:=", i > 0 ? ", " : "", quote_identifier(node.fields[i].first));
            print(node.fields[i].second);
        }
        out_ += ')';
    }
    /// What a subscript or an arrow is put on; only a sign binds less tightly without parentheses.
    void base(const ExpressionPtr& expression) {
        const bool bare = expression->as<Sign>() == nullptr && !is_negative(expression);
        if (!bare) out_ += '(';
        print(expression);
        if (!bare) out_ += ')';
    }
    void write(const Subscript& node) {
        base(node.base);
        out_ += '[';
        print(node.index);
        out_ += ']';
    }
    void write(const Dereference& node) {
        base(node.base);
        put("->{}", quote_identifier(node.field));
    }

    static bool is_number(const ExpressionPtr& expression) {
        const auto* literal = expression->as<Literal>();
        return literal != nullptr && literal->type && literal->type->is_numeric();
    }
    static bool is_negative(const ExpressionPtr& expression) {
        return is_number(expression) && literal_text(*expression->as<Literal>()).front() == '-';
    }

    std::string out_;
    size_t depth_ = 0;
};

}  // namespace

std::string print(const ExpressionPtr& expression) {
    if (!expression) return {};
    Printer printer;
    printer.print(expression);
    return printer.take();
}

}  // namespace millrace::sql
