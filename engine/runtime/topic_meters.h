// What this server's queries have read from and written to each topic since it started, for
// DESCRIBE. Thread-safe; a meter lives as long as its TopicMeters.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace millrace {

/// Events of one kind: how many, when the last, and how fast of late. Under its owner's lock.
class EventMeter {
public:
    void add(uint64_t events, int64_t now_ms);
    uint64_t total() const { return total_; }
    int64_t last_ms() const { return last_ms_; }
    /// A second, over the last kRateSeconds.
    double per_second(int64_t now_ms) const;

private:
    static constexpr int64_t kRateSeconds = 100;
    struct Second {
        int64_t second = -1;
        uint64_t events = 0;
    };

    uint64_t total_ = 0;
    int64_t last_ms_ = 0;
    std::array<Second, kRateSeconds> seconds_{};  ///< By second modulo its size.
};

class TopicMeter {
public:
    struct Reading {
        uint64_t total = 0;
        double per_second = 0;
        int64_t last_ms = 0;
    };
    struct Readings {
        std::optional<Reading> read, written, failed;  ///< Nothing: there was none.
        uint64_t bytes_read = 0;
    };

    void note_read(uint64_t records, uint64_t bytes, int64_t now_ms);
    void note_written(uint64_t records, int64_t now_ms);
    /// Records that could not be read.
    void note_failed(uint64_t records, int64_t now_ms);
    Readings readings(int64_t now_ms) const;

private:
    mutable std::mutex mutex_;
    EventMeter read_, written_, failed_;
    uint64_t bytes_read_ = 0;
};

class TopicMeters {
public:
    TopicMeter& of(const std::string& topic);
    TopicMeter::Readings readings(const std::string& topic, int64_t now_ms) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<TopicMeter>> meters_;
};

}  // namespace millrace
