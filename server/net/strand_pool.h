// Strands for connections, made ahead: Asio (1.81) crashes when there is no memory in the middle of
// making one, so a server that is out of memory must make none. One that is lent belongs to one
// connection; of a connection that never ends it never comes back. Thread-safe. Goes before its I/O
// context; leases may be in that until its end. Internal to server/net.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::net {

class StrandPool : public std::enable_shared_from_this<StrandPool> {
public:
    using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;

    /// Gives its strand back when it goes.
    class Lease {
    public:
        Lease(std::weak_ptr<StrandPool> pool, Strand strand)
            : pool_(std::move(pool)), strand_(std::move(strand)) {}
        ~Lease() {
            auto pool = pool_.lock();
            if (pool && strand_) pool->give(std::move(*strand_));
        }
        Lease(Lease&& other) noexcept
            : pool_(std::move(other.pool_)), strand_(std::exchange(other.strand_, std::nullopt)) {}
        Lease& operator=(Lease&& other) = delete;
        const Strand& strand() const { return *strand_; }

    private:
        std::weak_ptr<StrandPool> pool_;
        std::optional<Strand> strand_;
    };

    StrandPool(boost::asio::io_context& io, size_t num_strands) : io_(io) {
        free_.reserve(num_strands);
        for (size_t i = 0; i < num_strands; ++i) free_.push_back(boost::asio::make_strand(io));
    }

    Lease lend() {
        {
            std::lock_guard lock(mutex_);
            if (!free_.empty()) {
                Strand strand = std::move(free_.back());
                free_.pop_back();
                return {weak_from_this(), std::move(strand)};
            }
        }
        return {weak_from_this(), boost::asio::make_strand(io_)};
    }

private:
    void give(Strand strand) {
        std::lock_guard lock(mutex_);
        if (free_.size() < free_.capacity()) free_.push_back(std::move(strand));
    }

    boost::asio::io_context& io_;
    std::mutex mutex_;
    std::vector<Strand> free_;
};

}  // namespace millrace::net
