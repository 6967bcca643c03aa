// One budget for memory whose size others decide: clients that read slowly, topics that are faster
// than their queries, keys that nobody has counted. Whoever holds such memory says so here, in
// steps of batches and never of records, and waits, commits, refuses or ends when its part is used
// up. The parts make up the whole, so that whoever fills its own takes nothing from the others.
// Thread-safe; outlives its leases and accounts.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace millrace {

/// Who holds memory.
enum class MemoryHolder : uint8_t {
    kAnswers,      ///< Rows on their way to clients: what is read ahead, and what is not sent.
    kRequests,     ///< Bodies of requests, and what is made of them.
    kFetched,      ///< Rows between topics and the tasks of persistent queries.
    kUncommitted,  ///< What these have done since the last commit: state, groups, records.
    kPushFetched,  ///< Rows between topics and push queries.
    kPushState,    ///< Groups, windows and tables of push queries.
    kKafka,        ///< Buffers of Kafka's clients, laid out at the start.
    kStores,       ///< RocksDB's caches and write buffers, laid out at the start.
};

struct MemoryPart {
    const char* name;
    size_t percent;  ///< Of the budget.
};
inline constexpr std::array<MemoryPart, 8> kMemoryParts = {{
    {"answers", 15},
    {"requests", 5},
    {"fetched rows", 15},
    {"uncommitted work", 15},
    {"push queries' fetched rows", 5},
    {"push queries' state", 10},
    {"Kafka clients", 15},
    {"stores", 20},
}};

class MemoryGovernor {
public:
    explicit MemoryGovernor(size_t budget_bytes) : budget_(budget_bytes) {}
    MemoryGovernor(const MemoryGovernor&) = delete;
    MemoryGovernor& operator=(const MemoryGovernor&) = delete;

    /// False: there is no room. Who holds nothing always gets something, or nothing would go on.
    [[nodiscard]] bool try_take(MemoryHolder holder, size_t bytes);
    /// What is there already and cannot wait.
    void take(MemoryHolder holder, size_t bytes);
    void give(MemoryHolder holder, size_t bytes);

    /// Should it take no more for now?
    bool full(MemoryHolder holder) const { return held(holder) > part(holder); }
    size_t held(MemoryHolder holder) const { return of(holder).held.load(kRelaxed); }
    /// The most that it has held at a time.
    size_t most(MemoryHolder holder) const { return of(holder).most.load(kRelaxed); }
    size_t held() const;
    /// The most that it may hold.
    size_t part(MemoryHolder holder) const {
        return budget_ / 100 * kMemoryParts[static_cast<size_t>(holder)].percent;
    }
    size_t budget() const { return budget_; }

private:
    static constexpr auto kRelaxed = std::memory_order_relaxed;
    struct alignas(64) Count {
        std::atomic<size_t> held{0};
        std::atomic<size_t> most{0};
    };
    const Count& of(MemoryHolder holder) const { return counts_[static_cast<size_t>(holder)]; }
    Count& of(MemoryHolder holder) { return counts_[static_cast<size_t>(holder)]; }
    size_t add(MemoryHolder holder, size_t bytes);

    const size_t budget_;
    std::array<Count, kMemoryParts.size()> counts_{};
};

/// One holder's part of a budget. By default nobody's, which has no end (tools, tests).
class MemoryShare {
public:
    MemoryShare() = default;
    MemoryShare(MemoryGovernor* governor, MemoryHolder holder)
        : governor_(governor), holder_(holder) {}

    bool full() const { return governor_ != nullptr && governor_->full(holder_); }
    size_t bytes() const { return governor_ != nullptr ? governor_->part(holder_) : SIZE_MAX; }
    void take(size_t bytes) {
        if (governor_ != nullptr) governor_->take(holder_, bytes);
    }
    void give(size_t bytes) {
        if (governor_ != nullptr) governor_->give(holder_, bytes);
    }

private:
    MemoryGovernor* governor_ = nullptr;
    MemoryHolder holder_{};
};

/// Memory whose size changes; what is left is given back when its owner goes. One thread at a time.
class MemoryAccount {
public:
    MemoryAccount() = default;
    explicit MemoryAccount(MemoryShare share, size_t bytes = 0) : share_(share) { set(bytes); }
    ~MemoryAccount() { set(0); }
    MemoryAccount(MemoryAccount&& other) noexcept { *this = std::move(other); }
    MemoryAccount& operator=(MemoryAccount&& other) noexcept;

    /// So much is held now.
    void set(size_t bytes);
    size_t bytes() const { return bytes_; }

private:
    MemoryShare share_;
    size_t bytes_ = 0;
};

/// Memory that is asked for, and given back when its holder goes. Empty: none was taken.
class MemoryLease {
public:
    MemoryLease() = default;
    /// Empty when there is no room.
    static MemoryLease try_take(MemoryGovernor& governor, MemoryHolder holder, size_t bytes);
    ~MemoryLease() { give_back(); }
    MemoryLease(MemoryLease&& other) noexcept { *this = std::move(other); }
    MemoryLease& operator=(MemoryLease&& other) noexcept;

    explicit operator bool() const { return governor_ != nullptr; }
    void give_back();

private:
    MemoryGovernor* governor_ = nullptr;
    MemoryHolder holder_{};
    size_t bytes_ = 0;
};

}  // namespace millrace
