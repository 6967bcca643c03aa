// Rows of a query's answer as clients want them: delimited lines, one JSON array, or row objects.
// Makes text only; who sends it, and in which chunks, is the route's business. One thread.
#pragma once

#include <string>
#include <vector>

#include "engine/types/record_batch.h"
#include "engine/types/schema.h"

namespace millrace::server {

enum class RowFormat { kDelimited, kArray, kObjects };

class RowWriter {
public:
    /// `is_key` marks the KEY columns of a pull query's schema; empty: none is.
    RowWriter(RowFormat format, std::vector<Field> columns, std::vector<bool> is_key);

    RowFormat format() const { return format_; }

    // Each appends one piece. Objects: without the separator between them.
    void header(std::string& out, const std::string& query_id) const;
    /// The columns of `batch` from `first_column` on are the answer's.
    void row(std::string& out, const RecordBatch& batch, size_t row, size_t first_column) const;
    // A tombstone's cells that are no columns of the batch.
    static constexpr int kNullCell = -1, kWindowStartCell = -2, kWindowEndCell = -3;
    /// A deleted key: its key columns and the bounds of its window (`cells`: which of the batch's
    /// columns, or one of the above), the rest null. Objects only; the other formats drop
    /// tombstones.
    void tombstone(std::string& out, const RecordBatch& batch, size_t row,
                   const std::vector<int>& cells) const;
    /// An error after rows have been sent.
    void error(std::string& out, int code, const std::string& message) const;
    /// What stands between objects: ",\n"; nothing in the other formats.
    const char* separator() const { return format_ == RowFormat::kObjects ? ",\n" : ""; }
    /// What closes the answer: "]" or nothing.
    const char* closing() const { return format_ == RowFormat::kDelimited ? "" : "]"; }

private:
    void cells(std::string& out, const RecordBatch& batch, size_t row, size_t first_column) const;

    RowFormat format_;
    std::vector<Field> columns_;
    std::vector<bool> is_key_;
};

/// `{"finalMessage":"…"}`
std::string final_message(const std::string& message);

}  // namespace millrace::server
