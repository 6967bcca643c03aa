#include "engine/config/client_properties.h"

#include "engine/config/table.h"

namespace millrace {

std::map<std::string, std::string> kafka_client_properties(const Settings& settings) {
    std::map<std::string, std::string> client;
    // Twice, so that what stands under a client's own prefix lies over what is for all.
    for (const bool own : {false, true}) {
        for (const auto& [name, setting] : settings) {
            const std::string bare(without_client_prefix(name));
            const Property* row = find_property(name);
            if (row == nullptr || own != (bare != name)) continue;
            if (row->use == PropertyUse::kClient || name == "bootstrap.servers")
                client[bare] = setting.value;
        }
    }
    return client;
}

}  // namespace millrace
