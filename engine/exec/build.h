// One sub-topology on one partition as a running tree: bytes in, bytes out. Used by one worker.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/exec/operator.h"
#include "engine/log/log.h"
#include "engine/plan/subtopology.h"

namespace millrace::exec {

/// Records of one input in processing order, with the task's stream time at each of them.
struct InputRun {
    std::span<const LogRecord> records;
    std::span<const int64_t> stream_times_ms;  ///< As long as records.
    int32_t partition = 0;
    std::string_view topic;
};

class Pipeline {
public:
    virtual ~Pipeline() = default;

    /// The event time of each record of an input (its TIMESTAMP column or the record's own time), needed to
    /// choose the next partition before anything else is decoded; cheap when there is no TIMESTAMP column.
    /// Records that cannot be decoded or have a negative time get kDropRecord, and are reported.
    static constexpr int64_t kDropRecord = -1;
    virtual void extract_times(size_t input, std::span<const LogRecord> records, int32_t partition,
                               std::vector<int64_t>& times_ms) = 0;

    /// Decodes and processes a run of one input.
    virtual void process(size_t input, const InputRun& run) = 0;
    /// Before a commit.
    virtual void flush() = 0;
    /// After an abort or a restore.
    virtual void reset() = 0;
    /// A push query's client has enough (LIMIT reached or gone).
    virtual bool done() const = 0;
};

/// `output`: for pieces that end in a topic; `rows`: for push queries. Throws StatementError when an expression
/// does not bind (a plan of another version).
std::unique_ptr<Pipeline> build(const plan::SubTopology& piece, OperatorContext context,
                                const FunctionRegistry& functions, RecordSink* output, RowSink* rows);

}  // namespace millrace::exec
