// A worker's transaction, and the writers that it is made with. Everything that a worker writes to
// topics goes through here, and nothing but commit() and abort() ends what is open: changelog
// records, positions and tombstones of positions stand or fall together (DESIGN section 5), and
// under exactly once the outputs with them. Under at least once what need not wait (rows that no
// aggregate stands behind) is written apart, by an idempotent writer, so that everyone sees it at
// once; a commit waits until it is acknowledged (docs/decisions/0001). Owned by one worker, on its
// thread.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/runtime/retired.h"
#include "engine/runtime/side_thread.h"
#include "engine/runtime/slot_table.h"

namespace millrace {

class Transaction {
public:
    /// `outputs_apart`: at least once. `owner`: how this worker calls itself to the slots' next
    /// owner. `stopping`: once set, a commit whose outcome nobody tells is not asked about any
    /// longer.
    /// `threads`, `wake`: see SideThread.
    Transaction(Log& log, WriterOptions options, bool outputs_apart, std::string slots_topic,
                std::string owner, const std::atomic<bool>& stopping, bool threads = false,
                std::function<void()> wake = nullptr);

    /// Makes the writer when there is none; what an earlier one of its id has left open is aborted.
    Status ensure_writer();
    /// Begins that beside whoever calls, for the next ensure_writer(): while an earlier writer's
    /// transaction is being aborted, the log is asked again only every half second.
    void begin_writer();
    void drop_writer();
    /// The same with nothing left to do; they come again with the next record.
    void retire_writers(Retired& retired);
    bool has_writers() const { return writer_ || outputs_; }
    /// Topics that will be written to, and those that will be apart: writers for them are made, and
    /// told so (LogWriter::expect), without waiting for it. REQUIRES: !expecting().
    void expect(const std::vector<std::string>& topics, const std::vector<std::string>& apart);
    /// Is that still going on? What writes to those topics meanwhile waits for the log.
    bool expecting();
    /// Has it writers that nobody has told what to expect?
    bool has_new_writers() const { return new_writers_; }

    /// Takes slots in a transaction of its own, which fails when this server has lost them
    /// meanwhile, and fences whoever had them before. REQUIRES: nothing is open.
    Status claim(const SlotAssignment& assignment, const std::set<int32_t>& slots);

    /// Writes for the slots that this other transaction of the same worker has claimed.
    void share_claim(const Transaction& other);

    bool outputs_apart() const { return outputs_apart_; }
    /// Begins when nothing is open. The first failure sticks: until abort() nothing more is
    /// written, and commit() fails with it.
    void write(const ProducedRecord& record) {
        if (!begin()) return;
        if (Status status = writer_->write(record); !status) fail(record, std::move(status));
    }
    void write(const ProducedRecord& record, std::function<void(int64_t offset)> acked);
    /// What a query gives out. `at_once`: apart, where outputs may be. kRefused: the log does not
    /// take this record, and it was left out.
    Status write_output(const ProducedRecord& record, bool at_once);
    /// Where an input of a task of this slot stands now; nothing: it is forgotten. `acked`: as
    /// write().
    void write_position(int32_t slot, const PositionKey& key,
                        const std::optional<InputPosition>& position,
                        std::function<void(int64_t offset)> acked = nullptr);
    /// How often a slot has been taken, with the last claim().
    int64_t epoch(int32_t slot) const { return epochs_.at(slot); }

    bool is_open() const { return open_; }
    const Status& failure() const { return failure_; }
    /// Whose record it failed by, when that record's topic is not there or does not take it; or 0.
    uint32_t failed_owner() const { return failed_owner_; }
    /// Serves delivery reports. Cheap.
    void poll();
    /// Memory that its records hold until it ends.
    size_t staged_bytes() const {
        if (committing_ || !writer_) return committing_bytes_;
        return writer_->staged_bytes();
    }
    /// A record that the log has refused, and whose it was; the next call tells of the next one.
    /// When outputs are not apart the transaction has failed with it.
    std::optional<Refusal> next_refusal();
    /// Waits until outputs that are written apart are acknowledged; a failure sticks as a write's.
    /// Before what depends on it is committed.
    void flush_outputs();
    /// The same without waiting, of what was written apart up to now.
    void mark_outputs();
    /// True: it is acknowledged, or has failed.
    bool outputs_acknowledged();

    /// Everything written since the last commit becomes visible at once. Ok as well when that is
    /// nothing. After a failure only abort() helps; kRetriable (only while stopping): the outcome
    /// is open.
    Status commit();
    /// The same in three parts, once the outputs that it stands for are acknowledged. False: there
    /// is nothing to send().
    bool begin_commit();
    /// Waits for the log, on any thread. Until end_commit() only what is written apart may go on.
    Status send();
    Status end_commit(Status sent);
    /// Nothing of it becomes visible, unless a commit has failed whose outcome is open: then false.
    /// `why`: fenced and fatal writers are let go, false as well.
    bool abort(const Status& why);

private:
    bool begin() { return failure_.is_ok() && (open_ || begin_anew()); }
    bool ensure_outputs();
    bool begin_anew();
    /// Waits for what expect() began.
    void end_expecting();
    static Status make_writer(Log& log, const WriterOptions& options,
                              std::shared_ptr<LogWriter>& writer);
    void fail(const ProducedRecord& record, Status status);
    void touch(int32_t slot);
    void renew_writer();

    Log& log_;
    const WriterOptions options_;
    const std::string slots_topic_;
    const std::string owner_;
    const std::atomic<bool>& stopping_;
    const bool outputs_apart_;
    std::shared_ptr<LogWriter> writer_;
    std::shared_ptr<LogWriter> outputs_;  ///< Made with the first record.
    /// Writers that expect() makes beside the worker, which makes none of these kinds meanwhile.
    struct Made {
        std::shared_ptr<LogWriter> writer, outputs;
    };
    std::shared_ptr<Made> made_;
    const bool threads_;
    const std::function<void()> wake_;
    std::unique_ptr<SideThread> preparing_;  ///< While it goes on.
    bool new_writers_ = false;
    bool outputs_pending_ = false;  ///< Written and not known to be acknowledged.
    bool outputs_marked_ = false;   ///< The same of those up to mark_outputs().
    std::deque<Refusal> refusals_;  ///< Not told yet.
    bool open_ = false;
    bool committing_ = false;  ///< Between begin_commit() and end_commit(): send() has the writer.
    size_t committing_bytes_ = 0;  ///< What is staged, as of begin_commit().
    bool outcome_open_ = false;    ///< A commit was started and nobody told how it ended.
    Status failure_;
    uint32_t failed_owner_ = 0;

    std::shared_ptr<const GroupMetadata> membership_;
    std::map<int32_t, int64_t> epochs_;       ///< Of each slot: how often it was taken.
    std::map<int32_t, GroupOffset> touched_;  ///< Slots that the open transaction writes to.
};

}  // namespace millrace
