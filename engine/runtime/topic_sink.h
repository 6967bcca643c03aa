// Where a task's records go on a server: one topic, through its worker's open transaction. Owned by
// the task, on its worker's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/runtime/query.h"
#include "engine/runtime/task_sink.h"
#include "engine/runtime/topic_meters.h"
#include "engine/runtime/transaction.h"

namespace millrace {

class TopicSink final : public TaskSink {
public:
    /// `at_once`: see Transaction::write_output. `refused`: told of a record that the topic does
    /// not take; throws when that ends the query.
    TopicSink(Transaction& transaction, std::string topic, int32_t num_partitions,
              RunningQueryPtr query, bool at_once, std::function<void(const Status&)> refused,
              TopicMeter* meter, const Clock& clock)
        : transaction_(&transaction),
          topic_(std::move(topic)),
          num_partitions_(num_partitions),
          query_(std::move(query)),
          at_once_(at_once),
          refused_(std::move(refused)),
          meter_(meter),
          clock_(clock) {}

    void write(std::optional<ByteView> key, std::optional<ByteView> value, int64_t timestamp_ms,
               std::optional<ByteView> partition_key, const RowHeaders* headers) override;
    void end_turn() override;
    void write_mark(ByteView value, int64_t timestamp_ms) override;

    void write_to(Transaction& transaction) { transaction_ = &transaction; }
    const std::string& topic() const { return topic_; }
    /// Does what it is given stand apart from the transaction?
    bool is_apart() const { return at_once_ && transaction_->outputs_apart(); }

private:
    Transaction* transaction_;
    const std::string topic_;
    const int32_t num_partitions_;
    const RunningQueryPtr query_;
    const bool at_once_;
    const std::function<void(const Status&)> refused_;
    TopicMeter* const meter_;  ///< Null: nobody counts.
    const Clock& clock_;
    uint64_t written_ = 0;         ///< In this turn.
    std::vector<Header> headers_;  ///< Memory that is used again.
};

}  // namespace millrace
