#include "engine/session/command_log.h"

#include <nlohmann/json.hpp>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/plan/internal_topics.h"
#include "engine/runtime/catch_up_reader.h"

namespace millrace {

namespace {

constexpr int64_t kTimeoutMs = 10000;
constexpr int64_t kReplayTimeoutMs = 60000;
/// kCommandBytesMax, and what a batch has beside it.
constexpr const char* kBatchBytesMax = "8388608";

/// Keys are JSON strings; what is none stands for itself.
std::string id_of(const LogRecord& record) {
    const std::string bytes(record.key.value_or(""));
    const auto key = nlohmann::json::parse(bytes, nullptr, false);
    return key.is_string() ? key.get<std::string>() : bytes;
}

/// False: nothing behind it is to be heard.
bool tell(const LogRecord& record, const CommandLog::Listener& listener) {
    UnreadCommand unread{record.offset, id_of(record), "", false};
    std::optional<Command> command;
    try {
        command = Command::from_json(unread.id, std::string(*record.value));
    } catch (const DamagedBytes& damage) {
        unread.why = damage.what();
    } catch (const StatementError& error) {
        unread.why = error.what();
        unread.newer = true;
    }
    if (!command) return listener.pass_over(unread);
    listener.apply(*command, record.offset);
    return true;
}

}  // namespace

CommandLog::CommandLog(Log& log, const Clock& steady, std::string service_id,
                       const RuntimeOptions& options)
    : log_(log),
      steady_(steady),
      service_id_(std::move(service_id)),
      topic_(plan::command_topic(service_id_)),
      topic_config_(own_topic_config(options, 1)) {}

Status CommandLog::open() {
    auto info = log_.topics().describe(topic_);
    if (info) return Status::ok();
    if (info.status().fault() != Fault::kNotFound) return info.status();
    TopicConfig config = topic_config_;
    config.settings["cleanup.policy"] = "delete";
    config.settings["retention.ms"] = "-1";
    config.settings["max.message.bytes"] = kBatchBytesMax;
    return log_.topics().create(topic_, config);
}

Result<int64_t> CommandLog::replay(int64_t from, const Listener& listener) {
    if (in_doubt_) {
        // A writer of the same id: what the one before has not committed is aborted, what it has
        // committed is there.
        if (Status status = ensure_writer(); !status) return status;
    }
    bool heard = true;
    auto end = CatchUpReader(log_, steady_)
                   .read_to_end({topic_, 0}, from, kReplayTimeoutMs, [&](const LogRecord& record) {
                       if (record.value && heard) heard = tell(record, listener);
                   });
    if (end) in_doubt_ = false;
    return end;
}

Status CommandLog::ensure_writer() {
    if (writer_) return Status::ok();
    WriterOptions options;
    options.client_id = service_id_ + "-commands";
    options.transactional_id = service_id_;
    options.linger_ms = 0;
    auto writer = log_.writer(options);
    Status status = writer->init_transactions(kTimeoutMs);
    if (status) writer_ = std::move(writer);
    return status;
}

Result<int64_t> CommandLog::append(const Command& command) {
    Status status = ensure_writer();
    if (status) status = writer_->begin();
    auto offset = std::make_shared<int64_t>(-1);
    bool asked_again = false;
    if (status) {
        std::string key = nlohmann::json(command.id).dump();
        std::string value = command.to_json();
        ProducedRecord record;
        record.topic = topic_;
        record.partition = 0;
        record.key = key;
        record.value = value;
        status = writer_->write(record, [offset](int64_t at) { *offset = at; });
    }
    if (status) {
        in_doubt_ = true;
        status = writer_->commit(kTimeoutMs);
        for (int i = 0; i < 3 && !status && status.fault() == Fault::kRetriable; ++i) {
            asked_again = true;
            status = writer_->commit(kTimeoutMs);
        }
    }
    if (!status) {
        writer_.reset();  // Whatever is open is aborted by the next writer of the same id.
        return status;
    }
    // The request that was not answered may still be under way: it would end this writer's next
    // transaction halfway, and a record that hangs keeps every later start from reading to the end.
    if (asked_again) writer_.reset();
    in_doubt_ = false;
    return *offset;
}

}  // namespace millrace
