// How many connections there may be: in all, and of one client address, so that none takes them
// from all others. Beyond that a few are let in for health checks alone, or a load balancer would
// take a busy server for a dead one; a few more are told that there is no room, the rest is closed.
// Thread-safe; outlives its places. Internal to server/net.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace millrace::net {

enum class Admission : uint8_t {
    kOpen,
    kProbes,   ///< From the reserve: one request, and it must be a health check.
    kRefused,  ///< To be told so.
    kDropped,  ///< To be closed without a word; not counted.
};

class ConnectionLimits;

/// What a connection takes up while it lasts.
class ConnectionPlace {
public:
    ConnectionPlace() = default;
    ConnectionPlace(ConnectionLimits* limits, std::string address, Admission admission)
        : limits_(limits), address_(std::move(address)), admission_(admission) {}
    ~ConnectionPlace() { leave(); }
    ConnectionPlace(ConnectionPlace&& other) noexcept { *this = std::move(other); }
    ConnectionPlace& operator=(ConnectionPlace&& other) noexcept;

    Admission admission() const { return admission_; }

private:
    void leave();

    ConnectionLimits* limits_ = nullptr;
    std::string address_;
    Admission admission_ = Admission::kDropped;
};

class ConnectionLimits {
public:
    static constexpr size_t kReserve = 32;
    static constexpr size_t kReservePerAddress = 8;
    static constexpr size_t kRefusedMax = 128;

    ConnectionLimits(size_t connections_max, size_t per_address_max)
        : connections_max_(connections_max), per_address_max_(per_address_max) {}

    ConnectionPlace admit(const std::string& address);

private:
    friend class ConnectionPlace;
    void leave(const std::string& address, Admission admission);

    struct Counts {
        size_t open = 0, probes = 0, refused = 0;
        size_t& of(Admission admission) {
            return admission == Admission::kOpen     ? open
                   : admission == Admission::kProbes ? probes
                                                     : refused;
        }
    };
    Admission choose(const Counts& address) const;

    const size_t connections_max_;
    const size_t per_address_max_;
    std::mutex mutex_;
    Counts all_;
    std::unordered_map<std::string, Counts> addresses_;
};

}  // namespace millrace::net
