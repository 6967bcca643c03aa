// Shared fetching: tasks that read one topic-partition from the same place share one position of
// one reader. Tasks further back get a reader of their own until they have caught up, as long as
// there are few of them: then the nearest one goes back for them too, and who has had its records
// does not get them again. Belongs to one worker.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/base/memory_governor.h"
#include "engine/exec/shared_rows.h"
#include "engine/log/log.h"

namespace millrace {

/// Receives what a feed fetches.
class FeedConsumer {
public:
    virtual ~FeedConsumer() = default;
    /// Records of the input, in offset order without gaps or repeats.
    virtual void enqueue(size_t input, const std::shared_ptr<LogBatch>& batch) = 0;
    /// False: enough is queued, do not fetch for now.
    virtual bool wants_more(size_t input) const = 0;
    /// It has nothing of this input that it could go on with: it may be what it, or somebody else,
    /// waits for.
    virtual bool starves(size_t input) const = 0;
    /// It wants no more until something outside happens (a schema registry comes back): those who
    /// share its feed are to go on without it.
    virtual bool waits(size_t input) const = 0;
};

class FeedSet {
public:
    /// `memory`: for what is fetched, until the last consumer has let go of it.
    FeedSet(Log& log, ReaderOptions options, MemoryShare memory = {})
        : log_(log), options_(std::move(options)), memory_(memory), decode_kinds_(memory) {}
    /// Of those who read with it.
    exec::DecodeKinds& decode_kinds() { return decode_kinds_; }

    /// So many positions one partition may be read at.
    static constexpr size_t kLanesMax = 4;

    /// From `offset` on (kOffsetEarliest and kOffsetLatest too) `consumer` gets the partition's
    /// records.
    Status subscribe(const TopicPartition& partition, int64_t offset, FeedConsumer& consumer,
                     size_t input);
    /// The reader that a new place of the partition would be read with, if it is there.
    std::shared_ptr<LogReader> reader_for(const TopicPartition& partition);
    void unsubscribe(FeedConsumer& consumer);
    void unsubscribe(FeedConsumer& consumer, size_t input);
    void clear();

    /// Fetches for every feed whose consumers all want more; true when anything came. Where memory
    /// is used up it ends early, and the next call goes on with the feed after; what is used up
    /// before the call is left to those that starve, who get a few records each.
    bool poll(size_t max_records);
    /// Nothing to fetch now: waits for records, wake(), or the time-out.
    void wait(int64_t timeout_ms);
    /// Any thread.
    void wake();

    /// Everything up to the partition's present end has been handed to this consumer's feed.
    bool at_end(const TopicPartition& partition, const FeedConsumer& consumer);

    /// Of the partition as this consumer's feed reads it, see LogReader; -1 and empty when it has
    /// none.
    int64_t position(const TopicPartition& partition, const FeedConsumer& consumer);
    std::string topic_id(const TopicPartition& partition, const FeedConsumer& consumer);

    std::vector<std::pair<TopicPartition, Status>> take_errors();
    /// See LogReader.
    std::vector<TopicPartition> take_out_of_range();

private:
    struct Subscriber {
        FeedConsumer* consumer = nullptr;
        size_t input = 0;
        int64_t next = 0;  ///< What is before it has been handed out.
    };
    struct Feed {
        size_t lane = 0;  ///< Which reader.
        TopicPartition partition;
        int64_t start = 0;         ///< As asked for.
        size_t record_bytes = 0;   ///< On average, in the last batch; 0: there was none.
        int64_t last_offset = -1;  ///< Of the last record handed out; -1: none yet.
        std::vector<Subscriber> subscribers;

        int64_t next() const { return last_offset < 0 ? start : last_offset + 1; }
        bool is_ahead(const Subscriber& subscriber) const { return subscriber.next > next(); }
    };
    /// Wants nothing for now, and so has no feed.
    struct Parked {
        TopicPartition partition;
        Subscriber subscriber;
    };
    LogReader& lane(size_t index);
    /// The first lane without the partition.
    size_t free_lane(const TopicPartition& partition) const;
    bool is_wanted(const Feed& feed) const;
    static bool starves(const Feed& feed);
    bool fetch(Feed& feed, size_t max_records);
    /// So many records of it take no more than its part of half of what there is.
    size_t fair_records(const Feed& feed, size_t max_records) const;
    /// The consumer's feed of this partition, or null.
    const Feed* feed_of(const TopicPartition& partition, const FeedConsumer& consumer) const;
    const Parked* parked(const TopicPartition& partition, const FeedConsumer& consumer) const;
    void unsubscribe_if(const std::function<bool(const Subscriber&)>& leaves);
    /// From `offset` on `subscriber` gets records.
    Status place(const TopicPartition& partition, int64_t offset, Subscriber subscriber);
    Status open(const TopicPartition& partition, int64_t offset, size_t index,
                Subscriber subscriber);
    /// With all lanes taken: one of the feeds behind the first serves this one too.
    Status join(const TopicPartition& partition, int64_t offset, Subscriber subscriber);
    void park_waiting();
    void take_up_parked();
    void hand_out(Feed& feed, const std::shared_ptr<LogBatch>& batch);
    void merge_caught_up();
    /// Readers that nothing is read with any more.
    void end_unused_lanes();

    Log& log_;
    ReaderOptions options_;
    MemoryShare memory_;
    exec::DecodeKinds decode_kinds_;
    std::vector<std::shared_ptr<LogReader>> lanes_;
    std::mutex lanes_mutex_;  ///< wake() comes from other threads.
    std::vector<Feed> feeds_;
    size_t first_ = 0;  ///< Of feeds_, with the next poll.
    std::vector<Parked> parked_;
    int unused_polls_ = 0;  ///< So long the last lane has had no feed.
};

}  // namespace millrace
