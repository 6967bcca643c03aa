#include "engine/serde/builtin.h"

namespace millrace {

const FormatRegistry& FormatRegistry::builtin() {
    static const FormatRegistry kRegistry = [] {
        FormatRegistry registry;
        registry.add(make_json_format());
        registry.add(make_delimited_format());
        registry.add(make_kafka_format());
        registry.add(make_none_format());
        add_registry_formats(registry);
        return registry;
    }();
    return kRegistry;
}

}  // namespace millrace
