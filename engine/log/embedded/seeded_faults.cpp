#include "engine/log/embedded/seeded_faults.h"

#include <fmt/format.h>

namespace millrace {

std::string_view log_call_name(LogCall call) {
    switch (call) {
        case LogCall::kList:
            return "list";
        case LogCall::kDescribe:
            return "describe";
        case LogCall::kCreateTopic:
            return "create_topic";
        case LogCall::kRemoveTopic:
            return "remove_topic";
        case LogCall::kOffsets:
            return "offsets";
        case LogCall::kDeleteRecords:
            return "delete_records";
        case LogCall::kPublishOffsets:
            return "publish_offsets";
        case LogCall::kPing:
            return "ping";
        case LogCall::kInitTransactions:
            return "init_transactions";
        case LogCall::kBegin:
            return "begin";
        case LogCall::kWrite:
            return "write";
        case LogCall::kSendOffsets:
            return "send_offsets";
        case LogCall::kCommit:
            return "commit";
        case LogCall::kAbort:
            return "abort";
        case LogCall::kFlush:
            return "flush";
        case LogCall::kAssign:
            return "assign";
        case LogCall::kPoll:
            return "poll";
        case LogCall::kMemberPoll:
            return "member_poll";
        case LogCall::kCommitted:
            return "committed";
    }
    return "";
}

bool SeededFaults::hit(int rate) {
    constexpr uint64_t kOf = 10000;
    // Drawn also when the rate is 0: another rate leaves the other decisions as they were.
    const bool drawn = random_() % kOf < static_cast<uint64_t>(rate);
    if (healed_ || !drawn) return false;
    ++num_faults_;
    return true;
}

Fate SeededFaults::fail(Fault fault, const CallSite& site) {
    return {Fate::Kind::kFail,
            Status(fault, fmt::format("Seeded fault: {} of '{}' failed.", log_call_name(site.call),
                                      site.subject)),
            0};
}

Fate SeededFaults::commit_fate(const CallSite& site) {
    if (hit(rates_.commit_fails)) return fail(Fault::kAbortable, site);
    if (hit(rates_.commit_answer_lost)) {
        return {Fate::Kind::kLoseAnswer,
                Status(Fault::kRetriable, "Seeded fault: the answer to a commit was lost."), 0};
    }
    if (hit(rates_.commit_late)) {
        const auto calls = static_cast<uint64_t>(rates_.calls_late_max) + 1;
        return {Fate::Kind::kLate,
                Status(Fault::kRetriable, "Seeded fault: a commit is on its way."),
                static_cast<int64_t>(random_() % calls)};
    }
    if (hit(rates_.transaction_expires) && expire) expire(std::string(site.subject));
    return {};
}

Fate SeededFaults::before(const CallSite& site) {
    if (on_point) on_point(fmt::format("before {}", log_call_name(site.call)), site);
    if (site.partition.partition >= 0 && leaderless_.count(site.partition) != 0) {
        return fail(Fault::kRetriable, site);
    }
    switch (site.call) {
        case LogCall::kCreateTopic:
        case LogCall::kRemoveTopic:
            if (hit(rates_.admin_answer_lost)) {
                return {Fate::Kind::kLoseAnswer,
                        Status(Fault::kRetriable, "Seeded fault: the answer was lost."), 0};
            }
            [[fallthrough]];
        case LogCall::kList:
        case LogCall::kDescribe:
        case LogCall::kOffsets:
        case LogCall::kDeleteRecords:
        case LogCall::kPublishOffsets:
        case LogCall::kPing:
        case LogCall::kInitTransactions:
        case LogCall::kAssign:
        case LogCall::kCommitted:
            if (hit(rates_.admin_fails)) return fail(Fault::kRetriable, site);
            return {};
        case LogCall::kWrite:
        case LogCall::kFlush:
            if (hit(rates_.write_fails)) return fail(Fault::kRetriable, site);
            return {};
        case LogCall::kBegin:
        case LogCall::kSendOffsets:
            if (hit(rates_.transaction_fails)) return fail(Fault::kAbortable, site);
            return {};
        case LogCall::kCommit:
            return commit_fate(site);
        case LogCall::kPoll:
            if (hit(rates_.poll_empty)) return fail(Fault::kRetriable, site);
            return {};
        case LogCall::kAbort:
        case LogCall::kMemberPoll:
            return {};
    }
    return {};
}

void SeededFaults::after(const CallSite& site) {
    if (on_point) on_point(fmt::format("after {}", log_call_name(site.call)), site);
}

int64_t SeededFaults::marker_delay(const TopicPartition&) {
    const uint64_t calls = random_() % (static_cast<uint64_t>(rates_.calls_late_max) + 1);
    return hit(rates_.marker_held) ? static_cast<int64_t>(calls) : 0;
}

void SeededFaults::set_leader(const TopicPartition& partition, bool present) {
    if (present) {
        leaderless_.erase(partition);
    } else {
        leaderless_.insert(partition);
    }
}

}  // namespace millrace
