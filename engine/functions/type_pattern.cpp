#include "engine/functions/type_pattern.h"

#include <cctype>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "engine/base/check.h"
#include "engine/types/casts.h"

namespace millrace {
namespace {

struct BaseName {
    std::string_view text;
    BaseType base;
    std::string_view shown;
};
constexpr BaseName kBaseNames[] = {
    {"BOOLEAN", BaseType::kBoolean, "BOOLEAN"}, {"INT", BaseType::kInteger, "INT"},
    {"INTEGER", BaseType::kInteger, "INT"},     {"VARCHAR", BaseType::kString, "VARCHAR"},
    {"BIGINT", BaseType::kBigint, "BIGINT"},    {"DECIMAL", BaseType::kDecimal, "DECIMAL"},
    {"DOUBLE", BaseType::kDouble, "DOUBLE"},    {"STRING", BaseType::kString, "VARCHAR"},
    {"BYTES", BaseType::kBytes, "BYTES"},       {"DATE", BaseType::kDate, "DATE"},
    {"TIME", BaseType::kTime, "TIME"},          {"TIMESTAMP", BaseType::kTimestamp, "TIMESTAMP"},
};

/// A text that is no signature; never leaves this file.
class BadPattern : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace

class PatternParser {
public:
    explicit PatternParser(std::string_view text) : text_(text) {}

    Signature signature() {
        Signature out;
        expect("(");
        while (!take(")")) {
            if (!out.parameters.empty()) expect(",");
            Signature::Parameter parameter;
            parameter.type = pattern();
            if (take("...")) out.variadic = static_cast<int>(out.parameters.size());
            parameter.name = word();
            out.parameters.push_back(std::move(parameter));
        }
        expect("->");
        out.result = pattern();
        finish();
        return out;
    }

    TypePattern whole() {
        TypePattern out = pattern();
        finish();
        return out;
    }

private:
    void skip() {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    }
    bool take(std::string_view token) {
        skip();
        if (text_.substr(at_, token.size()) != token) return false;
        at_ += token.size();
        return true;
    }
    [[noreturn]] void fail(const std::string& wanted) const {
        throw BadPattern(wanted + " expected at character " + std::to_string(at_ + 1) + " of '" +
                         std::string(text_) + "'");
    }
    void expect(std::string_view token) {
        if (!take(token)) fail("'" + std::string(token) + "'");
    }
    void finish() {
        skip();
        if (at_ != text_.size()) fail("the end");
    }
    int number() {
        skip();
        int out = 0;
        const char* end = text_.data() + text_.size();
        auto [next, error] = std::from_chars(text_.data() + at_, end, out);
        if (error != std::errc()) fail("a number");
        at_ = static_cast<size_t>(next - text_.data());
        return out;
    }
    std::string word() {
        skip();
        size_t from = at_;
        while (at_ < text_.size() &&
               (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_'))
            ++at_;
        return std::string(text_.substr(from, at_ - from));
    }

    /// The rest of "DECIMAL(10, 2)".
    void digits(TypePattern& out) {
        out.precision_ = number();
        expect(",");
        out.scale_ = number();
        expect(")");
        if (out.precision_ < 1 || out.precision_ > Decimal::kMaxDigits || out.scale_ < 0 ||
            out.scale_ > out.precision_)
            fail("digits that a DECIMAL can have");
    }

    TypePattern pattern() {
        TypePattern out;
        if (take("(")) {
            out.kind_ = TypePattern::Kind::kLambda;
            do out.inner_.push_back(pattern());
            while (take(","));
            expect(")");
            expect("=>");
            out.inner_.push_back(pattern());
            return out;
        }
        std::string name = word();
        for (const auto& known : kBaseNames) {
            if (name != known.text) continue;
            out = TypePattern::base(known.base);
            if (known.base == BaseType::kDecimal && take("(")) digits(out);
            return out;
        }
        if (name == "ARRAY") {
            out.kind_ = TypePattern::Kind::kArray;
            expect("<");
            out.inner_.push_back(pattern());
            expect(">");
        } else if (name == "MAP") {
            out.kind_ = TypePattern::Kind::kMap;
            expect("<");
            out.inner_.push_back(pattern());
            expect(",");
            out.inner_.push_back(pattern());
            expect(">");
        } else if (name == "STRUCT") {
            out.kind_ = TypePattern::Kind::kStruct;
            expect("<");
            do {
                out.field_names_.push_back(word());
                out.inner_.push_back(pattern());
            } while (take(","));
            expect(">");
        } else if (name == "UNIT") {
            out.kind_ = TypePattern::Kind::kUnit;
        } else if (name == "ANY") {
            out.kind_ = TypePattern::Kind::kAny;
        } else {
            const bool variable = !name.empty() && name.size() <= 2 && name[0] >= 'A' &&
                                  name[0] <= 'Z' &&
                                  (name.size() == 1 || (name[1] >= '0' && name[1] <= '9'));
            if (!variable) fail("a type");
            out.kind_ = TypePattern::Kind::kVariable;
            out.name_ = name;
        }
        return out;
    }

    std::string_view text_;
    size_t at_ = 0;
};

TypePattern TypePattern::base(BaseType base) {
    TypePattern out;
    out.kind_ = Kind::kBase;
    out.base_ = base;
    return out;
}

TypePattern TypePattern::parse(std::string_view text) {
    try {
        return PatternParser(text).whole();
    } catch (const BadPattern& error) {
        MR_CHECK(false, error.what());
    }
}
Signature Signature::parse(std::string_view text) {
    std::string problem;
    auto out = try_parse(text, problem);
    MR_CHECK(out.has_value(), problem);
    return *std::move(out);
}
std::optional<Signature> Signature::try_parse(std::string_view text, std::string& problem) {
    try {
        return PatternParser(text).signature();
    } catch (const BadPattern& error) {
        problem = error.what();
        return std::nullopt;
    }
}

bool TypePattern::has_variables() const {
    if (kind_ == Kind::kVariable) return true;
    for (const auto& part : inner_)
        if (part.has_variables()) return true;
    return false;
}

bool TypePattern::accepts(const ArgumentType& argument, TypeBindings& bindings,
                          bool allow_casts) const {
    if (argument.is_lambda) return kind_ == Kind::kLambda && accepts_lambda(argument, bindings);
    if (argument.is_interval_unit) return kind_ == Kind::kUnit;
    if (!argument.type) return kind_ != Kind::kLambda && kind_ != Kind::kUnit;
    return accepts_type(argument.type, bindings, allow_casts);
}

bool TypePattern::accepts_lambda(const ArgumentType& argument, TypeBindings& bindings) const {
    if (argument.lambda_parameters + 1 != inner_.size()) return false;
    std::vector<SqlTypePtr> parameters;
    for (size_t i = 0; i + 1 < inner_.size(); ++i) {
        parameters.push_back(inner_[i].resolve(bindings));
        if (!parameters.back()) return false;
    }
    SqlTypePtr result = argument.lambda_result(parameters);
    return !result || inner_.back().accepts_type(result, bindings, false);
}

bool TypePattern::accepts_type(const SqlTypePtr& type, TypeBindings& bindings,
                               bool allow_casts) const {
    switch (kind_) {
        case Kind::kAny:
            return true;
        case Kind::kVariable: {
            auto [entry, fresh] = bindings.emplace(name_, type);
            return fresh || same_type(entry->second, type);
        }
        case Kind::kBase:
            if (type->base() == base_) return true;
            if (!allow_casts || base_ == BaseType::kDecimal)
                return allow_casts && (type->is(BaseType::kInteger) || type->is(BaseType::kBigint));
            return !type->is_nested() && can_cast_implicitly(*type, *SqlType::of(base_));
        case Kind::kArray:
            return type->is(BaseType::kArray) &&
                   inner_[0].accepts_type(type->element(), bindings, false);
        case Kind::kMap:
            return type->is(BaseType::kMap) &&
                   inner_[0].accepts_type(type->map_key(), bindings, false) &&
                   inner_[1].accepts_type(type->map_value(), bindings, false);
        case Kind::kStruct: {
            if (!type->is(BaseType::kStruct) || type->fields().size() != inner_.size())
                return false;
            for (size_t i = 0; i < inner_.size(); ++i)
                if (type->fields()[i].name != field_names_[i] ||
                    !inner_[i].accepts_type(type->fields()[i].type, bindings, false))
                    return false;
            return true;
        }
        case Kind::kLambda:
        case Kind::kUnit:
            return false;
    }
    return false;
}

SqlTypePtr TypePattern::resolve(const TypeBindings& bindings) const {
    switch (kind_) {
        case Kind::kBase:
            if (base_ != BaseType::kDecimal) return SqlType::of(base_);
            return precision_ > 0 ? SqlType::decimal(precision_, scale_) : nullptr;
        case Kind::kVariable: {
            auto found = bindings.find(name_);
            return found == bindings.end() ? nullptr : found->second;
        }
        case Kind::kArray: {
            SqlTypePtr element = inner_[0].resolve(bindings);
            return element ? SqlType::array(element) : nullptr;
        }
        case Kind::kMap: {
            SqlTypePtr key = inner_[0].resolve(bindings);
            SqlTypePtr value = inner_[1].resolve(bindings);
            return key && value ? SqlType::map(key, value) : nullptr;
        }
        case Kind::kStruct: {
            std::vector<SqlType::Field> fields;
            for (size_t i = 0; i < inner_.size(); ++i) {
                SqlTypePtr field = inner_[i].resolve(bindings);
                if (!field) return nullptr;
                fields.push_back({field_names_[i], field});
            }
            return SqlType::struct_(std::move(fields));
        }
        default:
            return nullptr;
    }
}

std::string TypePattern::to_string() const {
    std::string out;
    switch (kind_) {
        case Kind::kBase:
            if (precision_ > 0)
                return "DECIMAL(" + std::to_string(precision_) + ", " + std::to_string(scale_) +
                       ")";
            for (const auto& known : kBaseNames)
                if (known.base == base_) return std::string(known.shown);
            return "";
        case Kind::kVariable:
            return name_;
        case Kind::kArray:
            return "ARRAY<" + inner_[0].to_string() + ">";
        case Kind::kMap:
            return "MAP<" + inner_[0].to_string() + ", " + inner_[1].to_string() + ">";
        case Kind::kStruct:
            for (size_t i = 0; i < inner_.size(); ++i)
                out += (i ? ", " : "STRUCT<") + field_names_[i] + " " + inner_[i].to_string();
            return out + ">";
        case Kind::kLambda:
            for (size_t i = 0; i + 1 < inner_.size(); ++i)
                out += (i ? ", " : "LAMBDA (") + inner_[i].to_string();
            return out + ") => " + inner_.back().to_string();
        case Kind::kUnit:
            return "INTERVALUNIT";
        case Kind::kAny:
            return "ANY";
    }
    return out;
}

bool Signature::takes(size_t count) const {
    if (variadic < 0) return count == parameters.size();
    return count + 1 >= parameters.size();
}

int Signature::parameter_of(size_t index, size_t count) const {
    if (!takes(count)) return -1;
    if (variadic < 0 || index < static_cast<size_t>(variadic)) return static_cast<int>(index);
    size_t behind = parameters.size() - static_cast<size_t>(variadic) - 1;
    if (index + behind < count) return variadic;
    return static_cast<int>(parameters.size() - (count - index));
}

std::string Signature::to_string(std::string_view name) const {
    std::string out(name);
    out += "(";
    for (size_t i = 0; i < parameters.size(); ++i) {
        if (i) out += ", ";
        out += parameters[i].type.to_string();
        if (static_cast<int>(i) == variadic) out += "...";
        if (!parameters[i].name.empty()) out += " " + parameters[i].name;
    }
    return out + ")";
}

}  // namespace millrace
