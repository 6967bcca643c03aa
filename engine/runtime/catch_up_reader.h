// Reads partitions to their present ends, one after the other: what restores positions, stores and
// commands. One reader serves them all, for making one costs connections and threads. One thread.
#pragma once

#include <functional>
#include <memory>

#include "engine/log/log.h"

namespace millrace {

class CatchUpReader {
public:
    explicit CatchUpReader(Log& log) : log_(log) {}

    /// Reads the partition from `from` to its high watermark as it is now, committed records only,
    /// and calls `visit`. Returns the offset after the last one read. Waits out open transactions
    /// until the time-out (kRetriable then).
    Result<int64_t> read_to_end(const TopicPartition& partition, int64_t from, int64_t timeout_ms,
                                const std::function<void(const LogRecord&)>& visit);

private:
    Result<int64_t> read(const TopicPartition& partition, int64_t next, int64_t end,
                         int64_t timeout_ms, const std::function<void(const LogRecord&)>& visit);

    Log& log_;
    std::unique_ptr<LogReader> reader_;  ///< Made when there is something to read.
};

}  // namespace millrace
