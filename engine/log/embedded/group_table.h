// Consumer groups of an embedded log: static members, one internal topic a group, range assignment,
// and the generation that fences transactions of members who have lost their slots. Thread-safe.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace millrace {

/// Membership as it stood when slots were assigned.
class MembershipProof final : public GroupMetadata {
public:
    MembershipProof(std::string group, std::string instance_id, int64_t member_id,
                    int64_t generation)
        : group_(std::move(group)),
          instance_id_(std::move(instance_id)),
          member_id_(member_id),
          generation_(generation) {}
    const std::string& group() const { return group_; }
    const std::string& instance_id() const { return instance_id_; }
    int64_t member_id() const { return member_id_; }
    int64_t generation() const { return generation_; }

private:
    std::string group_;
    std::string instance_id_;
    int64_t member_id_;
    int64_t generation_;
};

/// A rebalance is eager, as on a broker: every member gives up its slots and joins anew, then the
/// generation moves and slots are dealt again. A static member that comes back under its instance
/// id gets its slots back at once. A session runs out only in the eyes of another member: one alone
/// keeps its slots however far the clock is moved.
class GroupTable {
public:
    enum class Step {
        kNothing,  ///< Assigned and nothing new, or waiting for the others.
        kAssign,   ///< Take these slots.
        kRevoke,   ///< Give the slots up, then join_again().
        kLost,     ///< The session ran out: the slots are another's already.
        kFenced,   ///< Another member has this instance id.
    };
    struct Turn {
        Step step = Step::kNothing;
        std::vector<int32_t> slots;
        int64_t generation = 0;
    };

    /// Joins, or takes over the instance id; tells the member's id.
    int64_t join(const MemberOptions& options, int64_t now_ms);
    /// What the member has to do next; `assigned_generation` is that of the slots it has (0: none).
    Turn turn(const MemberOptions& options, int64_t member_id, int64_t assigned_generation,
              int32_t num_slots, int64_t now_ms);
    /// The slots have been given up: ready for the next generation.
    void join_again(const MemberOptions& options, int64_t member_id);
    void leave(const MemberOptions& options, int64_t member_id);
    /// kAbortable unless the proof speaks of the present generation.
    Status check(const MembershipProof& proof);
    /// Sleeps until something in some group has changed, at most this long.
    void wait(int64_t timeout_ms);

private:
    struct Member {
        int64_t id = 0;
        int64_t session_timeout_ms = 0;
        int64_t last_seen_ms = 0;
        bool ready = false;  ///< Has given up what it had and waits for the next generation.
        std::vector<int32_t> slots;
    };
    struct Group {
        int64_t generation = 0;
        bool rebalancing = false;
        std::map<std::string, Member> members;
    };

    static void expire(Group& group, int64_t now_ms);
    static void deal(Group& group, int32_t num_slots);

    std::mutex mutex_;
    std::condition_variable changed_;
    int64_t next_member_id_ = 1;
    std::map<std::string, Group> groups_;
};

}  // namespace millrace
