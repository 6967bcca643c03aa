// What no thread of the runtime lets out, whoever throws it.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/support/engine_fixture.h"

using namespace millrace;
using millrace::test::EngineFixture;

namespace {

/// What throws, and how often: `writer` when one is made, or a reader's `poll`.
struct Trouble {
    std::string client;  ///< What the client id must contain.
    std::string call;
    std::atomic<int> times{0};

    void strike(const std::string& id, const char* where) {
        if (call != where || id.find(client) == std::string::npos) return;
        if (times.fetch_sub(1) > 0) throw std::runtime_error("a reader's surprise");
        times = 0;
    }
};

class TroubledReader final : public LogReader {
public:
    TroubledReader(std::unique_ptr<LogReader> reader, std::string id, Trouble& trouble)
        : reader_(std::move(reader)), id_(std::move(id)), trouble_(trouble) {}
    Status assign(const std::map<TopicPartition, int64_t>& starts) override {
        return reader_->assign(starts);
    }
    void unassign(const std::vector<TopicPartition>& partitions) override {
        reader_->unassign(partitions);
    }
    std::unique_ptr<LogBatch> poll(const TopicPartition& partition, size_t max) override {
        trouble_.strike(id_, "poll");
        return reader_->poll(partition, max);
    }
    void wait(int64_t timeout_ms) override { reader_->wait(timeout_ms); }
    void wake() override { reader_->wake(); }
    bool at_end(const TopicPartition& partition) override { return reader_->at_end(partition); }
    int64_t position(const TopicPartition& partition) override {
        return reader_->position(partition);
    }
    std::vector<std::pair<TopicPartition, Status>> take_errors() override {
        return reader_->take_errors();
    }

private:
    std::unique_ptr<LogReader> reader_;
    std::string id_;
    Trouble& trouble_;
};

class TroubledLog final : public test::SharedLog {
public:
    TroubledLog(std::shared_ptr<Log> log, Trouble& trouble)
        : SharedLog(std::move(log)), trouble_(trouble) {}
    std::unique_ptr<LogReader> reader(const ReaderOptions& options) override {
        return std::make_unique<TroubledReader>(log_->reader(options), options.client_id, trouble_);
    }
    std::unique_ptr<LogWriter> writer(const WriterOptions& options) override {
        trouble_.strike(options.client_id, "writer");
        return log_->writer(options);
    }

private:
    Trouble& trouble_;
};

struct Listener final : PushListener {
    bool rows(const RecordBatch& batch) override {
        num_rows += batch.num_rows();
        return true;
    }
    void finished(End how, const std::string& message) override {
        end = how;
        reason = message;
        if (throws) throw std::runtime_error("a listener's surprise");
    }
    size_t num_rows = 0;
    std::optional<End> end;
    std::string reason;
    bool throws = false;
};

std::shared_ptr<Listener> open_push(EngineFixture& engine, const std::string& text,
                                    bool throws = false) {
    auto listener = std::make_shared<Listener>();
    listener->throws = throws;
    auto plan = run_select(engine.engine(), text, engine.session());
    start_push(engine.engine(), std::get<PushQueryPlan>(plan), listener);
    return listener;
}

constexpr const char* kSources = R"(
CREATE STREAM s (v INT, t BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM timed (v INT, t BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='t');
)";

}  // namespace

TEST_CASE("an exception in a push query's decode ends that query, with its error",
          "[runtime][push][guard]") {
    EngineFixture engine(
        std::map<std::string, std::string>{{"ksql.timestamp.throw.on.invalid", "true"}});
    engine.execute(kSources);
    const auto plain = open_push(engine, "SELECT v FROM s EMIT CHANGES;");
    const auto timed =
        open_push(engine, "SELECT v FROM timed EMIT CHANGES;", GENERATE(false, true));
    engine.produce("s", R"({"v":1,"t":1})", 1);
    engine.run();
    engine.produce("s", R"({"v":2,"t":-1})", 2);
    engine.run();
    engine.produce("s", R"({"v":3,"t":3})", 3);
    engine.run();
    CHECK(plain->num_rows == 3);
    CHECK_FALSE(plain->end);
    CHECK(timed->num_rows == 1);
    REQUIRE(timed->end == PushListener::End::kError);
    CHECK(timed->reason.find("TimestampExtractor") != std::string::npos);
}

TEST_CASE("push queries whose reader fails end with its error; new ones can be made",
          "[runtime][push][guard]") {
    ManualClock clock(1700000000000);
    Trouble trouble{"-push", "poll", {}};
    EngineFixture engine(std::make_shared<TroubledLog>(open_memory_log(clock), trouble));
    engine.execute(kSources);
    const auto first = open_push(engine, "SELECT v FROM s EMIT CHANGES;");
    engine.produce("s", R"({"v":1})", 1);
    engine.run();
    CHECK(first->num_rows == 1);
    trouble.times = 1;
    engine.run();
    REQUIRE(first->end == PushListener::End::kError);
    CHECK(first->reason == "a reader's surprise");
    CHECK(engine.engine().runtime().push_host().running().empty());

    const auto second = open_push(engine, "SELECT v FROM s EMIT CHANGES;");
    engine.run();
    CHECK(second->num_rows == 1);
}

TEST_CASE("a worker's thread outlives what its turns throw", "[runtime][guard]") {
    ManualClock clock(1700000000000);
    // Nobody nearer looks for what a writer throws; for what a reader's poll does, somebody.
    const char* call = GENERATE("writer", "poll");
    Trouble trouble{call == std::string("writer") ? "server-0-0" : "-worker-", call, {}};
    INFO(call);
    std::shared_ptr<Log> log = open_memory_log(clock);
    EngineOptions options;
    options.config = Config(std::map<std::string, std::string>{{"auto.offset.reset", "earliest"},
                                                               {"commit.interval.ms", "10"},
                                                               {"num.stream.threads", "1"}});
    options.log = std::make_unique<TroubledLog>(log, trouble);
    auto state = open_backend({});
    REQUIRE(state);
    options.state = std::move(*state);
    options.clock = &clock;
    Engine engine(std::move(options));
    trouble.times = 2;
    REQUIRE(engine.start(1000));
    SessionState session;
    Session(engine, session).execute(kSources);
    Session(engine, session).execute("CREATE STREAM o AS SELECT v FROM s;");
    ProducedRecord record;
    record.topic = "s";
    record.value = R"({"v":1})";
    REQUIRE(log->writer({})->write(record));

    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    int64_t written = 0;
    while (written == 0 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        const auto range = log->topics().offsets({"O", 0});
        if (range) written = range->end;
    }
    CHECK(written > 0);
    CHECK(trouble.times == 0);
}
