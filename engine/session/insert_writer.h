// Rows written from outside: INSERT VALUES, streaming inserts, raw records from generators.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/log/log.h"
#include "engine/serde/format.h"
#include "engine/session/topic_rules.h"
#include "engine/types/value.h"

namespace millrace {

/// A record as it is.
struct RawRecord {
    std::string topic;
    std::optional<std::string> key;
    std::optional<std::string> value;
    int64_t timestamp_ms = -1;
};

/// Keeps the log's writers for the next insert: making one costs a broker round trip. Thread-safe;
/// REQUIRES: what it is made of outlives it.
class InsertWriter {
public:
    InsertWriter(Log& log, const FormatRegistry& formats, const TopicRules& rules)
        : log_(log), formats_(formats), rules_(rules) {}

    /// Encodes the row in the source's formats and writes it; returns once it is acknowledged.
    /// `key` and `value`: one Value a column, in declared order.
    /// Throws StatementError when a format cannot hold the row.
    Status write_row(const Source& source, const std::vector<Value>& key,
                     const std::vector<Value>& value, int64_t timestamp_ms);
    /// Writes all of them; returns once they are acknowledged. kRefused: a topic is closed, and
    /// nothing was written; or the log does not take a record.
    Status write(const std::vector<RawRecord>& records);
    /// Makes the topic when there is none of this name. kRefused: it may not be made.
    Status need_topic(const std::string& topic, int32_t partitions);

private:
    std::unique_ptr<LogWriter> take();

    Log& log_;
    const FormatRegistry& formats_;
    const TopicRules& rules_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<LogWriter>> idle_;
};

}  // namespace millrace
