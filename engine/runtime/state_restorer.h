// Brings one store partition to where its changelog stood when the restoring began. It has no loop
// of its own: whoever owns it calls step() until that says that it is done, and does other work in
// between. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/exec/stored_check.h"
#include "engine/runtime/catch_up_reader.h"
#include "engine/runtime/restore_progress.h"
#include "engine/state/state_store.h"

namespace millrace {

/// Is only a part of what the store partition held there, since its restore has not ended? What was
/// there at first as a whole but for the last changes, as after a crash, is no part.
bool is_half_restored(StateBackend& state, StorePartition where);

class StateRestorer {
public:
    /// `reader` may serve many restorers, each with a changelog of its own.
    /// What is known without asking.
    struct Known {
        bool committed = false;  ///< The task has committed work: what the state has of it counts.
        bool whole = false;      ///< The state has all that was committed.
        std::optional<OffsetRange> changelog;
        /// Its windows are indexed by when they close, their times being so long; 0: it is no such
        /// store.
        size_t closing_suffix = 0;
        /// Makes what says which pairs can be in it, when there are some to look at. It may make
        /// null: any can.
        std::function<std::unique_ptr<exec::StoredCheck>()> make_check = nullptr;
    };
    StateRestorer(CatchUpReader& reader, StateBackend& state, StorePartition where,
                  TopicPartition changelog, Known known);
    StateRestorer(CatchUpReader& reader, StateBackend& state, StorePartition where,
                  TopicPartition changelog)
        : StateRestorer(reader, state, where, std::move(changelog), Known()) {}
    ~StateRestorer();
    StateRestorer(const StateRestorer&) = delete;
    StateRestorer& operator=(const StateRestorer&) = delete;

    /// Takes over at most `max_records` records that have come by now; true when the store is
    /// whole. The state knows how far it is: another restorer goes on from there. Never waits.
    Result<bool> step(size_t max_records);

    const StorePartition& where() const { return where_; }
    size_t closing_suffix() const { return known_.closing_suffix; }
    const TopicPartition& changelog() const { return changelog_; }
    int64_t num_records() const { return num_records_; }
    /// Records that no operator of this store wrote, and that are not in it.
    int64_t num_left_out() const { return num_left_out_; }
    /// Of the records that the changelog has beyond what was here.
    RestoreProgress::Records progress() const;
    /// The changelog has lost everything, and only this server has the state: there was nothing to
    /// restore. REQUIRES: done.
    bool changelog_is_lost() const { return changelog_lost_; }
    /// Nothing was there, neither here nor in the changelog. REQUIRES: done.
    bool store_is_new() const { return !from_ && position_ == 0; }

private:
    Status start();
    std::string misfit_with(const std::string& origin, const OffsetRange& range) const;
    Status mark(bool restoring);
    bool leave_out(int64_t offset, const std::string& why);
    /// False: it is left out.
    bool take_over(const LogRecord& record, std::vector<StateWrite>& writes);

    CatchUpReader& reader_;
    StateBackend& state_;
    const StorePartition where_;
    const TopicPartition changelog_;
    const Known known_;
    std::optional<int64_t> from_;  ///< What the state held when this began.
    bool started_ = false;
    bool done_ = false;
    int64_t position_ = -1;  ///< The changelog offset that the state is at; -1: none yet.
    int64_t num_records_ = 0;
    std::unique_ptr<exec::StoredCheck> check_;
    int64_t num_left_out_ = 0;
    bool marked_ = false;
    bool changelog_lost_ = false;
};

}  // namespace millrace
