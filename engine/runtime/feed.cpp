#include "engine/runtime/feed.h"

#include <algorithm>

namespace millrace {

namespace {

/// Those of a batch that somebody has not had yet.
class LaterRecords final : public LogBatch {
public:
    LaterRecords(std::shared_ptr<LogBatch> batch, int64_t from)
        : batch_(std::move(batch)), records_(batch_->records()) {
        while (!records_.empty() && records_.front().offset < from) records_ = records_.subspan(1);
    }
    const TopicPartition& source() const override { return batch_->source(); }
    std::span<const LogRecord> records() const override { return records_; }
    size_t bytes() const override { return batch_->bytes(); }
    std::shared_ptr<void>& companion() override { return batch_->companion(); }

private:
    const std::shared_ptr<LogBatch> batch_;
    std::span<const LogRecord> records_;
};

/// A batch that is counted until the last consumer has let go of it.
class CountedBatch final : public LogBatch {
public:
    CountedBatch(std::unique_ptr<LogBatch> batch, MemoryShare share)
        : batch_(std::move(batch)), memory_(share, batch_->bytes()) {}
    const TopicPartition& source() const override { return batch_->source(); }
    std::span<const LogRecord> records() const override { return batch_->records(); }
    size_t bytes() const override { return memory_.bytes(); }

private:
    const std::unique_ptr<LogBatch> batch_;
    const MemoryAccount memory_;
};

/// What a feed gets whose consumers starve while memory is used up.
constexpr size_t kLeastRecords = 64;

}  // namespace

LogReader& FeedSet::lane(size_t index) {
    while (lanes_.size() <= index) {
        auto options = options_;
        options.client_id += "-" + std::to_string(lanes_.size());
        auto reader = log_.reader(options);
        std::lock_guard lock(lanes_mutex_);
        lanes_.push_back(std::move(reader));
    }
    return *lanes_[index];
}

size_t FeedSet::free_lane(const TopicPartition& partition) const {
    std::set<size_t> taken;
    for (const Feed& feed : feeds_) {
        if (feed.partition == partition) taken.insert(feed.lane);
    }
    size_t index = 0;
    while (taken.count(index) != 0) ++index;
    return index;
}

std::shared_ptr<LogReader> FeedSet::reader_for(const TopicPartition& partition) {
    lane(0);
    return lanes_[std::min(free_lane(partition), lanes_.size() - 1)];
}

Status FeedSet::subscribe(const TopicPartition& partition, int64_t offset, FeedConsumer& consumer,
                          size_t input) {
    return place(partition, offset, {&consumer, input, std::max<int64_t>(offset, 0)});
}

Status FeedSet::place(const TopicPartition& partition, int64_t offset, Subscriber subscriber) {
    for (auto& feed : feeds_) {
        // A feed that has fetched nothing yet stands exactly where it was asked to start.
        if (feed.partition == partition && feed.next() == offset) {
            feed.subscribers.push_back(subscriber);
            return Status::ok();
        }
    }
    const size_t index = free_lane(partition);
    // Where the latest is only the log knows.
    const bool may_join = offset != kOffsetLatest && index > 1;
    if (index >= kLanesMax && may_join) return join(partition, offset, subscriber);
    return open(partition, offset, index, subscriber);
}

Status FeedSet::open(const TopicPartition& partition, int64_t offset, size_t index,
                     Subscriber subscriber) {
    Status status = lane(index).assign({{partition, offset}});
    if (!status) return status;
    Feed feed;
    feed.lane = index;
    feed.partition = partition;
    feed.start = offset;
    feed.subscribers = {subscriber};
    feeds_.push_back(std::move(feed));
    return Status::ok();
}

Status FeedSet::join(const TopicPartition& partition, int64_t offset, Subscriber subscriber) {
    Feed* first = nullptr;  // Those who are up to date are not to wait for anyone.
    for (Feed& feed : feeds_) {
        if (feed.partition != partition) continue;
        if (first == nullptr || feed.next() > first->next()) first = &feed;
    }
    Feed *before = nullptr, *after = nullptr;
    for (Feed& feed : feeds_) {
        if (feed.partition != partition || &feed == first) continue;
        if (feed.next() <= offset) {
            if (before == nullptr || feed.next() > before->next()) before = &feed;
        } else if (after == nullptr || feed.next() < after->next()) {
            after = &feed;
        }
    }
    if (before == nullptr) {
        Status status = lanes_[after->lane]->assign({{partition, offset}});
        if (!status) return status;
        after->start = offset;
        after->last_offset = -1;
    }
    (before != nullptr ? before : after)->subscribers.push_back(subscriber);
    return Status::ok();
}

void FeedSet::park_waiting() {
    for (Feed& feed : feeds_) {
        auto waits = [&](const Subscriber& s) {
            return !feed.is_ahead(s) && s.consumer->waits(s.input);
        };
        auto& all = feed.subscribers;
        const auto waiting = std::count_if(all.begin(), all.end(), waits);
        if (waiting == 0 || static_cast<size_t>(waiting) == all.size()) continue;
        for (const Subscriber& s : all) {
            if (waits(s)) parked_.push_back({feed.partition, s});
        }
        std::erase_if(all, waits);
    }
}

void FeedSet::take_up_parked() {
    std::erase_if(parked_, [this](const Parked& parked) {
        const Subscriber& s = parked.subscriber;
        return !s.consumer->waits(s.input) && place(parked.partition, s.next, s).is_ok();
    });
}

void FeedSet::unsubscribe(FeedConsumer& consumer) {
    unsubscribe_if([&](const Subscriber& s) { return s.consumer == &consumer; });
}

void FeedSet::unsubscribe(FeedConsumer& consumer, size_t input) {
    unsubscribe_if(
        [&](const Subscriber& s) { return s.consumer == &consumer && s.input == input; });
}

void FeedSet::unsubscribe_if(const std::function<bool(const Subscriber&)>& leaves) {
    for (auto& feed : feeds_) {
        std::erase_if(feed.subscribers, leaves);
        if (feed.subscribers.empty()) lanes_[feed.lane]->unassign({feed.partition});
    }
    std::erase_if(feeds_, [](const Feed& feed) { return feed.subscribers.empty(); });
    std::erase_if(parked_, [&](const Parked& parked) { return leaves(parked.subscriber); });
}

void FeedSet::clear() {
    for (auto& feed : feeds_) lanes_[feed.lane]->unassign({feed.partition});
    feeds_.clear();
    parked_.clear();
}

bool FeedSet::poll(size_t max_records) {
    take_up_parked();
    park_waiting();
    bool any = false;
    const bool short_of_memory = memory_.full();
    const size_t first = std::exchange(first_, 0);
    for (size_t i = 0; i < feeds_.size(); ++i) {
        const size_t at = (first + i) % feeds_.size();
        Feed& feed = feeds_[at];
        if (!is_wanted(feed)) continue;
        if (short_of_memory) {
            if (starves(feed)) any = fetch(feed, std::min(max_records, kLeastRecords)) || any;
            continue;
        }
        if (memory_.full()) {
            first_ = at;
            break;
        }
        any = fetch(feed, fair_records(feed, max_records)) || any;
    }
    if (any && lanes_.size() > 1) merge_caught_up();
    if (lanes_.size() > 1) end_unused_lanes();
    return any;
}

bool FeedSet::is_wanted(const Feed& feed) const {
    return std::all_of(feed.subscribers.begin(), feed.subscribers.end(), [&](const Subscriber& s) {
        return feed.is_ahead(s) || s.consumer->wants_more(s.input);
    });
}

bool FeedSet::starves(const Feed& feed) {
    return std::any_of(feed.subscribers.begin(), feed.subscribers.end(),
                       [](const Subscriber& s) { return s.consumer->starves(s.input); });
}

size_t FeedSet::fair_records(const Feed& feed, size_t max_records) const {
    constexpr size_t kGuessedBytes = 1000;
    const size_t fair_bytes = memory_.bytes() / (2 * feeds_.size());
    const size_t record_bytes = feed.record_bytes == 0 ? kGuessedBytes : feed.record_bytes;
    return std::min(max_records, std::max(fair_bytes / record_bytes, kLeastRecords));
}

bool FeedSet::fetch(Feed& feed, size_t max_records) {
    auto batch = lanes_[feed.lane]->poll(feed.partition, max_records);
    if (!batch || batch->records().empty()) return false;
    feed.record_bytes = std::max<size_t>(batch->bytes() / batch->records().size(), 1);
    hand_out(feed, std::make_shared<CountedBatch>(std::move(batch), memory_));
    return true;
}

void FeedSet::hand_out(Feed& feed, const std::shared_ptr<LogBatch>& batch) {
    const auto records = batch->records();
    feed.last_offset = records.back().offset;
    for (Subscriber& s : feed.subscribers) {
        if (records.back().offset < s.next) continue;
        if (records.front().offset >= s.next) {
            s.consumer->enqueue(s.input, batch);
        } else {
            s.consumer->enqueue(s.input, std::make_shared<LaterRecords>(batch, s.next));
        }
        s.next = feed.last_offset + 1;
    }
}

void FeedSet::end_unused_lanes() {
    const bool used = std::any_of(feeds_.begin(), feeds_.end(), [this](const Feed& feed) {
        return feed.lane + 1 == lanes_.size();
    });
    unused_polls_ = used ? 0 : unused_polls_ + 1;
    // A reader is a client with threads of its own, but the next query may catch up as well.
    constexpr int kUnusedPolls = 300;
    if (unused_polls_ < kUnusedPolls) return;
    std::shared_ptr<LogReader> unused;
    std::lock_guard lock(lanes_mutex_);
    unused = std::move(lanes_.back());
    lanes_.pop_back();
}

void FeedSet::merge_caught_up() {
    // Two feeds that have handed out the same last record go on as one.
    for (size_t i = 0; i < feeds_.size(); ++i) {
        for (size_t j = feeds_.size(); j-- > i + 1;) {
            Feed& into = feeds_[i];
            Feed& from = feeds_[j];
            if (into.partition != from.partition || into.last_offset < 0 ||
                into.last_offset != from.last_offset) {
                continue;
            }
            lanes_[from.lane]->unassign({from.partition});
            into.subscribers.insert(into.subscribers.end(), from.subscribers.begin(),
                                    from.subscribers.end());
            feeds_.erase(feeds_.begin() + static_cast<std::ptrdiff_t>(j));
        }
    }
}

void FeedSet::wait(int64_t timeout_ms) {
    // With one reader its own wake-up is enough; extra readers (tasks catching up) are looked at
    // soon.
    constexpr int64_t kExtraLaneWaitMs = 10;
    bool extra =
        std::any_of(feeds_.begin(), feeds_.end(), [](const Feed& f) { return f.lane > 0; });
    lane(0).wait(extra ? std::min(timeout_ms, kExtraLaneWaitMs) : timeout_ms);
}

void FeedSet::wake() {
    std::lock_guard lock(lanes_mutex_);
    if (!lanes_.empty()) lanes_[0]->wake();
}

const FeedSet::Feed* FeedSet::feed_of(const TopicPartition& partition,
                                      const FeedConsumer& consumer) const {
    for (const auto& feed : feeds_) {
        if (feed.partition != partition) continue;
        bool mine = std::any_of(feed.subscribers.begin(), feed.subscribers.end(),
                                [&](const Subscriber& s) { return s.consumer == &consumer; });
        if (mine) return &feed;
    }
    return nullptr;
}

const FeedSet::Parked* FeedSet::parked(const TopicPartition& partition,
                                       const FeedConsumer& consumer) const {
    for (const Parked& parked : parked_) {
        if (parked.partition == partition && parked.subscriber.consumer == &consumer)
            return &parked;
    }
    return nullptr;
}

bool FeedSet::at_end(const TopicPartition& partition, const FeedConsumer& consumer) {
    if (parked(partition, consumer) != nullptr) return false;
    const Feed* feed = feed_of(partition, consumer);
    return feed == nullptr || lanes_[feed->lane]->at_end(partition);
}

int64_t FeedSet::position(const TopicPartition& partition, const FeedConsumer& consumer) {
    const Feed* feed = feed_of(partition, consumer);
    return feed == nullptr ? -1 : lanes_[feed->lane]->position(partition);
}

std::string FeedSet::topic_id(const TopicPartition& partition, const FeedConsumer& consumer) {
    const Feed* feed = feed_of(partition, consumer);
    return feed == nullptr ? "" : lanes_[feed->lane]->topic_id(partition);
}

std::vector<std::pair<TopicPartition, Status>> FeedSet::take_errors() {
    std::vector<std::pair<TopicPartition, Status>> errors;
    for (auto& reader : lanes_) {
        auto some = reader->take_errors();
        errors.insert(errors.end(), std::make_move_iterator(some.begin()),
                      std::make_move_iterator(some.end()));
    }
    return errors;
}

std::vector<TopicPartition> FeedSet::take_out_of_range() {
    std::vector<TopicPartition> all;
    for (auto& reader : lanes_) {
        auto some = reader->take_out_of_range();
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

}  // namespace millrace
