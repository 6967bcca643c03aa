// One registration function a family; builtin.cpp calls them all.
#pragma once

#include "engine/functions/registry.h"

namespace millrace::functions {

void add_string_functions(FunctionRegistry& registry);

}  // namespace millrace::functions
