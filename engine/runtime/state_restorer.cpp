#include "engine/runtime/state_restorer.h"

#include <utility>

#include "engine/base/log.h"
#include "engine/runtime/changelog_rewriter.h"
#include "engine/runtime/store_mark.h"
#include "engine/state/closing_index.h"

namespace millrace {

namespace {

constexpr const char* kRestoring = "restoring";
constexpr int64_t kToldMax = 5;  ///< Records left out that the log tells of.

}  // namespace

bool is_half_restored(StateBackend& state, StorePartition where) {
    return has_store_mark(state, kRestoring, where);
}

StateRestorer::StateRestorer(CatchUpReader& reader, StateBackend& state, StorePartition where,
                             TopicPartition changelog, Known known)
    : reader_(reader),
      state_(state),
      where_(where),
      changelog_(std::move(changelog)),
      known_(known) {}

StateRestorer::~StateRestorer() {
    if (started_) reader_.stop(changelog_);
}

/// Why the changelog cannot be what the store here was made from; empty: it can.
std::string StateRestorer::misfit_with(const std::string& origin, const OffsetRange& range) const {
    if (state_.origin(where_) != origin)
        return "is of another log, or another topic of this name, than the store here";
    // The log has lost records.
    if (*from_ > range.end) return fmt::format("ends at {}, before {}", range.end, *from_);
    // Records are gone that the store has not seen.
    if (*from_ > 0 && *from_ < range.begin)
        return fmt::format("begins at {}, after {}", range.begin, *from_);
    return "";
}

Status StateRestorer::start() {
    from_ = state_.changelog_offset(where_);
    changelog_lost_ = known_.committed && rewrites_changelog(state_, where_);
    if (changelog_lost_) return Status::ok();
    auto range =
        known_.changelog ? Result<OffsetRange>(*known_.changelog) : reader_.range(changelog_);
    if (!range) return range.status();
    const std::string origin = reader_.origin(changelog_);
    const std::string misfit = from_ ? misfit_with(origin, *range) : "";
    if (!misfit.empty()) {
        changelog_lost_ = known_.committed && range->end == 0;
        if (changelog_lost_) return state_.set_origin(where_, origin);
        log_warn("runtime.restore", "{}-{} {}; the store is restored from the start",
                 changelog_.topic, changelog_.partition, misfit);
        from_.reset();
    }
    position_ = from_.value_or(-1);
    marked_ = is_half_restored(state_, where_);
    if (from_ && known_.whole && !marked_) {
        done_ = true;  // Only markers can follow.
        return Status::ok();
    }
    Status status = reader_.start(changelog_, from_.value_or(0), *range);
    if (!status) return status;
    started_ = true;
    if (known_.make_check) check_ = known_.make_check();
    if (from_) return Status::ok();
    status = state_.clear(where_, origin);
    // From here on no row comes without its entry.
    if (status && known_.closing_suffix > 0)
        status = state_.apply({{where_, std::string(kIndexedKey), ""}}, {});
    const bool something = reader_.position(changelog_) < reader_.end(changelog_);
    return status && something ? mark(true) : status;
}

Status StateRestorer::mark(bool restoring) {
    if (marked_ == restoring) return Status::ok();
    marked_ = restoring;
    return set_store_mark(state_, kRestoring, where_, restoring);
}

RestoreProgress::Records StateRestorer::progress() const {
    if (!started_) return {};
    const int64_t from = from_.value_or(0);
    return {reader_.position(changelog_) - from, reader_.end(changelog_) - from};
}

/// Of a record that no writer of ours wrote.
bool StateRestorer::leave_out(int64_t offset, const std::string& why) {
    if (++num_left_out_ > kToldMax) return false;
    log_warn("runtime.restore", "topic={} partition={} offset={} {}: left out{}", changelog_.topic,
             changelog_.partition, offset, why,
             num_left_out_ == kToldMax ? ", as are others that are not told" : "");
    return false;
}

bool StateRestorer::take_over(const LogRecord& record, std::vector<StateWrite>& writes) {
    if (!record.key) return leave_out(record.offset, "has no key");
    const ByteView key = *record.key;
    if (is_local_key(key)) return leave_out(record.offset, "has a key that no changelog has");
    if (check_ && record.value) {
        const std::string fault = check_->fault_of(key, *record.value);
        if (!fault.empty()) return leave_out(record.offset, "is no row of this store: " + fault);
    }
    StateWrite write{where_, std::string(key), {}};
    if (record.value) write.value = std::string(*record.value);
    if (known_.closing_suffix > 0) {
        std::string entry = closing_key(key, known_.closing_suffix);
        const auto is = write.value ? std::optional<std::string>("") : std::nullopt;
        if (!entry.empty()) writes.push_back({where_, std::move(entry), is});
    }
    writes.push_back(std::move(write));
    return true;
}

Result<bool> StateRestorer::step(size_t max_records) {
    if (done_) return true;
    if (!started_) {
        if (Status status = start(); !status) return status;
    }
    if (changelog_lost_) done_ = true;
    if (done_) return true;
    std::vector<StateWrite> writes;
    int64_t num_taken = 0;
    auto reached = reader_.step(changelog_, max_records, [&](const LogRecord& record) {
        if (take_over(record, writes)) ++num_taken;
    });
    if (!reached) return reached;
    const int64_t position = reader_.position(changelog_);
    if (!writes.empty() || (*reached && position != position_)) {
        Status applied = state_.apply(writes, {{where_, position}});
        if (!applied) return applied;
        position_ = position;
        num_records_ += num_taken;
    }
    if (*reached) {
        if (Status status = mark(false); !status) return status;
    }
    done_ = *reached;
    return done_;
}

}  // namespace millrace
