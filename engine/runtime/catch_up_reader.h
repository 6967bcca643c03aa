// Reads partitions up to the high watermarks that they had when their reading began: what restores
// positions, stores and commands. One reader serves any number of them, for making one costs
// connections and threads. One thread.
//
// Only committed records are shown, and the end is the high watermark, not the last stable offset
// and not the end of the partition as such a reader sees it: commit markers reach partitions one by
// one, and what is committed may stand behind a transaction that is still open (DESIGN section 6).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "engine/base/clock.h"
#include "engine/log/log.h"

namespace millrace {

class CatchUpReader {
public:
    using Visit = std::function<void(const LogRecord&)>;

    /// `steady`: what time-outs are measured by.
    CatchUpReader(Log& log, const Clock& steady) : log_(log), steady_(steady) {}

    /// Begins with a partition, at `from` or, if that is 0, where it begins by now; kCorruptState
    /// when it has no such offset any more. Does not wait for records. `known`: its range as of
    /// now.
    Status start(const TopicPartition& partition, int64_t from,
                 std::optional<OffsetRange> known = std::nullopt);
    /// Visits what has come by now, at most `max_records`; true when the end is reached. Never
    /// waits. REQUIRES: started.
    Result<bool> step(const TopicPartition& partition, size_t max_records, const Visit& visit);
    /// Everything below is visited. REQUIRES: started.
    int64_t position(const TopicPartition& partition) const;
    Result<OffsetRange> range(const TopicPartition& partition) const;
    /// Where its reading ends. REQUIRES: started.
    int64_t end(const TopicPartition& partition) const { return progress_.at(partition).end; }
    void stop(const TopicPartition& partition);
    /// Names the cluster and, where the log tells it, the life of the topic: the same offset means
    /// the same record as long as this stays.
    std::string origin(const TopicPartition& partition);
    /// Is there something to wait for?
    bool waiting() const;
    /// Waits until more may have come.
    void wait(int64_t timeout_ms);

    /// Visits all the rest. Returns the position. Waits out open transactions until the time-out
    /// (kRetriable then). REQUIRES: started.
    Result<int64_t> finish(const TopicPartition& partition, int64_t timeout_ms, const Visit& visit);
    /// All of it at once.
    Result<int64_t> read_to_end(const TopicPartition& partition, int64_t from, int64_t timeout_ms,
                                const Visit& visit);

private:
    struct Progress {
        int64_t next = 0, end = 0;
        Status error;
    };
    Log& log_;
    const Clock& steady_;
    std::unique_ptr<LogReader> reader_;  ///< Made when there is something to read.
    std::map<TopicPartition, Progress> progress_;
};

}  // namespace millrace
