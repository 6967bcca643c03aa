// Reads a materialised table for a pull query: look-ups or scans of committed state, the table's
// projection, what is left of WHERE, the SELECT list, LIMIT. One reader a query; used by one
// thread.
#pragma once

#include <memory>
#include <vector>

#include "engine/exec/operator.h"
#include "engine/plan/planner.h"
#include "engine/state/state_store.h"

namespace millrace::exec {

class PullReader {
public:
    /// `plan` is of a table (it has a materialization); everything given must outlive the reader.
    /// Throws StatementError when an expression does not bind.
    PullReader(const plan::PullPlan& plan, const FunctionRegistry& functions, const EvalEnv& env);
    ~PullReader();

    /// Names of the stores to be read, without the query's prefix: one, or two of a join's table.
    std::vector<std::string> store_names() const;

    /// Begins with these partitions of the stores, one after the other; rows of one key are in the
    /// order of their windows. `stores`: one a name.
    void start(std::shared_ptr<const StateSnapshot> snapshot, std::vector<uint32_t> stores,
               std::vector<int32_t> partitions);
    /// Reads some of what is stored, a bounded piece, and appends what becomes of it, if anything
    /// does: batches whose columns are the plan's output columns in SELECT order. False: that was
    /// all, or all that LIMIT allows. REQUIRES: start().
    bool read(std::vector<RecordBatch>& rows);

    /// Of what is being read: the partition.
    int32_t partition() const;
    /// Rows whose expressions failed (their values are NULL) since the last call.
    RowErrors take_errors();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::exec
