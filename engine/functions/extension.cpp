#include "engine/functions/extension.h"

#include <dlfcn.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "engine/base/text.h"
#include "engine/functions/entries.h"
#include "engine/functions/extension_kernel.h"

namespace millrace {
namespace {

constexpr const char* kSymbol = "millrace_udf_library";
constexpr size_t kNameBytesMax = 200;

std::string text_or_empty(const char* text) {
    return text ? text : "";
}

bool is_name(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax ||
        std::isdigit(static_cast<unsigned char>(name[0])))
        return false;
    return std::all_of(name.begin(), name.end(),
                       [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '_'); });
}

void collect_variables(const TypePattern& type, std::set<std::string>& out) {
    if (type.kind() == TypePattern::Kind::kVariable) out.insert(type.variable());
    for (const auto& inner : type.inner()) collect_variables(inner, out);
}

/// Has the type something that a value from C cannot be, or (for a parameter) cannot be asked for?
std::string problem_of(const TypePattern& type, bool is_result, bool is_top) {
    using Kind = TypePattern::Kind;
    if (type.kind() == Kind::kLambda || type.kind() == Kind::kUnit || type.kind() == Kind::kAny)
        return type.to_string() + " is no type of a custom function";
    if (type.kind() == Kind::kBase && type.base() == BaseType::kDecimal) {
        if (!is_result && type.has_digits())
            return "a parameter takes a DECIMAL of any digits: write DECIMAL";
        if (is_result && !is_top && !type.has_digits())
            return "a DECIMAL inside a result needs its digits";
    }
    for (const auto& inner : type.inner()) {
        std::string problem = problem_of(inner, is_result, false);
        if (!problem.empty()) return problem;
    }
    return "";
}

/// The digits of a DECIMAL result that does not name them: those of the first DECIMAL argument.
ResultRule first_decimal(const Signature& signature) {
    return [signature](const std::vector<ArgumentType>& arguments) -> SqlTypePtr {
        for (size_t i = 0; i < arguments.size(); ++i) {
            const auto index = static_cast<size_t>(signature.parameter_of(i, arguments.size()));
            const TypePattern& type = signature.parameters[index].type;
            if (type.kind() == TypePattern::Kind::kBase && type.base() == BaseType::kDecimal)
                return arguments[i].type;
        }
        return SqlType::decimal(Decimal::kMaxDigits, 0);
    };
}

/// One library on its way in: everything is checked and built before the registry changes.
class Intake {
public:
    Intake(std::string path, FunctionRegistry& registry)
        : path_(std::move(path)), registry_(registry) {}

    /// The refusal, or nothing.
    std::string take(const millrace_library& library) {
        if (library.abi_version != MILLRACE_UDF_ABI_VERSION)
            return "made for version " + std::to_string(library.abi_version) +
                   " of the function interface; this server has version " +
                   std::to_string(MILLRACE_UDF_ABI_VERSION);
        if (!library.functions || library.num_functions == 0) return "has no functions";
        for (size_t i = 0; i < library.num_functions; ++i) {
            std::string refusal = take_function(library.functions[i]);
            if (!refusal.empty()) return refusal;
        }
        for (auto& [name, entry] : taken_) registry_.entries().by_name.emplace(name, entry);
        return "";
    }

private:
    std::string take_function(const millrace_function& function) {
        const std::string shown = text_or_empty(function.name);
        if (!is_name(shown)) return "'" + shown + "' is no name of a function";
        const std::string name = upper_ascii(shown);
        if (const FunctionInfo* known = registry_.find(name)) {
            const bool builtin = known->path == "internal";
            return "function " + name + " is " + (builtin ? "built in" : "in " + known->path) +
                   " already";
        }
        if (taken_.count(name) != 0) return "function " + name + " is there twice";
        if (!function.overloads || function.num_overloads == 0)
            return "function " + name + " has no overloads";

        FunctionEntry entry;
        entry.shown_name = shown;
        entry.info.name = name;
        entry.info.kind = FunctionKind::kScalar;
        entry.info.category = function.category ? function.category : "OTHER";
        entry.info.description = text_or_empty(function.description);
        entry.info.author = text_or_empty(function.author);
        entry.info.version = text_or_empty(function.version);
        entry.info.path = path_;
        for (size_t i = 0; i < function.num_overloads; ++i) {
            std::string refusal = take_overload(function.overloads[i], entry);
            if (!refusal.empty()) return "function " + name + ": " + refusal;
        }
        taken_.emplace(name, std::move(entry));
        return "";
    }

    static std::string take_overload(const millrace_overload& given, FunctionEntry& entry) {
        if (!given.evaluate) return "an overload without code";
        ScalarOverload overload;
        std::string problem;
        auto signature = Signature::try_parse(text_or_empty(given.signature), problem);
        if (!signature) return problem;
        overload.signature = *std::move(signature);
        problem = check(overload.signature);
        if (!problem.empty()) return problem + " (" + given.signature + ")";
        for (const ScalarOverload& other : entry.scalars)
            if (parameters_of(other.signature) == parameters_of(overload.signature))
                return "two overloads take " + parameters_of(other.signature);

        if (given.parameter_descriptions)
            for (size_t i = 0; i < overload.signature.parameters.size(); ++i)
                overload.signature.parameters[i].description =
                    text_or_empty(given.parameter_descriptions[i]);
        overload.description = text_or_empty(given.description);
        overload.deterministic = (given.flags & MILLRACE_NOT_DETERMINISTIC) == 0;
        const TypePattern& result = overload.signature.result;
        if (result.kind() == TypePattern::Kind::kBase && result.base() == BaseType::kDecimal &&
            !result.has_digits())
            overload.result_rule = first_decimal(overload.signature);
        overload.make = [name = entry.info.name, given](const CallTypes&) {
            return functions::make_extension_kernel(name, given);
        };
        entry.describe(overload.signature, overload.description);
        entry.scalars.push_back(std::move(overload));
        return "";
    }

    static std::string check(const Signature& signature) {
        std::set<std::string> bound;
        bool has_decimal = false;
        for (const auto& parameter : signature.parameters) {
            std::string problem = problem_of(parameter.type, false, true);
            if (!problem.empty()) return problem;
            collect_variables(parameter.type, bound);
            has_decimal = has_decimal || (parameter.type.kind() == TypePattern::Kind::kBase &&
                                          parameter.type.base() == BaseType::kDecimal);
        }
        const TypePattern& result = signature.result;
        std::string problem = problem_of(result, true, true);
        if (!problem.empty()) return problem;
        std::set<std::string> wanted;
        collect_variables(result, wanted);
        for (const std::string& variable : wanted)
            if (bound.count(variable) == 0) return "no parameter tells what " + variable + " is";
        if (result.kind() == TypePattern::Kind::kBase && result.base() == BaseType::kDecimal &&
            !result.has_digits() && !has_decimal)
            return "a DECIMAL result needs its digits or a DECIMAL parameter";
        return "";
    }

    /// Without their names, which do not tell overloads apart.
    static std::string parameters_of(const Signature& signature) {
        Signature bare = signature;
        for (auto& parameter : bare.parameters) parameter.name.clear();
        return bare.to_string("");
    }

    std::string path_;
    FunctionRegistry& registry_;
    std::map<std::string, FunctionEntry> taken_;
};

LoadedLibrary load(const std::string& path, FunctionRegistry& registry) {
    LoadedLibrary out{path, {}, {}};
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char* reason = dlerror();
        out.refusal = reason ? reason : "cannot be loaded";
        return out;
    }
    using Describe = const millrace_library* (*)();
    auto describe = reinterpret_cast<Describe>(dlsym(handle, kSymbol));
    if (!describe) {
        out.refusal = std::string("has no symbol ") + kSymbol;
    } else {
        out.refusal = add_library(describe(), path, registry);
    }
    if (!out.refusal.empty()) {
        dlclose(handle);
        return out;
    }
    for (const FunctionInfo& function : registry.list())
        if (function.path == path) out.functions.push_back(function.name);
    return out;
}

}  // namespace

std::string add_library(const millrace_library* library, const std::string& path,
                        FunctionRegistry& registry) {
    if (!library) return std::string(kSymbol) + "() returned nothing";
    return Intake(path, registry).take(*library);
}

std::vector<LoadedLibrary> load_libraries(const std::string& directory,
                                          FunctionRegistry& registry) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (!fs::exists(directory, error)) return {};
    std::vector<std::string> paths;
    for (fs::directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error)) {
        if (at->path().extension() == ".so") paths.push_back(fs::absolute(at->path()).string());
    }
    if (error) return {{directory, {}, error.message()}};
    std::sort(paths.begin(), paths.end());
    std::vector<LoadedLibrary> out;
    for (const std::string& path : paths) out.push_back(load(path, registry));
    return out;
}

}  // namespace millrace
