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

namespace millrace {

class CommandLog {
public:
    /// `steady`: what time-outs are measured by.
    CommandLog(Log& log, const Clock& steady, std::string service_id,
               const RuntimeOptions& options);

    const std::string& topic() const { return topic_; }
    /// Makes the topic when it is missing.
    Status open();
    /// Calls `apply` with every command from the offset on, in order; records that are none are
    /// logged and left out. Returns the offset after the last. Ends a doubt: what there is up to
    /// the end is all that will ever be there. Throws StatementError(kServer) at a command of a
    /// newer server.
    Result<int64_t> replay(int64_t from,
                           const std::function<void(const Command&, int64_t offset)>& apply);
    /// The offset that the command got. After a failure it may be there all the same: in_doubt().
    Result<int64_t> append(const Command& command);
    /// Nobody knows whether the last command that was appended is there.
    bool in_doubt() const { return in_doubt_; }

private:
    Status ensure_writer();
    /// Nothing: it is no command.
    std::optional<Command> read_command(const std::string& id, const LogRecord& record) const;

    Log& log_;
    const Clock& steady_;
    std::string service_id_;
    std::string topic_;
    const TopicConfig topic_config_;  ///< Of the topic, when it is made.
    std::unique_ptr<LogWriter> writer_;
    bool in_doubt_ = false;
};

}  // namespace millrace
