#include "server/net/connection_limits.h"

namespace millrace::net {

ConnectionPlace& ConnectionPlace::operator=(ConnectionPlace&& other) noexcept {
    if (this == &other) return *this;
    leave();
    limits_ = std::exchange(other.limits_, nullptr);
    address_ = std::move(other.address_);
    admission_ = other.admission_;
    return *this;
}

void ConnectionPlace::leave() {
    if (limits_ != nullptr) limits_->leave(address_, admission_);
    limits_ = nullptr;
}

Admission ConnectionLimits::choose(const Counts& address) const {
    if (all_.open < connections_max_ && address.open < per_address_max_) return Admission::kOpen;
    if (all_.probes < kReserve && address.probes < kReservePerAddress) return Admission::kProbes;
    return all_.refused < kRefusedMax ? Admission::kRefused : Admission::kDropped;
}

ConnectionPlace ConnectionLimits::admit(const std::string& address) {
    std::string kept = address;  // What may fail comes first.
    std::lock_guard lock(mutex_);
    Counts& counts = addresses_[address];
    const Admission admission = choose(counts);
    if (admission == Admission::kDropped) {
        if (counts.open + counts.probes + counts.refused == 0) addresses_.erase(address);
        return {};
    }
    ++all_.of(admission);
    ++counts.of(admission);
    return {this, std::move(kept), admission};
}

void ConnectionLimits::leave(const std::string& address, Admission admission) {
    std::lock_guard lock(mutex_);
    --all_.of(admission);
    auto found = addresses_.find(address);
    Counts& counts = found->second;
    --counts.of(admission);
    if (counts.open + counts.probes + counts.refused == 0) addresses_.erase(found);
}

}  // namespace millrace::net
