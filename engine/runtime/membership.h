// The server's one membership: a static member of the group over the slots topic. Its thread serves
// the group and hands each assignment, with the metadata captured in it, to the workers (KIP-447).
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/options.h"
#include "engine/runtime/worker.h"

namespace millrace {

class Membership {
public:
    Membership(const RuntimeContext& context, std::vector<Worker*> workers);
    ~Membership();

    void start();
    /// Gives the slots up in good order and leaves the thread; the static member stays known to the
    /// group until its session runs out, so that a restart gets the same slots back at once.
    void stop();
    /// One turn, for the driver. Only without start().
    void run_once();

    bool running() const { return thread_.joinable(); }
    bool assigned() const { return assigned_; }
    /// Why it has no slots, and so no query works, or not all of them; empty: it has them, or is
    /// about to get them. Any thread.
    std::string trouble() const;
    /// That another server has some, and what to do; empty: none has. Any thread.
    std::string others() const;

private:
    void loop();
    void turn(int64_t timeout_ms);
    void on_assign(const GroupMember::Assignment& assignment);
    void on_revoke(bool lost);
    bool ensure_member();
    bool hand_over();
    void note(std::string trouble);

    const RuntimeContext& context_;
    std::vector<Worker*> workers_;
    std::unique_ptr<GroupMember> member_;
    std::shared_ptr<SlotAssignment> pending_;  ///< Assigned, its stable offsets not read yet.
    int64_t pending_since_ms_ = 0;
    int64_t retry_at_ms_ = 0;
    std::atomic<bool> assigned_{false};
    std::atomic<int32_t> elsewhere_{0};  ///< Slots that another server has.
    mutable std::mutex trouble_mutex_;
    std::string trouble_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace millrace
