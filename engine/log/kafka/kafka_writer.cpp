#include "engine/log/kafka/kafka_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/base/guard.h"
#include "engine/log/kafka/kafka_member.h"

namespace millrace {

namespace {

constexpr size_t kPollEveryRecords = 256;
constexpr int kQueueFullPollMs = 10;
constexpr int kMetadataTimeoutMs = 5000;
constexpr int64_t kRetryPauseMs = 20;
/// What librdkafka spends on a record on its way beside its bytes.
constexpr size_t kBytesBesideWritten = 128;

ClientContext& context_of(const rd_kafka_t* client) {
    return *static_cast<ClientContext*>(rd_kafka_opaque(client));
}

ClientHandle::Settings writer_defaults(const WriterOptions& options,
                                       const ClientProperties& properties) {
    // The longest record has to fit in, or it would wait for ever.
    const size_t bytes = std::max(options.buffer_bytes, record_bytes_max(properties) + (64 << 10));
    return {
        {"linger.ms", std::to_string(options.linger_ms)},
        {"batch.size", kBatchBytes},
        {"batch.num.messages", "100000"},
        {"queue.buffering.max.messages",
         std::to_string(std::clamp<size_t>(bytes / kBytesBesideWritten, 10'000, 500'000))},
        {"queue.buffering.max.kbytes", std::to_string(bytes / 1024)},
        {"topic.metadata.propagation.max.ms", "5000"},
        // A transaction meets CONCURRENT_TRANSACTIONS while the markers of the one before are
        // written; with the default of 100 ms a commit took 104 ms at the median, with this 9.
        {"retry.backoff.ms", "10"},
    };
}

ClientHandle::Settings writer_settings(const WriterOptions& options,
                                       const ClientProperties& properties) {
    ClientHandle::Settings settings{
        {"client.id", options.client_id.empty() ? "millrace" : options.client_id},
        {"partitioner", "murmur2_random"},  // Java's; librdkafka's own is another hash.
        {"allow.auto.create.topics", "false"},
    };
    if (options.transactional_id.empty() && !options.idempotent) return settings;
    settings["enable.idempotence"] = "true";
    settings["acks"] = "all";
    settings["max.in.flight"] = "5";
    settings["retries"] = "2147483647";
    if (!options.transactional_id.empty()) {
        settings["transactional.id"] = options.transactional_id;
        settings["transaction.timeout.ms"] = std::to_string(options.transaction_timeout_ms);
        const std::string asked =
            properties.get("delivery.timeout.ms", properties.get("message.timeout.ms"));
        int64_t delivery_ms = asked.empty() ? options.transaction_timeout_ms : std::stoll(asked);
        delivery_ms = std::min(delivery_ms, options.transaction_timeout_ms);
        settings["delivery.timeout.ms"] = std::to_string(delivery_ms);
        settings["message.timeout.ms"] = std::to_string(delivery_ms);
    }
    return settings;
}

}  // namespace

KafkaWriter::KafkaWriter(const SharedConfig& config, std::shared_ptr<BatchBounds> bounds,
                         const WriterOptions& options)
    : options_(options), bounds_(std::move(bounds)) {
    auto opened = ClientHandle::open(
        RD_KAFKA_PRODUCER, config, writer_defaults(options, config->properties),
        writer_settings(options, config->properties), this, &KafkaWriter::set_callbacks);
    if (opened) {
        handle_ = std::move(*opened);
    } else {
        broken_ = opened.status();
    }
}

void KafkaWriter::set_callbacks(rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_dr_msg_cb(conf, &KafkaWriter::on_delivery);
    watch_ends(conf);
}

/// Requests are watched as they go out and are answered; on threads of librdkafka's.
void KafkaWriter::watch_ends(rd_kafka_conf_t* conf) {
    auto on_sent = [](rd_kafka_t* client, int, const char*, int32_t, int16_t api, int16_t, int32_t,
                      size_t, void*) {
        context_of(client).ends.sent(api);
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    };
    auto on_answer = [](rd_kafka_t* client, int, const char*, int32_t, int16_t api, int16_t,
                        int32_t, size_t, int64_t, rd_kafka_resp_err_t failure, void*) {
        if (failure == RD_KAFKA_RESP_ERR_NO_ERROR) context_of(client).ends.answered(api);
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    };
    static constexpr rd_kafka_interceptor_f_on_request_sent_t* kOnSent = on_sent;
    static constexpr rd_kafka_interceptor_f_on_response_received_t* kOnAnswer = on_answer;
    auto on_new = [](rd_kafka_t* client, const rd_kafka_conf_t*, void*, char*, size_t) {
        auto code = rd_kafka_interceptor_add_on_request_sent(client, "ends", kOnSent, nullptr);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
        return rd_kafka_interceptor_add_on_response_received(client, "ends", kOnAnswer, nullptr);
    };
    rd_kafka_conf_interceptor_add_on_new(conf, "ends", on_new, nullptr);
}

void KafkaWriter::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* context) {
    auto* writer = static_cast<KafkaWriter*>(static_cast<ClientContext*>(context)->owner);
    const auto bits = reinterpret_cast<uintptr_t>(message->_private);
    auto* acknowledgement =
        (bits & 1) != 0 ? nullptr : static_cast<Acknowledgement*>(message->_private);
    --writer->outstanding_[acknowledgement != nullptr ? acknowledgement->lap : (bits >> 1) & 1];
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
        message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
        message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
        const std::string topic = rd_kafka_topic_name(message->rkt);
        Status failure = writer->handle_->config().failure(
            message->err, fmt::format("writing to topic '{}'", topic));
        if (message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
            writer->bounds_->forget(topic);
            writer->bounds_wrong_ = true;
        }
        const uint32_t owner =
            acknowledgement != nullptr ? acknowledgement->owner : static_cast<uint32_t>(bits >> 2);
        if (failure.fault() == Fault::kRefused && owner != 0 &&
            (writer->refusals_.empty() || writer->refusals_.back().owner != owner)) {
            writer->refusals_.push_back({owner, failure});
        }
        if (writer->delivery_failure_) writer->delivery_failure_ = std::move(failure);
    }
    if (acknowledgement == nullptr) return;
    auto acked = std::exchange(acknowledgement->acked, nullptr);
    writer->free_acknowledgements_.push_back(acknowledgement);
    // No exception may pass through librdkafka, which calls this.
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        guarded("log.kafka", "an acknowledgement", [&] { acked(message->offset); });
}

void KafkaWriter::expect(const std::vector<std::string>& topics) {
    if (!broken_) return;
    Topics expected;
    for (const std::string& name : topics) {
        if (expected.count(name) != 0) continue;
        if (OwnedTopic topic{rd_kafka_topic_new(handle_->get(), name.c_str(), nullptr)})
            expected.emplace(name, Topic{std::move(topic)});
    }
    if (expected.empty()) return;
    const auto known = handle_->look_up_topics(kMetadataTimeoutMs, "looking up topics to write to");
    if (!known) return;
    std::erase_if(expected, [&](const auto& entry) { return known->count(entry.first) == 0; });
    bounds_->learn(*handle_, topics);
    for (auto& [name, topic] : expected) topic.bound = bounds_->bound(name);
    std::lock_guard lock(expected_mutex_);
    expected_.merge(expected);
}

/// Asking for it tells at once whether it is there, and spares the first record a wait of up to a
/// second for librdkafka's next look at its topics.
Result<KafkaWriter::Topic> KafkaWriter::look_up(const std::string& name) {
    OwnedTopic topic(rd_kafka_topic_new(handle_->get(), name.c_str(), nullptr));
    if (!topic) {
        return handle_->config().failure(rd_kafka_last_error(),
                                         fmt::format("writing to topic '{}'", name));
    }
    const rd_kafka_metadata_t* answer = nullptr;
    auto code = rd_kafka_metadata(handle_->get(), 0, topic.get(), &answer, kMetadataTimeoutMs);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const OwnedMetadata metadata(answer);
        if (metadata->topic_cnt == 1) code = metadata->topics[0].err;
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        bounds_->learn(*handle_, {name});
        return Topic{std::move(topic), bounds_->bound(name)};
    }
    if (fault_of(code) != Fault::kNotFound)
        return handle_->config().failure(code, fmt::format("looking up topic '{}'", name));
    return Status(Fault::kNotFound,
                  fmt::format("Cannot write to topic '{}': it does not exist.", name));
}

Result<KafkaWriter::Topic*> KafkaWriter::topic(std::string_view name) {
    if (last_topic_ != nullptr && name == last_name_) return last_topic_;
    auto found = topics_.find(name);
    if (found == topics_.end()) {
        {
            std::lock_guard lock(expected_mutex_);
            topics_.merge(expected_);
            expected_.clear();
        }
        found = topics_.find(name);
    }
    if (found == topics_.end()) {
        auto topic = look_up(std::string(name));
        if (!topic) return topic.status();
        found = topics_.emplace(std::string(name), std::move(*topic)).first;
    }
    last_name_ = found->first;
    last_topic_ = &found->second;
    return last_topic_;
}

/// What waits together may go together: when that would be too much, it goes first.
Status KafkaWriter::make_room(Topic& topic, const ProducedRecord& record) {
    constexpr size_t kBytesBeside = 40;  // Lengths, offset, timestamp; of a header its lengths.
    constexpr int kFlushMs = 2000;
    size_t bytes = kBytesBeside + (record.key ? record.key->size() : 0) +
                   (record.value ? record.value->size() : 0);
    for (const Header& header : record.headers)
        bytes += kBytesBeside + header.key.size() + (header.value ? header.value->size() : 0);
    if (topic.waiting > 0 && topic.waiting + bytes > topic.bound) {
        if (rd_kafka_flush(handle_->get(), kFlushMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return handle_->config().failure(
                Fault::kAbortable,
                fmt::format("writing to topic '{}': what it takes at a time (max.message.bytes) "
                            "waits for the broker for {} ms",
                            record.topic, kFlushMs));
        }
        for (auto& entry : topics_) entry.second.waiting = 0;
    }
    topic.waiting += bytes;
    return Status::ok();
}

/// A topic that was made anew or altered may take less than it did.
void KafkaWriter::renew_bounds() {
    bounds_wrong_ = false;
    std::vector<std::string> names;
    for (const auto& entry : topics_) names.push_back(entry.first);
    bounds_->learn(*handle_, names);
    // What waits already has not been counted.
    for (auto& [name, topic] : topics_) topic.bound = topic.waiting = bounds_->bound(name);
}

Status KafkaWriter::write(const ProducedRecord& record) {
    return produce(record, nullptr);
}

Status KafkaWriter::write(const ProducedRecord& record, std::function<void(int64_t offset)> acked) {
    Acknowledgement* acknowledgement = take_acknowledgement(std::move(acked));
    acknowledgement->owner = record.owner;
    acknowledgement->lap = lap_;
    Status written = produce(record, acknowledgement);
    if (!written) {
        acknowledgement->acked = nullptr;
        free_acknowledgements_.push_back(acknowledgement);
    }
    return written;
}

KafkaWriter::Acknowledgement* KafkaWriter::take_acknowledgement(
    std::function<void(int64_t)> acked) {
    if (free_acknowledgements_.empty()) {
        acknowledgements_.push_back(std::make_unique<Acknowledgement>());
        free_acknowledgements_.push_back(acknowledgements_.back().get());
    }
    Acknowledgement* taken = free_acknowledgements_.back();
    free_acknowledgements_.pop_back();
    taken->acked = std::move(acked);
    return taken;
}

Status KafkaWriter::produce(const ProducedRecord& record, Acknowledgement* acknowledgement) {
    if (!broken_) return broken_;
    if (bounds_wrong_) renew_bounds();
    auto found = topic(record.topic);
    if (!found) return found.status();
    if (++unpolled_ >= kPollEveryRecords) poll();
    if ((*found)->bound != 0) {
        if (Status room = make_room(**found, record); !room) return room;
    }

    rd_kafka_vu_t fields[8];
    size_t count = 0;
    fields[count].vtype = RD_KAFKA_VTYPE_RKT;
    fields[count++].u.rkt = (*found)->handle.get();
    fields[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[count++].u.i = RD_KAFKA_MSG_F_COPY;
    fields[count].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[count++].u.i32 = record.partition < 0 ? RD_KAFKA_PARTITION_UA : record.partition;
    if (record.value) {
        fields[count].vtype = RD_KAFKA_VTYPE_VALUE;
        // An empty value is not a null one: its pointer has to be something.
        fields[count].u.mem.ptr =
            const_cast<char*>(record.value->empty() ? "" : record.value->data());
        fields[count++].u.mem.size = record.value->size();
    }
    if (record.key) {
        fields[count].vtype = RD_KAFKA_VTYPE_KEY;
        fields[count].u.mem.ptr = const_cast<char*>(record.key->empty() ? "" : record.key->data());
        fields[count++].u.mem.size = record.key->size();
    }
    if (record.timestamp_ms >= 0) {
        fields[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
        fields[count++].u.i64 = record.timestamp_ms;
    }
    fields[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[count++].u.ptr =
        acknowledgement != nullptr
            ? static_cast<void*>(acknowledgement)
            : reinterpret_cast<void*>((static_cast<uintptr_t>(record.owner) << 2) | lap_ << 1 | 1);
    rd_kafka_headers_t* headers = nullptr;
    if (!record.headers.empty()) {
        headers = rd_kafka_headers_new(record.headers.size());
        for (const Header& header : record.headers) {
            rd_kafka_header_add(headers, header.key.data(), static_cast<ssize_t>(header.key.size()),
                                header.value ? header.value->data() : nullptr,
                                header.value ? static_cast<ssize_t>(header.value->size()) : 0);
        }
        fields[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        fields[count++].u.headers = headers;
    }
    while (true) {
        rd_kafka_error_t* error = rd_kafka_produceva(handle_->get(), fields, count);
        if (error == nullptr) {
            ++outstanding_[lap_];
            return Status::ok();  // The headers are librdkafka's now.
        }
        if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            if (headers != nullptr) rd_kafka_headers_destroy(headers);
            return refused(error, record);
        }
        rd_kafka_error_destroy(error);
        unpolled_ = 0;
        rd_kafka_poll(handle_->get(), kQueueFullPollMs);
    }
}

Status KafkaWriter::refused(rd_kafka_error_t* error, const ProducedRecord& record) {
    const auto code = rd_kafka_error_code(error);
    const std::string doing = fmt::format("writing to topic '{}'", record.topic);
    if (code == RD_KAFKA_RESP_ERR__STATE && transactional()) {
        rd_kafka_error_destroy(error);
        if (!open_) return {Fault::kFatal, "No transaction is open."};
        // librdkafka takes nothing more once a transaction is bound to be aborted.
        std::string why =
            delivery_failure_ ? "the transaction has failed" : delivery_failure_.message();
        return handle_->config().failure(Fault::kAbortable, fmt::format("{}: {}", doing, why));
    }
    return status_of(handle_->get(), handle_->config(), error, doing);
}

void KafkaWriter::poll() {
    unpolled_ = 0;
    if (handle_) rd_kafka_poll(handle_->get(), 0);
}

Status KafkaWriter::request(const std::string& doing,
                            const std::function<rd_kafka_error_t*()>& call) {
    if (!broken_) return broken_;
    const int64_t began_ms = steady_ms();
    Status status = status_of(handle_->get(), handle_->config(), call(), doing);
    if (status.fault() == Fault::kRetriable) {
        // With the broker away some calls fail at once; whoever calls again and again must not
        // spin.
        const int64_t rest_ms = kRetryPauseMs - (steady_ms() - began_ms);
        if (rest_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(rest_ms));
    }
    if (status.fault() != Fault::kAbortable || delivery_failure_) return status;
    // The failure of a delivery is what a failed commit is about: tell it along.
    return {status.fault(), fmt::format("{}; {}", status.message(), delivery_failure_.message())};
}

Status KafkaWriter::init_transactions(int64_t timeout_ms) {
    if (!transactional()) return {Fault::kFatal, "This writer has no transactional id."};
    Status status = request(
        fmt::format("starting transactions as '{}'", options_.transactional_id),
        [&] { return rd_kafka_init_transactions(handle_->get(), static_cast<int>(timeout_ms)); });
    if (status.fault() == Fault::kRetriable) {
        std::string why = handle_->config().lines.last_failure();
        if (!why.empty()) return {status.fault(), fmt::format("{} ({})", status.message(), why)};
    }
    return status;
}

Status KafkaWriter::begin() {
    Status begun = request("beginning a transaction",
                           [&] { return rd_kafka_begin_transaction(handle_->get()); });
    if (begun) {
        open_ = true;
        delivery_failure_ = Status::ok();
    }
    return begun;
}

Status KafkaWriter::send_offsets(const std::string& group_topic,
                                 const std::map<int32_t, GroupOffset>& offsets,
                                 const GroupMetadata& membership, int64_t timeout_ms) {
    if (!broken_) return broken_;
    const auto* metadata = dynamic_cast<const KafkaMembership*>(&membership);
    MR_CHECK(metadata != nullptr, "the membership comes from a member of this log");
    PartitionList list = make_partition_list(offsets.size());
    for (const auto& [slot, offset] : offsets) {
        auto* entry = rd_kafka_topic_partition_list_add(list.get(), group_topic.c_str(), slot);
        entry->offset = offset.offset;
        if (offset.metadata.empty()) continue;
        entry->metadata = rd_kafka_mem_malloc(handle_->get(), offset.metadata.size());
        entry->metadata_size = offset.metadata.size();
        std::copy(offset.metadata.begin(), offset.metadata.end(),
                  static_cast<char*>(entry->metadata));
    }
    return request("sending offsets", [&] {
        return rd_kafka_send_offsets_to_transaction(handle_->get(), list.get(), metadata->get(),
                                                    static_cast<int>(timeout_ms));
    });
}

Status KafkaWriter::commit(int64_t timeout_ms) {
    Status committed = request("committing", [&] {
        return rd_kafka_commit_transaction(handle_->get(), static_cast<int>(timeout_ms));
    });
    if (committed) {
        open_ = false;
        poll();
    }
    return committed;
}

Status KafkaWriter::abort(int64_t timeout_ms) {
    Status aborted = request("aborting", [&] {
        return rd_kafka_abort_transaction(handle_->get(), static_cast<int>(timeout_ms));
    });
    if (aborted) {
        open_ = false;
        poll();
        delivery_failure_ = Status::ok();
    }
    return aborted;
}

Status KafkaWriter::flush(int64_t timeout_ms) {
    if (!broken_) return broken_;
    auto code = rd_kafka_flush(handle_->get(), static_cast<int>(timeout_ms));
    if (code == RD_KAFKA_RESP_ERR__TIMED_OUT) {
        return handle_->config().failure(
            Fault::kRetriable,
            fmt::format("{} records are not acknowledged yet", rd_kafka_outq_len(handle_->get())));
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return handle_->config().failure(code, "flushing");
    return delivered();
}

void KafkaWriter::mark() {
    both_laps_ = outstanding_[lap_ ^ 1] != 0;
    if (!both_laps_) lap_ ^= 1;
}

Status KafkaWriter::acknowledged() {
    if (!broken_) return broken_;
    poll();
    const size_t left = outstanding_[lap_ ^ 1] + (both_laps_ ? outstanding_[lap_] : 0);
    if (left == 0) return delivered();
    return {Fault::kRetriable, fmt::format("{} records are not acknowledged yet", left)};
}

/// What is to be told of the deliveries so far.
Status KafkaWriter::delivered() {
    if (delivery_failure_) return Status::ok();
    if (!open_) return std::exchange(delivery_failure_, Status::ok());
    // Kept for commit(): the transaction is lost whatever the caller makes of this answer.
    if (delivery_failure_.fault() == Fault::kFenced) return delivery_failure_;
    return {Fault::kAbortable, delivery_failure_.message()};
}

}  // namespace millrace
