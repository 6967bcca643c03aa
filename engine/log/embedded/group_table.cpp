#include "engine/log/embedded/group_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace millrace {

int64_t GroupTable::join(const MemberOptions& options, int64_t now_ms) {
    std::lock_guard lock(mutex_);
    Group& group = groups_[options.group];
    Member& member = group.members[options.instance_id];
    const bool is_new = member.id == 0;
    member.id = next_member_id_++;
    member.session_timeout_ms = options.session_timeout_ms;
    member.last_seen_ms = now_ms;
    if (is_new) group.rebalancing = true;
    if (group.rebalancing) {
        // A comer has nothing to give up.
        member.ready = true;
        member.slots.clear();
    }
    changed_.notify_all();
    return member.id;
}

void GroupTable::expire(Group& group, int64_t now_ms) {
    for (auto member = group.members.begin(); member != group.members.end();) {
        if (now_ms - member->second.last_seen_ms > member->second.session_timeout_ms) {
            member = group.members.erase(member);
            group.rebalancing = true;
        } else {
            ++member;
        }
    }
}

void GroupTable::deal(Group& group, int32_t num_slots) {
    ++group.generation;
    group.rebalancing = false;
    const auto num_members = static_cast<int32_t>(group.members.size());
    int32_t next = 0;
    int32_t left = num_slots % num_members;
    for (auto& [instance, member] : group.members) {
        member.ready = false;
        member.slots.clear();
        int32_t share = num_slots / num_members + (left-- > 0 ? 1 : 0);
        for (int32_t i = 0; i < share; ++i) member.slots.push_back(next++);
    }
}

GroupTable::Turn GroupTable::turn(const MemberOptions& options, int64_t member_id,
                                  int64_t assigned_generation, int32_t num_slots, int64_t now_ms) {
    std::lock_guard lock(mutex_);
    Group& group = groups_[options.group];
    auto found = group.members.find(options.instance_id);
    if (found == group.members.end()) return {Step::kLost, {}, 0};
    if (found->second.id != member_id) return {Step::kFenced, {}, 0};
    Member& member = found->second;
    member.last_seen_ms = now_ms;
    expire(group, now_ms);
    if (group.rebalancing) {
        if (assigned_generation != 0) return {Step::kRevoke, {}, 0};
        member.ready = true;
        bool all_ready = std::all_of(group.members.begin(), group.members.end(),
                                     [](const auto& entry) { return entry.second.ready; });
        if (!all_ready) return {};
        deal(group, num_slots);
        changed_.notify_all();
    }
    if (assigned_generation == group.generation) return {};
    return {Step::kAssign, member.slots, group.generation};
}

void GroupTable::join_again(const MemberOptions& options, int64_t member_id) {
    std::lock_guard lock(mutex_);
    auto& members = groups_[options.group].members;
    auto found = members.find(options.instance_id);
    if (found == members.end() || found->second.id != member_id) return;
    found->second.ready = true;
    found->second.slots.clear();
    changed_.notify_all();
}

void GroupTable::leave(const MemberOptions& options, int64_t member_id) {
    std::lock_guard lock(mutex_);
    Group& group = groups_[options.group];
    auto found = group.members.find(options.instance_id);
    if (found == group.members.end() || found->second.id != member_id) return;
    group.members.erase(found);
    group.rebalancing = true;
    changed_.notify_all();
}

Status GroupTable::check(const MembershipProof& proof) {
    std::lock_guard lock(mutex_);
    Group& group = groups_[proof.group()];
    auto found = group.members.find(proof.instance_id());
    if (found == group.members.end()) {
        return {Fault::kAbortable, fmt::format("UNKNOWN_MEMBER_ID: '{}' is not in group '{}'.",
                                               proof.instance_id(), proof.group())};
    }
    if (found->second.id != proof.member_id()) {
        return {Fault::kAbortable,
                fmt::format("FENCED_INSTANCE_ID: '{}' of group '{}' is another now.",
                            proof.instance_id(), proof.group())};
    }
    if (group.generation != proof.generation()) {
        return {
            Fault::kAbortable,
            fmt::format("ILLEGAL_GENERATION: group '{}' is at {}, the slots were assigned at {}.",
                        proof.group(), group.generation, proof.generation())};
    }
    return Status::ok();
}

void GroupTable::wait(int64_t timeout_ms) {
    if (timeout_ms <= 0) return;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms));
}

}  // namespace millrace
