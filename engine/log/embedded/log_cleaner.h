// Acts on what topics say about old records: removes those that are out of retention.ms or beyond
// retention.bytes from a partition's beginning, and of a compacted topic all but the last of each
// key. Has a thread of its own, or is called turn by turn. Kafka's rules, with records instead of
// segments: what came last stays, whatever its time.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/log/embedded/embedded_core.h"

namespace millrace {

/// What the cleaner knows of a partition; kept with it.
struct CleanerNote {
    struct Arrival {
        int64_t at_ms = 0;
        int64_t end = 0;  ///< Records below had come by then.
    };
    int64_t compacted_to = 0;
    std::vector<Arrival> arrivals;  ///< Oldest first.

    std::string encode() const;
    /// Bytes that are none are an empty note: the partition counts as come today.
    static CleanerNote decode(ByteView bytes);
    /// The records below had come before this time.
    int64_t arrived_before(int64_t time_ms) const;
};

class LogCleaner {
public:
    explicit LogCleaner(std::shared_ptr<EmbeddedCore> core) : core_(std::move(core)) {}
    ~LogCleaner();
    LogCleaner(const LogCleaner&) = delete;
    LogCleaner& operator=(const LogCleaner&) = delete;

    /// Cleans from now on, by a thread.
    void start();
    /// Looks at every partition once.
    void clean();

private:
    void clean(const TopicHandle& topic, int32_t partition);
    int64_t beginning_kept(const TopicHandle& topic, int32_t partition, const CleanerNote& note);
    Status compact(const TopicHandle& topic, int32_t partition, CleanerNote& note);

    const std::shared_ptr<EmbeddedCore> core_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace millrace
