// What an operator has not got to of the rows it was given, because one of them gives more than a
// turn may: it goes on there at the next turn (Operator::go_on). With a commit they go to the
// operator's store, as the input's position is behind them then: what goes on after a restart is
// what would have gone on without it. One an operator, on its worker's thread.
//
// In the store (docs/formats.md): one pair that says where it stands, and one for each row.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/exec/row_codec.h"
#include "engine/plan/steps.h"
#include "engine/state/state_store.h"

namespace millrace::exec {

/// Does the store have some? Then commits may have changed it that moved no position.
bool has_unfinished_rows(StateBackend& state, StorePartition where);

class UnfinishedRows {
public:
    explicit UnfinishedRows(const plan::Step& step);

    struct Rest {
        size_t input = 0;
        RecordBatch rows;
        size_t row = 0;      ///< The first that is not done; it may be begun.
        std::string cursor;  ///< How far it has come, as the operator says.
        /// It comes from the store: the operator has not seen `rows` yet.
        bool read_back = false;
        uint32_t number = 0;  ///< Of the first of `rows` in the store.
    };

    /// `store`: the operator's, the same in every call.
    bool any(StateStore& store);
    /// REQUIRES: any().
    Rest take();
    /// Rows that have just come: all of them are to be done. REQUIRES: !any().
    Rest begin(size_t input, RecordBatch rows) const;
    /// Unless all its rows are done.
    void keep(Rest rest);
    /// Before a commit.
    void save(StateStore& store);

private:
    void load(StateStore& store);
    const plan::Step& step_;
    bool loaded_ = false;
    std::optional<Rest> rest_;
    bool stored_ = false;
    uint32_t stored_from_ = 0, stored_to_ = 0;  ///< Which rows the store has.
};

}  // namespace millrace::exec
