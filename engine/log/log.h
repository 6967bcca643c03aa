// The only door to topics. KafkaLog talks to brokers, EmbeddedLog keeps topics in memory or in
// RocksDB. No code above this folder knows which one it is on.
//
// Threads: a Log and its TopicAdmin are thread-safe; a LogReader or LogWriter belongs to one
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace millrace {

struct TopicPartition {
    std::string topic;
    int32_t partition = 0;
    auto operator<=>(const TopicPartition&) const = default;
};

struct Header {
    std::string key;
    std::optional<std::string> value;
    bool operator==(const Header&) const = default;
};

/// A record as it stands in a log; the views live as long as the LogBatch that holds it.
struct LogRecord {
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<ByteView> key;
    std::optional<ByteView> value;
    const std::vector<Header>* headers = nullptr;  ///< Null when the record has none.
};

/// Records of one partition, in offset order, with the memory behind them.
class LogBatch {
public:
    virtual ~LogBatch() = default;
    virtual const TopicPartition& source() const = 0;
    virtual std::span<const LogRecord> records() const = 0;
    /// About how much memory it keeps from being given back.
    virtual size_t bytes() const = 0;
    /// What those who share the batch keep with it for each other; ends with it.
    virtual std::shared_ptr<void>& companion() { return companion_; }

private:
    std::shared_ptr<void> companion_;
};

/// A record to be written. Views need to live only during the call.
struct ProducedRecord {
    std::string_view topic;
    int32_t partition = -1;  ///< -1: murmur2 of the key; without a key the log chooses.
    std::optional<ByteView> key;
    std::optional<ByteView> value;
    int64_t timestamp_ms = -1;  ///< -1: now.
    std::span<const Header> headers;
    uint32_t owner = 0;  ///< Who is told when the log refuses it for good; see take_refusals().
};

constexpr int64_t kOffsetEarliest = -2;
constexpr int64_t kOffsetLatest = -1;

struct ReaderOptions {
    std::string client_id;
    bool read_committed = true;
    /// An offset that is not there is told by take_out_of_range(), and its partition not read.
    bool tell_out_of_range = false;
    /// Upper bound of records buffered per partition, in bytes.
    size_t partition_buffer_bytes = 1 << 20;
};

/// Reads any number of partitions, each from an offset of its own. Manual assignment, no group.
class LogReader {
public:
    virtual ~LogReader() = default;

    /// Adds partitions. kOffsetEarliest and kOffsetLatest are resolved by the log, the latter
    /// before assign() returns: what is written afterwards is read. kRetriable or kNotFound (some
    /// logs tell a missing topic by take_errors() only): nothing was assigned. A partition that is
    /// assigned already starts anew. An offset that is no longer there reads from the earliest that
    /// is, unless the reader is to tell.
    virtual Status assign(const std::map<TopicPartition, int64_t>& starts) = 0;
    /// Partitions of these topics will be assigned: what there is to know of them is asked for now,
    /// so that assign() need not wait for it. Only a hint. Waits for the log; any thread.
    virtual void expect(const std::vector<std::string>&) {}
    virtual void unassign(const std::vector<TopicPartition>& partitions) = 0;

    /// The next records of one partition, at most `max_records`; null when none is there. Never
    /// blocks. A partition that is not polled holds back its producer side only up to
    /// partition_buffer_bytes.
    virtual std::unique_ptr<LogBatch> poll(const TopicPartition& partition, size_t max_records) = 0;

    /// Waits until some assigned partition may have records, `wake` is called, or the time is over.
    /// Told once: records that are left unpolled do not end the next wait() again, so holding a
    /// partition back does not make its reader spin.
    virtual void wait(int64_t timeout_ms) = 0;
    /// Ends a wait() early. Any thread.
    virtual void wake() = 0;

    /// True when everything up to the end known at this moment has been polled.
    virtual bool at_end(const TopicPartition& partition) = 0;
    /// The offset up to which everything has been polled. Moves past what is never shown
    /// (transaction markers, aborted records, compaction holes) once the end behind it has been
    /// seen: a restore is over when it has reached the high watermark. -1 while unknown or not
    /// assigned.
    virtual int64_t position(const TopicPartition& partition) = 0;

    /// Which life of its topic an assigned partition belongs to, see TopicInfo::id; empty: the log
    /// does not tell, or the partition is not assigned.
    virtual std::string topic_id(const TopicPartition&) { return {}; }

    /// Failures since the last call: a partition that is gone, a broker that is away.
    virtual std::vector<std::pair<TopicPartition, Status>> take_errors() = 0;
    /// Assigned partitions that were found since the last call to have no such offset as they were
    /// to be read from: it was deleted, or lies behind their end. See ReaderOptions.
    virtual std::vector<TopicPartition> take_out_of_range() { return {}; }
};

struct WriterOptions {
    std::string client_id;
    std::string transactional_id;  ///< Empty: no transactions.
    int64_t transaction_timeout_ms = 10000;
    int64_t linger_ms = 5;
    bool idempotent = true;
    /// Upper bound of records on their way to a broker, in bytes: then write() waits.
    size_t buffer_bytes = 64 << 20;
};

/// Opaque proof of group membership, captured when slots were assigned; see GroupMember.
class GroupMetadata {
public:
    virtual ~GroupMetadata() = default;
};

/// Offset of a group's partition with a word about who wrote it.
struct GroupOffset {
    int64_t offset = 0;
    std::string metadata;
};

/// A record that the log will never take.
struct Refusal {
    uint32_t owner = 0;
    Status why;  ///< kRefused, or what became of a record that could not be delivered in time.
};

/// Writes records; with a transactional id, in transactions.
class LogWriter {
public:
    virtual ~LogWriter() = default;

    /// Transactional writers: fences older writers of the same id. Call until ok or not retriable.
    virtual Status init_transactions(int64_t timeout_ms) = 0;
    virtual Status begin() = 0;

    /// These topics will be written to: what there is to know of them is asked for at once, and not
    /// of each with its first record. Only a hint. Waits for the log; any thread.
    virtual void expect(const std::vector<std::string>&) {}
    /// Hands the record to the writer's buffer; blocks while the buffer is full. Acknowledgement
    /// comes with flush() or commit(). kRefused: the record alone is at fault, and was left out.
    virtual Status write(const ProducedRecord& record) = 0;
    /// As write; the offset that the record gets is told later, from within
    /// write/flush/commit/poll, at the latest when flush() or commit() returns ok. Of a transaction
    /// that ends in abort some may be told.
    virtual Status write(const ProducedRecord& record,
                         std::function<void(int64_t offset)> acked) = 0;

    /// Names the group's partitions whose offsets the open transaction sets; fails when the member
    /// that `membership` speaks of has lost them (KIP-447).
    virtual Status send_offsets(const std::string& group_topic,
                                const std::map<int32_t, GroupOffset>& offsets,
                                const GroupMetadata& membership, int64_t timeout_ms) = 0;
    /// Retriable: call again until it is not. Abortable: abort(). Fenced: destroy the writer.
    virtual Status commit(int64_t timeout_ms) = 0;
    virtual Status abort(int64_t timeout_ms) = 0;

    /// Has a request to end a transaction, or to set its offsets, never been answered? It may still
    /// be under way, and would count for the writer's next transaction; a new writer of the same id
    /// is safe from it. Asked between transactions.
    virtual bool has_unanswered() const { return false; }

    /// Waits until everything written is acknowledged; the first failure of a delivery since the
    /// last flush, if any.
    virtual Status flush(int64_t timeout_ms) = 0;
    /// acknowledged() is about what was written up to here; what comes after it goes on beside it.
    virtual void mark() {}
    /// kRetriable: not all of it is yet. Else as flush(). REQUIRES: mark().
    virtual Status acknowledged() { return flush(0); }
    /// Serves delivery reports. Cheap.
    virtual void poll() = 0;
    /// Memory that the open transaction holds here until it ends.
    virtual size_t staged_bytes() const { return 0; }
    /// Records refused since the last call, after write() had taken them. In a transaction such a
    /// record makes it abortable.
    virtual std::vector<Refusal> take_refusals() { return {}; }
};

/// What one server owns: a static member of a group over an internal topic whose partitions are
/// slots.
class GroupMember {
public:
    struct Assignment {
        int64_t version = 0;  ///< Grows with each assignment.
        std::vector<int32_t> slots;
        std::shared_ptr<const GroupMetadata> metadata;  ///< Captured at assignment.
    };
    virtual ~GroupMember() = default;

    /// Serves the group; calls back on this thread. Call at least every 100 ms.
    /// `on_revoke(lost)` must return once the slots' work has ended (committed, or aborted when
    /// lost).
    virtual Status poll(int64_t timeout_ms, const std::function<void(const Assignment&)>& on_assign,
                        const std::function<void(bool lost)>& on_revoke) = 0;
    /// Stable offsets of the slots; those that never had one are left out. Waits for pending
    /// transactions up to the time-out, then kRetriable.
    virtual Result<std::map<int32_t, GroupOffset>> committed(const std::vector<int32_t>& slots,
                                                             int64_t timeout_ms) = 0;
    /// Ends the membership; REQUIRES: the slots' work has ended, on_revoke is not called. On Kafka
    /// a static member's slots move when its session runs out. Destruction without leave() is a
    /// crash to the group.
    virtual void leave() = 0;
};

struct MemberOptions {
    std::string group;
    std::string topic;
    std::string instance_id;
    int64_t session_timeout_ms = 6000;
};

struct TopicConfig {
    int32_t partitions = 1;
    int16_t replicas = 1;
    std::map<std::string, std::string> settings;  ///< cleanup.policy, retention.ms, …
};

struct TopicInfo {
    std::string name;
    /// A topic that is deleted and made again has another one. Empty: the log does not tell.
    std::string id;
    std::vector<int32_t> replicas;  ///< One entry a partition: its number of replicas.
    std::map<std::string, std::string> settings;  ///< Only from describe().
};

/// First offset still there, and the offset after the last record (of committed transactions when
/// the log is asked so, else the high watermark).
struct OffsetRange {
    int64_t begin = 0;
    int64_t end = 0;
};

/// By group.
using GroupOffsets = std::map<std::string, std::map<TopicPartition, int64_t>>;

class TopicAdmin {
public:
    virtual ~TopicAdmin() = default;
    virtual Result<std::vector<TopicInfo>> list() = 0;
    /// kNotFound when there is no such topic.
    virtual Result<TopicInfo> describe(const std::string& topic) = 0;
    /// See TopicInfo::id; empty as well when there is no such topic. Never asks anybody.
    virtual std::string topic_id(const std::string&) { return {}; }
    /// Returns when the topic can be used, whichever broker is asked: all know it and its leaders.
    /// Ok as well when it exists with as many partitions; else kFatal. kRetriable: it was made, and
    /// some broker does not know it yet.
    virtual Status create(const std::string& topic, const TopicConfig& config) = 0;
    /// Returns when no broker knows the topic any more. kRetriable: it was deleted, and some broker
    /// still lists it.
    virtual Status remove(const std::string& topic) = 0;
    /// High watermarks (read_uncommitted): includes open transactions and markers.
    virtual Result<OffsetRange> offsets(const TopicPartition& partition) = 0;
    /// The same for many partitions, in few round trips.
    virtual Result<std::map<TopicPartition, OffsetRange>> offsets_of(
        const std::vector<TopicPartition>& partitions) = 0;
    /// First offset whose record has at least this timestamp, or the end.
    virtual Result<int64_t> offset_for_time(const TopicPartition& partition,
                                            int64_t timestamp_ms) = 0;
    /// Records before `offset` may go (repartition topics, after a commit).
    virtual Status delete_records(const std::map<TopicPartition, int64_t>& before) = 0;
    /// Copies offsets to memberless groups, for lag tools; never read back. `publisher` is this
    /// process's alone. One thread at a time.
    virtual Status publish_group_offsets(const std::string& publisher,
                                         const GroupOffsets& groups) = 0;
    /// Id of the cluster behind the log.
    virtual std::string cluster_id() = 0;
    /// Is the log reachable at this moment?
    virtual Status ping(int64_t timeout_ms) = 0;
};

class Log {
public:
    virtual ~Log() = default;
    virtual std::unique_ptr<LogReader> reader(const ReaderOptions& options) = 0;
    virtual std::unique_ptr<LogWriter> writer(const WriterOptions& options) = 0;
    virtual std::unique_ptr<GroupMember> member(const MemberOptions& options) = 0;
    virtual TopicAdmin& topics() = 0;
    /// "embedded (memory)", "embedded (DIR)" or "Kafka at HOST:PORT": for the start line and
    /// errors.
    virtual std::string describe() const = 0;
};

}  // namespace millrace
