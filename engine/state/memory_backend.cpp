#include "engine/state/memory_backend.h"

#include "engine/state/closing_index.h"

namespace millrace {

namespace {

class MemoryCursor final : public StoreCursor {
public:
    MemoryCursor(MemoryBackend::PairsPtr pairs, ByteView from, ByteView to)
        : pairs_(std::move(pairs)) {
        if (!pairs_) return;
        next_ = pairs_->lower_bound(from);
        end_ = to.empty() ? pairs_->end() : pairs_->lower_bound(to);
        if (!to.empty() && to < from) next_ = end_;
    }
    bool valid() const override { return pairs_ && next_ != end_; }
    void next() override { ++next_; }
    ByteView key() const override { return next_->first; }
    ByteView value() const override { return next_->second; }

private:
    MemoryBackend::PairsPtr pairs_;
    MemoryBackend::Pairs::const_iterator next_, end_;
};

MemoryBackend::PairsPtr find_pairs(const MemoryBackend::Partitions& partitions,
                                   StorePartition where) {
    auto found = partitions.find(where);
    return found == partitions.end() ? nullptr : found->second;
}

std::optional<std::string> find_value(const MemoryBackend::PairsPtr& pairs, ByteView key) {
    if (!pairs) return std::nullopt;
    auto found = pairs->find(key);
    if (found == pairs->end()) return std::nullopt;
    return found->second;
}

/// Two strings in a node of a tree.
size_t bytes_of(size_t key, size_t value) {
    constexpr size_t kBytesOfNode = 32 + 2 * sizeof(std::string) + 16;
    return kBytesOfNode + key + value;
}

size_t bytes_of(const MemoryBackend::Pairs& pairs) {
    size_t bytes = 0;
    for (const auto& [key, value] : pairs) bytes += bytes_of(key.size(), value.size());
    return bytes;
}

class MemorySnapshot final : public StateSnapshot {
public:
    explicit MemorySnapshot(MemoryBackend::Partitions partitions)
        : partitions_(std::move(partitions)) {}
    std::optional<std::string> get(StorePartition where, ByteView key) const override {
        return find_value(find_pairs(partitions_, where), key);
    }
    std::unique_ptr<StoreCursor> scan(StorePartition where, ByteView from,
                                      ByteView to) const override {
        return std::make_unique<MemoryCursor>(find_pairs(partitions_, where), from, to);
    }

private:
    MemoryBackend::Partitions partitions_;
};

}  // namespace

uint32_t MemoryBackend::store_number(const std::string& name) {
    std::lock_guard lock(mutex_);
    auto [entry, is_new] = numbers_.try_emplace(name, next_number_);
    if (is_new) ++next_number_;
    return entry->second;
}

std::vector<std::string> MemoryBackend::store_names() {
    std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, number] : numbers_) names.push_back(name);
    return names;
}

Status MemoryBackend::drop_store(const std::string& name) {
    std::lock_guard lock(mutex_);
    auto found = numbers_.find(name);
    if (found == numbers_.end()) return Status::ok();
    const uint32_t number = found->second;
    auto of_store = [number](const auto& entry) { return entry.first.store == number; };
    for (const auto& [where, pairs] : partitions_)
        if (where.store == number) bytes_ -= bytes_of(*pairs);
    std::erase_if(partitions_, of_store);
    std::erase_if(offsets_, of_store);
    std::erase_if(origins_, of_store);
    std::erase_if(expiries_, of_store);
    numbers_.erase(found);
    return Status::ok();
}

std::optional<std::string> MemoryBackend::get(StorePartition where, ByteView key) {
    std::lock_guard lock(mutex_);
    return find_value(find_pairs(partitions_, where), key);
}

bool MemoryBackend::read(StorePartition where, ByteView key, std::string& value) {
    std::lock_guard lock(mutex_);
    auto pairs = partitions_.find(where);
    if (pairs == partitions_.end()) return false;
    auto found = pairs->second->find(key);
    if (found == pairs->second->end()) return false;
    value = found->second;
    return true;
}

std::unique_ptr<StoreCursor> MemoryBackend::scan(StorePartition where, ByteView from, ByteView to) {
    std::lock_guard lock(mutex_);
    return std::make_unique<MemoryCursor>(find_pairs(partitions_, where), from, to);
}

MemoryBackend::Pairs& MemoryBackend::writable(StorePartition where) {
    PairsPtr& pairs = partitions_[where];
    if (!pairs) {
        pairs = std::make_shared<const Pairs>();
    } else if (pairs.use_count() > 1) {
        pairs = std::make_shared<const Pairs>(*pairs);
    }
    // Nobody else sees this map: it was made as non-const data just for us.
    return const_cast<Pairs&>(*pairs);
}

Status MemoryBackend::apply_changes(std::span<const StateChange> changes,
                                    const std::map<StorePartition, int64_t>& changelog_offsets) {
    std::lock_guard lock(mutex_);
    Pairs* pairs = nullptr;
    StorePartition of{};
    for (const StateChange& change : changes) {
        if (!pairs || of != change.where) {
            pairs = &writable(change.where);
            of = change.where;
        }
        auto found = pairs->find(change.key);
        if (!change.value) {
            if (found == pairs->end()) continue;
            bytes_ -= bytes_of(found->first.size(), found->second.size());
            pairs->erase(found);
        } else if (found != pairs->end()) {
            bytes_ += change.value->size() - found->second.size();
            found->second.assign(*change.value);
        } else {
            bytes_ += bytes_of(change.key.size(), change.value->size());
            pairs->emplace(std::string(change.key), std::string(*change.value));
        }
    }
    for (const auto& [where, offset] : changelog_offsets) offsets_[where] = offset;
    return Status::ok();
}

void MemoryBackend::expire(StorePartition where, Expiry expiry) {
    std::lock_guard lock(mutex_);
    auto [known, is_new] = expiries_.try_emplace(where, expiry);
    if (!is_new) {
        if (known->second.before_ms >= expiry.before_ms) return;
        known->second = expiry;
    }
    if (!partitions_.count(where)) return;
    std::erase_if(writable(where), [&](const auto& pair) {
        const auto time_ms = expiry_time(pair.first, expiry.suffix_bytes);
        const bool expired = time_ms && *time_ms < expiry.before_ms;
        if (expired) bytes_ -= bytes_of(pair.first.size(), pair.second.size());
        return expired;
    });
}

std::optional<int64_t> MemoryBackend::changelog_offset(StorePartition where) {
    std::lock_guard lock(mutex_);
    auto found = offsets_.find(where);
    if (found == offsets_.end()) return std::nullopt;
    return found->second;
}

Status MemoryBackend::clear(StorePartition where, const std::string& origin) {
    std::lock_guard lock(mutex_);
    if (PairsPtr pairs = find_pairs(partitions_, where)) bytes_ -= bytes_of(*pairs);
    partitions_.erase(where);
    offsets_.erase(where);
    origins_[where] = origin;
    return Status::ok();
}

std::string MemoryBackend::origin(StorePartition where) {
    std::lock_guard lock(mutex_);
    auto found = origins_.find(where);
    return found == origins_.end() ? std::string() : found->second;
}

Status MemoryBackend::set_origin(StorePartition where, const std::string& origin) {
    std::lock_guard lock(mutex_);
    origins_[where] = origin;
    return Status::ok();
}

std::shared_ptr<const StateSnapshot> MemoryBackend::snapshot() {
    std::lock_guard lock(mutex_);
    return std::make_shared<MemorySnapshot>(partitions_);
}

std::optional<std::string> MemoryBackend::get_meta(const std::string& key) {
    std::lock_guard lock(mutex_);
    auto found = meta_.find(key);
    if (found == meta_.end()) return std::nullopt;
    return found->second;
}

Status MemoryBackend::put_meta(const std::string& key, const std::string& value) {
    std::lock_guard lock(mutex_);
    meta_[key] = value;
    return Status::ok();
}

size_t MemoryBackend::bytes() {
    std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace millrace
