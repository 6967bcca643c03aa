// Keyed state of tasks. Three parts: the backend (one RocksDB for the whole server, or memory), the
// overlay (one worker's uncommitted writes), and the store, which a task's operators see: overlay
// over backend.
//
// Threads: StateBackend is thread-safe. Overlay and StateStore belong to one worker. Pull queries
// read a StateSnapshot, that is committed state only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace millrace {

struct RocksMemory;

/// One partition of one store; `store` is the number that the backend gave the store's name.
struct StorePartition {
    uint32_t store = 0;
    int32_t partition = 0;
    auto operator<=>(const StorePartition&) const = default;
};

/// Walks key/value pairs in key order. Views live until the next call. Every call throws as reads
/// of the backend do: damage is never an end.
class StoreCursor {
public:
    virtual ~StoreCursor() = default;
    virtual bool valid() const = 0;
    virtual void next() = 0;
    virtual ByteView key() const = 0;
    virtual ByteView value() const = 0;
};

/// One store, one partition, bytes to bytes. Window and session stores are key layouts over it.
class StateStore {
public:
    virtual ~StateStore() = default;
    virtual std::optional<ByteView> get(ByteView key) = 0;  ///< Valid until the next call.
    virtual void put(ByteView key, ByteView value) = 0;  ///< To the overlay; logged at the commit.
    virtual void erase(ByteView key) = 0;
    /// Pairs with from <= key < to (empty `to`: to the end of the store), both layers merged. Where
    /// there are local keys (closing_index.h), either all between `from` and `to` are or none is.
    /// Writes during the scan are allowed; whether the cursor sees them is not said.
    virtual std::unique_ptr<StoreCursor> scan(ByteView from, ByteView to) = 0;

    /// A value opened for change in place: counts as written. `data` lives until the key is put,
    /// erased or edited to another size, or the overlay is emptied.
    struct Slot {
        char* data = nullptr;
        size_t size = 0;
        bool found = false;  ///< The key had a value; else `data` is `size_if_new` zero bytes.
        uint32_t* mark =
            nullptr;  ///< Free for the caller; 0 until it sets it and after the overlay is emptied.
        ByteView key;  ///< The overlay's own copy; it and `mark` live until the overlay is emptied.
    };
    virtual Slot edit(ByteView key, size_t size_if_new) = 0;
    /// The slot's value gets `size` bytes, of which those that it had are kept. REQUIRES: edit(key)
    /// before.
    virtual Slot resize(ByteView key, size_t size) = 0;

    /// Windowed layouts: the time at key[size - suffix_bytes] (window_key.h) below `before_ms` is
    /// out of retention; such pairs go when the backend finds time for it, without a tombstone in
    /// the changelog.
    virtual void expire(size_t suffix_bytes, int64_t before_ms) = 0;
};

/// A consistent view of committed state.
class StateSnapshot {
public:
    virtual ~StateSnapshot() = default;
    virtual std::optional<std::string> get(StorePartition where, ByteView key) const = 0;
    virtual std::unique_ptr<StoreCursor> scan(StorePartition where, ByteView from,
                                              ByteView to) const = 0;
};

/// Writes that become visible together, with the changelog offset that each store partition is at
/// afterwards (the next offset to replay from).
struct StateWrite {
    StorePartition where;
    std::string key;
    std::optional<std::string> value;  ///< Absent: erased.
};

/// The same as views; they live during the call.
struct StateChange {
    StorePartition where;
    ByteView key;
    std::optional<ByteView> value;
};

/// See StateStore::expire.
struct Expiry {
    size_t suffix_bytes = 0;
    int64_t before_ms = 0;
};

/// Reads throw DamagedBytes where files are damaged or the store partition was given up by mend(),
/// std::runtime_error where they cannot be read; so do those of cursors and snapshots.
class StateBackend {
public:
    virtual ~StateBackend() = default;
    /// The number of the store with this name (query id + "/" + store name); made when new.
    /// Durable. Throws std::runtime_error when it cannot be written down.
    virtual uint32_t store_number(const std::string& name) = 0;
    virtual std::vector<std::string> store_names() = 0;
    /// Forgets a store and everything in it.
    virtual Status drop_store(const std::string& name) = 0;

    virtual std::optional<std::string> get(StorePartition where, ByteView key) = 0;
    /// As get, into a buffer that is used again; false: no such key.
    virtual bool read(StorePartition where, ByteView key, std::string& value) = 0;
    virtual std::unique_ptr<StoreCursor> scan(StorePartition where, ByteView from, ByteView to) = 0;
    Status apply(const std::vector<StateWrite>& writes,
                 const std::map<StorePartition, int64_t>& changelog_offsets);
    virtual Status apply_changes(std::span<const StateChange> changes,
                                 const std::map<StorePartition, int64_t>& changelog_offsets) = 0;
    /// What is out of retention in one store partition from now on.
    virtual void expire(StorePartition where, Expiry expiry) = 0;
    /// Where the changelog must be replayed from; nothing when the store partition is new here.
    virtual std::optional<int64_t> changelog_offset(StorePartition where) = 0;
    /// Empties one store partition (before a restore from scratch); from now on it is the state of
    /// the changelog `origin`, if any. Then it outlives a loss of power: what comes into the
    /// changelog from then on never meets what was in the store.
    virtual Status clear(StorePartition where, const std::string& origin) = 0;
    /// Which changelog's state it is; empty: nobody has said.
    virtual std::string origin(StorePartition where) = 0;
    virtual Status set_origin(StorePartition where, const std::string& origin) = 0;
    virtual std::shared_ptr<const StateSnapshot> snapshot() = 0;
    /// Small durable facts of the server itself.
    virtual std::optional<std::string> get_meta(const std::string& key) = 0;
    virtual Status put_meta(const std::string& key, const std::string& value) = 0;

    /// About how much memory the pairs take; of what is in files nothing counts.
    virtual size_t bytes() { return 0; }

    /// Some read or write has met damaged files since the last mend().
    virtual bool damaged() const { return false; }
    /// Goes over to new files with all store partitions that can be read whole. The others are new
    /// here afterwards, and cannot be read or written until clear(). Writes wait meanwhile, reads
    /// do not.
    virtual Status mend() { return Status::ok(); }
    /// How often that has been done by now.
    virtual int64_t mends() const { return 0; }
};

struct BackendOptions {
    std::string directory;                                ///< Empty: in memory.
    std::shared_ptr<const RocksMemory> memory = nullptr;  ///< Null: its own, of 64 MB.
};
Result<std::unique_ptr<StateBackend>> open_backend(const BackendOptions& options);

/// A worker's uncommitted writes, over all its tasks. Point reads and writes are hash look-ups.
class Overlay {
public:
    explicit Overlay(StateBackend& backend);
    ~Overlay();

    /// The store that operators see. The overlay must outlive it.
    std::unique_ptr<StateStore> store(StorePartition where);

    /// Memory held, in bytes: when it passes the limit the worker commits.
    size_t bytes() const;
    bool empty() const;
    /// After the transaction is committed: one write to the backend; the overlay is empty
    /// afterwards.
    Status apply(const std::map<StorePartition, int64_t>& changelog_offsets);
    /// After an abort.
    void clear();
    /// A store partition goes over from another overlay of the same backend; its store stays valid.
    void adopt(Overlay& from, StorePartition where);
    /// Drops the writes of one store partition (its task left).
    void forget(StorePartition where);

    using Change = StateChange;
    /// Once for every key written since it was empty, the latest value: what the changelog gets,
    /// but for local keys (closing_index.h). A store partition's changes come in the order of their
    /// first write.
    void visit_changes(const std::function<void(const Change&)>& visit) const;

private:
    struct Layers;
    std::unique_ptr<Layers> layers_;
};

}  // namespace millrace
