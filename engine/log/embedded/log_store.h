// Where the records of an embedded log live. EmbeddedCore decides offsets, visibility, transactions
// and groups; a store keeps bytes.
//
// Threads: create, drop, commit, truncate, erase and keep_note are called by one thread at a time;
// reads run beside them and never ask for offsets that have not been committed.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace millrace {

/// A store's own idea of a partition. Destroyed when nobody reads or writes the topic any more.
class StorePartition {
public:
    virtual ~StorePartition() = default;
};

struct StoredPartition {
    std::unique_ptr<StorePartition> place;
    int64_t begin = 0;
    int64_t end = 0;
    std::string note;  ///< As keep_note() was given it last.
};

struct StoredTopic {
    std::string name;
    std::string id;  ///< No other topic of this store has, or had, the same.
    TopicConfig config;
    std::vector<StoredPartition> partitions;
};

struct StoredOffset {
    std::string group;
    TopicPartition partition;
    GroupOffset offset;
};

struct StoreContents {
    std::vector<StoredTopic> topics;
    std::vector<StoredOffset> offsets;
};

/// A record with its offset decided, and the partition it goes to.
struct PlacedRecord {
    StorePartition* partition = nullptr;
    LogRecord record;
};

/// Reads one partition forward. Owned by a reader; one thread.
class StoreCursor {
public:
    virtual ~StoreCursor() = default;
    /// Records in [from, end), about `max_bytes` at most; null when they were truncated meanwhile.
    /// REQUIRES: begin <= from < end, with `end` committed.
    virtual Result<std::unique_ptr<LogBatch>> read(const TopicPartition& source, int64_t from,
                                                   int64_t end, size_t max_records,
                                                   size_t max_bytes) = 0;
};

class LogStore {
public:
    virtual ~LogStore() = default;

    virtual std::string describe() const = 0;
    virtual std::string cluster_id() const = 0;
    /// Everything but the records. Called once, first.
    virtual Result<StoreContents> load() = 0;

    virtual Result<StoredTopic> create(const std::string& topic, const TopicConfig& config) = 0;
    virtual Status drop(const std::string& topic, std::span<StorePartition* const> partitions) = 0;
    /// All of it or nothing, also when the process dies on the way.
    virtual Status commit(std::span<const PlacedRecord> records,
                          std::span<const StoredOffset> offsets) = 0;
    /// Returns when all that was written before the call outlives a loss of power, as far as the
    /// store promises it. Any thread, beside the others.
    virtual Status make_durable() { return Status::ok(); }
    /// Forgets records before `begin`. A cursor may still hold some of them.
    virtual Status truncate(StorePartition& partition, int64_t begin) = 0;
    /// Forgets single records; readers go over them. REQUIRES: not the last one. Stores that cannot
    /// keep them.
    virtual Status erase(StorePartition&, std::span<const int64_t>) { return Status::ok(); }
    /// Keeps some bytes about a partition, for whoever cleans it.
    virtual Status keep_note(StorePartition&, const std::string&) { return Status::ok(); }
    /// About how many bytes the records in [begin, end) take. Any thread; so are cursors made.
    virtual int64_t size_of(StorePartition&, int64_t /*begin*/, int64_t /*end*/) { return 0; }
    virtual std::unique_ptr<StoreCursor> cursor(StorePartition& partition) = 0;
};

}  // namespace millrace
