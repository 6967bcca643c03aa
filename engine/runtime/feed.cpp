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

private:
    const std::shared_ptr<LogBatch> batch_;
    std::span<const LogRecord> records_;
};

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

Status FeedSet::subscribe(const TopicPartition& partition, int64_t offset, FeedConsumer& consumer,
                          size_t input) {
    return place(partition, offset, {&consumer, input, std::max<int64_t>(offset, 0)});
}

Status FeedSet::place(const TopicPartition& partition, int64_t offset, Subscriber subscriber) {
    std::set<size_t> taken;
    for (auto& feed : feeds_) {
        if (feed.partition != partition) continue;
        // A feed that has fetched nothing yet stands exactly where it was asked to start.
        if (feed.next() == offset) {
            feed.subscribers.push_back(subscriber);
            return Status::ok();
        }
        taken.insert(feed.lane);
    }
    size_t index = 0;
    while (taken.count(index) != 0) ++index;
    // Where the latest is only the log knows.
    const bool may_join = offset != kOffsetLatest && taken.size() > 1;
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
    for (auto& feed : feeds_) {
        const bool wanted =
            std::all_of(feed.subscribers.begin(), feed.subscribers.end(), [&](const Subscriber& s) {
                return feed.is_ahead(s) || s.consumer->wants_more(s.input);
            });
        if (!wanted) continue;
        std::shared_ptr<LogBatch> batch = lanes_[feed.lane]->poll(feed.partition, max_records);
        if (!batch || batch->records().empty()) continue;
        any = true;
        hand_out(feed, batch);
    }
    if (any && lanes_.size() > 1) merge_caught_up();
    if (lanes_.size() > 1) end_unused_lanes();
    return any;
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
    std::unique_ptr<LogReader> unused;
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
