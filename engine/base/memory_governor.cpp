#include "engine/base/memory_governor.h"

namespace millrace {

bool MemoryGovernor::fits(MemoryHolder holder, size_t held, size_t total) const {
    const size_t part = budget_ / 100 * kHolderPercentMax[static_cast<size_t>(holder)];
    return held <= part && total <= budget_;
}

bool MemoryGovernor::try_take(MemoryHolder holder, size_t bytes) {
    const size_t before = of(holder).fetch_add(bytes, std::memory_order_relaxed);
    const size_t total = total_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (before == 0 || fits(holder, before + bytes, total)) return true;
    give(holder, bytes);
    return false;
}

void MemoryGovernor::take(MemoryHolder holder, size_t bytes) {
    of(holder).fetch_add(bytes, std::memory_order_relaxed);
    total_.fetch_add(bytes, std::memory_order_relaxed);
}

void MemoryGovernor::give(MemoryHolder holder, size_t bytes) {
    of(holder).fetch_sub(bytes, std::memory_order_relaxed);
    total_.fetch_sub(bytes, std::memory_order_relaxed);
}

bool MemoryGovernor::full(MemoryHolder holder) const {
    return !fits(holder, held(holder), held());
}

MemoryLease MemoryLease::try_take(MemoryGovernor& governor, MemoryHolder holder, size_t bytes) {
    MemoryLease lease;
    if (!governor.try_take(holder, bytes)) return lease;
    lease.governor_ = &governor;
    lease.holder_ = holder;
    lease.bytes_ = bytes;
    return lease;
}

MemoryLease& MemoryLease::operator=(MemoryLease&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    governor_ = std::exchange(other.governor_, nullptr);
    holder_ = other.holder_;
    bytes_ = other.bytes_;
    return *this;
}

void MemoryLease::give_back() {
    if (governor_ != nullptr) governor_->give(holder_, bytes_);
    governor_ = nullptr;
}

}  // namespace millrace
