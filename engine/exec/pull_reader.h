// Reads a materialised table for a pull query: look-ups or scans of committed state, the table's
// projection, what is left of WHERE, the SELECT list, LIMIT. One reader a query; used by one
// thread.
#pragma once

#include <functional>
#include <memory>
#include <span>

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

    /// Name of the store to be read, without the query's prefix.
    const std::string& store_name() const;

    /// Reads these partitions of the store, one after the other; rows of one key are in the order
    /// of their windows. Gives batches whose columns are the plan's output columns in SELECT order,
    /// until `rows` says false or the plan's LIMIT is reached (over all calls of read). False:
    /// nothing more is wanted.
    bool read(const StateSnapshot& snapshot, uint32_t store, std::span<const int32_t> partitions,
              const std::function<bool(RecordBatch)>& rows);

    /// Rows whose expressions failed (their values are NULL) since the last call.
    RowErrors take_errors();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::exec
