#include "engine/log/kafka/kafka_log.h"

#include <fmt/format.h>

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
        return std::make_unique<KafkaWriter>(config_, options);
    }
    std::unique_ptr<GroupMember> member(const MemberOptions& options) override {
        return std::make_unique<KafkaMember>(config_, options);
    }
    TopicAdmin& topics() override { return *admin_; }
    std::string describe() const override { return fmt::format("Kafka at {}", config_->brokers); }

private:
    const SharedConfig config_;
    const std::unique_ptr<KafkaAdmin> admin_;
};

/// Keeps what librdkafka knows; says once what it does not.
void drop_unknown(ClientProperties& properties) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char error[512];
    for (auto entry = properties.settings.begin(); entry != properties.settings.end();) {
        if (rd_kafka_conf_set(conf, entry->first.c_str(), entry->second.c_str(), error,
                              sizeof error) == RD_KAFKA_CONF_UNKNOWN) {
            properties.not_supported.push_back(entry->first);
            entry = properties.settings.erase(entry);
        } else {
            ++entry;
        }
    }
    rd_kafka_conf_destroy(conf);
    for (const std::string& name : properties.not_supported) {
        log_warn("log.kafka", "property={} is not known to the Kafka client and has no effect",
                 name);
    }
}

}  // namespace

Result<std::unique_ptr<Log>> open_kafka_log(
    const std::map<std::string, std::string>& client_properties, AskGroup* ask_group) {
    auto config = std::make_shared<ClientConfig>();
    config->properties = translate_client_properties(client_properties);
    drop_unknown(config->properties);
    config->brokers =
        config->properties.get("bootstrap.servers", config->properties.get("metadata.broker.list"));
    if (config->brokers.empty()) {
        return Status(Fault::kFatal,
                      "bootstrap.servers says which Kafka brokers to use; it is not set.");
    }
    auto admin = KafkaAdmin::open(config);
    if (!admin) return admin.status();
    if (ask_group != nullptr) {
        *ask_group = [config = SharedConfig(config)](const std::string& group,
                                                     const std::string& topic) {
            return ask_group_state(config, group, topic);
        };
    }
    return std::unique_ptr<Log>(std::make_unique<KafkaLog>(std::move(config), std::move(*admin)));
}

}  // namespace millrace
