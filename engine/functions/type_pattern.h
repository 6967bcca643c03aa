// The type of a function's parameter: a SQL type, one with type variables (ARRAY<T>), a lambda, an
// interval unit or anything. Parsed from the text of a registration line. Immutable.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/functions/registry.h"

namespace millrace {

/// Type variables and what they stand for in one call.
using TypeBindings = std::map<std::string, SqlTypePtr>;

class TypePattern {
public:
    enum class Kind { kBase, kArray, kMap, kStruct, kVariable, kLambda, kUnit, kAny };

    static TypePattern base(BaseType base);
    /// "ARRAY<T>", "MAP<STRING, V>", "(K, V) => R", "STRUCT<A STRING>", "UNIT", "ANY"; DECIMAL may
    /// have digits, "DECIMAL(4, 2)", which say what a result is (a parameter takes any). A type
    /// variable is one capital letter, digits may follow. MR_CHECK fails on anything else.
    static TypePattern parse(std::string_view text);

    Kind kind() const { return kind_; }
    BaseType base() const { return base_; }
    bool has_digits() const { return precision_ > 0; }
    const std::string& variable() const { return name_; }
    const std::vector<TypePattern>& inner() const { return inner_; }
    bool has_variables() const;

    /// Can a call pass `argument` here? Binds type variables. The NULL literal goes everywhere.
    bool accepts(const ArgumentType& argument, TypeBindings& bindings, bool allow_casts) const;
    /// The type with its variables replaced; null when one is not bound or it is no type.
    /// DECIMAL without digits gives null, too: whoever knows the argument decides.
    SqlTypePtr resolve(const TypeBindings& bindings) const;

    /// As DESCRIBE FUNCTION shows it: VARCHAR, INT, ARRAY<T>, LAMBDA (T) => R.
    std::string to_string() const;

private:
    friend class PatternParser;
    bool accepts_type(const SqlTypePtr& type, TypeBindings& bindings, bool allow_casts) const;
    bool accepts_lambda(const ArgumentType& argument, TypeBindings& bindings) const;

    Kind kind_ = Kind::kAny;
    BaseType base_ = BaseType::kString;
    int precision_ = 0;  ///< Of a DECIMAL that names its digits.
    int scale_ = 0;
    std::string name_;  ///< Type variable.
    std::vector<TypePattern>
        inner_;  ///< Element; key and value; fields; lambda's parameters and result.
    std::vector<std::string> field_names_;
};

/// A parsed signature: "(STRING str, INT pos, STRING... rest) -> INT".
struct Signature {
    struct Parameter {
        TypePattern type;
        std::string name;
        std::string description;
    };
    std::vector<Parameter> parameters;
    int variadic = -1;  ///< Index of the parameter that may stand any number of times, or -1.
    TypePattern result;

    /// MR_CHECK fails when it is none.
    static Signature parse(std::string_view text);
    /// Nothing, and why, when it is none: for texts that are not ours.
    static std::optional<Signature> try_parse(std::string_view text, std::string& problem);

    /// Parameter index for argument `index` of `count`, or -1 when this many do not fit.
    int parameter_of(size_t index, size_t count) const;
    bool takes(size_t count) const;
    /// "SUBSTRING(VARCHAR str, INT pos)".
    std::string to_string(std::string_view name) const;
};

}  // namespace millrace
