// What went wrong with single rows: collected per batch, handed to the processing log, never
// thrown.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

/// Kinds as the processing log numbers them (types-and-formats reference, section 8).
enum class RowErrorKind : uint8_t {
    kDeserialization = 0,
    kProcessing = 1,
    kProduction = 2,
    kSerialization = 3
};

struct RowErrorEntry {
    RowErrorKind kind = RowErrorKind::kProcessing;
    std::string message;
    std::vector<std::string> cause;
    std::string topic;  ///< Source topic of the row, or sink when serialising.
    int32_t partition = -1;
    int64_t offset = -1;
    bool in_key = false;  ///< (De)serialisation: target "key".
    std::string record;   ///< Raw bytes of the record where it could not be decoded.
};

/// Bounded: past the limit only a count is kept.
class RowErrors {
public:
    static constexpr size_t kEntriesMax = 1000;

    void add(RowErrorEntry entry) {
        ++total_;
        if (entries_.size() < kEntriesMax) entries_.push_back(std::move(entry));
    }
    /// For expressions: the row is an index into the batch at hand; the caller fills in topic and
    /// offset.
    void add_row(uint32_t row, std::string message) {
        if (failed_rows_) (*failed_rows_)[row] = 1;
        RowErrorEntry entry;
        entry.message = std::move(message);
        entry.offset = row;
        add(std::move(entry));
    }
    /// add_row() also sets this row's byte, past the limit on entries, too. Null: no longer.
    void mark_failed_rows(std::vector<uint8_t>* failed_rows) { failed_rows_ = failed_rows; }
    bool empty() const { return total_ == 0; }
    uint64_t total() const { return total_; }
    std::vector<RowErrorEntry>& entries() { return entries_; }
    void clear() {
        entries_.clear();
        total_ = 0;
    }

private:
    std::vector<RowErrorEntry> entries_;
    std::vector<uint8_t>* failed_rows_ = nullptr;
    uint64_t total_ = 0;
};

}  // namespace millrace
