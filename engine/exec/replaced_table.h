// After CREATE OR REPLACE TABLE: brings the sink from what the replaced plan has told of the stored
// rows to what the new one tells of them. Rows that pass now, or look different, are written;
// those that pass no more get a tombstone. A stretch of the store at a time, ahead of the task's
// next input; the store then notes for which plan the sink is right. Used by one worker.
//
// Stopped half-way, by an abort or a crash, it begins anew: what it writes twice is the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/exec/sink_encoder.h"
#include "engine/exec/stored_table.h"

namespace millrace::exec {

struct Replacing {
    const plan::PhysicalPlan* before = nullptr;  ///< Null: not known, everything is told.
    const plan::PhysicalPlan* now = nullptr;
    int64_t number = 0;  ///< Of the new plan.
};

class ReplacedTable {
public:
    /// REQUIRES: both plans keep the table in one store, in one layout. `context` and what
    /// `replacing` points to outlive it.
    ReplacedTable(const Replacing& replacing, const FunctionRegistry& functions,
                  OperatorContext context, RecordSink& sink);
    ~ReplacedTable();

    /// Looks at the next rows, about `max_rows`; how many there were.
    size_t step(size_t max_rows);
    bool done() const { return done_; }

private:
    class View;
    RecordBatch read(size_t max_rows);
    /// `before`, `now`: what the plans make of `stored`; a row's offset tells which one it was.
    void write_difference(const RecordBatch& before, const RecordBatch& now,
                          const RecordBatch& stored);
    bool same(const RecordBatch& before, uint32_t was, const RecordBatch& now, uint32_t is) const;

    OperatorContext context_;
    OperatorContext quiet_;  ///< For the replaced plan.
    const int64_t number_;
    StateStore& store_;
    const plan::Step& from_;
    std::unique_ptr<PairReader> pairs_;
    std::unique_ptr<View> before_, now_;  ///< before_ is null where it is not known.
    bool same_columns_ = false;
    SinkEncoder encoder_;
    std::string next_key_;
    bool done_ = false;
};

/// The number of the plan for which the sink is right; -1: the query's first.
int64_t told_plan(StateStore& store);
void note_told_plan(StateStore& store, int64_t number);

/// A table that is read again into a new store, because its replaced plan kept other columns: up to
/// this offset its rows may be in the sink already, whether they pass or not. 0: it is not.
int64_t reread_to(StateStore& store);
void note_reread_to(StateStore& store, int64_t offset);

}  // namespace millrace::exec
