#include "engine/runtime/state_restorer.h"

#include <utility>
#include <vector>

#include "engine/base/log.h"

namespace millrace {

StateRestorer::StateRestorer(CatchUpReader& reader, StateBackend& state, StorePartition where,
                             TopicPartition changelog)
    : reader_(reader), state_(state), where_(where), changelog_(std::move(changelog)) {}

StateRestorer::~StateRestorer() {
    if (started_) reader_.stop(changelog_);
}

Status StateRestorer::start() {
    from_ = state_.changelog_offset(where_);
    const std::string origin = reader_.origin(changelog_);
    if (from_ && state_.origin(where_) != origin) {
        log_warn("runtime.restore",
                 "{}-{}: the store here is of another log, or of another topic of this name; it is "
                 "restored from the start",
                 changelog_.topic, changelog_.partition);
        from_.reset();
    }
    Status status = reader_.start(changelog_, from_.value_or(0));
    if (from_ && status.fault() == Fault::kCorruptState) {
        // Ahead of a log that has lost records, or so far behind that some of them are gone.
        log_warn("runtime.restore", "{}; the store is restored from the start", status.message());
        from_.reset();
        status = reader_.start(changelog_, 0);
    }
    if (!status) return status;
    started_ = true;
    position_ = from_.value_or(-1);
    return from_ ? Status::ok() : state_.clear(where_, origin);
}

/// Of a record that no writer of ours wrote: which row it is about cannot be told.
void StateRestorer::note_keyless(int64_t offset) {
    if (std::exchange(keyless_noted_, true)) return;
    log_warn("runtime.restore",
             "topic={} partition={} offset={} has no key: left out, as are all such records",
             changelog_.topic, changelog_.partition, offset);
}

Result<bool> StateRestorer::step(size_t max_records) {
    if (done_) return true;
    if (!started_) {
        if (Status status = start(); !status) return status;
    }
    std::vector<StateWrite> writes;
    auto reached = reader_.step(changelog_, max_records, [&](const LogRecord& record) {
        if (!record.key) {
            note_keyless(record.offset);
            return;
        }
        StateWrite write{where_, std::string(*record.key), {}};
        if (record.value) write.value = std::string(*record.value);
        writes.push_back(std::move(write));
    });
    if (!reached) return reached;
    const int64_t position = reader_.position(changelog_);
    if (!writes.empty() || (*reached && position != position_)) {
        Status applied = state_.apply(writes, {{where_, position}});
        if (!applied) return applied;
        position_ = position;
        num_records_ += static_cast<int64_t>(writes.size());
    }
    done_ = *reached;
    return done_;
}

}  // namespace millrace
