// One sub-topology on one partition as a running tree: bytes in, bytes out. Used by one worker.
//
// The task decodes what it has fetched, orders the decoded rows of its inputs by timestamp, sets
// their stream time, and hands runs of rows back for processing. After an abort a new one is built
// over the stores: what a pipeline remembers beside them is gone with it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/exec/input.h"
#include "engine/exec/operator.h"
#include "engine/log/log.h"
#include "engine/plan/subtopology.h"

namespace millrace::exec {

class Pipeline {
public:
    virtual ~Pipeline() = default;

    /// Decodes records of one input (index into SubTopology::inputs). Rows that cannot be used
    /// (malformed, negative time, null key on a table) are left out and reported. Sets timestamp_ms
    /// (the TIMESTAMP column or the record's own time), offset, partition, null flags;
    /// stream_time_ms is the task's to set. No state is touched. kRetriable: the records cannot be
    /// read yet (a schema registry is down); nothing was reported, the same are to be given again.
    /// `batch`: what they are of, when others of this worker may have it too; else null.
    virtual Result<DecodedRows> decode(size_t input, std::span<const LogRecord> records,
                                       int32_t partition, const std::string& topic,
                                       LogBatch* batch = nullptr) = 0;

    /// Processes a run of rows of one input, in order; stream_time_ms is set on each.
    virtual void process(size_t input, RecordBatch batch) = 0;
    /// Has it more to give of what it was given, now or before the last start? Then go_on(), until
    /// it has not, before anything else is processed. Each call gives about
    /// OperatorContext::rows_max rows; a commit may come in between.
    virtual bool more() { return false; }
    virtual void go_on() {}
    /// Before a commit.
    virtual void flush() = 0;
    /// May rows be held back until then?
    virtual bool holds_back() const { return false; }
    /// A time mark has been written (repartition.h).
    virtual void told_time(int64_t order_ms) { (void)order_ms; }
    /// A push query's client has enough (LIMIT reached or gone).
    virtual bool done() const = 0;
};

/// `output`: for sub-topologies that end in a topic; `rows`: for push queries. Throws
/// StatementError when an expression does not bind (a plan of another version).
std::unique_ptr<Pipeline> build(const plan::SubTopology& subtopology, OperatorContext context,
                                const FunctionRegistry& functions, RecordSink* output,
                                RowSink* rows);

}  // namespace millrace::exec
