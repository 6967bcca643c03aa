#include "engine/runtime/other_servers.h"

#include <fmt/format.h>

#include "engine/base/log.h"

namespace millrace {

namespace {

constexpr char kProcessMark = '@';
/// The group looks only now and then who has gone.
constexpr int64_t kSlackMs = 2000;
/// From joining the group to the claim of its slots a server takes less than this.
constexpr int64_t kClaimMs = 1500;

/// The process by which this server's slots were claimed; of several that have ended, one.
std::string claimant(const std::vector<GroupOffset>& offsets, const std::string& server) {
    std::string process;
    for (const GroupOffset& offset : offsets) {
        const size_t mark = offset.metadata.find(kProcessMark);
        if (mark == std::string::npos) continue;
        const std::string worker = offset.metadata.substr(0, mark);
        if (worker.substr(0, worker.rfind('-')) != server) continue;
        if (process.empty() || state_of_process(process) == ProcessState::kGone)
            process = offset.metadata.substr(mark + 1);
    }
    return process;
}

}  // namespace

std::string slot_owner(const RuntimeContext& context, int worker) {
    return context.transactional_id(worker) + kProcessMark + this_process();
}

Status OtherServers::look() {
    if (!ask_) return Status::ok();
    auto group = ask_(context_.group(), context_.slots_topic());
    if (!group) {
        if (group.status().fault() == Fault::kRetriable) return group.status();
        log_warn("runtime", "cannot see whether another server is at work for this service: {}",
                 group.status().message());
        return Status::ok();
    }
    for (const auto& member : group->members) {
        const std::string server = context_.options.service_id + "-" + member.instance_id;
        if (Status status = judge(member, claimant(group->offsets, server)); !status) return status;
    }
    return Status::ok();
}

/// A server that has died is in the group until its session runs out.
Status OtherServers::judge(const GroupState::Member& member, const std::string& process) {
    if (process == this_process()) return Status::ok();
    const bool own_id = member.instance_id == context_.options.server_id;
    // Nobody else can have an id that is kept in a locked state directory.
    if (own_id && context_.options.server_id_is_kept) return Status::ok();
    const ProcessState state = state_of_process(process);
    if (own_id && state == ProcessState::kGone) return Status::ok();
    const int64_t now = context_.steady->now_ms();
    const int64_t waited = now - seen_ms_.try_emplace(member.instance_id, now).first->second;
    const std::string who =
        fmt::format("Server '{}' ({})", member.instance_id,
                    process.empty() ? "host " + member.host : shown_process(process));
    // Somebody may have come back under the id and not have claimed its slots yet.
    if (state == ProcessState::kGone && waited >= kClaimMs) return Status::ok();
    if (state == ProcessState::kRuns || (state == ProcessState::kUnknown &&
                                         waited >= MemberOptions().session_timeout_ms + kSlackMs)) {
        return {Fault::kFatal,
                who + " is already at work for ksql.service.id=" + context_.options.service_id +
                    ": stop it, or give this server a ksql.service.id of its own."};
    }
    return {Fault::kRetriable,
            who + " was at work for ksql.service.id=" + context_.options.service_id +
                " a moment ago; waiting to see whether it still is"};
}

}  // namespace millrace
