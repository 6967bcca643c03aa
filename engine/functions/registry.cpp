#include "engine/functions/registry.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "engine/base/check.h"
#include "engine/base/nearest.h"
#include "engine/base/text.h"
#include "engine/functions/entries.h"

namespace millrace {
namespace {

std::string argument_text(const ArgumentType& argument) {
    if (argument.is_lambda) return "LAMBDA";
    if (argument.is_interval_unit) return "INTERVALUNIT";
    return argument.type ? argument.type->to_string() : "null";
}

std::string argument_list(const std::vector<ArgumentType>& arguments) {
    std::string out = "(";
    for (size_t i = 0; i < arguments.size(); ++i)
        out += (i ? ", " : "") + argument_text(arguments[i]);
    return out + ")";
}

template <class Overload>
bool matches(const Overload& overload, const std::vector<ArgumentType>& arguments, bool casts,
             TypeBindings& bindings) {
    const Signature& signature = overload.signature;
    if (!signature.takes(arguments.size())) return false;
    for (size_t i = 0; i < arguments.size(); ++i) {
        auto index = static_cast<size_t>(signature.parameter_of(i, arguments.size()));
        if (!signature.parameters[index].type.accepts(arguments[i], bindings, casts)) return false;
    }
    return true;
}

/// Greater is better: not variadic, more parameters, fewer generic ones, no ANY, later variadic.
std::tuple<int, size_t, int, int, int> rank(const Signature& signature) {
    int generic = 0;
    int any = 0;
    for (const auto& parameter : signature.parameters) {
        if (parameter.type.has_variables()) ++generic;
        if (parameter.type.kind() == TypePattern::Kind::kAny) ++any;
    }
    return {signature.variadic < 0 ? 1 : 0, signature.parameters.size(), -generic, -any,
            signature.variadic};
}

[[noreturn]] void fail_no_match(const FunctionEntry& entry,
                                const std::vector<const Signature*>& alternatives,
                                const std::vector<ArgumentType>& arguments,
                                std::string_view listed) {
    std::string message = "Function '" + entry.shown_name + "' does not accept parameters " +
                          argument_list(arguments) + ".\nValid alternatives are:";
    for (const Signature* signature : alternatives) message += "\n" + signature->to_string(listed);
    message += "\nFor detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;";
    refuse(message);
}

template <class Overload>
const Overload& choose(const FunctionEntry& entry, const std::vector<Overload>& overloads,
                       const std::vector<ArgumentType>& arguments, bool may_cast,
                       std::string_view listed, TypeBindings& bindings) {
    for (bool casts : {false, true}) {
        if (casts && !may_cast) break;
        const Overload* best = nullptr;
        bool tie = false;
        for (const Overload& overload : overloads) {
            TypeBindings tried;
            if (!matches(overload, arguments, casts, tried)) continue;
            if (best && rank(overload.signature) < rank(best->signature)) continue;
            tie = best && rank(overload.signature) == rank(best->signature);
            best = &overload;
            bindings = std::move(tried);
        }
        if (tie) {
            refuse(ErrorKind::kUntranslated,
                   "Function '" + entry.shown_name +
                       "' cannot be resolved due to ambiguous method parameters " +
                       argument_list(arguments) + ".");
        }
        if (best) return *best;
    }
    std::vector<const Signature*> alternatives;
    for (const Overload& overload : overloads) alternatives.push_back(&overload.signature);
    fail_no_match(entry, alternatives, arguments, listed);
}

/// The type that an argument must have for a parameter; null when the pattern does not say.
SqlTypePtr target_type(const TypePattern& pattern, const ArgumentType& argument,
                       const TypeBindings& bindings) {
    if (argument.is_lambda || argument.is_interval_unit) return nullptr;
    if (pattern.kind() == TypePattern::Kind::kBase && pattern.base() == BaseType::kDecimal) {
        if (!argument.type) return SqlType::decimal(1, 0);
        if (argument.type->is(BaseType::kInteger)) return SqlType::decimal(10, 0);
        if (argument.type->is(BaseType::kBigint)) return SqlType::decimal(19, 0);
        return argument.type;
    }
    if (pattern.kind() == TypePattern::Kind::kBase) return pattern.resolve(bindings);
    if (argument.type) return argument.type;
    SqlTypePtr type = pattern.resolve(bindings);
    return type ? type : SqlType::string();
}

template <class Overload>
CallTypes types_of_call(const Overload& overload, const std::vector<ArgumentType>& arguments,
                        const TypeBindings& bindings) {
    CallTypes call;
    const Signature& signature = overload.signature;
    for (size_t i = 0; i < arguments.size(); ++i) {
        ArgumentType argument = arguments[i];
        auto index = static_cast<size_t>(signature.parameter_of(i, arguments.size()));
        argument.type = target_type(signature.parameters[index].type, argument, bindings);
        call.arguments.push_back(std::move(argument));
    }
    return call;
}

}  // namespace

FunctionEntry& FunctionRegistry::Entries::add(FunctionKind kind, std::string_view name,
                                              std::string_view category,
                                              std::string_view description) {
    std::string key = upper_ascii(name);
    auto [found, fresh] = by_name.try_emplace(key);
    FunctionEntry& entry = found->second;
    if (fresh) {
        entry.shown_name = std::string(name);
        entry.info.name = key;
        entry.info.kind = kind;
        entry.info.category = std::string(category);
        entry.info.description = std::string(description);
        entry.info.author = "Millrace";
        entry.info.path = "internal";
    }
    MR_CHECK(entry.info.kind == kind, key);
    return entry;
}

void FunctionEntry::describe(const Signature& signature, std::string_view description) {
    FunctionInfo::Variant variant;
    variant.description = std::string(description);
    variant.returns = signature.result.to_string();
    for (size_t i = 0; i < signature.parameters.size(); ++i) {
        const auto& parameter = signature.parameters[i];
        variant.parameters.push_back({parameter.name, parameter.type.to_string(),
                                      parameter.description,
                                      static_cast<int>(i) == signature.variadic});
    }
    info.variants.push_back(std::move(variant));
}

FunctionRegistry::FunctionRegistry() : entries_(std::make_unique<Entries>()) {}
FunctionRegistry::~FunctionRegistry() = default;
FunctionRegistry::FunctionRegistry(FunctionRegistry&&) noexcept = default;
FunctionRegistry& FunctionRegistry::operator=(FunctionRegistry&&) noexcept = default;

FunctionRegistry FunctionRegistry::clone() const {
    FunctionRegistry out;
    *out.entries_ = *entries_;
    return out;
}

std::optional<FunctionKind> FunctionRegistry::kind_of(std::string_view name) const {
    auto found = entries_->by_name.find(upper_ascii(name));
    if (found == entries_->by_name.end()) return std::nullopt;
    return found->second.info.kind;
}

namespace {

/// Where a function stands, for those who wrote it elsewhere.
std::string_view place_of(FunctionKind kind) {
    switch (kind) {
        case FunctionKind::kTable:
            return " that may stand here: it is a table function, for SELECT only";
        case FunctionKind::kAggregate:
            return " that may stand here: it is an aggregate, for SELECT and HAVING of a GROUP BY";
        case FunctionKind::kScalar:
            break;
    }
    return "";
}

const FunctionEntry& entry_of(const FunctionRegistry::Entries& entries, std::string_view name,
                              FunctionKind kind) {
    std::string key = upper_ascii(name);
    auto found = entries.by_name.find(key);
    if (found != entries.by_name.end() && found->second.info.kind == kind) return found->second;
    std::string message = "Can't find any functions with the name '" + std::string(name) + "'";
    if (found != entries.by_name.end())
        refuse_about(std::string(name), message + std::string(place_of(found->second.info.kind)));
    std::string nearest;
    size_t least = key.size() <= 4 ? 2 : 3;
    for (const auto& [known, entry] : entries.by_name) {
        size_t distance = edit_distance(key, known);
        if (distance < least) {
            least = distance;
            nearest = known;
        }
    }
    if (!nearest.empty() && nearest != key) message += ". Did you mean '" + nearest + "'?";
    refuse_about(std::string(name), message);
}

}  // namespace

ResolvedScalar FunctionRegistry::resolve_scalar(std::string_view name,
                                                const std::vector<ArgumentType>& arguments) const {
    const FunctionEntry& entry = entry_of(*entries_, name, FunctionKind::kScalar);
    TypeBindings bindings;
    const ScalarOverload& overload =
        choose(entry, entry.scalars, arguments, true, entry.info.name, bindings);
    CallTypes call = types_of_call(overload, arguments, bindings);

    ResolvedScalar out;
    out.name = entry.info.name;
    out.deterministic = overload.deterministic;
    if (overload.result_rule) call.result = overload.result_rule(call.arguments);
    if (!call.result) call.result = overload.signature.result.resolve(bindings);
    if (!call.result) call.result = SqlType::string();
    out.result = call.result;
    for (size_t i = 0; i < arguments.size(); ++i) {
        out.argument_types.push_back(call.arguments[i].type);
        if (!arguments[i].is_lambda) continue;
        auto index = static_cast<size_t>(overload.signature.parameter_of(i, arguments.size()));
        const auto& inner = overload.signature.parameters[index].type.inner();
        for (size_t p = 0; p + 1 < inner.size(); ++p)
            out.lambda_types[i].push_back(inner[p].resolve(bindings));
    }
    out.kernel = overload.make(call);
    return out;
}

ResolvedAggregate FunctionRegistry::resolve_aggregate(
    std::string_view name, const std::vector<ArgumentType>& arguments) const {
    return resolve_aggregate(name, arguments, {});
}

ResolvedAggregate FunctionRegistry::resolve_aggregate(std::string_view name,
                                                      const std::vector<ArgumentType>& arguments,
                                                      const EvalEnv& env) const {
    const FunctionEntry& entry = entry_of(*entries_, name, FunctionKind::kAggregate);
    TypeBindings bindings;
    const AggregateOverload& overload =
        choose(entry, entry.aggregates, arguments, false, entry.info.name, bindings);
    CallTypes call = types_of_call(overload, arguments, bindings);
    call.result = overload.signature.result.resolve(bindings);

    ResolvedAggregate out;
    out.name = entry.info.name;
    size_t first_init = overload.signature.parameters.size() - overload.num_init;
    size_t num_columns = 0;
    while (num_columns < arguments.size() && static_cast<size_t>(overload.signature.parameter_of(
                                                 num_columns, arguments.size())) < first_init)
        ++num_columns;
    for (size_t i = 0; i < arguments.size(); ++i) {
        if (i < num_columns) {
            out.argument_types.push_back(call.arguments[i].type);
        } else if (!arguments[i].is_literal) {
            refuse("Parameter " + std::to_string(i + 1) + " passed to function " + entry.info.name +
                   " must be a literal constant, but was expression: '" + arguments[i].text + "'");
        }
    }
    out.function = overload.make(call, &env);
    return out;
}

ResolvedTable FunctionRegistry::resolve_table(std::string_view name,
                                              const std::vector<ArgumentType>& arguments) const {
    const FunctionEntry& entry = entry_of(*entries_, name, FunctionKind::kTable);
    TypeBindings bindings;
    const TableOverload& overload =
        choose(entry, entry.tables, arguments, true, entry.shown_name, bindings);
    CallTypes call = types_of_call(overload, arguments, bindings);
    ResolvedTable out;
    out.name = entry.info.name;
    if (overload.result_rule) call.result = overload.result_rule(call.arguments);
    if (!call.result) call.result = overload.signature.result.resolve(bindings);
    out.element = call.result ? call.result : SqlType::string();
    for (const ArgumentType& argument : call.arguments) out.argument_types.push_back(argument.type);
    out.kernel = overload.make(call);
    return out;
}

std::vector<FunctionInfo> FunctionRegistry::list() const {
    std::vector<FunctionInfo> out;
    for (const auto& [name, entry] : entries_->by_name) out.push_back(entry.info);
    return out;
}

const FunctionInfo* FunctionRegistry::find(std::string_view name) const {
    auto found = entries_->by_name.find(upper_ascii(name));
    return found == entries_->by_name.end() ? nullptr : &found->second.info;
}

}  // namespace millrace
