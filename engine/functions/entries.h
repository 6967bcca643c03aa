// What the registry holds for every name: overloads with their signatures and what makes a kernel
// for one call. Used by registration (scalar.h, aggregate.h) and by resolution (registry.cpp) only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/functions/registry.h"
#include "engine/functions/type_pattern.h"

namespace millrace {

/// The types of one resolved call: arguments after their implicit casts, and the result.
struct CallTypes {
    std::vector<ArgumentType> arguments;
    SqlTypePtr result;
};

/// The result's type where the signature does not tell it (DECIMAL digits). Null: leave it to the
/// signature.
using ResultRule = std::function<SqlTypePtr(const std::vector<ArgumentType>&)>;

struct ScalarOverload {
    Signature signature;
    std::string description;
    ResultRule result_rule;
    std::function<std::shared_ptr<const ScalarKernel>(const CallTypes&)> make;
    bool deterministic = true;
};

struct AggregateOverload {
    Signature signature;
    std::string description;
    size_t num_init = 0;  ///< Trailing parameters (a variadic one, too) that must be literals.
    std::function<std::shared_ptr<const AggregateFunction>(const CallTypes&, const EvalEnv*)> make;
};

struct TableOverload {
    Signature signature;
    std::string description;
    ResultRule result_rule;  ///< Of the element.
    std::function<std::shared_ptr<const TableKernel>(const CallTypes&)> make;
};

struct FunctionEntry {
    FunctionInfo info;
    std::string shown_name;  ///< In messages, as ksqlDB's function spells itself.
    std::vector<ScalarOverload> scalars;
    std::vector<AggregateOverload> aggregates;
    std::vector<TableOverload> tables;

    /// Adds a variant to `info`.
    void describe(const Signature& signature, std::string_view description);
};

struct FunctionRegistry::Entries {
    std::map<std::string, FunctionEntry> by_name;  ///< Upper case.

    /// The entry of this name, made when it is not there. MR_CHECK fails when it is of another
    /// kind.
    FunctionEntry& add(FunctionKind kind, std::string_view name, std::string_view category,
                       std::string_view description);
};

}  // namespace millrace
