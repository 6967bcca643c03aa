#include "engine/log/kafka/client_handle.h"

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/guard.h"
#include "engine/base/log.h"
#include "engine/log/kafka/owned.h"

namespace millrace {

namespace {

constexpr int64_t kLineIntervalMs = 10000;
constexpr int64_t kNewsIntervalMs = 60000;  ///< After this a kind of line is news again.
constexpr const char* kLogger = "log.kafka";

bool is_connection_trouble(const std::string& facility) {
    return facility == "FAIL" || facility == "ERROR";
}

void on_client_log(const rd_kafka_t* client, int level, const char* facility, const char* message) {
    if (client == nullptr) return;
    auto* context = static_cast<ClientContext*>(rd_kafka_opaque(client));
    if (context == nullptr) return;
    if (is_connection_trouble(facility)) context->failed_ms = steady_ms();
    // On a thread of librdkafka's.
    guarded("log.kafka", "a line of the client's",
            [&] { context->config->lines.write(level, rd_kafka_name(client), facility, message); });
}

/// Properties that only some kinds of client have, retries that go on by themselves, and failures
/// that the caller of a transaction is told anyway.
bool is_noise(const std::string& facility) {
    return facility == "CONFWARN" || facility == "GETPID" || facility == "TXNERR" ||
           facility == "PARTCNT";
}

}  // namespace

int64_t ClientLogLines::admit(const std::string& kind) {
    const int64_t now_ms = steady_ms();
    int64_t& told_ms = told_ms_[kind];
    const bool is_news = told_ms == 0 || now_ms - told_ms >= kNewsIntervalMs;
    if (!is_news && now_ms - last_ms_ < kLineIntervalMs) {
        ++suppressed_;
        return -1;
    }
    told_ms = now_ms;
    last_ms_ = now_ms;
    return std::exchange(suppressed_, 0);
}

void ClientLogLines::write(int level, const std::string& client, const std::string& facility,
                           const std::string& message) {
    const bool trouble = is_connection_trouble(facility);
    if (level > 4 || is_noise(facility)) {
        log_debug(kLogger, "client={} kind={} {}", client, facility, message);
        return;
    }
    int64_t suppressed = 0;
    {
        std::lock_guard lock(mutex_);
        if (trouble) last_failure_ = message;
        suppressed = admit(trouble ? "connection" : facility);
    }
    if (suppressed < 0) return;
    log_warn(kLogger, "client={} kind={} {}{}", client, facility, message,
             suppressed == 0 ? "" : fmt::format(" lines_left_out={}", suppressed));
}

std::string ClientLogLines::last_failure() const {
    std::lock_guard lock(mutex_);
    return last_failure_;
}

Status ClientConfig::failure(Fault fault, const std::string& message) const {
    return {fault, fmt::format("Kafka at {}: {}", brokers, message)};
}

Status ClientConfig::failure(rd_kafka_resp_err_t code, const std::string& doing) const {
    return failure(fault_of(code), fmt::format("{}: {}", doing, rd_kafka_err2str(code)));
}

Result<SharedHandle> ClientHandle::open(rd_kafka_type_t type, SharedConfig config,
                                        const Settings& defaults, const Settings& fixed,
                                        void* owner, Setup setup) {
    Settings all = defaults;
    // Back within a second of the broker; librdkafka's own limit is ten.
    all.emplace("reconnect.backoff.ms", "50");
    all.emplace("reconnect.backoff.max.ms", "1000");
    all.emplace("log.connection.close", "false");
    for (const auto& [name, value] : config->properties.settings) all[name] = value;
    for (const auto& [name, value] : fixed) all[name] = value;
    char error[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [name, value] : all) {
        auto set = rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error);
        if (set == RD_KAFKA_CONF_INVALID) {
            rd_kafka_conf_destroy(conf);
            return Status(Fault::kFatal, fmt::format("Kafka client property: {}", error));
        }
    }
    std::shared_ptr<ClientHandle> handle(new ClientHandle);
    handle->sasl_username_ = config->properties.get("sasl.username");
    handle->sasl_password_ = config->properties.get("sasl.password");
    handle->context_ = std::make_unique<ClientContext>();
    handle->context_->config = std::move(config);
    handle->context_->owner = owner;
    rd_kafka_conf_set_opaque(conf, handle->context_.get());
    rd_kafka_conf_set_log_cb(conf, on_client_log);
    if (setup != nullptr) setup(conf);
    handle->client_ = rd_kafka_new(type, conf, error, sizeof error);
    if (handle->client_ == nullptr) {
        rd_kafka_conf_destroy(conf);
        return Status(Fault::kFatal, fmt::format("Kafka client: {}", error));
    }
    return handle;
}

ClientHandle::~ClientHandle() {
    // Leaving a group is GroupMember::leave()'s; everything else may end without asking a broker.
    if (client_ != nullptr) rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

bool ClientHandle::had_trouble(int64_t within_ms) const {
    const int64_t failed_ms = context_->failed_ms;
    return failed_ms != 0 && steady_ms() - failed_ms <= within_ms;
}

void ClientHandle::nudge() {
    // Setting the credentials, to what they are, is the public call that wakes the threads of all
    // brokers; connections that stand are not touched, and without SASL they are not used.
    rd_kafka_error_t* error =
        rd_kafka_sasl_set_credentials(client_, sasl_username_.c_str(), sasl_password_.c_str());
    if (error != nullptr) rd_kafka_error_destroy(error);
}

Fault fault_of(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return Fault::kNone;
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            return Fault::kNotFound;
        case RD_KAFKA_RESP_ERR__FENCED:
        case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
        case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
        case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
        case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
        case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING:
            return Fault::kFenced;
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__RESOLVE:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__WAIT_COORD:
        case RD_KAFKA_RESP_ERR__IN_PROGRESS:
        case RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR__RETRY:
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        case RD_KAFKA_RESP_ERR__WAIT_CACHE:
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
        case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
        case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
        case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
        case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
        case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
        case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
            return Fault::kRetriable;
        // About one record, or one topic's: the client and everybody else are well.
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            return Fault::kRefused;
        default:
            return Fault::kFatal;
    }
}

Result<std::map<std::string, int32_t>> ClientHandle::look_up_topics(
    int timeout_ms, const std::string& doing) const {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto code = rd_kafka_metadata(client_, 0, nullptr, &answer, timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return config().failure(code, doing);
    const OwnedMetadata metadata(answer);
    std::map<std::string, int32_t> partitions;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const auto& topic = metadata->topics[i];
        if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR) partitions[topic.topic] = topic.partition_cnt;
    }
    return partitions;
}

Status status_of(rd_kafka_t* client, const ClientConfig& config, rd_kafka_error_t* error,
                 const std::string& doing) {
    if (error == nullptr) return Status::ok();
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    std::string message =
        fmt::format("{}: {} ({})", doing, rd_kafka_error_string(error), rd_kafka_error_name(error));
    Fault fault = fault_of(code);
    if (rd_kafka_error_is_fatal(error) || code == RD_KAFKA_RESP_ERR__FATAL) {
        char reason[256] = "";
        const Fault cause = fault_of(rd_kafka_fatal_error(client, reason, sizeof reason));
        if (*reason != '\0') message += fmt::format(": {}", reason);
        // The producer is dead; a new one may well work, unless it was refused.
        const bool refused = code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
                             code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
                             code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
        fault = refused && cause != Fault::kFenced ? Fault::kFatal : Fault::kFenced;
    } else if (rd_kafka_error_txn_requires_abort(error)) {
        fault = Fault::kAbortable;
    } else if (rd_kafka_error_is_retriable(error)) {
        fault = Fault::kRetriable;
    } else if (fault == Fault::kRetriable && code != RD_KAFKA_RESP_ERR__TIMED_OUT) {
        // None of the three is undocumented: only a time-out is sure to be safe to repeat.
        fault = Fault::kFenced;
    }
    rd_kafka_error_destroy(error);
    return config.failure(fault, message);
}

PartitionList make_partition_list(size_t size) {
    return PartitionList(rd_kafka_topic_partition_list_new(static_cast<int>(size)));
}

}  // namespace millrace
