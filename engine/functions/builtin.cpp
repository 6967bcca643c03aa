#include "engine/functions/families.h"
#include "engine/functions/registry.h"

namespace millrace {

const FunctionRegistry& FunctionRegistry::builtin() {
    static const FunctionRegistry registry = [] {
        FunctionRegistry out;
        functions::add_string_functions(out);
        return out;
    }();
    return registry;
}

}  // namespace millrace
