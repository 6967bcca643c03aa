#include "engine/runtime/feed.h"

#include <algorithm>

namespace millrace {

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
    for (auto& feed : feeds_) {
        if (feed.partition != partition) continue;
        // A feed that has fetched nothing yet stands exactly where it was asked to start.
        int64_t next = feed.last_offset < 0 ? feed.start : feed.last_offset + 1;
        if (next == offset) {
            feed.subscribers.push_back({&consumer, input});
            return Status::ok();
        }
    }
    return open(partition, offset, {{&consumer, input}});
}

Status FeedSet::open(const TopicPartition& partition, int64_t offset,
                     std::vector<Subscriber> subscribers) {
    std::set<size_t> taken;
    for (auto& feed : feeds_) {
        if (feed.partition == partition) taken.insert(feed.lane);
    }
    size_t index = 0;
    while (taken.count(index) != 0) ++index;
    Status status = lane(index).assign({{partition, offset}});
    if (!status) return status;
    Feed feed;
    feed.lane = index;
    feed.partition = partition;
    feed.start = offset;
    feed.subscribers = std::move(subscribers);
    feeds_.push_back(std::move(feed));
    return Status::ok();
}

bool FeedSet::any_waits(const Feed& feed) {
    return std::any_of(feed.subscribers.begin(), feed.subscribers.end(),
                       [](const Subscriber& s) { return s.consumer->waits(s.input); });
}

void FeedSet::part_with_waiting() {
    for (size_t i = 0, known = feeds_.size(); i < known; ++i) {
        if (feeds_[i].subscribers.size() < 2 || !any_waits(feeds_[i])) continue;
        std::vector<Subscriber> going, waiting;
        for (const Subscriber& s : feeds_[i].subscribers)
            (s.consumer->waits(s.input) ? waiting : going).push_back(s);
        if (going.empty()) continue;
        Status status = open(feeds_[i].partition, feeds_[i].last_offset + 1, std::move(waiting));
        if (status) feeds_[i].subscribers = std::move(going);  // Else at the next turn.
    }
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
}

void FeedSet::clear() {
    for (auto& feed : feeds_) lanes_[feed.lane]->unassign({feed.partition});
    feeds_.clear();
}

bool FeedSet::poll(size_t max_records) {
    part_with_waiting();
    bool any = false;
    for (auto& feed : feeds_) {
        bool wanted =
            std::all_of(feed.subscribers.begin(), feed.subscribers.end(),
                        [](const Subscriber& s) { return s.consumer->wants_more(s.input); });
        if (!wanted) continue;
        std::shared_ptr<LogBatch> batch = lanes_[feed.lane]->poll(feed.partition, max_records);
        if (!batch || batch->records().empty()) continue;
        any = true;
        feed.last_offset = batch->records().back().offset;
        for (auto& subscriber : feed.subscribers)
            subscriber.consumer->enqueue(subscriber.input, batch);
    }
    if (any && lanes_.size() > 1) merge_caught_up();
    return any;
}

void FeedSet::merge_caught_up() {
    // Two feeds that have handed out the same last record go on as one.
    for (size_t i = 0; i < feeds_.size(); ++i) {
        for (size_t j = feeds_.size(); j-- > i + 1;) {
            Feed& into = feeds_[i];
            Feed& from = feeds_[j];
            if (into.partition != from.partition || into.last_offset < 0 ||
                into.last_offset != from.last_offset || any_waits(into) || any_waits(from)) {
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

bool FeedSet::at_end(const TopicPartition& partition, const FeedConsumer& consumer) {
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
