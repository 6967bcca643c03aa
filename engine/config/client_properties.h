// Which of the server's properties Kafka's clients get. Stateless.
#pragma once

#include <map>
#include <string>

#include "engine/config/settings.h"

namespace millrace {

/// Client keys at the top level or under `ksql.streams.`, and what stands under `producer.` or
/// `consumer.` over them. Names stay as Kafka's Java clients have them.
std::map<std::string, std::string> kafka_client_properties(const Settings& settings);

}  // namespace millrace
