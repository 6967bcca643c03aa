// Stream-stream join within a window of time. Each side's rows are kept in a store of its own, so
// that a row of the other side finds those that stand near enough in time.
//
// Of the sides one is primary: the left one, but the right one of a RIGHT join. The window is
// around the primary's rows. With a grace period, rows of an outer side that have found nothing are
// held in a third store until stream time has left their window behind; without, they go out at
// once. Rules: semantics reference, section 10.1.
//
// Stores (docs/formats.md): side: key ‖ time ‖ number → row; held: time ‖ side ‖ key ‖ number →
// row. What else a row has touched (stream time, numbering) is noted in the left side's store at
// every commit.
#pragma once

#include <optional>
#include <string>

#include "engine/exec/joined_rows.h"
#include "engine/exec/unfinished_rows.h"

namespace millrace::exec {

class StreamStreamJoinOperator final : public Operator {
public:
    explicit StreamStreamJoinOperator(const plan::Step& step);
    void open(OperatorContext& context) override;
    void process(size_t input, RecordBatch batch, Emitter& output) override;
    /// A row may have any number of matches, and end the wait of any number of rows.
    bool may_pause() const override { return true; }
    bool more() override { return unfinished_.any(*sides_[kLeftSide].store); }
    void go_on(Emitter& output) override;
    void flush(Emitter& output) override;

private:
    struct Side {
        explicit Side(const plan::Step& step)
            : rows(step), num_keys(step.schema.key.size()), windowed(step.window) {}
        StoredRows rows;
        size_t num_keys;
        WindowType windowed;
        bool outer = false;         ///< Its rows go out also when nothing matches.
        int64_t look_back_ms = 0;   ///< How far before a row its matches may stand …
        int64_t look_ahead_ms = 0;  ///< … and how far behind.
        StateStore* store = nullptr;
    };
    /// What goes with the stores: noted under a reserved key.
    struct Progress {
        int64_t stream_time_ms = -1;
        int64_t newest_ms[2] = {-1, -1};  ///< The largest time put in each side's store.
        uint64_t next_number = 0;
        /// No held row before this one can have expired without being looked at; none: look.
        std::optional<int64_t> held_from_ms;
        bool operator==(const Progress&) const = default;
    };

    void load();
    /// Takes rows until all are done or a turn has given enough.
    void join_rows(UnfinishedRows::Rest rest, Emitter& output);
    /// False: a turn has given enough, and cursor_ says how far the row has come.
    bool join_row(size_t input, const RecordBatch& batch, size_t row);
    /// Adds a row for each match; false when a turn has given enough. `found`: there was one.
    bool add_matches(size_t input, const RecordBatch& batch, size_t row, bool& found);
    void add_alone(size_t input, const RecordBatch& batch, size_t row);
    void hold(size_t input, const RecordBatch& batch, size_t row);
    /// Rows of `side` with the key in key_ that were held at this time have a match now.
    void release(size_t side, int64_t time_ms);
    bool emit_expired(size_t input, const RecordBatch& batch, size_t row);
    void keep(size_t input, const RecordBatch& batch, size_t row);
    bool is_at(char where) const { return !cursor_.empty() && cursor_.front() == where; }
    char side_byte(size_t side) const { return side == primary_ ? 1 : 0; }

    const plan::StreamStreamJoinStep& join_;
    Side sides_[2];
    size_t primary_;
    int64_t grace_ms_, retention_ms_, segment_ms_;
    StateStore* held_ = nullptr;  ///< Only outer joins with a grace period.
    JoinedRows out_;
    Progress now_, saved_;
    bool loaded_ = false;
    std::string key_, from_, to_, value_;
    /// How far a row has come that gives more than a turn may; empty: no part is out.
    ///   x ‖ sides that are open ‖ key     this held row is the last that its time has let go
    ///   m ‖ key                           this is the last of its matches that is out
    std::string cursor_;
    size_t rows_max_ = 0;
    UnfinishedRows unfinished_;
};

}  // namespace millrace::exec
