// Functions that query-validation files expect of the test engine only (FORMAT of the suite,
// section 9).
#pragma once

#include "engine/functions/registry.h"

namespace millrace {

/// The built-in functions and the test-only ones.
const FunctionRegistry& registry_with_test_functions();

}  // namespace millrace
