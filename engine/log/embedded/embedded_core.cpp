#include "engine/log/embedded/embedded_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace millrace {

namespace {

constexpr int32_t kPartitionsMax = 10000;
constexpr size_t kTopicNameMax = 249;

bool is_topic_name(std::string_view name) {
    if (name.empty() || name.size() > kTopicNameMax || name == "." || name == "..") return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
}

Status no_topic(std::string_view topic) {
    return {Fault::kNotFound, fmt::format("Topic '{}' does not exist.", topic)};
}

TopicHandle make_topic(StoredTopic from, const std::shared_ptr<LogStore>& store) {
    auto topic = std::make_shared<EmbeddedTopic>();
    topic->name = std::move(from.name);
    topic->id = std::move(from.id);
    topic->config = std::move(from.config);
    topic->limits = TopicLimits::of(topic->config.settings);
    topic->store = store;
    for (StoredPartition& stored : from.partitions) {
        EmbeddedPartition& partition = topic->partitions.emplace_back();
        partition.place = std::move(stored.place);
        partition.begin = stored.begin;
        partition.end = stored.end;
        partition.note = std::move(stored.note);
        partition.next = stored.end;
    }
    return topic;
}

}  // namespace

Status EmbeddedCore::load() {
    auto contents = store_->load();
    if (!contents) return contents.status();
    for (StoredTopic& stored : contents->topics) {
        const std::string name = stored.name;
        topics_[name] = make_topic(std::move(stored), store_);
    }
    for (StoredOffset& stored : contents->offsets) {
        offsets_[{stored.group, stored.partition}] = std::move(stored.offset);
    }
    return Status::ok();
}

TopicHandle EmbeddedCore::find(std::string_view topic) {
    std::lock_guard lock(mutex_);
    auto found = topics_.find(topic);
    return found == topics_.end() ? nullptr : found->second;
}

std::vector<TopicHandle> EmbeddedCore::topics() {
    std::lock_guard lock(mutex_);
    std::vector<TopicHandle> all;
    all.reserve(topics_.size());
    for (const auto& [name, topic] : topics_) all.push_back(topic);
    return all;
}

Status EmbeddedCore::create(const std::string& topic, const TopicConfig& config) {
    if (!is_topic_name(topic)) {
        return {Fault::kFatal, fmt::format("'{}' is not a valid topic name.", topic)};
    }
    if (config.partitions < 1 || config.partitions > kPartitionsMax) {
        return {Fault::kFatal,
                fmt::format("Topic '{}' cannot have {} partitions; 1 to {} can be had.", topic,
                            config.partitions, kPartitionsMax)};
    }
    std::lock_guard append_lock(append_mutex_);
    if (TopicHandle existing = find(topic)) {
        if (existing->num_partitions() == config.partitions) return Status::ok();
        return {Fault::kFatal, fmt::format("Topic '{}' exists with {} partitions, not {}.", topic,
                                           existing->num_partitions(), config.partitions)};
    }
    auto stored = store_->create(topic, config);
    if (!stored) return stored.status();
    TopicHandle made = make_topic(std::move(*stored), store_);
    std::lock_guard lock(mutex_);
    topics_[topic] = std::move(made);
    return Status::ok();
}

Status EmbeddedCore::remove(const std::string& topic) {
    std::lock_guard append_lock(append_mutex_);
    TopicHandle existing = find(topic);
    if (!existing) return no_topic(topic);
    std::vector<StorePartition*> places;
    for (auto& partition : existing->partitions) places.push_back(partition.place.get());
    if (Status dropped = store_->drop(topic, places); !dropped) return dropped;
    std::lock_guard lock(mutex_);
    topics_.erase(topic);
    existing->removed = true;
    ++removals_;
    for (auto& partition : existing->partitions) {
        for (WaitSignal* signal : partition.subscribers) signal->set();
    }
    return Status::ok();
}

Status EmbeddedCore::truncate(const TopicPartition& partition, int64_t before) {
    std::lock_guard append_lock(append_mutex_);
    TopicHandle topic = find(partition.topic);
    if (!topic) return no_topic(partition.topic);
    if (partition.partition < 0 || partition.partition >= topic->num_partitions()) {
        return {Fault::kNotFound, fmt::format("Topic '{}' has no partition {}.", partition.topic,
                                              partition.partition)};
    }
    EmbeddedPartition& target = topic->at(partition.partition);
    int64_t begin = std::min(before, target.end.load());
    if (begin <= target.begin) return Status::ok();
    target.begin = begin;  // First, so that no reader goes where bytes are about to vanish.
    if (marked()) {
        std::lock_guard lock(mutex_);
        target.visibility.forget_before(begin);
    }
    return store_->truncate(*target.place, begin);
}

Status EmbeddedCore::erase(const TopicHandle& topic, int32_t partition,
                           std::span<const int64_t> offsets) {
    std::lock_guard append_lock(append_mutex_);
    if (topic->removed) return no_topic(topic->name);
    return store_->erase(*topic->at(partition).place, offsets);
}

Status EmbeddedCore::keep_note(const TopicHandle& topic, int32_t partition, std::string note) {
    std::lock_guard append_lock(append_mutex_);
    if (topic->removed) return no_topic(topic->name);
    EmbeddedPartition& target = topic->at(partition);
    Status kept = store_->keep_note(*target.place, note);
    if (kept) target.note = std::move(note);
    return kept;
}

Result<int64_t> EmbeddedCore::append(EmbeddedTopic& topic, int32_t partition, LogRecord record) {
    EmbeddedPartition& target = topic.at(partition);
    std::lock_guard append_lock(append_mutex_);
    if (topic.removed) return no_topic(topic.name);
    record.offset = target.next;
    PlacedRecord placed{target.place.get(), record};
    if (Status written = store_->commit({&placed, 1}, {}); !written) return written;
    ++target.next;
    std::lock_guard lock(mutex_);
    EmbeddedPartition* touched = &target;
    publish({&touched, 1}, {});
    return record.offset;
}

OffsetRun EmbeddedCore::next_run(EmbeddedPartition& partition, int64_t position,
                                 bool committed_only) {
    if (marked()) tick();
    int64_t end = partition.end.load(std::memory_order_acquire);
    if (end <= position) return {position, position};
    // Something is there: look again when no commit is half published.
    std::lock_guard lock(mutex_);
    end = partition.end.load(std::memory_order_relaxed);
    position = std::max(position, partition.begin.load());
    if (!marked()) return {position, end};
    if (committed_only) end = partition.visibility.stable_end(end);
    return partition.visibility.next_run(position, end, committed_only);
}

int64_t EmbeddedCore::shown_end(EmbeddedPartition& partition, bool committed_only) {
    if (!marked() || !committed_only) return partition.end;
    tick();
    std::lock_guard lock(mutex_);
    return partition.visibility.stable_end(partition.end);
}

void EmbeddedCore::subscribe(EmbeddedPartition& partition, WaitSignal& signal) {
    std::lock_guard lock(mutex_);
    partition.subscribers.push_back(&signal);
}

void EmbeddedCore::unsubscribe(EmbeddedPartition& partition, WaitSignal& signal) {
    std::lock_guard lock(mutex_);
    auto& all = partition.subscribers;
    all.erase(std::remove(all.begin(), all.end(), &signal), all.end());
}

void EmbeddedCore::publish(std::span<EmbeddedPartition* const> touched,
                           std::span<const StoredOffset> offsets) {
    for (EmbeddedPartition* partition : touched) {
        partition->end.store(partition->next, std::memory_order_release);
    }
    for (const StoredOffset& stored : offsets) {
        offsets_[{stored.group, stored.partition}] = stored.offset;
    }
    for (EmbeddedPartition* partition : touched) {
        for (WaitSignal* signal : partition->subscribers) signal->set();
    }
}

int64_t EmbeddedCore::init_transactions(const std::string& id, int64_t timeout_ms) {
    // The append lock waits for a commit of the old writer that is on its way to the store.
    std::lock_guard append_lock(append_mutex_);
    std::lock_guard lock(mutex_);
    TransactionState& state = transactions_[id];
    ++state.epoch;
    decide(id, state, false);
    state.timeout_ms = timeout_ms;
    // A client is told to come again until the coordinator is through with the transaction before.
    write_markers_if([&](const Marker& marker) { return marker.id == id; });
    return state.epoch;
}

Status EmbeddedCore::check_owner(const std::string& id, int64_t epoch) {
    if (transactions_[id].epoch == epoch) return Status::ok();
    return {Fault::kFenced,
            fmt::format("Writer '{}' was fenced: a newer one has its transactional id.", id)};
}

Status EmbeddedCore::begin(const std::string& id, int64_t epoch) {
    auto markers_lock = lock_markers();
    std::lock_guard lock(mutex_);
    if (Status owner = check_owner(id, epoch); !owner) return owner;
    TransactionState& state = transactions_[id];
    if (state.open) return {Fault::kFatal, fmt::format("Writer '{}' has an open transaction.", id)};
    write_markers_if([&](const Marker& marker) { return marker.id == id; });
    state.open = true;
    state.began_ms = clock_.now_ms();
    if (state.touched.empty()) state.number = ++last_transaction_;
    ++num_open_;
    return Status::ok();
}

Status EmbeddedCore::send_offsets(const std::string& id, int64_t epoch,
                                  std::vector<StoredOffset> offsets, const MembershipProof& proof) {
    if (Status current = groups_.check(proof); !current) return current;
    std::lock_guard lock(mutex_);
    if (Status owner = check_owner(id, epoch); !owner) return owner;
    auto& pending = transactions_[id].pending;
    for (StoredOffset& offset : offsets) {
        auto same = std::find_if(pending.begin(), pending.end(), [&](const StoredOffset& other) {
            return other.group == offset.group && other.partition == offset.partition;
        });
        if (same == pending.end()) {
            pending.push_back(std::move(offset));
        } else {
            *same = std::move(offset);
        }
    }
    return Status::ok();
}

Status EmbeddedCore::commit(const std::string& id, int64_t epoch, std::span<StagedRecord> records) {
    std::lock_guard append_lock(append_mutex_);
    std::vector<StoredOffset> offsets;
    {
        std::lock_guard lock(mutex_);
        if (Status owner = check_owner(id, epoch); !owner) return owner;
        TransactionState& state = transactions_[id];
        if (marked()) {
            decide(id, state, true);
            return Status::ok();
        }
        offsets = state.pending;
    }
    for (const StagedRecord& staged : records) {
        if (staged.topic->removed) {
            return {Fault::kAbortable, no_topic(staged.topic->name).message()};
        }
    }
    placed_.clear();
    touched_.clear();
    for (StagedRecord& staged : records) {
        EmbeddedPartition& target = staged.topic->at(staged.partition);
        if (target.next == target.end.load(std::memory_order_relaxed)) touched_.push_back(&target);
        staged.record.offset = target.next++;
        placed_.push_back({target.place.get(), staged.record});
    }
    if (Status written = store_->commit(placed_, offsets); !written) {
        for (EmbeddedPartition* partition : touched_) partition->next = partition->end;
        return written;
    }
    std::lock_guard lock(mutex_);
    publish(touched_, offsets);
    decide(id, transactions_[id], true);
    return Status::ok();
}

Status EmbeddedCore::abort(const std::string& id, int64_t epoch) {
    auto markers_lock = lock_markers();
    std::lock_guard lock(mutex_);
    if (Status owner = check_owner(id, epoch); !owner) return owner;
    decide(id, transactions_[id], false);
    return Status::ok();
}

bool EmbeddedCore::has_pending(const std::string& group, const std::string& topic,
                               const std::vector<int32_t>& slots) {
    return std::any_of(transactions_.begin(), transactions_.end(), [&](const auto& transaction) {
        const auto& pending = transaction.second.pending;
        return std::any_of(pending.begin(), pending.end(), [&](const StoredOffset& offset) {
            return offset.group == group && offset.partition.topic == topic &&
                   std::find(slots.begin(), slots.end(), offset.partition.partition) != slots.end();
        });
    });
}

Result<std::map<int32_t, GroupOffset>> EmbeddedCore::committed(const std::string& group,
                                                               const std::string& topic,
                                                               const std::vector<int32_t>& slots,
                                                               int64_t timeout_ms) {
    const int64_t deadline = steady_ms() + timeout_ms;
    tick();
    std::unique_lock lock(mutex_);
    while (has_pending(group, topic, slots)) {
        int64_t left = deadline - steady_ms();
        if (left <= 0) {
            return Status(
                Fault::kRetriable,
                fmt::format("Offsets of group '{}' are part of an open transaction.", group));
        }
        transaction_ended_.wait_for(lock, std::chrono::milliseconds(std::min<int64_t>(left, 50)));
        lock.unlock();
        tick();
        lock.lock();
    }
    std::map<int32_t, GroupOffset> offsets;
    for (int32_t slot : slots) {
        auto found = offsets_.find({group, TopicPartition{topic, slot}});
        if (found != offsets_.end()) offsets[slot] = found->second;
    }
    return offsets;
}

Status EmbeddedCore::publish_offsets(const std::string& group,
                                     const std::map<TopicPartition, int64_t>& offsets) {
    std::vector<StoredOffset> stored;
    for (const auto& [partition, offset] : offsets)
        stored.push_back({group, partition, {offset, ""}});
    std::lock_guard append_lock(append_mutex_);
    if (Status written = store_->commit({}, stored); !written) return written;
    std::lock_guard lock(mutex_);
    publish({}, stored);
    return Status::ok();
}

}  // namespace millrace
