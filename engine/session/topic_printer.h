// PRINT: a topic's records as lines of text, as they come. One thread; wake() from any.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/memory_governor.h"
#include "engine/log/log.h"
#include "engine/session/record_formatter.h"
#include "engine/sql/statements.h"

namespace millrace {

class TopicPrinter {
public:
    /// Throws StatementError: there is no such topic, the log cannot be asked, or there is no room
    /// for what is read ahead (a part of kAnswers).
    TopicPrinter(Log& log, const sql::PrintTopic& statement, MemoryGovernor& memory);

    /// What to print, one call a line, with its line end. The names of formats come in two calls,
    /// as clients of the recorded server got them. False: no more is wanted.
    using Write = std::function<bool(std::string_view)>;
    /// Waits up to `wait_ms` for records and writes them. False: LIMIT is reached, or `write` wants
    /// no more. Throws StatementError(kServer) when the topic cannot be read any longer.
    bool next(int64_t wait_ms, const Write& write);
    /// Ends a wait early. Any thread.
    void wake() { reader_->wake(); }

private:
    struct Line {
        std::string rowtime;
        int32_t partition = 0;
    };
    bool write_formats(const char* title, const RecordFormatter& formatter, std::string& shown,
                       const Write& write) const;

    const sql::PrintTopic statement_;
    std::vector<TopicPartition> partitions_;
    MemoryLease memory_;
    std::unique_ptr<LogReader> reader_;
    RecordFormatter keys_{true};
    RecordFormatter values_{false};
    std::string shown_keys_, shown_values_;
    int64_t num_read_ = 0;
    int64_t num_written_ = 0;
};

}  // namespace millrace
