// One registration function a family; builtin.cpp calls them all.
#pragma once

#include "engine/functions/registry.h"

namespace millrace::functions {

void add_array_functions(FunctionRegistry& registry);
void add_basic_aggregates(FunctionRegistry& registry);
void add_bytes_functions(FunctionRegistry& registry);
void add_collect_aggregates(FunctionRegistry& registry);
void add_conditional_functions(FunctionRegistry& registry);
void add_datetime_functions(FunctionRegistry& registry);
void add_json_functions(FunctionRegistry& registry);
void add_lambda_functions(FunctionRegistry& registry);
void add_map_functions(FunctionRegistry& registry);
void add_mask_functions(FunctionRegistry& registry);
void add_math_functions(FunctionRegistry& registry);
void add_offset_aggregates(FunctionRegistry& registry);
void add_regex_functions(FunctionRegistry& registry);
void add_split_functions(FunctionRegistry& registry);
void add_statistic_aggregates(FunctionRegistry& registry);
void add_string_functions(FunctionRegistry& registry);
void add_table_functions(FunctionRegistry& registry);
void add_top_aggregates(FunctionRegistry& registry);
void add_url_functions(FunctionRegistry& registry);

}  // namespace millrace::functions
