// How a worker takes its slots over: positions as of the last commit, then the claim.
#include "engine/base/log.h"
#include "engine/runtime/other_servers.h"
#include "engine/runtime/worker.h"

namespace millrace {

namespace {

constexpr const char* kTakeOverLog = "runtime.worker";
constexpr int64_t kPositionsTimeoutMs = 120000;

}  // namespace

Worker::TakenSlot Worker::kept_slot(int32_t slot) {
    const auto& committed = assignment_->committed;
    GroupOffset claimed;
    if (auto found = claims_.find(slot); found != claims_.end()) {
        claimed = found->second;
    } else if (auto last = committed.find(slot); last != committed.end()) {
        claimed = last->second;
    }
    TakenSlot taken;
    taken.slot = slot;
    taken.now = local_positions_.load(slot, claimed);
    taken.here = taken.now.positions;
    return taken;
}

/// The rest of the slot, or all of it where what is here does not go with it.
Status Worker::read_slot(CatchUpReader& reader, TakenSlot& taken, const Status& begun) {
    const TopicPartition source{context_.slots_topic(), taken.slot};
    const auto visit = [&](const LogRecord& record) {
        apply_position(record, taken.slot, taken.now.positions);
    };
    Result<int64_t> read = begun ? reader.finish(source, kPositionsTimeoutMs, visit) : begun;
    if (read.status().fault() == Fault::kCorruptState && taken.now.next_offset > 0) {
        log_warn(kTakeOverLog, "slot={} is read from its beginning: {}", taken.slot,
                 read.status().message());
        taken.now = {};
        taken.here.clear();
        read = reader.read_to_end(source, 0, kPositionsTimeoutMs, visit);
    }
    if (!read) return read.status();
    reader.stop(source);
    taken.now.next_offset = *read;
    for (const auto& [key, position] : taken.now.positions) {
        auto found = taken.here.find(key);
        if (found == taken.here.end() || !(found->second == position)) taken.now.behind.insert(key);
    }
    return Status::ok();
}

Result<std::vector<Worker::TakenSlot>> Worker::read_positions() {
    std::vector<TopicPartition> sources;
    for (int32_t slot : slots_) sources.push_back({context_.slots_topic(), slot});
    auto ranges = context_.log->topics().offsets_of(sources);
    if (!ranges) return ranges.status();
    // All at once: each would wait for an answer of its own.
    CatchUpReader reader(*context_.log, *context_.steady);
    std::vector<TakenSlot> taken;
    std::vector<Status> begun;
    for (const TopicPartition& source : sources) {
        taken.push_back(kept_slot(source.partition));
        auto range = ranges->find(source);
        if (range == ranges->end())
            return Status(Fault::kRetriable, source.topic + " has no partition for every slot");
        begun.push_back(reader.start(source, taken.back().now.next_offset, range->second));
    }
    for (size_t i = 0; i < taken.size(); ++i) {
        if (Status status = read_slot(reader, taken[i], begun[i]); !status) return status;
    }
    return taken;
}

/// For the next start; it can do without.
void Worker::keep_positions(const std::vector<TakenSlot>& slots) {
    for (const TakenSlot& taken : slots) {
        const int64_t epoch = main_.transaction().epoch(taken.slot);
        claims_[taken.slot] = {epoch, slot_owner(context_, index_)};
        Status status = local_positions_.keep(taken.slot, epoch, taken.now);
        if (status) continue;
        log_warn(kTakeOverLog, "slot={} positions are not kept: {}", taken.slot, status.message());
        return;
    }
}

bool Worker::take_over() {
    auto slots = read_positions();
    Status status = slots.status();
    if (status) status = main_.transaction().claim(*assignment_, slots_);
    if (!status) {
        recover(status);
        return false;
    }
    proving_.transaction().share_claim(main_.transaction());
    keep_positions(*slots);
    PositionMap positions;
    std::set<PositionKey> behind;
    for (TakenSlot& taken : *slots) {
        positions.merge(taken.now.positions);
        behind.merge(taken.now.behind);
    }
    positions_.reset(std::move(positions), std::move(behind));
    taken_over_ = true;
    tasks_stale_ = true;
    log_info(kTakeOverLog, "worker={} slots={} positions={} taken over", index_, slots_.size(),
             positions_.now().size());
    return true;
}

}  // namespace millrace
