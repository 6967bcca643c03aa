#include "engine/config/client_properties.h"

#include "engine/config/table.h"

namespace millrace {

std::map<std::string, std::string> kafka_client_properties(const Settings& settings) {
    constexpr std::string_view kOfKafka = "ksql.streams.ssl.";
    std::map<std::string, std::string> client;
    // What is for Kafka alone lies over what the listeners have as well, and what stands under a
    // client's own prefix over both.
    for (const int order : {0, 1, 2}) {
        for (const auto& [name, setting] : settings) {
            const bool of_kafka = name.starts_with(kOfKafka);
            const std::string bare(of_kafka ? name.substr(kStreamsPrefix.size())
                                            : without_client_prefix(name));
            const Property* row = find_property(name);
            if (row == nullptr || order != (of_kafka ? 1 : bare != name ? 2 : 0)) continue;
            if (row->use == PropertyUse::kClient || name == "bootstrap.servers")
                client[bare] = setting.value;
        }
    }
    return client;
}

}  // namespace millrace
