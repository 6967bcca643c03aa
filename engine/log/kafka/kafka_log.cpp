#include "engine/log/kafka/kafka_log.h"

#include <fmt/format.h>

#include <set>

#include "engine/base/log.h"
#include "engine/log/kafka/group_state.h"
#include "engine/log/kafka/kafka_admin.h"
#include "engine/log/kafka/kafka_member.h"
#include "engine/log/kafka/kafka_reader.h"
#include "engine/log/kafka/kafka_writer.h"

namespace millrace {

namespace {

class KafkaLog final : public Log {
public:
    KafkaLog(SharedConfig config, std::unique_ptr<KafkaAdmin> admin)
        : config_(std::move(config)), admin_(std::move(admin)) {}

    std::unique_ptr<LogReader> reader(const ReaderOptions& options) override {
        return std::make_unique<KafkaReader>(config_, options);
    }
    std::unique_ptr<LogWriter> writer(const WriterOptions& options) override {
        return std::make_unique<KafkaWriter>(config_, bounds_, options);
    }
    std::unique_ptr<GroupMember> member(const MemberOptions& options) override {
        return std::make_unique<KafkaMember>(config_, options);
    }
    TopicAdmin& topics() override { return *admin_; }
    std::string describe() const override { return fmt::format("Kafka at {}", config_->brokers); }

private:
    const SharedConfig config_;
    const std::shared_ptr<BatchBounds> bounds_ =
        std::make_shared<BatchBounds>(batch_bytes_max(config_->properties));
    const std::unique_ptr<KafkaAdmin> admin_;
};

/// Settings of Java's TLS that change nothing about what is trusted, and that librdkafka has not.
bool is_of_java_only(const std::string& name) {
    static const std::set<std::string> names{"ssl.provider", "ssl.keymanager.algorithm",
                                             "ssl.trustmanager.algorithm",
                                             "ssl.secure.random.implementation"};
    return names.contains(name);
}

/// Takes out what librdkafka does not know. Of TLS that is nothing to go on without.
void take_unknown(ClientProperties& properties) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char error[512];
    for (auto entry = properties.settings.begin(); entry != properties.settings.end();) {
        const std::string& name = entry->first;
        if (rd_kafka_conf_set(conf, name.c_str(), entry->second.c_str(), error, sizeof error) !=
            RD_KAFKA_CONF_UNKNOWN) {
            ++entry;
            continue;
        }
        if (name.starts_with("ssl.") && !is_of_java_only(name)) {
            properties.refused.push_back(name + " is refused: the Kafka client does not have it");
        } else {
            properties.not_supported.push_back(name);
        }
        entry = properties.settings.erase(entry);
    }
    rd_kafka_conf_destroy(conf);
}

/// kFatal: something in them is wrong or would not be kept.
Result<std::shared_ptr<ClientConfig>> client_config(
    const std::map<std::string, std::string>& client_properties) {
    auto config = std::make_shared<ClientConfig>();
    config->properties = translate_client_properties(client_properties);
    take_unknown(config->properties);
    config->brokers =
        config->properties.get("bootstrap.servers", config->properties.get("metadata.broker.list"));
    if (config->brokers.empty()) {
        return Status(Fault::kFatal,
                      "bootstrap.servers says which Kafka brokers to use; it is not set.");
    }
    std::string problems;
    for (const auto& sentence : config->properties.refused)
        problems += (problems.empty() ? "" : "\n") + sentence;
    if (!problems.empty()) return Status(Fault::kFatal, problems);
    return config;
}

}  // namespace

Status check_kafka_client(const std::map<std::string, std::string>& client_properties) {
    auto made = client_config(client_properties);
    if (!made) return made.status();
    const std::shared_ptr<ClientConfig> config = *made;
    // A client without brokers looks at all it is told and connects nowhere.
    config->properties.settings.erase("bootstrap.servers");
    config->properties.settings.erase("metadata.broker.list");
    for (const auto type : {RD_KAFKA_PRODUCER, RD_KAFKA_CONSUMER}) {
        auto client = ClientHandle::open(type, config, {}, {});
        if (!client) return client.status();
    }
    return Status::ok();
}

Result<std::unique_ptr<Log>> open_kafka_log(
    const std::map<std::string, std::string>& client_properties, AskGroup* ask_group) {
    auto made = client_config(client_properties);
    if (!made) return made.status();
    const std::shared_ptr<ClientConfig> config = *made;
    for (const std::string& name : config->properties.not_supported) {
        log_warn("log.kafka", "property={} is not known to the Kafka client and has no effect",
                 name);
    }
    auto admin = KafkaAdmin::open(config);
    if (!admin) return admin.status();
    if (ask_group != nullptr) {
        *ask_group = [config = SharedConfig(config)](const std::string& group,
                                                     const std::string& topic) {
            return ask_group_state(config, group, topic);
        };
    }
    return std::unique_ptr<Log>(std::make_unique<KafkaLog>(config, std::move(*admin)));
}

}  // namespace millrace
