// The command topic: every accepted statement, in order, for ever. One partition, written in
// transactions so that an acknowledged statement is never lost. Used under the engine's statement
// lock.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/log/log.h"
#include "engine/runtime/options.h"
#include "engine/session/command.h"
#include "engine/session/unread_command.h"

namespace millrace {

class CommandLog {
public:
    /// `steady`: what time-outs are measured by.
    CommandLog(Log& log, const Clock& steady, std::string service_id,
               const RuntimeOptions& options);

    const std::string& topic() const { return topic_; }
    /// Makes the topic when it is missing.
    Status open();
    /// Who hears what is in the topic, in order.
    struct Listener {
        std::function<void(const Command&, int64_t offset)> apply;
        /// A record that cannot be read. False: nothing behind it is to be heard.
        std::function<bool(const UnreadCommand&)> pass_over;
    };
    /// Tells of every record from the offset on. Returns the offset after the last. Ends a doubt:
    /// what there is up to the end is all that will ever be there.
    Result<int64_t> replay(int64_t from, const Listener& listener);
    /// The offset that the command got. After a failure it may be there all the same: in_doubt().
    Result<int64_t> append(const Command& command);
    /// Nobody knows whether the last command that was appended is there.
    bool in_doubt() const { return in_doubt_; }

private:
    Status ensure_writer();
    Log& log_;
    const Clock& steady_;
    std::string service_id_;
    std::string topic_;
    const TopicConfig topic_config_;  ///< Of the topic, when it is made.
    std::unique_ptr<LogWriter> writer_;
    bool in_doubt_ = false;
};

}  // namespace millrace
