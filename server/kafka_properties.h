// Which of the server's properties Kafka's clients get. Stateless.
#pragma once

#include <map>
#include <string>

namespace millrace::server {

/// Client keys at the top level, under `ksql.streams.`, and under `producer.` or `consumer.` in
/// either; the more special one wins. Names stay as Kafka's Java clients have them.
std::map<std::string, std::string> kafka_client_properties(
    const std::map<std::string, std::string>& properties);

}  // namespace millrace::server
