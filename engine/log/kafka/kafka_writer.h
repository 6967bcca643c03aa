// Writes to Kafka, in transactions when it has a transactional id. One thread: delivery reports are
// served on it, inside write, poll, flush and commit.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/log/kafka/batch_bounds.h"
#include "engine/log/kafka/client_handle.h"
#include "engine/log/kafka/owned.h"
#include "engine/log/log.h"

namespace millrace {

class KafkaWriter final : public LogWriter {
public:
    KafkaWriter(const SharedConfig& config, std::shared_ptr<BatchBounds> bounds,
                const WriterOptions& options);

    Status init_transactions(int64_t timeout_ms) override;
    Status begin() override;
    void expect(const std::vector<std::string>& topics) override;
    Status write(const ProducedRecord& record) override;
    Status write(const ProducedRecord& record, std::function<void(int64_t offset)> acked) override;
    Status send_offsets(const std::string& group_topic,
                        const std::map<int32_t, GroupOffset>& offsets,
                        const GroupMetadata& membership, int64_t timeout_ms) override;
    Status commit(int64_t timeout_ms) override;
    Status abort(int64_t timeout_ms) override;
    bool has_unanswered() const override { return handle_ && handle_->ends().unanswered(); }
    Status flush(int64_t timeout_ms) override;
    void mark() override;
    Status acknowledged() override;
    void poll() override;
    std::vector<Refusal> take_refusals() override { return std::exchange(refusals_, {}); }

private:
    struct Topic {
        OwnedTopic handle;
        size_t bound = 0;    ///< Of what may wait together; see BatchBounds.
        size_t waiting = 0;  ///< At most so many bytes do, where there is a bound.
    };
    using Topics = std::map<std::string, Topic, std::less<>>;
    /// Waits for the delivery report of one record; reused for later ones. A record without one
    /// carries its owner and its lap in the place of the pointer, with the lowest bit set.
    struct Acknowledgement {
        uint32_t owner = 0;
        size_t lap = 0;
        std::function<void(int64_t)> acked;
    };

    static void set_callbacks(rd_kafka_conf_t* conf);
    static void watch_ends(rd_kafka_conf_t* conf);
    static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* context);

    bool transactional() const { return !options_.transactional_id.empty(); }
    Result<Topic*> topic(std::string_view name);
    Result<Topic> look_up(const std::string& name);
    Status make_room(Topic& topic, const ProducedRecord& record);
    void renew_bounds();
    Status produce(const ProducedRecord& record, Acknowledgement* acknowledgement);
    Status delivered();
    Status refused(rd_kafka_error_t* error, const ProducedRecord& record);
    Acknowledgement* take_acknowledgement(std::function<void(int64_t)> acked);
    Status request(const std::string& doing, const std::function<rd_kafka_error_t*()>& call);

    const WriterOptions options_;
    const std::shared_ptr<BatchBounds> bounds_;
    Status broken_;  ///< Why there is no client.
    SharedHandle handle_;
    Topics topics_;
    std::mutex expected_mutex_;
    Topics expected_;  ///< Looked up on other threads, for topics_.
    std::string last_name_;
    Topic* last_topic_ = nullptr;
    bool bounds_wrong_ = false;  ///< A batch was refused for its size.
    bool open_ = false;
    std::vector<Refusal> refusals_;
    Status delivery_failure_;  ///< The first since the last flush, or in the open transaction.
    size_t unpolled_ = 0;      ///< Records written since delivery reports were served.
    /// Records that are not acknowledged: those since the last mark are of one lap, those before it
    /// of the other.
    std::array<size_t, 2> outstanding_{};
    size_t lap_ = 0;
    bool both_laps_ = false;  ///< Marked again too soon: acknowledged() is about all records.
    std::vector<std::unique_ptr<Acknowledgement>> acknowledgements_;
    std::vector<Acknowledgement*> free_acknowledgements_;
};

}  // namespace millrace
