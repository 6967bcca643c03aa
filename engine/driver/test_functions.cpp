#include "engine/driver/test_functions.h"

namespace millrace {

const FunctionRegistry& registry_with_test_functions() { return FunctionRegistry::builtin(); }

}  // namespace millrace
