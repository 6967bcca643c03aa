#include "engine/functions/families.h"
#include "engine/functions/registry.h"

namespace millrace {

const FunctionRegistry& FunctionRegistry::builtin() {
    static const FunctionRegistry registry = [] {
        using namespace functions;
        FunctionRegistry out;
        add_basic_aggregates(out);
        add_conditional_functions(out);
        add_math_functions(out);
        add_string_functions(out);
        return out;
    }();
    return registry;
}

}  // namespace millrace
