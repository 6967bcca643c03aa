// A whole server in memory for tests: its own Engine without threads, on a MemoryBroker, with a
// clock that stands still until told. Session, command log, runtime, workers, commits, changelogs
// and state are those of production. Deterministic; one thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/driver/test_config.h"
#include "engine/driver/test_record.h"
#include "engine/log/embedded/memory_broker.h"
#include "engine/session/session.h"

namespace millrace {

struct DriverOptions {
    const FunctionRegistry* functions = nullptr;  ///< Null: the built-in ones.
    std::string service_id = "default_";
    std::map<std::string, std::string> properties;  ///< Of the server.
    std::map<std::string, std::string> overrides;   ///< What the session has SET from the start.
    bool test_statements = false;                   ///< ASSERT VALUES and the like may be parsed.
    TestConfig config;
};

class TestDriver {
public:
    explicit TestDriver(const DriverOptions& options);
    ~TestDriver();
    TestDriver(const TestDriver&) = delete;
    TestDriver& operator=(const TestDriver&) = delete;

    /// A topic that exists beforehand. The first declaration stands.
    void declare_topic(const std::string& name, int32_t partitions, int16_t replicas);

    /// Parses with the catalog's types and this session's variables.
    sql::Statement parse(const sql::StatementText& text) const;
    /// Executes one statement; queries do not run yet. Throws StatementError.
    void execute(const sql::StatementText& text);
    /// As in a live test script: a query that is made sees only what is written afterwards, and all
    /// queries run until nothing happens any more.
    void execute_live(const sql::StatementText& text);
    /// Runs the queries until nothing happens any more. Throws StatementError(kServer) when one has
    /// failed.
    void settle();

    using Inputs = std::vector<std::pair<std::string, TestRecord>>;
    /// As ksqlDB's suite: the inputs are appended to their topics; then the queries run in the
    /// order in which they were made, each whole before the next. A query is given the inputs that
    /// it reads, in their order over all topics, and then the other topics that it reads, whole,
    /// topic by topic.
    void run_queries(const Inputs& inputs);

    const FormatRegistry& formats() const { return engine_->formats(); }
    CatalogPtr catalog() const { return engine_->catalog(); }
    size_t num_queries() const { return catalog()->queries().size(); }
    /// All records of a topic, as readers of committed records see them.
    const std::vector<TestRecord>& records(const std::string& topic);
    /// Known topics: declared, made, and internal ones that were written to.
    std::vector<std::string> topic_names();
    /// 0: there is no such topic.
    int32_t topic_partitions(const std::string& name);
    /// Lines of the processing log.
    std::vector<std::string> processing_log();

    /// The row that an assertion expects, and the source that a CREATE would make.
    plan::PlannedInsert plan_expected_row(const sql::InsertValues& statement);
    SourcePtr plan_source(const sql::CreateSource& statement);

    Engine& engine() { return *engine_; }
    ManualClock& clock() { return clock_; }
    /// The process dies: what it had in memory is lost, and its log is not told. It starts anew.
    void crash();

private:
    class Crashes;
    struct Topic {
        std::vector<TestRecord> records;
        int64_t next_offset = 0;  ///< Where to read on.
    };

    void start_engine();
    void restart();
    void run_session(const std::string& script);
    void make_later_queries_start_here();
    void run_query(const PersistentQuery& query, const Inputs& inputs);
    void feed(const std::string& topic, const std::vector<TestRecord>& records);
    void write(const std::string& topic, const std::vector<TestRecord>& records);
    void read_new(const std::string& topic);
    void empty_topic(const std::string& topic);
    bool is_internal(const std::string& topic) const;
    std::string slots_topic() const;
    template <class Plan>
    auto planned(const Plan& plan);

    const DriverOptions options_;
    ManualClock clock_;
    ManualClock steady_;  ///< Moves a little with every turn of the engine.
    std::unique_ptr<Crashes> crashes_;
    MemoryBroker broker_;
    std::string state_dir_;  ///< Empty: in memory.
    std::unique_ptr<Engine> engine_;
    SessionState session_;
    std::set<std::string> queries_made_;  ///< Ids: new queries are numbered by them.
    std::map<std::string, Topic> topics_;
    std::unique_ptr<LogReader> reader_;
    size_t num_fed_ = 0;
};

}  // namespace millrace
