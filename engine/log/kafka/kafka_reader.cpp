#include "engine/log/kafka/kafka_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "engine/base/clock.h"
#include "engine/base/guard.h"

namespace millrace {

namespace {

constexpr size_t kBatchRecordsMax = 4096;
constexpr int kMetadataTimeoutMs = 3000;
constexpr int kOffsetsTimeoutMs = 5000;
constexpr int64_t kNudgeIntervalMs = 2;
constexpr int kSettleRounds = 2;
constexpr int kGoneTimeoutMs = 300;
/// Memory that librdkafka spends on a queued record beside its bytes is several hundred bytes: a
/// queue is full as well when it holds this many records for its bytes.
constexpr size_t kBytesPerQueuedRecord = 100;
/// As much, where it is counted.
constexpr size_t kBytesBesideRecord = 300;
/// So many partitions' buffers one answer of a broker may fill; a record has to fit in.
constexpr size_t kPartitionsOfFetch = 16;
constexpr size_t kFetchBytesMin = 1'000'000;

/// An answer is whole in memory before it goes into the queues.
ClientHandle::Settings reader_defaults(const ReaderOptions& options,
                                       const ClientProperties& properties) {
    const size_t partition_max = std::max<size_t>(options.partition_buffer_bytes, 16 << 10);
    const size_t fetch_max = std::max(
        {partition_max * kPartitionsOfFetch, kFetchBytesMin, record_bytes_max(properties)});
    return {
        {"fetch.wait.max.ms", "50"},
        {"fetch.max.bytes", std::to_string(fetch_max)},
        {"max.partition.fetch.bytes", std::to_string(std::min<size_t>(partition_max, 1 << 20))},
        {"fetch.error.backoff.ms", "100"},
        {"topic.metadata.propagation.max.ms", "5000"},
    };
}

ClientHandle::Settings reader_settings(const ReaderOptions& options, size_t queue_records_max) {
    return {
        {"client.id", options.client_id.empty() ? "millrace" : options.client_id},
        {"group.id", "millrace-reader"},  // Never joined.
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"allow.auto.create.topics", "false"},
        {"auto.offset.reset", options.tell_out_of_range ? "error" : "earliest"},
        {"isolation.level", options.read_committed ? "read_committed" : "read_uncommitted"},
        // Limits for each partition, as every one has a queue of its own.
        {"queued.min.messages", std::to_string(queue_records_max)},
        {"queued.max.messages.kbytes",
         std::to_string(std::max<size_t>(options.partition_buffer_bytes / 1024, 16))},
    };
}

class KafkaBatch final : public LogBatch {
public:
    KafkaBatch(SharedHandle handle, TopicPartition source, size_t capacity)
        : handle_(std::move(handle)), source_(std::move(source)) {
        messages_.reserve(capacity);
        records_.reserve(capacity);
    }
    ~KafkaBatch() override {
        for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
    }

    void add(rd_kafka_message_t* message) {
        messages_.push_back(message);
        num_bytes_ += message->len + message->key_len;
        LogRecord& record = records_.emplace_back();
        record.offset = message->offset;
        record.timestamp_ms = rd_kafka_message_timestamp(message, nullptr);
        if (message->key != nullptr) {
            record.key.emplace(static_cast<const char*>(message->key), message->key_len);
        }
        if (message->payload != nullptr) {
            record.value.emplace(static_cast<const char*>(message->payload), message->len);
        }
        rd_kafka_headers_t* headers = nullptr;
        if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            record.headers = add_headers(*headers);
        }
    }
    bool empty() const { return records_.empty(); }
    const TopicPartition& source() const override { return source_; }
    std::span<const LogRecord> records() const override { return records_; }
    size_t bytes() const override {
        return num_bytes_ + records_.size() * (sizeof(LogRecord) + kBytesBesideRecord);
    }

private:
    const std::vector<Header>* add_headers(const rd_kafka_headers_t& from) {
        auto& headers = headers_.emplace_back(std::make_unique<std::vector<Header>>());
        const char* name = nullptr;
        const void* value = nullptr;
        size_t size = 0;
        for (size_t i = 0; rd_kafka_header_get_all(&from, i, &name, &value, &size) == 0; ++i) {
            Header& header = headers->emplace_back();
            header.key = name;
            if (value != nullptr) header.value.emplace(static_cast<const char*>(value), size);
        }
        return headers.get();
    }

    SharedHandle handle_;  // Messages may not outlive their client.
    TopicPartition source_;
    std::vector<rd_kafka_message_t*> messages_;
    std::vector<LogRecord> records_;
    size_t num_bytes_ = 0;
    std::vector<std::unique_ptr<std::vector<Header>>> headers_;
};

}  // namespace

KafkaReader::KafkaReader(const SharedConfig& config, const ReaderOptions& options)
    : options_(options),
      queue_records_max_(
          std::max<size_t>(options.partition_buffer_bytes / kBytesPerQueuedRecord, 1000)) {
    auto opened = ClientHandle::open(
        RD_KAFKA_CONSUMER, config, reader_defaults(options, config->properties),
        reader_settings(options, queue_records_max_), this, &KafkaReader::set_callbacks);
    if (!opened) {
        broken_ = opened.status();
        return;
    }
    handle_ = std::move(*opened);
    rd_kafka_poll_set_consumer(handle_->get());
    events_ = rd_kafka_queue_get_consumer(handle_->get());
    rd_kafka_queue_cb_event_enable(events_, on_events, &signal_);
}

KafkaReader::~KafkaReader() {
    if (!handle_) return;
    std::vector<TopicPartition> all;
    for (const auto& [partition, assigned] : assigned_) all.push_back(partition);
    unassign(all);
    serve_events();
    wait_for_leaving();
    rd_kafka_queue_cb_event_enable(events_, nullptr, nullptr);
    rd_kafka_queue_destroy(events_);
}

void KafkaReader::on_queue_filled(rd_kafka_t*, void* opaque) {
    auto* assigned = static_cast<Assigned*>(opaque);
    assigned->ready.store(true);
    assigned->signal->set();
}

void KafkaReader::on_events(rd_kafka_t*, void* signal) {
    static_cast<WaitSignal*>(signal)->set();
}

void KafkaReader::set_callbacks(rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_error_cb(conf, &KafkaReader::on_error);
}

/// Some failures of a partition (its topic is gone) come this way, out of its own queue.
void KafkaReader::on_error(rd_kafka_t* client, int code, const char* reason, void* context) {
    auto* reader = static_cast<KafkaReader*>(static_cast<ClientContext*>(context)->owner);
    if (reader->draining_) return;
    guarded("log.kafka", "a client's error", [&] {
        if (reader->polling_ != nullptr) {
            reader->add_error(*reader->polling_, static_cast<rd_kafka_resp_err_t>(code), reason);
        } else {
            reader->handle_->log_lines().write(3, rd_kafka_name(client), "ERROR", reason);
        }
    });
}

void KafkaReader::expect(const std::vector<std::string>& topics) {
    if (!broken_) return;
    std::map<std::string, LookedUp> expected;
    for (const std::string& name : topics) {
        if (OwnedTopic topic{rd_kafka_topic_new(handle_->get(), name.c_str(), nullptr)})
            expected[name].topic = std::move(topic);
    }
    if (expected.empty()) return;
    const auto known = handle_->look_up_topics(kMetadataTimeoutMs, "looking up topics to read");
    if (!known) return;
    std::lock_guard lock(expected_mutex_);
    for (auto& [name, topic] : expected) {
        auto found = known->find(name);
        if (found == known->end()) continue;
        topic.partitions = found->second;
        expected_[name] = std::move(topic);
    }
}

void KafkaReader::take_expected(const std::map<TopicPartition, int64_t>& starts) {
    std::lock_guard lock(expected_mutex_);
    for (const auto& [partition, start] : starts) {
        auto found = expected_.find(partition.topic);
        if (found == expected_.end() || partition.partition >= found->second.partitions) continue;
        OwnedTopic& topic = topics_[partition.topic];
        if (!topic) topic = std::move(found->second.topic);
        expected_.erase(found);
    }
}

/// Without this each first use of a topic waits for librdkafka's next look at its topics, up to a
/// second; and of one that was gone it may take what it has heard last for true for minutes.
Status KafkaReader::warm_up(const std::map<TopicPartition, int64_t>& starts) {
    take_expected(starts);
    bool is_new = false;
    for (const auto& [partition, start] : starts) {
        OwnedTopic& topic = topics_[partition.topic];
        if (topic) continue;
        topic.reset(rd_kafka_topic_new(handle_->get(), partition.topic.c_str(), nullptr));
        is_new = true;
    }
    if (!is_new) return Status::ok();
    auto known = handle_->look_up_topics(kMetadataTimeoutMs, "looking up topics to read");
    Status status = known.status();
    for (const auto& [partition, start] : starts) {
        if (!known) break;
        auto found = known->find(partition.topic);
        if (found != known->end() && partition.partition < found->second) continue;
        status = handle_->config().failure(
            Fault::kNotFound, fmt::format("There is no partition {} of topic '{}' to read.",
                                          partition.partition, partition.topic));
    }
    if (!status) {
        for (const auto& [partition, start] : starts) topics_.erase(partition.topic);
    }
    return status;
}

Status KafkaReader::resolve_latest(std::map<TopicPartition, int64_t>& starts) {
    PartitionList list = make_partition_list(starts.size());
    for (const auto& [partition, start] : starts) {
        if (start != kOffsetLatest) continue;
        auto* entry = rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(),
                                                        partition.partition);
        entry->offset = RD_KAFKA_OFFSET_END;  // As a timestamp, -1 is the end.
    }
    if (list->cnt == 0) return Status::ok();
    auto code = rd_kafka_offsets_for_times(handle_->get(), list.get(), kOffsetsTimeoutMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return handle_->config().failure(code, "looking up the end of partitions");
    }
    for (int i = 0; i < list->cnt; ++i) {
        const auto& entry = list->elems[i];
        if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR || entry.offset < 0) {
            code =
                entry.err == RD_KAFKA_RESP_ERR_NO_ERROR ? RD_KAFKA_RESP_ERR__TIMED_OUT : entry.err;
            return handle_->config().failure(
                code, fmt::format("looking up the end of {}-{}", entry.topic, entry.partition));
        }
        starts[{entry.topic, entry.partition}] = entry.offset;
    }
    return Status::ok();
}

Status KafkaReader::assign(const std::map<TopicPartition, int64_t>& starts) {
    if (!broken_) return broken_;
    if (starts.empty()) return Status::ok();
    if (Status warm = warm_up(starts); !warm) return warm;
    std::map<TopicPartition, int64_t> resolved = starts;
    if (Status latest = resolve_latest(resolved); !latest) return latest;

    std::vector<TopicPartition> anew;
    for (const auto& [partition, start] : resolved) {
        if (assigned_.contains(partition)) anew.push_back(partition);
    }
    unassign(anew);
    PartitionList list = make_partition_list(resolved.size());
    for (const auto& [partition, start] : resolved) {
        auto* entry = rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(),
                                                        partition.partition);
        entry->offset = start == kOffsetEarliest ? RD_KAFKA_OFFSET_BEGINNING : start;
        leaving_.forget(partition);
        auto& assigned = assigned_[partition] = std::make_unique<Assigned>();
        assigned->signal = &signal_;
        assigned->position = start == kOffsetEarliest ? -1 : start;
        assigned->queue = rd_kafka_queue_get_partition(handle_->get(), partition.topic.c_str(),
                                                       partition.partition);
        rd_kafka_queue_forward(assigned->queue, nullptr);
        rd_kafka_queue_cb_event_enable(assigned->queue, on_queue_filled, assigned.get());
    }
    Status done = status_of(handle_->get(), handle_->config(),
                            rd_kafka_incremental_assign(handle_->get(), list.get()), "assigning");
    if (!done) {
        std::vector<TopicPartition> all;
        for (const auto& [partition, start] : resolved) all.push_back(partition);
        unassign(all);
    }
    return done;
}

void KafkaReader::unassign(const std::vector<TopicPartition>& partitions) {
    PartitionList list = make_partition_list(partitions.size());
    std::vector<std::pair<TopicPartition, std::unique_ptr<Assigned>>> ended;
    for (const TopicPartition& partition : partitions) {
        auto found = assigned_.find(partition);
        if (found == assigned_.end()) continue;
        rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition);
        rd_kafka_queue_cb_event_enable(found->second->queue, nullptr, nullptr);
        ended.emplace_back(partition, std::move(found->second));
        assigned_.erase(found);
        std::erase(out_of_range_, partition);
    }
    if (ended.empty()) return;
    rd_kafka_error_t* error = rd_kafka_incremental_unassign(handle_->get(), list.get());
    if (error != nullptr) rd_kafka_error_destroy(error);
    // Stopping goes on in the client's own thread; asking it something waits for what it had to do
    // before.
    for (int i = 0; i < kSettleRounds; ++i) {
        rd_kafka_topic_partition_list_t* left = nullptr;
        if (rd_kafka_assignment(handle_->get(), &left) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_topic_partition_list_destroy(left);
        }
    }
    for (auto& [partition, assigned] : ended) leaving_.add(partition, assigned->queue, steady_ms());
    drain_leaving();
}

void KafkaReader::drain_leaving() {
    draining_ = true;
    leaving_.drain(steady_ms());
    draining_ = false;
}

/// Only those of topics that are gone matter; a broker that does not answer sends nothing, either.
void KafkaReader::wait_for_leaving() {
    drain_leaving();
    if (leaving_.unsettled_ms(steady_ms()) <= 0) return;
    const std::set<std::string> topics = leaving_.topics();
    std::vector<OwnedTopic> asked;
    for (const std::string& name : topics)
        asked.emplace_back(rd_kafka_topic_new(handle_->get(), name.c_str(), nullptr));
    const auto known = handle_->look_up_topics(kGoneTimeoutMs, "looking up topics that were read");
    if (!known) return;
    const bool all_there = std::all_of(topics.begin(), topics.end(),
                                       [&](const auto& topic) { return known->count(topic) != 0; });
    if (all_there) return;
    while (leaving_.unsettled_ms(steady_ms()) > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        drain_leaving();
    }
}

std::unique_ptr<LogBatch> KafkaReader::poll(const TopicPartition& partition, size_t max_records) {
    auto found = assigned_.find(partition);
    if (found == assigned_.end() || max_records == 0) return nullptr;
    Assigned& assigned = *found->second;
    if (!assigned.ready.exchange(false)) return nullptr;

    const size_t capacity = std::min(max_records, kBatchRecordsMax);
    if (messages_.size() < capacity) messages_.resize(capacity);
    polling_ = &found->first;
    const ssize_t taken =
        rd_kafka_consume_batch_queue(assigned.queue, 0, messages_.data(), capacity);
    polling_ = nullptr;
    // Only a queue that turns from empty to filled tells so: remember what is left in this one.
    if (rd_kafka_queue_length(assigned.queue) > 0) {
        assigned.ready.store(true);
        signal_.set();
    }
    if (taken <= 0) return nullptr;
    auto batch = std::make_unique<KafkaBatch>(handle_, partition, static_cast<size_t>(taken));
    size_t num_bytes = 0;
    for (size_t i = 0; i < static_cast<size_t>(taken); ++i) {
        rd_kafka_message_t* message = messages_[i];
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            num_bytes += message->len + message->key_len;
            if (message->offset < assigned.position) {
                // Fetched twice, as librdkafka 2.0.2 can (its #4636).
                rd_kafka_message_destroy(message);
                continue;
            }
            assigned.position = message->offset + 1;
            assigned.at_end = false;
            assigned.told = Fault::kNone;
            batch->add(message);
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            assigned.position = std::max(assigned.position, message->offset);
            assigned.at_end = true;
        } else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
            out_of_range_.push_back(partition);
        } else {
            add_error(partition, message->err, rd_kafka_message_errstr(message));
        }
        rd_kafka_message_destroy(message);
    }
    count_consumed(num_bytes, static_cast<size_t>(taken));
    return batch->empty() ? nullptr : std::move(batch);
}

void KafkaReader::count_consumed(size_t num_bytes, size_t num_records) {
    consumed_bytes_ += num_bytes;
    consumed_records_ += num_records;
    if (consumed_bytes_ < options_.partition_buffer_bytes / 2 &&
        consumed_records_ < queue_records_max_ / 2) {
        return;
    }
    const int64_t now_ms = steady_ms();
    if (now_ms - nudged_ms_ < kNudgeIntervalMs) return;
    nudged_ms_ = now_ms;
    consumed_bytes_ = 0;
    consumed_records_ = 0;
    handle_->nudge();
}

void KafkaReader::wait(int64_t timeout_ms) {
    if (!handle_) return;
    // A nudge that came too soon after another is made up for before going to sleep.
    nudged_ms_ = 0;
    count_consumed(0, 0);
    signal_.wait(timeout_ms);
    serve_events();
}

void KafkaReader::wake() {
    signal_.set();
}

bool KafkaReader::at_end(const TopicPartition& partition) {
    auto found = assigned_.find(partition);
    return found != assigned_.end() && found->second->at_end;
}

int64_t KafkaReader::position(const TopicPartition& partition) {
    auto found = assigned_.find(partition);
    return found == assigned_.end() ? -1 : found->second->position;
}

void KafkaReader::add_error(const TopicPartition& partition, rd_kafka_resp_err_t code,
                            const char* reason) {
    auto found = assigned_.find(partition);
    // librdkafka repeats itself every second.
    const Fault fault = fault_of(code);
    if (found == assigned_.end() || found->second->told == fault) return;
    found->second->told = fault;
    if (fault == Fault::kNotFound) topics_.erase(partition.topic);  // To be looked up again.
    errors_.emplace_back(
        partition,
        handle_->config().failure(fault_of(code), fmt::format("reading {}-{}: {}", partition.topic,
                                                              partition.partition, reason)));
}

void KafkaReader::serve_events() {
    drain_leaving();
    while (rd_kafka_message_t* message = rd_kafka_consumer_poll(handle_->get(), 0)) {
        if (message->rkt != nullptr && message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            TopicPartition partition{rd_kafka_topic_name(message->rkt), message->partition};
            add_error(partition, message->err, rd_kafka_message_errstr(message));
        }
        rd_kafka_message_destroy(message);
    }
}

std::vector<std::pair<TopicPartition, Status>> KafkaReader::take_errors() {
    if (handle_) serve_events();
    return std::exchange(errors_, {});
}

std::vector<TopicPartition> KafkaReader::take_out_of_range() {
    return std::exchange(out_of_range_, {});
}

}  // namespace millrace
