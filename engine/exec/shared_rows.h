// Rows that one task has decoded of a batch, for others of its worker that read the same batch and
// would make the same of it: queries over one source share the work, not the bytes alone.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/memory_governor.h"
#include "engine/log/log.h"
#include "engine/types/record_batch.h"
#include "engine/types/row_errors.h"

namespace millrace::exec {

/// What a decoder makes of records, as a text: two of one kind make the same. Held as long as there
/// is such a decoder.
using DecodeKind = std::shared_ptr<const std::string>;

/// The kinds that there are. One worker.
class DecodeKinds {
public:
    /// `memory`: for rows that are kept for others.
    explicit DecodeKinds(MemoryShare memory) : memory_(memory) {}
    const MemoryShare& memory() const { return memory_; }
    DecodeKind of(const std::string& text);

private:
    const MemoryShare memory_;
    std::map<std::string, std::weak_ptr<const std::string>> kinds_;
    size_t pruned_ = 0;  ///< How many were left when those that are gone were last left out.
};

/// Kept with a batch, see LogBatch::companion. One worker.
class SharedRows {
public:
    struct Entry {
        const std::string* kind;
        std::span<const LogRecord> records;
        RecordBatch rows;
        RowErrors errors;
        MemoryAccount memory;
    };
    /// The batch's; made when there are none.
    static SharedRows& of(LogBatch& batch);
    /// Null: nobody has decoded just these records yet.
    const Entry* find(const DecodeKind& kind, std::span<const LogRecord> records) const;
    void put(Entry entry) { entries_.push_back(std::move(entry)); }

private:
    std::vector<Entry> entries_;
};

}  // namespace millrace::exec
