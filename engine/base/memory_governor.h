// One budget for memory whose size others decide: clients that read slowly, topics that are faster
// than their queries. Whoever holds such memory says so here, and waits or refuses when there is no
// room. Thread-safe; outlives its leases.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace millrace {

/// Who holds memory, and the most of the budget that it may hold, in percent.
enum class MemoryHolder : uint8_t {
    kAnswers,  ///< Rows on their way to clients: what is read ahead, and what is not sent.
};
inline constexpr std::array<size_t, 1> kHolderPercentMax = {50};

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
    bool full(MemoryHolder holder) const;
    size_t held(MemoryHolder holder) const { return of(holder).load(std::memory_order_relaxed); }
    size_t held() const { return total_.load(std::memory_order_relaxed); }
    size_t budget() const { return budget_; }

private:
    using Count = std::atomic<size_t>;
    const Count& of(MemoryHolder holder) const { return held_[static_cast<size_t>(holder)]; }
    Count& of(MemoryHolder holder) { return held_[static_cast<size_t>(holder)]; }
    bool fits(MemoryHolder holder, size_t held, size_t total) const;

    const size_t budget_;
    std::array<Count, kHolderPercentMax.size()> held_{};
    Count total_{0};
};

/// Memory that is given back when its holder goes. Empty: none was taken.
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
