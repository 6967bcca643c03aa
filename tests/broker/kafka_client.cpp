#include "tests/broker/kafka_client.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

namespace job {

namespace {

constexpr int kAdminTimeoutMs = 30'000;

using Settings = std::vector<std::pair<const char*, const char*>>;

rd_kafka_t* open_handle(rd_kafka_type_t type, const std::string& brokers,
                        const Settings& settings) {
    char error[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), error, sizeof error);
    for (const auto& [key, value] : settings) {
        if (rd_kafka_conf_set(conf, key, value, error, sizeof error) != RD_KAFKA_CONF_OK)
            die(error);
    }
    if (type == RD_KAFKA_PRODUCER) {
        rd_kafka_conf_set_dr_msg_cb(
            conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
                if (message->err) die(std::string("delivery: ") + rd_kafka_err2str(message->err));
            });
    }
    rd_kafka_t* handle = rd_kafka_new(type, conf, error, sizeof error);
    if (handle == nullptr) die(error);
    return handle;
}

std::map<std::string, int> read_metadata(rd_kafka_t* handle) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto error = rd_kafka_metadata(handle, 1, nullptr, &metadata, kAdminTimeoutMs);
    if (error) die(std::string("metadata: ") + rd_kafka_err2str(error));
    std::map<std::string, int> found;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (!metadata->topics[i].err) {
            found[metadata->topics[i].topic] = metadata->topics[i].partition_cnt;
        }
    }
    rd_kafka_metadata_destroy(metadata);
    return found;
}

/// Takes the answer to an admin request off the queue; dies on a failure that is not `tolerated`.
template <class GetResults>
void await(rd_kafka_queue_t* queue, GetResults get_results, rd_kafka_resp_err_t tolerated) {
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, kAdminTimeoutMs);
    if (event == nullptr) die("no answer to an admin request");
    if (rd_kafka_event_error(event)) die(rd_kafka_event_error_string(event));
    size_t count = 0;
    const rd_kafka_topic_result_t** results = get_results(event, &count);
    for (size_t i = 0; i < count; i++) {
        const auto error = rd_kafka_topic_result_error(results[i]);
        if (error && error != tolerated) {
            die(std::string(rd_kafka_topic_result_name(results[i])) + ": " +
                rd_kafka_err2str(error));
        }
    }
    rd_kafka_event_destroy(event);
}

template <class Condition>
void wait_until(const char* what, Condition condition) {
    for (int i = 0; i < 600; i++) {
        if (condition()) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    die(std::string("waited 30 s for ") + what);
}

std::optional<std::string_view> bytes(const void* data, size_t size) {
    if (data == nullptr) return std::nullopt;
    return std::string_view(static_cast<const char*>(data), size);
}

}  // namespace

void die(const std::string& message) {
    std::fprintf(stderr, "broker_tool: %s\n", message.c_str());
    std::fflush(nullptr);
    std::_Exit(3);
}

Admin::Admin(const std::string& brokers)
    : handle_(open_handle(RD_KAFKA_PRODUCER, brokers, {{"log_level", "3"}})) {}

Admin::~Admin() {
    rd_kafka_destroy(handle_);
}

std::vector<std::string> Admin::topics() {
    std::vector<std::string> names;
    for (const auto& [name, partitions] : read_metadata(handle_)) names.push_back(name);
    return names;
}

int Admin::partitions(const std::string& topic) {
    const auto found = read_metadata(handle_);
    const auto entry = found.find(topic);
    return entry == found.end() ? 0 : entry->second;
}

void Admin::create(const std::string& topic, int partitions, const std::string& setting) {
    char error[256];
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle_);
    rd_kafka_NewTopic_t* wish =
        rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, error, sizeof error);
    if (wish == nullptr) die(error);
    if (const size_t equals = setting.find('='); equals != std::string::npos) {
        rd_kafka_NewTopic_set_config(wish, setting.substr(0, equals).c_str(),
                                     setting.substr(equals + 1).c_str());
    }
    rd_kafka_CreateTopics(handle_, &wish, 1, nullptr, queue);
    await(
        queue,
        [](rd_kafka_event_t* event, size_t* count) {
            return rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event),
                                                       count);
        },
        RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS);
    rd_kafka_NewTopic_destroy(wish);
    rd_kafka_queue_destroy(queue);
    wait_until("a topic to be there", [&] { return this->partitions(topic) == partitions; });
}

void Admin::remove(const std::vector<std::string>& topics) {
    if (topics.empty()) return;
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle_);
    std::vector<rd_kafka_DeleteTopic_t*> wishes;
    for (const auto& topic : topics) wishes.push_back(rd_kafka_DeleteTopic_new(topic.c_str()));
    rd_kafka_DeleteTopics(handle_, wishes.data(), wishes.size(), nullptr, queue);
    await(
        queue,
        [](rd_kafka_event_t* event, size_t* count) {
            return rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event),
                                                       count);
        },
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    rd_kafka_DeleteTopic_destroy_array(wishes.data(), wishes.size());
    rd_kafka_queue_destroy(queue);
    wait_until("topics to be gone", [&] {
        const auto left = read_metadata(handle_);
        return std::none_of(topics.begin(), topics.end(),
                            [&](const std::string& topic) { return left.count(topic) != 0; });
    });
}

int64_t Admin::size(const std::string& topic) {
    int64_t sum = 0;
    const int count = partitions(topic);
    for (int partition = 0; partition < count; partition++) {
        int64_t low = 0;
        int64_t high = 0;
        const auto error = rd_kafka_query_watermark_offsets(handle_, topic.c_str(), partition, &low,
                                                            &high, kAdminTimeoutMs);
        if (error) die(std::string("offsets of ") + topic + ": " + rd_kafka_err2str(error));
        sum += high - low;
    }
    return sum;
}

Producer::Producer(const std::string& brokers)
    : handle_(open_handle(RD_KAFKA_PRODUCER, brokers,
                          {{"enable.idempotence", "true"},
                           {"linger.ms", "10"},
                           {"batch.size", "1000000"},
                           {"queue.buffering.max.messages", "400000"},
                           {"partitioner", "murmur2_random"},
                           {"log_level", "3"}})) {}

Producer::~Producer() {
    rd_kafka_destroy(handle_);
}

void Producer::send(const std::string& topic, std::optional<std::string_view> key,
                    std::optional<std::string_view> value, int64_t timestamp_ms) {
    auto* key_data = key ? const_cast<char*>(key->data()) : nullptr;
    auto* value_data = value ? const_cast<char*>(value->data()) : nullptr;
    for (;;) {
        const auto error = rd_kafka_producev(
            handle_, RD_KAFKA_V_TOPIC(topic.c_str()),
            RD_KAFKA_V_KEY(static_cast<void*>(key_data), (key ? key->size() : 0)),
            RD_KAFKA_V_VALUE(static_cast<void*>(value_data), (value ? value->size() : 0)),
            RD_KAFKA_V_TIMESTAMP(timestamp_ms), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_END);
        if (!error) break;
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) die(rd_kafka_err2str(error));
        rd_kafka_poll(handle_, 10);
    }
    rd_kafka_poll(handle_, 0);
}

void Producer::flush() {
    if (rd_kafka_flush(handle_, 60'000)) die("records were not delivered within 60 s");
}

Consumer::Consumer(const std::string& brokers, const std::vector<std::string>& topics,
                   Isolation isolation, From from)
    : handle_(open_handle(
          RD_KAFKA_CONSUMER, brokers,
          {{"group.id", "millrace-tests"},
           {"enable.auto.commit", "false"},
           {"enable.auto.offset.store", "false"},
           {"enable.partition.eof", "true"},
           {"fetch.wait.max.ms", "20"},
           {"auto.offset.reset", "error"},
           {"log_level", "3"},
           {"isolation.level",
            isolation == Isolation::kReadCommitted ? "read_committed" : "read_uncommitted"}})) {
    rd_kafka_poll_set_consumer(handle_);
    const auto metadata = read_metadata(handle_);
    auto* list = rd_kafka_topic_partition_list_new(16);
    for (const auto& topic : topics) {
        const auto entry = metadata.find(topic);
        if (entry == metadata.end()) die("no topic " + topic);
        for (int partition = 0; partition < entry->second; partition++) {
            rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset =
                from == From::kBeginning ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
            at_end_[{topic, partition}] = false;
        }
    }
    if (const auto error = rd_kafka_assign(handle_, list)) die(rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
    queue_ = rd_kafka_queue_get_consumer(handle_);
}

Consumer::~Consumer() {
    rd_kafka_queue_destroy(queue_);
    rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

size_t Consumer::poll(int timeout_ms, const Callback& callback) {
    static thread_local std::vector<rd_kafka_message_t*> batch(2000);
    const ssize_t count =
        rd_kafka_consume_batch_queue(queue_, timeout_ms, batch.data(), batch.size());
    size_t records = 0;
    for (ssize_t i = 0; i < count; i++) {
        rd_kafka_message_t* message = batch[static_cast<size_t>(i)];
        if (message->rkt == nullptr) {
            // A broker that is away; librdkafka comes back by itself.
        } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            at_end_[{rd_kafka_topic_name(message->rkt), message->partition}] = true;
        } else if (message->err) {
            die(std::string(rd_kafka_topic_name(message->rkt)) + ": " +
                rd_kafka_message_errstr(message));
        } else {
            const std::string topic = rd_kafka_topic_name(message->rkt);
            at_end_[{topic, message->partition}] = false;
            rd_kafka_timestamp_type_t type;
            callback(
                topic,
                {message->partition, message->offset, rd_kafka_message_timestamp(message, &type),
                 bytes(message->key, message->key_len), bytes(message->payload, message->len)});
            records++;
        }
        rd_kafka_message_destroy(message);
    }
    return records;
}

bool Consumer::at_end() const {
    return std::all_of(at_end_.begin(), at_end_.end(),
                       [](const auto& entry) { return entry.second; });
}

}  // namespace job
