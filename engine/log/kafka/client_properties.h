// A user's client properties, in librdkafka's names. Immutable; any thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace millrace {

/// Unless the user says otherwise.
inline constexpr const char* kBatchBytes = "1000000";

struct ClientProperties {
    std::map<std::string, std::string> settings;  ///< librdkafka's names.
    std::vector<std::string> not_supported;  ///< Names without a meaning here, to be warned of.
    std::vector<std::string> refused;  ///< Sentences: what was asked for and would not be kept.

    std::string get(const std::string& name, const std::string& otherwise = "") const {
        auto found = settings.find(name);
        return found == settings.end() ? otherwise : found->second;
    }
};

/// The longest record that a client takes.
size_t record_bytes_max(const ClientProperties& properties);
/// What a producer sends of a partition at a time.
size_t batch_bytes_max(const ClientProperties& properties);

/// Translates Java names; keeps what it does not know as it is.
ClientProperties translate_client_properties(const std::map<std::string, std::string>& given);

/// One value of a JAAS line (`… required username="me" password="it's";`); empty when it has none.
std::string jaas_option(const std::string& jaas_line, const std::string& option);

}  // namespace millrace
