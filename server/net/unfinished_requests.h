// What requests hold that are not complete, over all connections: heads and bodies in pieces. A
// client that begins many and ends none fills this, and not the server's memory. Thread-safe; a
// share is one connection's. Internal to server/net.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace millrace::net {

class UnfinishedRequests {
public:
    explicit UnfinishedRequests(size_t bytes_max) : bytes_max_(bytes_max) {}

    size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
    size_t bytes_max() const { return bytes_max_; }

private:
    friend class UnfinishedShare;
    const size_t bytes_max_;
    std::atomic<size_t> bytes_{0};
};

class UnfinishedShare {
public:
    /// So much has everybody, or small requests would be refused for others' large ones.
    static constexpr size_t kAlwaysBytes = 4U << 10;

    explicit UnfinishedShare(std::shared_ptr<UnfinishedRequests> all) : all_(std::move(all)) {}
    ~UnfinishedShare() { (void)set(0); }
    UnfinishedShare(const UnfinishedShare&) = delete;
    UnfinishedShare& operator=(const UnfinishedShare&) = delete;

    /// So much is held now. False: it is more, and all hold too much. Who is alone may.
    [[nodiscard]] bool set(size_t bytes) {
        if (!all_) return true;
        const size_t before = std::exchange(bytes_, bytes);
        const size_t sum =
            all_->bytes_.fetch_add(bytes - before, std::memory_order_relaxed) + bytes - before;
        return bytes <= before || bytes <= kAlwaysBytes || sum <= all_->bytes_max() || sum == bytes;
    }

private:
    const std::shared_ptr<UnfinishedRequests> all_;
    size_t bytes_ = 0;
};

}  // namespace millrace::net
