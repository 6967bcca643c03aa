// The functions of one server: the built-in ones and those of the libraries in
// `ksql.extension.dir`. Called once at start, before any query.
#pragma once

#include <memory>
#include <string>

#include "engine/config/config.h"
#include "engine/functions/registry.h"

namespace millrace {

/// Loads the libraries unless `ksql.udfs.enabled` is false; every library, and why one is refused,
/// is a log line.
std::unique_ptr<const FunctionRegistry> load_functions(const Config& config);

/// `ksql.extension.dir` as given; when it is not set, `ext` beside the program.
std::string extension_directory(const Config& config);

}  // namespace millrace
