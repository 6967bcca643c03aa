// A table as its query's stores hold it: how their pairs become rows of the step that wrote them,
// and those the rows of the sink. Used by pull queries, where a query is replaced and where a
// store is restored.
//
// Most tables have one store. A join's table has none of its own: what it joins is in the stores of
// its sides, under the same key.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/exec/binding.h"
#include "engine/exec/operator.h"
#include "engine/exec/store_key.h"

namespace millrace::exec {

/// What the stores of a table, in the order of plan::table_stores(), have under one key.
inline constexpr size_t kTableStoresMax = 2;
using StoredValues = std::array<std::optional<ByteView>, kTableStoresMax>;

/// How the pairs of a table's stores become rows of the step that wrote them.
class PairReader {
public:
    virtual ~PairReader() = default;
    virtual const StoreKey& key() const = 0;
    /// Appends key and value columns; returns the row's timestamp. Nothing: under this key there is
    /// no row. Throws DamagedBytes. REQUIRES: one of the stores has the key.
    virtual std::optional<int64_t> read(ByteView key, const StoredValues& values,
                                        std::span<Column* const> columns) const = 0;
};

/// Walks the keys of a table's stores in order, each key once.
class TableCursor {
public:
    /// One a store, in order; they begin and end alike.
    explicit TableCursor(std::vector<std::unique_ptr<StoreCursor>> cursors);

    bool valid() const { return valid_; }
    void next();
    // Until next(). REQUIRES: valid().
    ByteView key() const { return key_; }
    const StoredValues& values() const { return values_; }

private:
    void look();

    std::vector<std::unique_ptr<StoreCursor>> cursors_;
    bool valid_ = false;
    ByteView key_;
    StoredValues values_;
};

/// `from`: the step whose rows the store holds; it, `functions` and `env` outlive the reader.
std::unique_ptr<PairReader> make_pair_reader(const plan::Step& from,
                                             const FunctionRegistry& functions, const EvalEnv& env);

/// The same of a store that keeps the step's rows as they are: a join's side.
std::unique_ptr<PairReader> make_row_reader(const plan::Step& from);

/// The operators that make rows of the sink out of stored ones, one after the other. Rows come and
/// go singly, not as pairs: one that does not pass is not there.
std::vector<OperatorPtr> make_transforms(const plan::Materialization& table,
                                         const FunctionRegistry& functions, const EvalEnv& env);

}  // namespace millrace::exec
