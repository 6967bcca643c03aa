// Functions from shared libraries (millrace_udf.h), added to a registry at start. A library comes
// in whole or not at all; once in, it stays loaded until the process ends.
#pragma once

#include <string>
#include <vector>

#include "engine/functions/millrace_udf.h"
#include "engine/functions/registry.h"

namespace millrace {

/// What became of one library.
struct LoadedLibrary {
    std::string path;
    std::vector<std::string> functions;  ///< Names, upper case, sorted.
    std::string refusal;                 ///< Empty: its functions are in the registry.
};

/// Loads every `*.so` of the folder, in the order of their names. A folder that is not there has
/// none; one that cannot be read gives an entry with a refusal.
std::vector<LoadedLibrary> load_libraries(const std::string& directory, FunctionRegistry& registry);

/// Adds the functions of a library that is in memory; `library` stays for ever. The refusal, or
/// nothing: then the registry has all of them.
std::string add_library(const millrace_library* library, const std::string& path,
                        FunctionRegistry& registry);

}  // namespace millrace
