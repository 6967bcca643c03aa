#include "server/start_check.h"

#include "engine/base/error.h"
#include "engine/config/client_properties.h"
#include "engine/config/consumer_settings.h"
#include "engine/config/get.h"
#include "engine/log/kafka/kafka_log.h"
#include "engine/session/topic_rules.h"
#include "server/access/access.h"
#include "server/listener_tls.h"
#include "server/listeners.h"

namespace millrace::server {

namespace {

/// With fewer replicas than must have a record, nothing could ever be written.
void check_replicas(const Config& config) {
    const int64_t replicas = config.get<"ksql.internal.topic.replicas">();
    const int64_t min_insync = config.get<"ksql.internal.topic.min.insync.replicas">();
    if (min_insync <= replicas) return;
    refuse(ErrorKind::kGeneral,
           "Invalid value " + std::to_string(min_insync) +
               " for configuration ksql.internal.topic.min.insync.replicas: Value must be no more "
               "than ksql.internal.topic.replicas, which is " +
               std::to_string(replicas));
}

}  // namespace

Status check_start(const Config& config) {
    try {
        const auto listen = parse_listeners(config.get<"listeners">());
        if (auto tls = open_listener_tls(config, listen); !tls) return tls.status();
        const TopicRules patterns(config);  // Throws for one that is none.
        check_replicas(config);
        check_consumer_settings(config);
        if (auto access = Access::open(config); !access) return access.status();
    } catch (const StatementError& error) {
        return {Fault::kFatal, error.what()};
    }
    if (!config.get<"bootstrap.servers">()) return Status::ok();
    return check_kafka_client(kafka_client_properties(config.settings()));
}

}  // namespace millrace::server
