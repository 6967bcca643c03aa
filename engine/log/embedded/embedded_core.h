// What all readers, writers and members of one embedded log share: topics, offsets, transactions.
// Thread-safe. Two locks, always taken in this order: `append_mutex_` makes writes one after
// another, `mutex_` guards the tables and is held only for moments, never during a store's I/O.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/log/embedded/group_table.h"
#include "engine/log/embedded/log_store.h"
#include "engine/log/wait_signal.h"

namespace millrace {

struct EmbeddedPartition {
    std::unique_ptr<StorePartition> place;
    std::atomic<int64_t> begin{0};
    std::atomic<int64_t> end{0};
    int64_t next = 0;                      ///< The next offset to give; under append_mutex_.
    std::vector<WaitSignal*> subscribers;  ///< Under mutex_.
};

struct EmbeddedTopic {
    std::string name;
    TopicConfig config;
    std::deque<EmbeddedPartition> partitions;
    std::atomic<bool> removed{false};
    std::shared_ptr<LogStore> store;  ///< Outlives the partitions' places.

    int32_t num_partitions() const { return static_cast<int32_t>(partitions.size()); }
    EmbeddedPartition& at(int32_t partition) { return partitions[static_cast<size_t>(partition)]; }
    ~EmbeddedTopic() { partitions.clear(); }
};

using TopicHandle = std::shared_ptr<EmbeddedTopic>;

/// A record that waits in a transaction, with the bytes in its writer's arena.
struct StagedRecord {
    EmbeddedTopic* topic = nullptr;
    int32_t partition = 0;
    LogRecord record;
};

/// Who writes under a transactional id. A newer writer has a higher epoch.
struct TransactionState {
    int64_t epoch = 0;
    bool open = false;
    int64_t began_ms = 0;
    int64_t timeout_ms = 0;
    std::vector<StoredOffset> pending;
};

class EmbeddedCore {
public:
    EmbeddedCore(const Clock& clock, std::shared_ptr<LogStore> store)
        : clock_(clock), store_(std::move(store)) {}

    Status load();

    // --- Topics ---
    TopicHandle find(std::string_view topic);
    std::vector<TopicHandle> topics();
    Status create(const std::string& topic, const TopicConfig& config);
    Status remove(const std::string& topic);
    Status truncate(const TopicPartition& partition, int64_t before);
    /// Grows whenever a topic is removed.
    int64_t removals() const { return removals_.load(); }

    // --- Records ---
    /// Appends one record outside transactions; tells its offset.
    Result<int64_t> append(EmbeddedTopic& topic, int32_t partition, LogRecord record);
    /// The end of a partition for a reader that has seen everything below `position`: a commit is
    /// seen in all its partitions or in none.
    int64_t end_beyond(EmbeddedPartition& partition, int64_t position);
    void subscribe(EmbeddedPartition& partition, WaitSignal& signal);
    void unsubscribe(EmbeddedPartition& partition, WaitSignal& signal);

    // --- Transactions ---
    /// Fences whoever has the id, drops what it has not committed; tells the epoch.
    int64_t init_transactions(const std::string& id, int64_t timeout_ms);
    Status begin(const std::string& id, int64_t epoch);
    Status send_offsets(const std::string& id, int64_t epoch, std::vector<StoredOffset> offsets,
                        const MembershipProof& proof);
    /// Gives `records` their offsets, in place, and makes everything visible at once.
    Status commit(const std::string& id, int64_t epoch, std::span<StagedRecord> records);
    Status abort(const std::string& id, int64_t epoch);

    // --- Groups ---
    /// Waits, up to the time-out, for open transactions that set one of these offsets.
    Result<std::map<int32_t, GroupOffset>> committed(const std::string& group,
                                                     const std::string& topic,
                                                     const std::vector<int32_t>& slots,
                                                     int64_t timeout_ms);
    Status publish_offsets(const std::string& group,
                           const std::map<TopicPartition, int64_t>& offsets);
    GroupTable& groups() { return groups_; }

    const Clock& clock() const { return clock_; }
    LogStore& store() { return *store_; }
    const LogStore& store() const { return *store_; }

private:
    using OffsetKey = std::pair<std::string, TopicPartition>;

    Status check_owner(const std::string& id, int64_t epoch);  // Under mutex_.
    bool has_pending(const std::string& group, const std::string& topic,
                     const std::vector<int32_t>& slots);  // Under mutex_.
    void publish(std::span<EmbeddedPartition* const> touched,
                 std::span<const StoredOffset> offsets);  // Under mutex_.

    const Clock& clock_;
    const std::shared_ptr<LogStore> store_;
    std::mutex append_mutex_;
    std::mutex mutex_;
    std::condition_variable transaction_ended_;
    std::map<std::string, TopicHandle, std::less<>> topics_;
    std::map<std::string, TransactionState> transactions_;
    std::map<OffsetKey, GroupOffset> offsets_;
    std::atomic<int64_t> removals_{0};
    std::vector<PlacedRecord> placed_;         // Under append_mutex_: reused by commits.
    std::vector<EmbeddedPartition*> touched_;  // Under append_mutex_.
    GroupTable groups_;
};

}  // namespace millrace
