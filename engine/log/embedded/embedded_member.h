// A member of a group on an embedded log. One thread.
#pragma once

#include <memory>

#include "engine/log/embedded/embedded_core.h"

namespace millrace {

class EmbeddedMember final : public GroupMember {
public:
    EmbeddedMember(std::shared_ptr<EmbeddedCore> core, const MemberOptions& options)
        : core_(std::move(core)), options_(options) {}

    Status poll(int64_t timeout_ms, const std::function<void(const Assignment&)>& on_assign,
                const std::function<void(bool lost)>& on_revoke) override;
    Result<std::map<int32_t, GroupOffset>> committed(const std::vector<int32_t>& slots,
                                                     int64_t timeout_ms) override;
    void leave() override;

private:
    const std::shared_ptr<EmbeddedCore> core_;
    const MemberOptions options_;
    int64_t member_id_ = 0;            ///< 0: not in the group.
    int64_t assigned_generation_ = 0;  ///< 0: has no slots.
    int64_t version_ = 0;
    bool fenced_ = false;
};

}  // namespace millrace
