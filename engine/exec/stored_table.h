// A table as its query's store holds it: how the store's pairs become rows of the step that wrote
// them, and those the rows of the sink. Used by pull queries and where a query is replaced.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/exec/binding.h"
#include "engine/exec/operator.h"
#include "engine/exec/store_key.h"

namespace millrace::exec {

/// How the pairs of a store become rows of the step that wrote them.
class PairReader {
public:
    virtual ~PairReader() = default;
    virtual const StoreKey& key() const = 0;
    /// Appends key and value columns; returns the row's timestamp. Throws DamagedBytes.
    virtual int64_t read(ByteView key, ByteView value, std::span<Column* const> columns) const = 0;
};

/// `from`: the step whose rows the store holds; it, `functions` and `env` outlive the reader.
std::unique_ptr<PairReader> make_pair_reader(const plan::Step& from,
                                             const FunctionRegistry& functions, const EvalEnv& env);

/// The operators that make rows of the sink out of stored ones, one after the other. Rows come and
/// go singly, not as pairs: one that does not pass is not there.
std::vector<OperatorPtr> make_transforms(const plan::Materialization& table,
                                         const FunctionRegistry& functions, const EvalEnv& env);

}  // namespace millrace::exec
