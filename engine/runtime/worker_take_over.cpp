// How a worker takes its slots over: positions as of the last commit, then the claim.
#include "engine/base/log.h"
#include "engine/runtime/other_servers.h"
#include "engine/runtime/worker.h"

namespace millrace {

namespace {

constexpr const char* kTakeOverLog = "runtime.worker";
constexpr int64_t kPositionsTimeoutMs = 120000;

}  // namespace

Status Worker::read_slot(CatchUpReader& reader, TakenSlot& taken) {
    const TopicPartition source{context_.slots_topic(), taken.slot};
    const auto& committed = assignment_->committed;
    GroupOffset claimed;
    if (auto found = claims_.find(taken.slot); found != claims_.end()) {
        claimed = found->second;
    } else if (auto last = committed.find(taken.slot); last != committed.end()) {
        claimed = last->second;
    }
    taken.now = local_positions_.load(taken.slot, claimed);
    PositionMap here = taken.now.positions;
    const auto visit = [&](const LogRecord& record) {
        apply_position(record, taken.slot, taken.now.positions);
    };
    auto read = reader.read_to_end(source, taken.now.next_offset, kPositionsTimeoutMs, visit);
    if (read.status().fault() == Fault::kCorruptState && taken.now.next_offset > 0) {
        log_warn(kTakeOverLog, "slot={} is read from its beginning: {}", taken.slot,
                 read.status().message());
        taken.now = {};
        here.clear();
        read = reader.read_to_end(source, 0, kPositionsTimeoutMs, visit);
    }
    if (!read) return read.status();
    taken.now.next_offset = *read;
    for (const auto& [key, position] : taken.now.positions) {
        auto found = here.find(key);
        if (found == here.end() || !(found->second == position)) taken.now.behind.insert(key);
    }
    return Status::ok();
}

Result<std::vector<Worker::TakenSlot>> Worker::read_positions() {
    std::vector<TakenSlot> taken;
    CatchUpReader reader(*context_.log, *context_.steady);
    for (int32_t slot : slots_) {
        taken.emplace_back().slot = slot;
        if (Status status = read_slot(reader, taken.back()); !status) return status;
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
