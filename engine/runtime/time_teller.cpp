#include "engine/runtime/time_teller.h"

#include <algorithm>

#include "engine/exec/repartition.h"

namespace millrace {

namespace {

/// A task may be ahead of its siblings by so many stretches of so many rows; by more when groups of
/// rows are combined, of which its readers hold few records.
constexpr size_t kStretches = 8;
constexpr size_t kStretchesCombined = 32;
constexpr size_t kStretchRows = 4096;
/// Marks are few beside records.
constexpr size_t kRowsAMark = 256;
constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

}  // namespace

TimeTeller::TimeTeller(TimeBoard& board, int32_t writer, bool always, bool combines)
    : board_(board),
      writer_(static_cast<size_t>(writer)),
      always_(always),
      stretches_(combines ? kStretchesCombined : kStretches),
      told_ms_(kNever) {
    board_.set_behind(writer_);
}

bool TimeTeller::may_go_on(bool short_of_memory) const {
    if (short_of_memory) return caught_up() || board_.time(writer_) <= board_.slowest();
    return caught_up() || lead_.size() < stretches_ || lead_.front() <= board_.slowest();
}

void TimeTeller::note_processed(size_t rows, int64_t time_ms) {
    board_.set_time(writer_, time_ms);
    untold_rows_ += rows;
    rows_ += rows;
    if (rows_ < kStretchRows) return;
    rows_ = 0;
    lead_.push_back(time_ms);
    if (lead_.size() > stretches_) lead_.pop_front();
}

void TimeTeller::tell(int64_t time_ms, bool caught_up, TaskSink& sink, exec::Pipeline& pipeline) {
    const bool changes = caught_up != this->caught_up();
    const bool further = time_ms > told_ms_ && (!caught_up || always_);
    // While it works on, the next turn can tell of both.
    const bool soon = !caught_up && untold_rows_ > 0 && untold_rows_ < kRowsAMark;
    untold_rows_ = soon ? kRowsAMark : 0;
    board_.set_time(writer_, time_ms);
    if (changes && !caught_up) board_.set_behind(writer_);
    if (!is_asked() && !(changes && caught_up) && !(further && !soon)) return;
    awaited_ = awaited_ || is_asked();
    told_for_ = board_.asked();
    told_ms_ = time_ms;
    const exec::TimeMark mark{static_cast<int32_t>(writer_), time_ms, board_.next_number()};
    // Ahead of the mark: who reads it finds the board as it says.
    if (caught_up) board_.set_caught_up(writer_, mark.number);
    sink.write_mark(exec::encode(mark), std::max<int64_t>(time_ms, 0));
    pipeline.told_time(time_ms);
    uncommitted_ = true;
}

void TimeTeller::rewind() {
    board_.set_behind(writer_);
    board_.set_time(writer_, kNever);
    told_for_ = 0;
    told_ms_ = kNever;
    uncommitted_ = awaited_ = false;
    rows_ = untold_rows_ = 0;
    lead_.clear();
}

}  // namespace millrace
