// A whole engine on an in-memory log, driven by hand: statements in, records in, records out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/embedded/embedded_log.h"
#include "engine/session/engine.h"
#include "engine/session/query_session.h"
#include "engine/session/session.h"

namespace millrace::test {

struct ReadRecord {
    int32_t partition = 0;
    int64_t timestamp_ms = 0;
    std::optional<std::string> key, value;
};

/// A log that several engines may use one after the other: what outlives a crash.
class SharedLog : public Log {
public:
    explicit SharedLog(std::shared_ptr<Log> log) : log_(std::move(log)) {}
    std::unique_ptr<LogReader> reader(const ReaderOptions& options) override {
        return log_->reader(options);
    }
    std::unique_ptr<LogWriter> writer(const WriterOptions& options) override {
        return log_->writer(options);
    }
    std::unique_ptr<GroupMember> member(const MemberOptions& options) override {
        return log_->member(options);
    }
    TopicAdmin& topics() override { return log_->topics(); }
    std::string describe() const override { return log_->describe(); }

protected:
    std::shared_ptr<Log> log_;
};

/// The machine's steady clock, and whatever another clock is ahead of where it began.
class LeapingClock final : public Clock {
public:
    explicit LeapingClock(const Clock& leaps) : leaps_(leaps), began_ms_(leaps.now_ms()) {}
    int64_t now_ms() const override { return steady_ms() + leaps_.now_ms() - began_ms_; }

private:
    const Clock& leaps_;
    const int64_t began_ms_;
};

/// Forwards to a backend that outlives the engine.
class EngineFixture {
public:
    explicit EngineFixture(std::map<std::string, std::string> properties = {})
        : EngineFixture(nullptr, std::move(properties)) {}
    /// `log`: null: a memory log of its own.
    explicit EngineFixture(std::shared_ptr<Log> log,
                           std::map<std::string, std::string> properties = {})
        : properties_(std::move(properties)), log_(log ? std::move(log) : open_memory_log(clock_)) {
        properties_.try_emplace("auto.offset.reset", "earliest");
        properties_.try_emplace("commit.interval.ms", "0");
        start();
    }

    void start() {
        EngineOptions options;
        options.config = Config(properties_);
        options.log = std::make_unique<SharedLog>(log_);
        auto state = open_backend({state_dir_});
        MR_CHECK(state.is_ok(), "the memory backend always opens");
        options.state = std::move(*state);
        options.clock = &clock_;
        options.steady = &steady_;
        options.threads = false;
        engine_ = std::make_unique<Engine>(std::move(options));
        Status status = engine_->start(1000);
        MR_CHECK(status.is_ok(), status.message());
    }
    /// State stays there, in files, from the next start on.
    void keep_state_in(const std::string& directory) { state_dir_ = directory; }
    /// The process is gone without a word: memory is lost, the log is not. State comes back from
    /// the changelog.
    void crash() { engine_.reset(); }

    std::vector<Entity> execute(const std::string& script) {
        Session session(*engine_, state_);
        auto entities = session.execute(script);
        state_ = session.state();
        return entities;
    }
    void produce(const std::string& topic, const std::string& value, int64_t timestamp_ms,
                 std::optional<std::string> key = {}) {
        ProducedRecord record;
        record.topic = topic;
        if (key) record.key = *key;
        record.value = value;
        record.timestamp_ms = timestamp_ms;
        Status status = log_->writer({})->write(record);
        MR_CHECK(status.is_ok(), status.message());
    }
    /// Turns the engine until nothing happens any more.
    void run() {
        for (int idle = 0; idle < 20;) idle = engine_->run_once() ? 0 : idle + 1;
    }
    std::vector<ReadRecord> read(const std::string& topic) {
        std::vector<ReadRecord> records;
        auto info = log_->topics().describe(topic);
        if (!info) return records;
        auto reader = log_->reader({});
        for (int32_t p = 0; p < static_cast<int32_t>(info->replicas.size()); ++p) {
            Status status = reader->assign({{{topic, p}, kOffsetEarliest}});
            MR_CHECK(status.is_ok(), status.message());
            while (auto batch = reader->poll({topic, p}, 1000)) {
                if (batch->records().empty()) break;
                for (const auto& r : batch->records()) {
                    ReadRecord record{p, r.timestamp_ms, {}, {}};
                    if (r.key) record.key = std::string(*r.key);
                    if (r.value) record.value = std::string(*r.value);
                    records.push_back(std::move(record));
                }
            }
        }
        return records;
    }
    Engine& engine() { return *engine_; }
    Log& log() { return *log_; }
    SessionState& session() { return state_; }
    ManualClock& clock() { return clock_; }

private:
    ManualClock clock_{1700000000000};
    LeapingClock steady_{clock_};
    std::map<std::string, std::string> properties_;
    std::string state_dir_;
    std::shared_ptr<Log> log_;
    std::unique_ptr<Engine> engine_;
    SessionState state_;
};

}  // namespace millrace::test
