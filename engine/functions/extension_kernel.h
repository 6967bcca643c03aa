// A function of a loaded library (millrace_udf.h) as a kernel over columns: arguments become C
// values, results are checked against the type the library declared. Stateless; any thread.
#pragma once

#include <memory>
#include <string>

#include "engine/functions/entries.h"
#include "engine/functions/millrace_udf.h"

namespace millrace::functions {

/// `name` is the function's, for messages and ksql.functions.<name>.*; `overload` stays for ever.
std::shared_ptr<const ScalarKernel> make_extension_kernel(const std::string& name,
                                                          const millrace_overload& overload);

}  // namespace millrace::functions
