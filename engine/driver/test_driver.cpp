#include "engine/driver/test_driver.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/error.h"
#include "engine/driver/one_partition_log.h"
#include "engine/exec/expression/expression.h"
#include "engine/plan/internal_topics.h"

namespace millrace {

namespace {

constexpr const char* kClient = "server";
constexpr const char* kProcessingLog = "ksql_processing_log";
/// Of the engine, until it must have come to rest.
constexpr int kTurnsMax = 100000;
/// Turns without anything done, after which nothing more will come.
constexpr int kIdleTurns = 2;
constexpr size_t kReadRecords = 1000;

std::string make_folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "millrace_test_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        refuse(ErrorKind::kGeneral, "Cannot make a folder like " + pattern);
    }
    return pattern;
}

/// Source topics of a query, internal ones left out, in the order in which its plan names them.
std::vector<std::string> sources_of(const RunningQuery& query) {
    std::vector<std::string> sources;
    for (const auto& piece : query.subtopologies()) {
        for (const auto& input : piece.inputs) {
            if (input.is_repartition) continue;
            if (std::find(sources.begin(), sources.end(), input.topic) == sources.end()) {
                sources.push_back(input.topic);
            }
        }
    }
    return sources;
}

}  // namespace

/// Ends the process at a worker's next commit when armed; nobody sleeps.
class TestDriver::Crashes final : public FaultPlan {
public:
    Crashes(std::string service_id, ManualClock& steady)
        : service_id_(std::move(service_id)), steady_(steady) {}

    /// The next crash comes at the other side of a commit than the last one.
    void arm() {
        armed_ = true;
        after_ = !after_;
    }
    void disarm() { armed_ = false; }

    Fate before(const CallSite& site) override {
        if (!after_) crash_at(site, "before commit");
        return {};
    }
    void after(const CallSite& site) override {
        if (after_) crash_at(site, "after commit");
    }

    void idle(std::string_view, int64_t timeout_ms) override { steady_.advance(timeout_ms); }

private:
    void crash_at(const CallSite& site, const char* point) {
        // The command log's writer has the service's name.
        if (!armed_ || site.call != LogCall::kCommit || site.subject == service_id_) return;
        armed_ = false;
        throw SimulatedCrash{point};
    }

    const std::string service_id_;
    ManualClock& steady_;
    bool armed_ = false;
    bool after_ = true;
};

TestDriver::TestDriver(const DriverOptions& options)
    : options_(options),
      clock_(SystemClock().now_ms()),
      crashes_(std::make_unique<Crashes>(options.service_id, steady_)),
      broker_(clock_, crashes_.get()) {
    session_.overrides = options_.overrides;
    if (options_.config.state_on_disk) state_dir_ = make_folder();
    reader_ = broker_.log().reader({});
    start_engine();
}

TestDriver::~TestDriver() {
    engine_.reset();
    std::error_code ignored;
    if (!state_dir_.empty()) std::filesystem::remove_all(state_dir_, ignored);
}

// ---- the engine ----

void TestDriver::start_engine() {
    const TestConfig& config = options_.config;
    auto properties = options_.properties;
    properties["ksql.service.id"] = options_.service_id;
    properties["auto.offset.reset"] = "earliest";
    // Every update of a table is a record of its own.
    properties["cache.max.bytes.buffering"] = "0";
    properties["commit.interval.ms"] = "0";
    properties.try_emplace("millrace.replace.writes.difference", "false");
    properties["millrace.slots"] = "4";
    properties["millrace.batch.rows.max"] = std::to_string(config.batch_rows);
    properties["num.stream.threads"] = std::to_string(config.workers);
    properties["ksql.logging.processing.topic.auto.create"] = "true";
    properties["ksql.logging.processing.topic.name"] = kProcessingLog;
    if (config.exactly_once) properties["processing.guarantee"] = "exactly_once_v2";
    EngineOptions options;
    options.config = Config(properties);
    options.log = std::make_unique<OnePartitionLog>(broker_.connect(kClient), slots_topic());
    auto state = open_backend({state_dir_});
    if (!state) refuse(ErrorKind::kServer, state.status().message());
    options.state = std::move(*state);
    options.clock = &clock_;
    options.steady = &steady_;
    options.functions = options_.functions;
    options.threads = false;
    options.sources_need_codecs = false;
    options.query_number = [this](const Catalog&) {
        return static_cast<int64_t>(queries_made_.size());
    };
    engine_ = std::make_unique<Engine>(std::move(options));
    Status started = engine_->start(0);
    if (!started) refuse(ErrorKind::kServer, started.message());
}

void TestDriver::restart() {
    engine_.reset();
    start_engine();
}

void TestDriver::crash() {
    broker_.cut(kClient);
    restart();
}

void TestDriver::settle() {
    int turns = 0;
    for (int idle = 0; idle < kIdleTurns; ++turns) {
        if (turns == kTurnsMax) refuse(ErrorKind::kServer, "The engine does not come to rest.");
        steady_.advance(1);
        bool busy = true;
        try {
            busy = engine_->run_once() || !engine_->runtime().settled();
        } catch (const SimulatedCrash&) {
            crash();
        }
        idle = busy ? 0 : idle + 1;
    }
    crashes_->disarm();
    for (const auto& query : engine_->runtime().queries().list()) {
        const auto errors = query->errors();
        if (!errors.empty()) refuse(ErrorKind::kServer, errors.back().message);
    }
}

// ---- statements ----

void TestDriver::declare_topic(const std::string& name, int32_t partitions, int16_t replicas) {
    if (topic_partitions(name) != 0) return;
    Status made = broker_.log().topics().create(name, {partitions, replicas, {}});
    if (!made) refuse(ErrorKind::kGeneral, made.message());
}

sql::Statement TestDriver::parse(const sql::StatementText& text) const {
    Session::Options options;
    options.test_statements = options_.test_statements;
    return Session(*engine_, session_, options).parse(text);
}

void TestDriver::run_session(const std::string& script) {
    const int64_t version = catalog()->version();
    Session session(*engine_, session_);
    session.execute(script);
    session_ = session.state();
    const CatalogPtr now = catalog();
    for (const auto& query : now->queries()) queries_made_.insert(query.id);
    if (options_.config.replay_commands && now->version() != version) restart();
}

void TestDriver::execute(const sql::StatementText& text) {
    if (options_.config.reprint_statements) return run_session(sql::print(parse(text)));
    // At its place in the script, for the lines and columns of errors.
    std::string script(static_cast<size_t>(std::max(text.position.line - 1, 0)), '\n');
    script.append(static_cast<size_t>(std::max(text.position.column - 1, 0)), ' ');
    run_session(script + text.text);
}

void TestDriver::execute_live(const sql::StatementText& text) {
    const auto statement = parse(text);
    if (statement.as<sql::CreateAsSelect>() != nullptr ||
        statement.as<sql::InsertIntoSelect>() != nullptr) {
        make_later_queries_start_here();
    }
    const bool record = statement.as<sql::InsertValues>() != nullptr;
    execute(text);
    const size_t every = options_.config.crash_every;
    if (record && every > 0 && ++num_fed_ % every == 0) crashes_->arm();
    settle();
}

void TestDriver::make_later_queries_start_here() {
    TopicAdmin& topics = broker_.log().topics();
    for (const auto& name : topic_names()) {
        if (is_internal(name)) continue;
        read_new(name);
        for (int32_t partition = 0; partition < topic_partitions(name); ++partition) {
            const TopicPartition where{name, partition};
            auto range = topics.offsets(where);
            if (range) (void)topics.delete_records({{where, range->end}});
        }
    }
}

template <class Plan>
auto TestDriver::planned(const Plan& plan) {
    KnownTopics topics(engine_->log().topics());
    auto context = engine_->planning(catalog(), session_.overrides, topics);
    return plan(context);
}

plan::PlannedInsert TestDriver::plan_expected_row(const sql::InsertValues& statement) {
    return planned([&](plan::PlanningContext& context) {
        EvalEnv env;
        env.clock = &clock_;
        env.random_seed = 1;
        env.config = context.config;
        return plan::plan_expected_row(statement, context, [&](const plan::BoundPtr& bound) {
            return exec::evaluate_constant(bound, env);
        });
    });
}

SourcePtr TestDriver::plan_source(const sql::CreateSource& statement) {
    return planned([&](plan::PlanningContext& context) {
        // What an assertion expects exists already under its own name.
        context.catalog = context.catalog->changed(
            [&](Catalog& catalog) { catalog.remove_source(statement.name); });
        // Only compared, never written to: a format that needs a registry may be named.
        if (!context.config.is_set("ksql.schema.registry.url")) {
            context.config = context.config.with({{"ksql.schema.registry.url", "http://none"}});
        }
        return plan::plan_create_source(statement, "", context).source;
    });
}

// ---- records ----

void TestDriver::write(const std::string& topic, const std::vector<TestRecord>& records) {
    auto writer = broker_.log().writer({});
    for (const auto& record : records) {
        ProducedRecord produced;
        produced.topic = topic;
        produced.partition = 0;
        if (record.key) produced.key = *record.key;
        if (record.value) produced.value = *record.value;
        produced.timestamp_ms = record.timestamp_ms;
        produced.headers = record.headers;
        Status written = writer->write(produced);
        if (!written) refuse(ErrorKind::kServer, written.message());
    }
}

void TestDriver::read_new(const std::string& name) {
    const TopicPartition where{name, 0};
    auto range = broker_.log().topics().offsets(where);
    Topic& topic = topics_[name];
    if (!range || topic.next_offset >= range->end) return;
    if (!reader_->assign({{where, topic.next_offset}})) return;
    while (auto batch = reader_->poll(where, kReadRecords)) {
        for (const LogRecord& read : batch->records()) {
            TestRecord& record = topic.records.emplace_back();
            if (read.key) record.key = std::string(*read.key);
            if (read.value) record.value = std::string(*read.value);
            record.timestamp_ms = read.timestamp_ms;
            if (read.headers != nullptr) record.headers = *read.headers;
        }
    }
    topic.next_offset = reader_->position(where);
    reader_->unassign({where});
}

const std::vector<TestRecord>& TestDriver::records(const std::string& topic) {
    read_new(topic);
    return topics_[topic].records;
}

/// The topic is made anew, so that offsets begin at 0; what was in it has been noted.
void TestDriver::empty_topic(const std::string& name) {
    TopicAdmin& topics = broker_.log().topics();
    read_new(name);
    auto range = topics.offsets({name, 0});
    if (!range || range->end == 0) return;
    const int32_t partitions = topic_partitions(name);
    if (!topics.remove(name) || !topics.create(name, {partitions, 1, {}})) {
        refuse(ErrorKind::kServer, "Topic " + name + " cannot be made anew.");
    }
    topics_[name].next_offset = 0;
}

/// Writes records that have been noted already, and lets the running query have them.
void TestDriver::feed(const std::string& topic, const std::vector<TestRecord>& records) {
    const size_t rows = options_.config.batch_rows;
    for (size_t first = 0; first < records.size(); first += rows) {
        const size_t last = std::min(records.size(), first + rows);
        write(topic, {records.begin() + static_cast<std::ptrdiff_t>(first),
                      records.begin() + static_cast<std::ptrdiff_t>(last)});
        topics_[topic].next_offset += static_cast<int64_t>(last - first);
        const size_t every = options_.config.crash_every;
        const size_t before = num_fed_;
        num_fed_ += last - first;
        if (every > 0 && num_fed_ / every != before / every) crashes_->arm();
        settle();
    }
}

void TestDriver::run_query(const PersistentQuery& query, const Inputs& inputs) {
    const CatalogPtr before = catalog();
    for (const auto& other : before->queries()) {
        const bool pause = other.id != query.id;
        if (other.paused != pause) {
            run_session((pause ? "PAUSE " : "RESUME ") + other.id + ";");
        }
    }
    const auto running = engine_->runtime().queries().find(query.id);
    MR_CHECK(running != nullptr, "a query of the catalog is in the registry");
    const auto sources = sources_of(*running);
    for (const auto& topic : sources) empty_topic(topic);
    settle();
    auto reads = [&](const std::string& topic) {
        return std::find(sources.begin(), sources.end(), topic) != sources.end();
    };
    // Runs of records of one topic go in together, as far as the batch size allows.
    for (size_t first = 0; first < inputs.size();) {
        const std::string& topic = inputs[first].first;
        std::vector<TestRecord> records;
        for (; first < inputs.size() && inputs[first].first == topic; ++first) {
            records.push_back(inputs[first].second);
        }
        if (reads(topic)) feed(topic, records);
    }
    for (const auto& topic : sources) {
        const bool given = std::any_of(inputs.begin(), inputs.end(),
                                       [&](const auto& input) { return input.first == topic; });
        if (!given) feed(topic, std::vector<TestRecord>(topics_[topic].records));
    }
    for (const auto& piece : running->subtopologies()) {
        if (!piece.output_topic.empty()) read_new(piece.output_topic);
    }
}

void TestDriver::run_queries(const Inputs& inputs) {
    for (const auto& [topic, record] : inputs) {
        read_new(topic);
        topics_[topic].records.push_back(record);
    }
    for (const auto& query : std::vector(catalog()->queries())) run_query(query, inputs);
}

// ---- looking ----

std::string TestDriver::slots_topic() const {
    return plan::slots_topic(options_.service_id);
}

bool TestDriver::is_internal(const std::string& topic) const {
    return topic == kProcessingLog || topic.starts_with(plan::internal_prefix(options_.service_id));
}

std::vector<std::string> TestDriver::topic_names() {
    TopicAdmin& topics = broker_.log().topics();
    const std::string of_queries = plan::query_prefix(options_.service_id, "");
    std::vector<std::string> names;
    auto listed = topics.list();
    if (!listed) return names;
    for (const auto& topic : *listed) {
        if (is_internal(topic.name)) {
            auto range = topics.offsets({topic.name, 0});
            if (!topic.name.starts_with(of_queries) || !range || range->end == 0) continue;
        }
        names.push_back(topic.name);
    }
    return names;
}

int32_t TestDriver::topic_partitions(const std::string& name) {
    auto info = broker_.log().topics().describe(name);
    return info ? static_cast<int32_t>(info->replicas.size()) : 0;
}

std::vector<std::string> TestDriver::processing_log() {
    engine_->runtime().processing_log().flush();
    std::vector<std::string> lines;
    for (const auto& record : records(kProcessingLog)) lines.push_back(record.value.value_or(""));
    return lines;
}

}  // namespace millrace
