// One registration function a family; builtin.cpp calls them all.
#pragma once

#include "engine/functions/registry.h"

namespace millrace::functions {

void add_basic_aggregates(FunctionRegistry& registry);
void add_conditional_functions(FunctionRegistry& registry);
void add_math_functions(FunctionRegistry& registry);
void add_string_functions(FunctionRegistry& registry);

}  // namespace millrace::functions
