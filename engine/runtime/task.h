// One sub-topology on one partition: the unit of work and of ownership. Lives on one worker, and
// once only: a task that comes back is another one.
//
//           make               start()              close()
//   (none) -----> kRestoring ----------> kRunning ----------> kClosed
//                      |                                         ^
//                      +-----------------------------------------+
//                                        close()
//
// The next row is always the one with the lowest timestamp at the head of the inputs' queues; an
// input that is empty but has more in the log holds the task back (KIP-695), and so does one whose
// records cannot be decoded yet: they stay unread, and are tried again at every turn. A repartition
// topic has no end in the log while those that write it have more to read: its time marks tell how
// far it has come (time_merge.h), and a task that writes one tells its own (time_teller.h).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/exec/build.h"
#include "engine/exec/replaced_table.h"
#include "engine/runtime/feed.h"
#include "engine/runtime/input_position.h"
#include "engine/runtime/query.h"
#include "engine/runtime/task_sink.h"
#include "engine/runtime/time_merge.h"
#include "engine/runtime/time_teller.h"
#include "engine/runtime/topic_meters.h"
#include "engine/state/state_store.h"

namespace millrace {

struct TaskId {
    std::string query_id;
    int subtopology = 0;
    int32_t partition = 0;
    auto operator<=>(const TaskId&) const = default;
    std::string to_string() const {
        return query_id + "/" + std::to_string(subtopology) + "_" + std::to_string(partition);
    }
};

/// Which slot a task belongs to: one query's partitions spread over neighbouring slots.
int32_t slot_of(const TaskId& task, int32_t num_slots);

enum class TaskState { kRestoring, kRunning, kClosed };

/// What a running task works with (see task_builder.h).
struct TaskBody {
    std::unique_ptr<EvalEnv> env;
    std::unique_ptr<TaskSink> sink;
    std::unique_ptr<exec::Pipeline> pipeline;  ///< Refers to the others.
    /// What the sink is told of a replaced plan, ahead of any input; null: nothing, or no more.
    std::unique_ptr<exec::ReplacedTable> replaced = {};
    std::vector<TopicMeter*> meters = {};  ///< One an input, or none at all.
    const Clock* steady = nullptr;         ///< Null: nothing waits by the clock.
    int64_t idle_ms = 0;                   ///< max.task.idle.ms.
    MemoryShare queues = {};               ///< For rows that are decoded and not processed.
};

class Task final : public FeedConsumer {
public:
    Task(TaskId id, RunningQueryPtr query);
    ~Task() override;

    /// Where its stores are, as the sub-topology lists them. Kept here: of a query that has ended
    /// the names may be nobody's while its last tasks go.
    void set_stores(std::vector<StorePartition> stores) { stores_ = std::move(stores); }
    const std::vector<StorePartition>& stores() const { return stores_; }

    /// Its stores are whole. `positions`: one an input. REQUIRES: kRestoring.
    /// `reread_to`: see TaskBuilder::start.
    void start(TaskBody body, const std::vector<InputPosition>& positions, size_t queue_rows_max,
               int64_t reread_to = 0);
    /// The input's records come from here, from its position on. Others get theirs by enqueue()
    /// alone, and whenever they have none they are at their end. A position in a topic that has
    /// been deleted and made again since is none: the new one is read from its beginning. REQUIRES:
    /// kRunning; `feeds` outlives the task.
    Status subscribe(size_t input, FeedSet& feeds);
    /// No more records; its operators are gone.
    void close();
    /// Has it worked since the last mark_committed()?
    bool has_moved() const;
    /// The same, or is where it started not committed yet?
    bool has_to_commit() const;
    /// As at start(), until that is committed.
    int64_t reread_to() const { return reread_to_; }
    /// Back to the last commit, part one: reads no more.
    void unsubscribe();
    /// Part two: operators made anew, which find the stores as they were then; the sink stays.
    /// Reads on from there when it had a feed. REQUIRES: kRunning, unsubscribed.
    Status rewind(const std::function<TaskBody(std::unique_ptr<TaskSink>)>& make);

    TaskState state() const { return state_; }
    /// Where its records go; null: nowhere.
    TaskSink* sink() const { return body_.sink.get(); }
    const TaskId& id() const { return id_; }
    const RunningQueryPtr& query() const { return query_; }
    const plan::SubTopology& subtopology() const {
        return query_->subtopologies()[static_cast<size_t>(id_.subtopology)];
    }
    /// Before a commit: what operators hold back. REQUIRES: kRunning, as all below.
    void flush();

    void enqueue(size_t input, const std::shared_ptr<LogBatch>& batch) override;
    bool wants_more(size_t input) const override;
    bool starves(size_t input) const override;
    bool waits(size_t input) const override {
        return held_ || !inputs_[input].waiting || (blocked_ && !wants_more(input));
    }
    /// Its rows are not wanted for now: it keeps what it has got, and holds up nobody who shares
    /// its feeds.
    void hold(bool held) { held_ = held; }
    bool held() const { return held_; }

    /// Decodes what has come; then rows processed, 0 when no row may go next. Throws what ends the
    /// query.
    size_t process(size_t max_rows);
    /// Is there to be another turn soon, though the last one did nothing: it waits for a sibling,
    /// or by the clock?
    bool is_due_soon() const { return due_soon_; }
    /// Do readers wait for what it has said since the last commit?
    bool is_awaited() const { return teller_ && teller_->is_awaited(); }
    /// Anything fetched but not processed?
    bool has_queued() const;
    bool done() const { return body_.pipeline->done(); }

    /// Positions that have moved since the last mark_committed(): to be committed now.
    std::vector<std::pair<size_t, InputPosition>> take_moved_positions();
    /// What was taken is committed.
    void mark_committed();
    /// Nothing that is committed depends on how far it goes on, but its positions: it has no state,
    /// tells no time, and nothing of a replaced plan.
    bool stands_apart() const;
    /// Reads an input only up to this offset (pull queries on streams).
    void set_end(size_t input, int64_t end_offset) { inputs_[input].end_offset = end_offset; }
    /// Everything of the input up to its end, or the log's, has been processed.
    bool finished(size_t input) const;
    /// The start position was chosen just now: it is to be committed even if nothing comes.
    void mark_new(size_t input) { inputs_[input].fresh = true; }

private:
    struct Chunk {
        RecordBatch rows;
        std::vector<int64_t> offsets;  ///< See exec::DecodedRows.
        size_t next = 0;
        int64_t end_offset = 0;  ///< Where the input stands once all rows are processed.
        MemoryAccount memory = {};

        int64_t offset_of(size_t row) const {
            return offsets.empty() ? rows.meta()[row].offset : offsets[row];
        }
    };
    struct Input {
        std::deque<std::shared_ptr<LogBatch>> unread;  ///< Not decoded yet.
        Status waiting;                                ///< Why the first of them is not.
        std::deque<Chunk> chunks;
        size_t queued_rows = 0;
        InputPosition position, committed;  ///< `committed`: or where it started.
        InputPosition taken;                ///< With the last take_moved_positions().
        bool fresh = false;                 ///< The start is not committed yet.
        int64_t end_offset = -1;            ///< -1: none.
        bool table = false;
        FeedSet* feeds = nullptr;
        std::unique_ptr<TimeMerge> merge;  ///< Of a repartition topic, when its order counts.
        bool unplaced = false;             ///< `position` is not what the merge says.
        int64_t idle_since_ms = -1;        ///< Steady; -1: there are rows, or will be.
        int64_t to_come_ms = 0;            ///< time_to_come() of an empty one, as of choose().

        /// Of this row, among the inputs.
        int64_t time_of(const Chunk& chunk, size_t row) const {
            const RowMeta& meta = chunk.rows.meta()[row];
            return merge ? meta.stream_time_ms : meta.timestamp_ms;  // See decode_merged().
        }
        int64_t head_time() const { return time_of(chunks.front(), chunks.front().next); }
    };
    void enter(TaskState next);
    Status begin_anew(size_t input, const std::string& topic_id);
    TopicPartition source(size_t input) const {
        return {subtopology().inputs[input].topic, id_.partition};
    }
    /// Is everything known of the input fetched?
    bool at_end(size_t input) const;
    void read(size_t input);
    /// Counts these records, and what the rows of them take: of what they came from, text has its
    /// share.
    MemoryAccount note_read(size_t input, std::span<const LogRecord> records,
                            const RecordBatch& rows);
    Status read_batch(size_t input, LogBatch& batch);
    void read_merged(size_t input);
    Status decode_merged(size_t input, std::span<const LogRecord> records);
    void place_merged(Input& in);
    /// Under max.task.idle.ms: which inputs have had nothing, since when.
    void look_around();
    /// The next row of an input that has none at hand has at least this time; TimeMerge::kNothing:
    /// none is waited for.
    int64_t time_to_come(size_t input) const;
    /// Every later row of a repartition topic's writer has at least this order time.
    int64_t order_time() const;
    /// Everything that there is for now has been processed.
    bool caught_up() const;
    /// Says how far it has come, to those that read what it writes. `full`: there may be more.
    void tell_time(bool full);
    void run(size_t input, size_t length);
    /// A part of what rows before gave beyond a turn's measure; false: there is none.
    bool go_on();
    /// Of heads with one timestamp: a table's before a stream's, as a stream's row is to meet what
    /// the table holds at its time; else the earlier input's.
    bool goes_first(size_t a, size_t b) const;
    /// Index of the input whose head goes next, or -1.
    int choose();
    size_t run_length(size_t input, size_t max_rows) const;

    TaskId id_;
    std::vector<StorePartition> stores_;
    RunningQueryPtr query_;
    TaskState state_ = TaskState::kRestoring;
    TaskBody body_;
    std::vector<Input> inputs_;
    int64_t stream_time_ms_ = -1;
    size_t queue_rows_max_ = 0;
    int64_t reread_to_ = 0;
    bool held_ = false;
    bool told_replacement_ = false;       ///< Something of it, since the last commit.
    bool went_on_ = false;                ///< With what rows before gave, since the last commit.
    std::unique_ptr<TimeTeller> teller_;  ///< Of a task that writes a repartition topic.
    int64_t now_ms_ = 0;                  ///< Steady, of this turn; 0: nothing goes by it.
    bool due_soon_ = false;
    bool blocked_ = false;  ///< What it has cannot go on before more of another input comes.
    /// Since the last flush: has it processed rows, and were they ever as many as a turn may take?
    bool unflushed_ = false, full_turn_ = false;
    size_t rows_untold_ = 0;  ///< The teller is to count them.
};

}  // namespace millrace
