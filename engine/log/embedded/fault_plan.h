// What goes wrong between an engine and a MemoryBroker, decided call by call: the door through
// which tests and simulators bring faults, crashes and the passing of time. A plan is asked on the
// thread that makes the call, with no lock of the log held: it may use the broker (remove a topic,
// expire a transaction, cut a client, write held markers) before it answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/log/log.h"

namespace millrace {

enum class LogCall : uint8_t {
    // Subject: a topic, or nothing (list, ping, cluster id).
    kList,
    kDescribe,
    kCreateTopic,
    kRemoveTopic,
    kOffsets,
    kDeleteRecords,
    kPublishOffsets,  // Subject: the group.
    kPing,
    // Subject: the transactional id; of kWrite and kFlush without one: the topic, or nothing.
    kInitTransactions,
    kBegin,
    kWrite,
    kSendOffsets,
    kCommit,
    kAbort,
    kFlush,
    // Subject: a topic.
    kAssign,
    kPoll,
    // Subject: the group.
    kMemberPoll,
    kCommitted,
};
std::string_view log_call_name(LogCall call);

struct CallSite {
    LogCall call = LogCall::kPing;
    std::string_view client;   ///< As given to MemoryBroker::connect().
    std::string_view subject;  ///< See LogCall.
    /// Of kWrite, kPoll and kOffsets; -1: the log would choose, or it is about all.
    TopicPartition partition{{}, -1};
};

/// What becomes of a call.
struct Fate {
    enum class Kind : uint8_t {
        kAsUsual,
        kFail,        ///< Nothing happens; `answer` comes back. A poll gives nothing.
        kLoseAnswer,  ///< It takes place, but `answer` comes back. For kCommit the same call again
                      ///< tells the true outcome.
        /// kCommit only: `answer` comes back and the commit takes place after `after_calls` more
        /// calls of any client, whatever is open under this epoch by then.
        kLate,
    };
    Kind kind = Kind::kAsUsual;
    Status answer;  ///< A failure, unless kAsUsual.
    int64_t after_calls = 0;
};

/// Thrown by a plan at a point where the process is to die: not a std::exception, so that nothing
/// between the log and the caller who drives the engine takes it for a failure to be handled. Cut
/// the client (MemoryBroker::cut) before the engine is destroyed: its last calls then come to
/// nothing, as if the process were gone.
struct SimulatedCrash {
    std::string point;  ///< "before commit", "after send_offsets", …
};

class FaultPlan {
public:
    virtual ~FaultPlan() = default;

    /// Ahead of every call. May throw SimulatedCrash: the call does not take place.
    virtual Fate before(const CallSite&) { return {}; }
    /// The call has taken place, its answer has not been given. May throw SimulatedCrash.
    virtual void after(const CallSite&) {}
    /// How many calls (of any client) the marker of a decided transaction waits on its way to this
    /// partition; `kOffsetsMarkerTopic` (embedded_core.h) stands for the offsets of its groups. A
    /// writer's next transaction waits until all have arrived. Asked under the log's locks: the
    /// broker may not be used.
    virtual int64_t marker_delay(const TopicPartition&) { return 0; }
    /// Somebody waits for records, markers or a rebalance. Nobody sleeps on a broker with a plan:
    /// let the clock go on, or others do something.
    virtual void idle(std::string_view client, int64_t timeout_ms) {
        (void)client;
        (void)timeout_ms;
    }
};

}  // namespace millrace
