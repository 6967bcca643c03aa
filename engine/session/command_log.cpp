#include "engine/session/command_log.h"

#include <nlohmann/json.hpp>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/plan/internal_topics.h"
#include "engine/runtime/catch_up_reader.h"

namespace millrace {

namespace {

constexpr int64_t kTimeoutMs = 10000;
constexpr int64_t kReplayTimeoutMs = 60000;

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
    return log_.topics().create(topic_, config);
}

Result<int64_t> CommandLog::replay(
    int64_t from, const std::function<void(const Command&, int64_t offset)>& apply) {
    if (in_doubt_) {
        // A writer of the same id: what the one before has not committed is aborted, what it has
        // committed is there.
        if (Status status = ensure_writer(); !status) return status;
    }
    auto end =
        CatchUpReader(log_, steady_)
            .read_to_end({topic_, 0}, from, kReplayTimeoutMs, [&](const LogRecord& record) {
                if (!record.value) return;
                // Keys are JSON strings.
                auto key = nlohmann::json::parse(record.key.value_or("\"\""), nullptr, false);
                std::string id =
                    key.is_string() ? key.get<std::string>() : std::string(record.key.value_or(""));
                if (auto command = read_command(id, record)) apply(*command, record.offset);
            });
    if (end) in_doubt_ = false;
    return end;
}

std::optional<Command> CommandLog::read_command(const std::string& id,
                                                const LogRecord& record) const {
    try {
        return Command::from_json(id, std::string(*record.value));
    } catch (const DamagedBytes& damage) {
        log_error("session.commands", "topic={} partition=0 offset={} is no command, left out: {}",
                  topic_, record.offset, damage.what());
        return std::nullopt;
    } catch (const StatementError& error) {
        // Of a newer server: what it changed is not to be guessed, nor what came after it.
        refuse(ErrorKind::kServer, "The command topic " + topic_ +
                                       " cannot be read on from offset " +
                                       std::to_string(record.offset) + ": " + error.what());
    }
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
