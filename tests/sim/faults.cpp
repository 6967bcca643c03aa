#include "tests/sim/faults.h"

namespace millrace::sim {

namespace {

/// An input or the sink of a query, that is, no topic of the runtime's own.
bool is_public(std::string_view topic) {
    return !topic.empty() && !topic.starts_with("_");
}

std::string_view fate_name(Fate::Kind kind) {
    switch (kind) {
        case Fate::Kind::kAsUsual:
            return "as usual";
        case Fate::Kind::kFail:
            return "fails";
        case Fate::Kind::kLoseAnswer:
            return "loses its answer";
        case Fate::Kind::kLate:
            return "comes late";
    }
    return "";
}

}  // namespace

Rates random_rates(std::mt19937_64& random, int strength) {
    Rates rates;
    auto rate = [&](int most) {
        const bool on = random() % 2 == 0;
        const int value = static_cast<int>(random() % static_cast<uint64_t>(most)) + 1;
        return on ? value * strength / 3 : 0;
    };
    rates.log.admin_fails = rate(400);
    rates.log.admin_answer_lost = rate(300);
    rates.log.write_fails = rate(50);
    rates.log.transaction_fails = rate(400);
    rates.log.commit_fails = rate(800);
    rates.log.commit_answer_lost = rate(1500);
    rates.log.commit_late = rate(1500);
    rates.log.transaction_expires = rate(400);
    rates.log.marker_held = rate(2000);
    rates.log.poll_empty = rate(3000);
    rates.log.calls_late_max = static_cast<int64_t>(random() % 200) + 1;
    rates.poll_refused = rate(20);
    rates.state_read_fails = rate(20);
    rates.state_write_fails = rate(200);
    return rates;
}

std::string random_point(std::mt19937_64& random) {
    // Those of a commit and of a take-over more often than others.
    static const std::vector<std::string> kPoints{
        "before commit",       "after commit",       "before send_offsets",
        "after send_offsets",  "before apply",       "after apply",
        "before begin",        "after begin",        "before write",
        "after write",         "before commit",      "after commit",
        "before committed",    "after committed",    "after init_transactions",
        "before member_poll",  "after member_poll",  "before assign",
        "before offsets",      "before poll",        "after poll",
        "before create_topic", "after create_topic", "before remove_topic",
        "before abort",        "after abort"};
    return kPoints[random() % kPoints.size()];
}

Faults::Faults(uint64_t seed, const Rates& rates, ManualClock& clock, Trace& trace)
    : SeededFaults(seed, rates.log),
      random_(seed ^ 0x5bd1e995),
      rates_(rates),
      clock_(clock),
      trace_(trace) {
    on_point = [this](std::string_view point, const CallSite& site) { pass(point, site); };
}

bool Faults::hit(int rate) {
    const bool drawn = random_() % 10000 < static_cast<uint64_t>(rate);
    return drawn && !calm_;
}

Fate Faults::before(const CallSite& site) {
    mend();
    if (site.call == LogCall::kPoll && is_public(site.subject) && hit(rates_.poll_refused)) {
        trace_.note("poll of {}-{} is refused", site.subject, site.partition.partition);
        return {Fate::Kind::kFail, Status(Fault::kFatal, "Simulated: this read is refused."), 0};
    }
    Fate fate = SeededFaults::before(site);
    if (fate.kind != Fate::Kind::kAsUsual && site.call != LogCall::kPoll) {
        trace_.note("{}: {} of {} {}", site.client, log_call_name(site.call), site.subject,
                    fate_name(fate.kind));
    }
    return fate;
}

void Faults::idle(std::string_view, int64_t timeout_ms) {
    clock_.advance(std::max<int64_t>(timeout_ms, 1));
    mend();
}

void Faults::pass(std::string_view point, const CallSite& site) {
    if (!ambush_ || calm_ || ambush_->point != point || --ambush_->passes > 0) return;
    const Ambush ambush = *ambush_;
    ambush_.reset();
    switch (ambush.kind) {
        case Ambush::Kind::kCrash:
            trace_.note("{} dies {} of {}", site.client, point, site.subject);
            throw SimulatedCrash{std::string(point)};
        case Ambush::Kind::kPause:
            trace_.note("{} is paused {} of {} for {} ms", site.client, point, site.subject,
                        ambush.pause_ms);
            clock_.advance(ambush.pause_ms);
            return;
        case Ambush::Kind::kExpire:
            trace_.note("transaction of {} expires {}", site.subject, point);
            if (expire) expire(std::string(site.subject));
            return;
        case Ambush::Kind::kLosesLeader:
            if (site.partition.partition >= 0) lose_leader(site.partition, ambush.pause_ms);
            return;
    }
}

void Faults::lose_leader(const TopicPartition& partition, int64_t for_ms) {
    trace_.note("{}-{} has no leader for {} ms", partition.topic, partition.partition, for_ms);
    leaderless_until_[partition] = clock_.now_ms() + for_ms;
    set_leader(partition, false);
}

void Faults::mend() {
    std::erase_if(leaderless_until_, [&](const auto& entry) {
        if (entry.second > clock_.now_ms()) return false;
        set_leader(entry.first, true);
        return true;
    });
}

void Faults::calm() {
    calm_ = true;
    ambush_.reset();
    for (const auto& [partition, until] : leaderless_until_) set_leader(partition, true);
    leaderless_until_.clear();
    heal();
}

void Faults::before_read() {
    if (!hit(rates_.state_read_fails)) return;
    trace_.note("a read of the state fails");
    throw std::runtime_error("Simulated: the state cannot be read.");
}

Status Faults::before_write() {
    if (!hit(rates_.state_write_fails)) return Status::ok();
    trace_.note("a write of the state fails");
    return {Fault::kRetriable, "Simulated: the state cannot be written."};
}

}  // namespace millrace::sim
