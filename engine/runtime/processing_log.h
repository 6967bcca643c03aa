// Bad records, as structured JSON in the processing log topic and as one line each (bounded) in the
// server's log. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "engine/base/clock.h"
#include "engine/config/config.h"
#include "engine/log/log.h"
#include "engine/types/row_errors.h"

namespace millrace {

struct ProcessingLogOptions {
    std::string topic;                  ///< Empty: no topic, server log only.
    bool include_rows = false;          ///< ksql.logging.processing.rows.include
    TopicConfig topic_config;           ///< With which it is made.
    int64_t lines_per_second_max = 10;  ///< Of the server's own log.
};

ProcessingLogOptions processing_log_options(const Config& config);

class ProcessingLog {
public:
    ProcessingLog(Log& log, ProcessingLogOptions options, const Clock& clock);
    ~ProcessingLog();

    /// `where`: "processing.<query id>.<step path>". Empties `errors`.
    void write(const std::string& query_id, const std::string& where, RowErrors& errors);
    uint64_t total() const { return total_; }
    void flush();

private:
    std::string to_json(const std::string& logger, const RowErrorEntry& entry) const;

    Log& log_;
    ProcessingLogOptions options_;
    const Clock& clock_;
    std::mutex mutex_;
    std::unique_ptr<LogWriter> writer_;
    std::atomic<uint64_t> total_{0};
    int64_t window_start_ms_ = 0;
    int64_t lines_in_window_ = 0;
    uint64_t lines_left_out_ = 0;
};

}  // namespace millrace
