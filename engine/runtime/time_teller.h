// The part of a task that writes a repartition topic: says in the topic and on the board how far
// the task has come, and keeps it from running so far ahead of its siblings that their readers
// would have to hold much. Owned by the task, on its worker's thread.
#pragma once

#include <cstdint>
#include <deque>

#include "engine/exec/build.h"
#include "engine/runtime/task_sink.h"
#include "engine/runtime/time_board.h"

namespace millrace {

class TimeTeller {
public:
    /// `always`: tells how far it has come when it has caught up, too. `combines`: see
    /// exec::Pipeline::holds_back.
    TimeTeller(TimeBoard& board, int32_t writer, bool always, bool combines);
    ~TimeTeller() { board_.set_behind(writer_); }
    TimeTeller(const TimeTeller&) = delete;
    TimeTeller& operator=(const TimeTeller&) = delete;

    /// Is it near enough to its siblings to go on? `short_of_memory`: only who is not ahead at all.
    bool may_go_on(bool short_of_memory) const;
    bool caught_up() const { return board_.caught_up(writer_) != 0; }
    /// Has a reader asked since it last told?
    bool is_asked() const { return told_for_ != board_.asked(); }
    /// A part of its input is processed.
    void note_processed(size_t rows, int64_t time_ms);
    /// All that it has processed up to this time is written. `caught_up`: and there is no more.
    void tell(int64_t time_ms, bool caught_up, TaskSink& sink, exec::Pipeline& pipeline);
    /// Has it told anything since the last commit?
    bool uncommitted() const { return uncommitted_; }
    /// Was it asked for?
    bool is_awaited() const { return awaited_; }
    void mark_committed() { uncommitted_ = awaited_ = false; }
    /// What it told since then was not told.
    void rewind();

private:
    TimeBoard& board_;
    const size_t writer_;
    const bool always_;
    const size_t stretches_;
    uint64_t told_for_ = 0;
    int64_t told_ms_;
    bool uncommitted_ = false, awaited_ = false;
    size_t rows_ = 0;           ///< Processed since the last of lead_.
    size_t untold_rows_ = 0;    ///< Processed since it last told.
    std::deque<int64_t> lead_;  ///< Its times after each of its last stretches of rows.
};

}  // namespace millrace
