#include "engine/base/memory_governor.h"

#include <numeric>

namespace millrace {

static_assert(std::accumulate(kMemoryParts.begin(), kMemoryParts.end(), size_t{0},
                              [](size_t sum, const MemoryPart& part) {
                                  return sum + part.percent;
                              }) == 100,
              "the parts make up the whole");

size_t MemoryGovernor::add(MemoryHolder holder, size_t bytes) {
    Count& count = of(holder);
    const size_t held = count.held.fetch_add(bytes, kRelaxed) + bytes;
    size_t most = count.most.load(kRelaxed);
    while (held > most && !count.most.compare_exchange_weak(most, held, kRelaxed)) {
    }
    return held;
}

bool MemoryGovernor::try_take(MemoryHolder holder, size_t bytes) {
    const size_t held = of(holder).held.load(kRelaxed);
    if (held != 0 && held + bytes > part(holder)) return false;
    const size_t after = add(holder, bytes);
    if (after == bytes || after <= part(holder)) return true;
    give(holder, bytes);  // Somebody else was faster.
    return false;
}

void MemoryGovernor::take(MemoryHolder holder, size_t bytes) {
    add(holder, bytes);
}

void MemoryGovernor::give(MemoryHolder holder, size_t bytes) {
    of(holder).held.fetch_sub(bytes, kRelaxed);
}

size_t MemoryGovernor::held() const {
    size_t sum = 0;
    for (const Count& count : counts_) sum += count.held.load(kRelaxed);
    return sum;
}

MemoryAccount& MemoryAccount::operator=(MemoryAccount&& other) noexcept {
    if (this == &other) return *this;
    set(0);
    share_ = other.share_;
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
}

void MemoryAccount::set(size_t bytes) {
    if (bytes > bytes_) share_.take(bytes - bytes_);
    if (bytes < bytes_) share_.give(bytes_ - bytes);
    bytes_ = bytes;
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
