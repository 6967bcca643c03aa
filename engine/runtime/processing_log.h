// Bad records, and failures of queries, as structured JSON in the processing log topic; bad records
// as one line each (bounded) in the server's log, too. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "engine/base/clock.h"
#include "engine/config/config.h"
#include "engine/log/log.h"
#include "engine/runtime/topic_meters.h"
#include "engine/types/row_errors.h"

namespace millrace {

struct ProcessingLogOptions {
    std::string topic;                  ///< Empty: no topic, server log only.
    bool include_rows = false;          ///< ksql.logging.processing.rows.include
    TopicConfig topic_config;           ///< With which it is made.
    int64_t lines_per_second_max = 10;  ///< Of the server's own log.
};

/// Its topic's name, whether it is to be made or not.
std::string processing_log_topic(const Config& config);
ProcessingLogOptions processing_log_options(const Config& config);

/// The message of the first error that a query is to end by, as its properties say; or nothing.
std::string what_ends(const Config& config, RowErrors& errors);

class ProcessingLog {
public:
    /// `meters`: told of records that cannot be read or written; null: nobody is.
    ProcessingLog(Log& log, ProcessingLogOptions options, const Clock& clock,
                  TopicMeters* meters = nullptr);
    ~ProcessingLog();

    /// `where`: "processing.<query id>.<step path>". Empties `errors`.
    void write(const std::string& query_id, const std::string& where, RowErrors& errors);
    /// A query has failed as a whole: for the topic only, the server's log has it already.
    void write_failure(const std::string& query_id, const std::string& message);
    uint64_t total() const { return total_; }
    void flush(int64_t timeout_ms = 5000);

private:
    std::string to_json(const std::string& logger, const RowErrorEntry& entry) const;
    void note_failed(RowErrors& errors);
    /// REQUIRES: mutex_ is held; so for the next one.
    void append(const std::string& json);
    void write_line(const std::string& query_id, const std::string& where,
                    const RowErrorEntry& entry);

    Log& log_;
    ProcessingLogOptions options_;
    const Clock& clock_;
    TopicMeters* const meters_;
    std::mutex mutex_;
    std::unique_ptr<LogWriter> writer_;
    std::atomic<uint64_t> total_{0};
    int64_t window_start_ms_ = 0;
    int64_t lines_in_window_ = 0;
    uint64_t lines_left_out_ = 0;
};

}  // namespace millrace
