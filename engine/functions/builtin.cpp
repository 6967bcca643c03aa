#include "engine/functions/families.h"
#include "engine/functions/registry.h"

namespace millrace {

const FunctionRegistry& FunctionRegistry::builtin() {
    static const FunctionRegistry registry = [] {
        using namespace functions;
        FunctionRegistry out;
        add_array_functions(out);
        add_basic_aggregates(out);
        add_bytes_functions(out);
        add_collect_aggregates(out);
        add_conditional_functions(out);
        add_datetime_functions(out);
        add_json_functions(out);
        add_lambda_functions(out);
        add_map_functions(out);
        add_mask_functions(out);
        add_math_functions(out);
        add_offset_aggregates(out);
        add_regex_functions(out);
        add_split_functions(out);
        add_statistic_aggregates(out);
        add_string_functions(out);
        add_table_functions(out);
        add_top_aggregates(out);
        add_url_functions(out);
        return out;
    }();
    return registry;
}

}  // namespace millrace
