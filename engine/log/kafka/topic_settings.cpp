#include "engine/log/kafka/topic_settings.h"

#include <fmt/format.h>

#include "engine/log/kafka/admin_request.h"

namespace millrace {

namespace {

using OwnedResource = KafkaOwned<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;

TopicSettings settings_of(const rd_kafka_ConfigResource_t* resource) {
    TopicSettings settings;
    size_t count = 0;
    const auto** entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; ++i) {
        const char* value = rd_kafka_ConfigEntry_value(entries[i]);
        if (value != nullptr) settings[rd_kafka_ConfigEntry_name(entries[i])] = value;
    }
    return settings;
}

}  // namespace

Result<std::map<std::string, Result<TopicSettings>>> read_topic_settings(
    const ClientHandle& handle, const std::vector<std::string>& topics, int timeout_ms) {
    std::vector<OwnedResource> owned;
    std::vector<rd_kafka_ConfigResource_t*> wanted;
    for (const std::string& topic : topics) {
        owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
        wanted.push_back(owned.back().get());
    }
    const std::string doing =
        topics.size() == 1 ? fmt::format("describing topic '{}'", topics[0]) : "describing topics";
    auto answer = admin_request(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms, doing,
                                [&](auto* options, auto* queue) {
                                    rd_kafka_DescribeConfigs(handle.get(), wanted.data(),
                                                             wanted.size(), options, queue);
                                });
    if (!answer) return answer.status();
    std::map<std::string, Result<TopicSettings>> settings;
    size_t count = 0;
    const auto* result = rd_kafka_event_DescribeConfigs_result(answer->get());
    const auto** resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
    for (size_t i = 0; i < count; ++i) {
        const std::string name = rd_kafka_ConfigResource_name(resources[i]);
        if (const auto code = rd_kafka_ConfigResource_error(resources[i])) {
            settings.emplace(
                name, handle.config().failure(code, fmt::format("describing topic '{}'", name)));
        } else {
            settings.emplace(name, settings_of(resources[i]));
        }
    }
    return settings;
}

}  // namespace millrace
