// The log on Kafka brokers, by librdkafka; the only folder that sees rdkafka.h.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/log/group_state.h"
#include "engine/log/log.h"

namespace millrace {

/// `client_properties` are names of librdkafka or of Kafka's Java clients (bootstrap.servers,
/// security.protocol, sasl.jaas.config, ssl.*, linger.ms, …); an unknown one is warned of once.
/// What correctness rests on (isolation, idempotence, partitioner, offset commits) cannot be
/// changed by them. Does not talk to a broker: one that is down makes calls return kRetriable.
/// kFatal: a property is wrong.
Result<std::unique_ptr<Log>> open_kafka_log(
    const std::map<std::string, std::string>& client_properties, AskGroup* ask_group = nullptr);

/// What open_kafka_log and the clients that it makes would find wrong in these; talks to nobody.
Status check_kafka_client(const std::map<std::string, std::string>& client_properties);

}  // namespace millrace
