#include "engine/log/embedded/embedded_member.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {

Status EmbeddedMember::poll(int64_t timeout_ms,
                            const std::function<void(const Assignment&)>& on_assign,
                            const std::function<void(bool lost)>& on_revoke) {
    const auto fenced = [this] {
        return Status(Fault::kFenced, fmt::format("Another member of group '{}' is called '{}'.",
                                                  options_.group, options_.instance_id));
    };
    if (fenced_) return fenced();
    const int64_t deadline = steady_ms() + timeout_ms;
    GroupTable& groups = core_->groups();
    while (true) {
        TopicHandle topic = core_->find(options_.topic);
        if (!topic) {
            return {Fault::kNotFound, fmt::format("Topic '{}' of group '{}' does not exist.",
                                                  options_.topic, options_.group)};
        }
        const int64_t now_ms = core_->clock().now_ms();
        if (member_id_ == 0) member_id_ = groups.join(options_, now_ms);
        auto turn = groups.turn(options_, member_id_, assigned_generation_, topic->num_partitions(),
                                now_ms);
        const bool had_slots = assigned_generation_ != 0;
        switch (turn.step) {
            case GroupTable::Step::kAssign: {
                assigned_generation_ = turn.generation;
                on_assign({++version_, std::move(turn.slots),
                           std::make_shared<MembershipProof>(options_.group, options_.instance_id,
                                                             member_id_, turn.generation)});
                return Status::ok();
            }
            case GroupTable::Step::kRevoke:
                on_revoke(false);
                assigned_generation_ = 0;
                groups.join_again(options_, member_id_);
                break;
            case GroupTable::Step::kLost:
                member_id_ = 0;
                assigned_generation_ = 0;
                if (had_slots) on_revoke(true);
                break;
            case GroupTable::Step::kFenced:
                fenced_ = true;
                assigned_generation_ = 0;
                if (had_slots) on_revoke(true);
                return fenced();
            case GroupTable::Step::kNothing: {
                const int64_t left = deadline - steady_ms();
                if (left <= 0) return Status::ok();
                // Short naps: a session may run out by a clock that wakes nobody.
                groups.wait(std::min<int64_t>(left, 50));
            }
        }
    }
}

Result<std::map<int32_t, GroupOffset>> EmbeddedMember::committed(const std::vector<int32_t>& slots,
                                                                 int64_t timeout_ms) {
    return core_->committed(options_.group, options_.topic, slots, timeout_ms);
}

void EmbeddedMember::leave() {
    if (member_id_ != 0) core_->groups().leave(options_, member_id_);
    member_id_ = 0;
    assigned_generation_ = 0;
}

}  // namespace millrace
