// What all readers, writers and members of one embedded log share: topics, offsets, transactions.
//
// A transaction's records become visible in one of two ways. Staged (RocksDB, and memory unless
// asked otherwise): they wait in their writer, and the commit is one write of the store. Marked, as
// a broker does it (MemoryBroker): they are appended as they come, get offsets and hold readers of
// committed records back, until a marker in each partition shows or hides them.
//
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
#include "engine/log/embedded/topic_limits.h"
#include "engine/log/embedded/visibility.h"
#include "engine/log/wait_signal.h"

namespace millrace {

struct EmbeddedPartition {
    std::unique_ptr<StorePartition> place;
    std::atomic<int64_t> begin{0};
    std::atomic<int64_t> end{0};
    std::string note;                      ///< The cleaner's; its thread only.
    int64_t next = 0;                      ///< The next offset to give; under append_mutex_.
    std::vector<WaitSignal*> subscribers;  ///< Under mutex_.
    Visibility visibility;                 ///< Under mutex_; empty where records are staged.
};

struct EmbeddedTopic {
    std::string name;
    std::string id;  ///< See TopicInfo.
    TopicConfig config;
    TopicLimits limits;  ///< Of its settings.
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
    int64_t number = 0;  ///< Of the open transaction, among all.
    std::vector<StoredOffset> pending;
    /// Marked: the partitions that it has written to, in the order of their markers.
    std::vector<std::pair<TopicHandle, int32_t>> touched;
};

/// How many further calls a marker for this partition waits after its transaction has been decided.
/// `kOffsetsMarkerTopic` stands for the marker that makes a transaction's offsets stable.
using MarkerDelay = std::function<int64_t(const TopicPartition&)>;
inline constexpr const char* kOffsetsMarkerTopic = "__consumer_offsets";

class EmbeddedCore {
public:
    /// With a `marker_delay` records are marked, not staged. REQUIRES then: a store in memory, for
    /// what is hidden is not stored.
    EmbeddedCore(const Clock& clock, std::shared_ptr<LogStore> store, MarkerDelay marker_delay = {})
        : clock_(clock), store_(std::move(store)), marker_delay_(std::move(marker_delay)) {}

    Status load();

    // --- Topics ---
    TopicHandle find(std::string_view topic);
    std::vector<TopicHandle> topics();
    Status create(const std::string& topic, const TopicConfig& config);
    Status remove(const std::string& topic);
    Status truncate(const TopicPartition& partition, int64_t before);
    /// For the cleaner: forgets single records, or keeps its note.
    Status erase(const TopicHandle& topic, int32_t partition, std::span<const int64_t> offsets);
    Status keep_note(const TopicHandle& topic, int32_t partition, std::string note);
    /// Grows whenever a topic is removed.
    int64_t removals() const { return removals_.load(); }

    // --- Records ---
    /// Appends one record outside transactions; tells its offset.
    Result<int64_t> append(EmbeddedTopic& topic, int32_t partition, LogRecord record);
    /// What a reader that has seen everything below `position` is shown next; empty when nothing is
    /// there, and then placed where the reader stands afterwards. Where records are staged a commit
    /// is seen in all its partitions or in none.
    OffsetRun next_run(EmbeddedPartition& partition, int64_t position, bool committed_only);
    /// Where such a reader's view ends at this moment.
    int64_t shown_end(EmbeddedPartition& partition, bool committed_only);
    void subscribe(EmbeddedPartition& partition, WaitSignal& signal);
    void unsubscribe(EmbeddedPartition& partition, WaitSignal& signal);

    // --- Transactions ---
    /// Fences whoever has the id, drops what it has not committed; tells the epoch.
    int64_t init_transactions(const std::string& id, int64_t timeout_ms);
    Status begin(const std::string& id, int64_t epoch);
    Status send_offsets(const std::string& id, int64_t epoch, std::vector<StoredOffset> offsets,
                        const MembershipProof& proof);
    bool marked() const { return marker_delay_ != nullptr; }
    /// Marked: appends a record of the open transaction; tells its offset.
    Result<int64_t> append_open(const std::string& id, int64_t epoch, const TopicHandle& topic,
                                int32_t partition, LogRecord record);
    /// Staged: gives `records` their offsets, in place, and makes everything visible at once.
    /// Marked: decides the transaction, whose markers follow. Ok when there is no open transaction:
    /// a broker cannot tell it from the same call again.
    Status commit(const std::string& id, int64_t epoch, std::span<StagedRecord> records);
    Status abort(const std::string& id, int64_t epoch);
    /// As a broker does with a transaction that is open too long: it is aborted and its writer
    /// fenced. False: none is open under this id.
    bool expire(const std::string& id);
    /// Markers of decided transactions that are not written yet, and: write the oldest ones.
    size_t num_held_markers();
    void write_held_markers(size_t max);

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
    struct Marker {
        int64_t due = 0;  ///< By calls_.
        std::string id;
        int64_t transaction = 0;
        bool commit = false;
        TopicHandle topic;  ///< Null: the marker of the offsets.
        int32_t partition = 0;
    };

    Status check_owner(const std::string& id, int64_t epoch);  // Under mutex_.
    /// A call has come: transactions that are open too long end, and markers that are due are
    /// written.
    void tick();
    /// Held where ending a transaction appends markers.
    std::unique_lock<std::mutex> lock_markers();
    // Under both.
    void expire_overdue();
    void decide(const std::string& id, TransactionState& state, bool commit);
    void write_markers_if(const std::function<bool(const Marker&)>& wanted);
    void write_marker(const Marker& marker);

    bool has_pending(const std::string& group, const std::string& topic,
                     const std::vector<int32_t>& slots);  // Under mutex_.
    void publish(std::span<EmbeddedPartition* const> touched,
                 std::span<const StoredOffset> offsets);  // Under mutex_.

    const Clock& clock_;
    const std::shared_ptr<LogStore> store_;
    const MarkerDelay marker_delay_;
    std::mutex append_mutex_;
    std::mutex mutex_;
    std::condition_variable transaction_ended_;
    std::map<std::string, TopicHandle, std::less<>> topics_;
    std::map<std::string, TransactionState> transactions_;
    std::map<OffsetKey, GroupOffset> offsets_;
    std::atomic<int64_t> removals_{0};
    int64_t last_transaction_ = 0;      // Under mutex_.
    std::atomic<int64_t> num_open_{0};  // Transactions; with the next: is there anything to tick?
    std::atomic<size_t> num_held_{0};
    int64_t calls_ = 0;                        // Under append_mutex_.
    std::deque<Marker> markers_;               // Under append_mutex_: decided, not written.
    std::vector<PlacedRecord> placed_;         // Under append_mutex_: reused by commits.
    std::vector<EmbeddedPartition*> touched_;  // Under append_mutex_.
    GroupTable groups_;
};

}  // namespace millrace
