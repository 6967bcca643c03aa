// A whole engine in memory for tests: catalog, planner, and each query in a QueryRunner.
// Deterministic, one thread, no log: records live in lists, one partition a topic, whatever number
// of partitions a topic says it has.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/driver/query_runner.h"
#include "engine/plan/planner.h"
#include "engine/sql/parser.h"

namespace millrace {

struct DriverOptions {
    const FunctionRegistry* functions = nullptr;  ///< Null: the built-in ones.
    std::string service_id = "default_";
    std::map<std::string, std::string> properties;
    size_t batch_rows = 1;
    /// Queries run as records come (test scripts); off: run_query() runs them one by one (QTT).
    bool live = true;
};

class TestDriver {
public:
    explicit TestDriver(const DriverOptions& options);

    /// A topic that exists beforehand. The first declaration stands.
    void declare_topic(const std::string& name, int32_t partitions, int16_t replicas);

    /// Parses with the catalog's types and this session's variables.
    sql::Statement parse(const sql::StatementText& text, bool test_statements) const;
    /// Executes one statement; what is no statement of a source, type, query, property or variable
    /// is refused. Throws StatementError.
    void execute(const sql::Statement& statement);

    CatalogPtr catalog() const { return catalog_; }
    const FunctionRegistry& functions() const { return *options_.functions; }
    const FormatRegistry& formats() const { return formats_; }
    std::map<std::string, std::string>& properties() { return properties_; }

    /// Appends a record to a topic; live queries that read it run at once.
    void pipe(const std::string& topic, TestRecord record);
    /// All records of a topic.
    const std::vector<TestRecord>& records(const std::string& topic) {
        return topics_[topic].records;
    }

    size_t num_queries() const { return queries_.size(); }
    /// Runs query `index` over `inputs` in order, then over the other topics that it reads, whole,
    /// topic by topic.
    void run_query(size_t index, const std::vector<std::pair<std::string, TestRecord>>& inputs);
    /// Known topics: declared, made, written to.
    std::vector<std::string> topic_names() const;
    int32_t topic_partitions(const std::string& name) const;
    std::vector<RowErrorEntry> take_errors();

    /// The row that an INSERT VALUES would write, or that an assertion expects; and the source that
    /// a CREATE would make.
    plan::PlannedInsert plan_row(const sql::InsertValues& statement, bool expected);
    SourcePtr plan_source(const sql::CreateSource& statement);

private:
    struct Topic {
        int32_t partitions = 1;
        int16_t replicas = 1;
        std::vector<TestRecord> records;
    };
    struct Query {
        std::shared_ptr<const plan::PhysicalPlan> plan;
        std::unique_ptr<QueryRunner> runner;
    };
    plan::PlanningContext planning();
    void make_topic(const plan::TopicRequest& request);
    void add_query(std::shared_ptr<const plan::PhysicalPlan> plan);
    void remove_query(const std::string& id);
    QueryRunner& runner(Query& query);
    void insert(const sql::InsertValues& statement);
    void drop(const sql::DropSource& statement);

    DriverOptions options_;
    SystemClock system_clock_;
    FormatRegistry formats_{{.clock = &system_clock_}};
    std::map<std::string, std::string> properties_;
    std::map<std::string, std::string> variables_;
    CatalogPtr catalog_;
    std::map<std::string, Topic> topics_;
    std::vector<Query> queries_;
    std::vector<RowErrorEntry> errors_;
    int64_t next_query_number_ = 0;
};

}  // namespace millrace
