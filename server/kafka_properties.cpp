#include "server/kafka_properties.h"

#include <algorithm>
#include <string_view>

namespace millrace::server {

namespace {

constexpr std::string_view kStreams = "ksql.streams.";

/// Families of keys that are for the connection itself, wherever they stand.
constexpr std::string_view kConnectionKeys[] = {"bootstrap.servers",
                                                "security.protocol",
                                                "sasl.",
                                                "ssl.",
                                                "client.",
                                                "compression.type",
                                                "linger.ms",
                                                "batch.size",
                                                "reconnect.",
                                                "retry.backoff.",
                                                "request.timeout.ms",
                                                "metadata.max.age.ms",
                                                "connections.max.idle.ms",
                                                "socket.",
                                                "max.request.size",
                                                "delivery.timeout.ms",
                                                "fetch.",
                                                "max.partition.fetch.bytes",
                                                "session.timeout.ms",
                                                "receive.buffer.bytes",
                                                "send.buffer.bytes",
                                                "broker.",
                                                "debug"};

/// What the engine decides by itself, per query.
constexpr std::string_view kEngineKeys[] = {"auto.offset.reset", "group.id", "isolation.level",
                                            "enable.auto.commit", "transactional.id"};

template <size_t N>
bool is_one_of(std::string_view name, const std::string_view (&keys)[N]) {
    return std::any_of(std::begin(keys), std::end(keys), [&](std::string_view key) {
        return key.back() == '.' ? name.starts_with(key) : name == key;
    });
}

}  // namespace

std::map<std::string, std::string> kafka_client_properties(
    const std::map<std::string, std::string>& properties) {
    std::map<std::string, std::string> client;
    // Three passes, so that `ksql.streams.` lies over the top level and a client's own prefix over
    // both.
    for (int pass = 0; pass < 3; ++pass) {
        for (const auto& [given, value] : properties) {
            std::string_view name = given;
            const bool streams = name.starts_with(kStreams);
            if (streams) name.remove_prefix(kStreams.size());
            bool own = false;
            for (std::string_view prefix : {"main.consumer.", "consumer.", "producer."}) {
                if (!name.starts_with(prefix)) continue;
                name.remove_prefix(prefix.size());
                own = true;
                break;
            }
            const int level = own ? 2 : streams ? 1 : 0;
            if (level != pass || is_one_of(name, kEngineKeys)) continue;
            if (own || is_one_of(name, kConnectionKeys)) client[std::string(name)] = value;
        }
    }
    return client;
}

}  // namespace millrace::server
