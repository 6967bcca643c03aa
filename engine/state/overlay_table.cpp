#include "engine/state/overlay_table.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "engine/state/closing_index.h"

namespace millrace {

namespace {
constexpr size_t kFirstBlockBytes = 1 << 10;  // A thousand quiet tasks are to stay small.
constexpr size_t kLargestBlockBytes = 256 << 10;
constexpr size_t kKeptBytes = 4 << 10;                 // Of a table that is empty.
constexpr size_t kIndexBytes = 2 * sizeof(void*) + 2;  // An entry's share of the index.
}  // namespace

char* OverlayTable::allocate(size_t size) {
    size = (size + 7) & ~size_t{7};
    if (!counted_) {
        counted_ = true;
        totals_->bytes += arena_bytes_;
    }
    if (size > left_) {
        block_bytes_ = std::clamp(2 * block_bytes_, kFirstBlockBytes, kLargestBlockBytes);
        const size_t bytes = std::max(block_bytes_, size);
        blocks_.push_back(std::unique_ptr<char[]>(new char[bytes]));
        arena_bytes_ += bytes;
        totals_->bytes += bytes;
        if (bytes > block_bytes_)
            return blocks_.back().get();  // An outsize value has its own block.
        next_ = blocks_.back().get();
        left_ = bytes;
    }
    char* place = next_;
    next_ += size;
    left_ -= size;
    return place;
}

OverlayTable::Entry* OverlayTable::find(ByteView key) {
    auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : *found;
}

OverlayTable::Entry* OverlayTable::find_or_add(ByteView key, size_t room, bool& is_new) {
    is_new = false;
    auto place = by_key_.lazy_emplace(key, [&](const auto& construct) {
        is_new = true;
        room = (room + 7) & ~size_t{7};
        const size_t key_bytes = (key.size() + 7) & ~size_t{7};
        char* memory = allocate(sizeof(Entry) + key_bytes + room);
        char* key_data = memory + sizeof(Entry);
        std::memcpy(key_data, key.data(), key.size());
        construct(new (memory)
                      Entry{key_data, key_data + key_bytes, static_cast<uint32_t>(key.size()), 0,
                            static_cast<uint32_t>(room), 0, true});
    });
    Entry* entry = *place;
    if (is_new) {
        if (entries_.empty()) totals_->written.push_back(this);
        totals_->bytes += kIndexBytes;
        entries_.push_back(entry);
        ++version_;
        const size_t local = is_local_key(key) ? 1 : 0;
        ++num_entries_[local];
        if (ordered_[local]) ordered_[local]->insert(entry);
    }
    return entry;
}

void OverlayTable::set(Entry& entry, ByteView value) {
    if (value.size() > entry.value_room) {
        // Room to grow, so that a list that gets an element a row does not move each time.
        const size_t room = value.size() + value.size() / 2;
        entry.value_data = allocate(room);
        entry.value_room = static_cast<uint32_t>((room + 7) & ~size_t{7});
    }
    // An empty value has no bytes, and perhaps no place either.
    if (!value.empty()) std::memmove(entry.value_data, value.data(), value.size());
    entry.value_size = static_cast<uint32_t>(value.size());
    entry.erased = false;
}

void OverlayTable::resize(Entry& entry, size_t size) {
    if (size > entry.value_room) {
        const size_t room = size + size / 2;
        char* place = allocate(room);
        if (entry.value_size > 0) std::memcpy(place, entry.value_data, entry.value_size);
        entry.value_data = place;
        entry.value_room = static_cast<uint32_t>((room + 7) & ~size_t{7});
    }
    if (size > entry.value_size) {
        std::memset(entry.value_data + entry.value_size, 0, size - entry.value_size);
    }
    entry.value_size = static_cast<uint32_t>(size);
}

const OverlayTable::Ordered* OverlayTable::ordered(bool local) {
    auto& order = ordered_[local ? 1 : 0];
    if (order || num_entries_[local ? 1 : 0] == 0) return order.get();
    order = std::make_unique<Ordered>();
    for (Entry* entry : entries_) {
        if (is_local_key(entry->key()) == local) order->insert(entry);
    }
    return order.get();
}

void OverlayTable::clear() {
    if (entries_.empty()) return;
    expiry.reset();
    totals_->bytes -= entries_.size() * kIndexBytes + arena_bytes_;
    counted_ = false;
    std::erase(totals_->written, this);
    // A table that was large once gives its buckets back.
    if (by_key_.capacity() > 4 * entries_.size() + 64) {
        by_key_ = {};
        entries_ = {};
    }
    by_key_.clear();
    entries_.clear();
    for (auto& order : ordered_) order.reset();  // Whoever scans again pays for it again.
    num_entries_[0] = num_entries_[1] = 0;
    ++version_;
    // A small table keeps its block for the next commit.
    if (blocks_.size() > 1 || arena_bytes_ > kKeptBytes) {
        blocks_.clear();
        next_ = nullptr;
        left_ = arena_bytes_ = 0;
        block_bytes_ /= 4;
    } else if (!blocks_.empty()) {
        next_ = blocks_.front().get();
        left_ = arena_bytes_;
    }
}

void OverlayTable::move_to(std::shared_ptr<OverlayTotals> totals) {
    const size_t bytes = (counted_ ? arena_bytes_ : 0) + entries_.size() * kIndexBytes;
    totals_->bytes -= bytes;
    totals->bytes += bytes;
    std::erase(totals_->written, this);
    if (!entries_.empty()) totals->written.push_back(this);
    totals_ = std::move(totals);
}

}  // namespace millrace
