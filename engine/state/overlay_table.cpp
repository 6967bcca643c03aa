#include "engine/state/overlay_table.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace millrace {

namespace {
constexpr size_t kFirstBlockBytes = 1 << 10;  // A thousand quiet tasks are to stay small.
constexpr size_t kLargestBlockBytes = 256 << 10;
constexpr size_t kKeptBytes = 4 << 10;                 // Of a table that is empty.
constexpr size_t kIndexBytes = 2 * sizeof(void*) + 2;  // An entry's share of the index.
}  // namespace

char* OverlayTable::allocate(size_t size) {
    size = (size + 7) & ~size_t{7};
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
        if (ordered_) ordered_->insert(entry);
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
    std::memmove(entry.value_data, value.data(), value.size());
    entry.value_size = static_cast<uint32_t>(value.size());
    entry.erased = false;
}

void OverlayTable::resize(Entry& entry, size_t size) {
    if (size > entry.value_room) {
        const size_t room = size + size / 2;
        char* place = allocate(room);
        std::memcpy(place, entry.value_data, entry.value_size);
        entry.value_data = place;
        entry.value_room = static_cast<uint32_t>((room + 7) & ~size_t{7});
    }
    if (size > entry.value_size) {
        std::memset(entry.value_data + entry.value_size, 0, size - entry.value_size);
    }
    entry.value_size = static_cast<uint32_t>(size);
}

const OverlayTable::Ordered& OverlayTable::ordered() {
    if (!ordered_) ordered_ = std::make_unique<Ordered>(entries_.begin(), entries_.end());
    return *ordered_;
}

void OverlayTable::clear() {
    if (entries_.empty()) return;
    expiry.reset();
    totals_->bytes -= entries_.size() * kIndexBytes;
    std::erase(totals_->written, this);
    // A table that was large once gives its buckets back.
    if (by_key_.capacity() > 4 * entries_.size() + 64) {
        by_key_ = {};
        entries_ = {};
    }
    by_key_.clear();
    entries_.clear();
    if (ordered_) ordered_->clear();
    ++version_;
    // A small table keeps its block for the next commit.
    if (blocks_.size() > 1 || arena_bytes_ > kKeptBytes) {
        blocks_.clear();
        totals_->bytes -= arena_bytes_;
        next_ = nullptr;
        left_ = arena_bytes_ = 0;
        block_bytes_ /= 4;
    } else if (!blocks_.empty()) {
        next_ = blocks_.front().get();
        left_ = arena_bytes_;
    }
}

void OverlayTable::move_to(std::shared_ptr<OverlayTotals> totals) {
    const size_t bytes = arena_bytes_ + entries_.size() * kIndexBytes;
    totals_->bytes -= bytes;
    totals->bytes += bytes;
    std::erase(totals_->written, this);
    if (!entries_.empty()) totals->written.push_back(this);
    totals_ = std::move(totals);
}

}  // namespace millrace
