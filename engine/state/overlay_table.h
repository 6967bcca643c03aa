// The uncommitted writes of one store partition. Used by one worker.
//
// An entry, its key and its value lie in one block of the table's arena and never move, so that a
// caller may keep pointing at them until the table is emptied. A value that grows past its room
// gets a new place.
#pragma once

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>

#include <memory>
#include <vector>

#include "engine/state/state_store.h"

namespace millrace {

class OverlayTable;

/// What an overlay knows of all its tables without asking each: a worker has thousands, few of them
/// written to.
struct OverlayTotals {
    size_t bytes = 0;
    std::vector<OverlayTable*> written;  ///< Tables that are not empty.
};

class OverlayTable {
public:
    struct Entry {
        const char* key_data;
        char* value_data;
        uint32_t key_size;
        uint32_t value_size;
        uint32_t value_room;
        uint32_t mark;
        bool erased;

        ByteView key() const { return {key_data, key_size}; }
        ByteView value() const { return {value_data, value_size}; }
    };

    OverlayTable(StateBackend& backend, StorePartition where, std::shared_ptr<OverlayTotals> totals)
        : backend_(backend), where_(where), totals_(std::move(totals)) {}
    ~OverlayTable() { clear(); }
    OverlayTable(const OverlayTable&) = delete;
    OverlayTable& operator=(const OverlayTable&) = delete;

    StorePartition where() const { return where_; }
    StateBackend& backend() const { return backend_; }

    /// Null: not written since the table was emptied.
    Entry* find(ByteView key);
    /// Finds or makes the entry; a new one is erased and empty, with room for `room` bytes.
    Entry* find_or_add(ByteView key, size_t room, bool& is_new);
    void set(Entry& entry, ByteView value);
    /// Keeps the value's first bytes; new ones are zero.
    void resize(Entry& entry, size_t size);

    /// Entries in key order: the local ones (closing_index.h) or all others; null: there are none.
    /// From the first call on kept so, until the table is emptied.
    struct ByKey {
        using is_transparent = void;
        static ByteView key(const Entry* entry) { return entry->key(); }
        static ByteView key(ByteView key) { return key; }
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            return key(a) < key(b);
        }
    };
    using Ordered = absl::btree_set<Entry*, ByKey>;
    const Ordered* ordered(bool local);
    /// Changes with every new entry and when the table is emptied: iterators into ordered() are
    /// then void.
    uint64_t version() const { return version_; }

    const std::vector<Entry*>& entries() const { return entries_; }
    bool empty() const { return entries_.empty(); }
    /// Another overlay counts it from now on.
    void move_to(std::shared_ptr<OverlayTotals> totals);
    void clear();

    // Expiry asked for since the table was emptied; passed on with the writes.
    std::optional<Expiry> expiry;

private:
    struct Hash {
        using is_transparent = void;
        size_t operator()(const Entry* entry) const { return absl::HashOf(entry->key()); }
        size_t operator()(ByteView key) const { return absl::HashOf(key); }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const Entry* a, const Entry* b) const {
            return a == b || a->key() == b->key();
        }
        bool operator()(const Entry* a, ByteView b) const { return a->key() == b; }
    };

    char* allocate(size_t size);

    StateBackend& backend_;
    StorePartition where_;
    std::shared_ptr<OverlayTotals> totals_;
    absl::flat_hash_set<Entry*, Hash, Equal> by_key_;
    std::vector<Entry*> entries_;          // In the order of their first write.
    std::unique_ptr<Ordered> ordered_[2];  // Local ones second, as of all that follows.
    size_t num_entries_[2] = {0, 0};
    uint64_t version_ = 0;
    std::vector<std::unique_ptr<char[]>> blocks_;
    char* next_ = nullptr;
    size_t left_ = 0;
    size_t block_bytes_ = 0;  // Size of the last block.
    size_t arena_bytes_ = 0;
    bool counted_ = false;  // Has the arena been, in the totals? Kept by an empty table, it is not.
};

}  // namespace millrace
