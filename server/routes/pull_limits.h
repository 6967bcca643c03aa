// What pull queries may take of the server: how many a second, how many at a time, how many bytes
// an hour (ksql.query.pull.max.*). Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "engine/config/config.h"

namespace millrace::server {

class PullLimits {
public:
    explicit PullLimits(const Config& config);
    PullLimits(const PullLimits&) = delete;
    PullLimits& operator=(const PullLimits&) = delete;

    /// A query that is being answered. Empty: none, or it is over.
    class Admission {
    public:
        Admission() = default;
        explicit Admission(PullLimits& limits) : limits_(&limits) {}
        ~Admission() { leave(); }
        Admission(Admission&& other) noexcept : limits_(std::exchange(other.limits_, nullptr)) {}
        Admission& operator=(Admission&& other) noexcept {
            leave();
            limits_ = std::exchange(other.limits_, nullptr);
            return *this;
        }
        void leave() {
            if (limits_ != nullptr) std::exchange(limits_, nullptr)->left();
        }

    private:
        PullLimits* limits_ = nullptr;
    };

    /// Throws StatementError(kRateLimited), with ksqlDB's words.
    [[nodiscard]] Admission admit(int64_t now_ms);
    /// So many bytes of an answer have been written.
    void sent(size_t bytes, int64_t now_ms);

private:
    static constexpr size_t kMinutes = 60;

    void left();
    /// REQUIRES: mutex_ is held.
    void forget_before(int64_t minute);

    const int64_t per_second_;
    const int64_t at_a_time_;
    const int64_t bytes_an_hour_;
    std::mutex mutex_;
    int64_t running_ = 0;
    double ready_ = 0;  ///< Queries that may come at once; more with time.
    int64_t ready_at_ms_ = 0;
    std::array<int64_t, kMinutes> sent_{};  ///< By minute, of the last hour.
    int64_t minute_ = 0;
    int64_t sent_bytes_ = 0;
};

}  // namespace millrace::server
