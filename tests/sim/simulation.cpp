#include "tests/sim/simulation.h"

#include <algorithm>
#include <memory>

#include "tests/sim/server.h"
#include "tests/sim/workload.h"

namespace millrace::sim {

namespace {

constexpr int64_t kStartMs = 1700000000000;
constexpr int32_t kSlots = 4;

/// A query and what is known of it.
struct Wanted {
    enum class State {
        kToMake,  ///< Not asked for yet, or refused.
        kMade,    ///< The server said so.
        kToEnd,   ///< To be terminated; perhaps it is already.
        kEnded,   ///< The server said so.
        kGone,    ///< Its sink and topic, too: nothing to compare.
    };
    Query query;
    State state = State::kToMake;
    bool drop = false;    ///< Its sink goes with it.
    bool unsure = false;  ///< A statement about it may have been carried out or not.
    bool paused = false;
};

class Simulation {
public:
    explicit Simulation(const SimOptions& options);
    Outcome run();

private:
    uint64_t draw(uint64_t below) { return random_() % below; }
    std::map<std::string, std::string> random_properties();
    void make_queries(size_t number);

    // The troubled part.
    void step();
    void trouble();
    void lay_ambush();
    void lose_some_leader();
    void kill(Server& server);
    void pause_some_server();
    void recreate_some_topic();

    // Statements; server 0 takes them.
    Server& front() { return *servers_.front(); }
    void make_one();
    void pause_or_resume();
    void end_one();
    void carry_out_end(Wanted& wanted);
    std::string query_id(const std::string& sink);
    bool has_source(const std::string& name);
    bool is_read(const Query& query) const;

    // The end.
    std::optional<Failure> rest();
    void settle_statements();
    bool all_at_rest();
    std::optional<Failure> not_at_rest();
    std::optional<Failure> compare();
    Strictness strictness_of(const Wanted& wanted) const;

    const SimOptions options_;
    std::mt19937_64 random_;
    ManualClock clock_{kStartMs};
    Trace trace_;
    const bool exactly_once_;
    const bool tables_first_;
    const bool recreates_;
    Faults faults_;
    MemoryBroker broker_;
    Surroundings around_;
    Workload workload_;
    std::vector<Wanted> wanted_;
    std::vector<std::string> sources_to_make_;
    std::vector<std::unique_ptr<Server>> servers_;
    std::vector<int64_t> paused_until_;
    int queries_made_ = 0;
};

Simulation::Simulation(const SimOptions& options)
    : options_(options),
      random_(options.seed * 0x9E3779B97F4A7C15ULL + 1),
      trace_(clock_, options.shown_max),
      exactly_once_(draw(3) != 0),
      tables_first_(draw(2) == 0),
      recreates_(draw(16) == 0),
      faults_(random_(), random_rates(random_, static_cast<int>(draw(4))), clock_, trace_),
      broker_(clock_, &faults_),
      around_{clock_, faults_, broker_, trace_, random_properties(), static_cast<int>(draw(4))},
      workload_(broker_.log(), kStartMs, static_cast<int32_t>(draw(3)) + 1, random_()),
      sources_to_make_(source_statements()) {
    faults_.expire = [this](const std::string& id) { broker_.expire_transaction(id); };
    if (tables_first_) workload_.fill_tables();
    make_queries(options.queries > 0 ? static_cast<size_t>(options.queries) : draw(4) + 1);
    for (int i = 0; i < options.servers; ++i) {
        servers_.push_back(std::make_unique<Server>(around_, "server-" + std::to_string(i)));
        paused_until_.push_back(0);
    }
}

std::map<std::string, std::string> Simulation::random_properties() {
    static const char* const kIntervals[] = {"0", "20", "100", "500", "2000"};
    static const char* const kRows[] = {"1", "2", "7", "4096"};
    std::map<std::string, std::string> properties{
        {"auto.offset.reset", "earliest"},
        {"processing.guarantee", exactly_once_ ? "exactly_once_v2" : "at_least_once"},
        {"num.stream.threads", std::to_string(draw(3) + 1)},
        {"millrace.slots", std::to_string(kSlots)},
        {"commit.interval.ms", kIntervals[draw(5)]},
        {"millrace.batch.rows.max", kRows[draw(4)]},
        {"ksql.query.retry.backoff.initial.ms", "200"},
        {"ksql.query.retry.backoff.max.ms", "3000"},
    };
    if (draw(2) == 0) properties["cache.max.bytes.buffering"] = "0";
    return properties;
}

void Simulation::make_queries(size_t number) {
    std::vector<Query> present;
    for (const Wanted& wanted : wanted_) {
        if (wanted.state < Wanted::State::kToEnd) present.push_back(wanted.query);
    }
    for (size_t i = 0; i < number; ++i) {
        Query query = random_query(random_, "Q" + std::to_string(++queries_made_), present);
        present.push_back(query);
        wanted_.push_back({std::move(query)});
    }
}

// ---- statements ----

std::string Simulation::query_id(const std::string& sink) {
    if (!front().started()) return {};
    const CatalogPtr catalog = front().engine().catalog();
    for (const auto& query : catalog->queries()) {
        if (query.plan->sink_name == sink) return query.id;
    }
    return {};
}

bool Simulation::has_source(const std::string& name) {
    const CatalogPtr catalog = front().engine().catalog();
    return catalog->find_source(name) != nullptr;
}

bool Simulation::is_read(const Query& query) const {
    return std::any_of(wanted_.begin(), wanted_.end(), [&](const Wanted& other) {
        return other.state != Wanted::State::kGone &&
               (other.query.left == query.name || other.query.right == query.name);
    });
}

void Simulation::make_one() {
    if (!front().started()) return;
    while (!sources_to_make_.empty()) {
        const std::string statement = sources_to_make_.back();
        const std::string name = statement.substr(statement.find(' ', 7) + 1, 2);
        if (!has_source(name) && !front().execute(statement)) return;
        sources_to_make_.pop_back();
    }
    for (Wanted& wanted : wanted_) {
        if (wanted.state != Wanted::State::kToMake) continue;
        if (wanted.unsure && !query_id(wanted.query.name).empty()) {
            wanted.state = Wanted::State::kMade;
            return;
        }
        wanted.unsure = true;
        if (front().execute(wanted.query.sql())) {
            wanted.state = Wanted::State::kMade;
            wanted.unsure = false;
        }
        return;
    }
}

void Simulation::pause_or_resume() {
    Wanted& wanted = wanted_[draw(wanted_.size())];
    const std::string id = query_id(wanted.query.name);
    if (wanted.state != Wanted::State::kMade || id.empty()) return;
    if (front().execute((wanted.paused ? "RESUME " : "PAUSE ") + id + ";"))
        wanted.paused = !wanted.paused;
}

void Simulation::end_one() {
    Wanted& wanted = wanted_[draw(wanted_.size())];
    if (wanted.state != Wanted::State::kMade || is_read(wanted.query) || !front().started()) return;
    wanted.state = Wanted::State::kToEnd;
    wanted.drop = draw(2) == 0;
    carry_out_end(wanted);
    make_queries(1);
}

void Simulation::carry_out_end(Wanted& wanted) {
    if (!front().started()) return;
    const std::string id = query_id(wanted.query.name);
    wanted.unsure = true;
    if (!id.empty() && !front().execute("TERMINATE " + id + ";")) return;
    if (wanted.drop) {
        const char* kind = wanted.query.is_table() ? "TABLE " : "STREAM ";
        const bool there = has_source(wanted.query.name);
        if (there &&
            !front().execute(std::string("DROP ") + kind + wanted.query.name + " DELETE TOPIC;"))
            return;
    }
    wanted.unsure = false;
    wanted.state = wanted.drop ? Wanted::State::kGone : Wanted::State::kEnded;
}

// ---- trouble ----

void Simulation::kill(Server& server) {
    if (draw(4) == 0) {
        trace_.note("{} dies, and its disk", server.name());
        server.crash_for_good();
    } else {
        trace_.note("{} dies", server.name());
        server.crash();
    }
}

void Simulation::lay_ambush() {
    using Kind = Ambush::Kind;
    static const Kind kKinds[] = {Kind::kCrash, Kind::kCrash,  Kind::kCrash,
                                  Kind::kPause, Kind::kExpire, Kind::kLosesLeader};
    Ambush ambush;
    ambush.kind = kKinds[draw(6)];
    ambush.point = random_point(random_);
    ambush.passes = static_cast<int>(draw(6)) + 1;
    ambush.pause_ms = static_cast<int64_t>(draw(15000));
    trace_.note("ambush {} {} in {}", static_cast<int>(ambush.kind), ambush.point, ambush.passes);
    faults_.lay(std::move(ambush));
}

void Simulation::lose_some_leader() {
    auto topics = broker_.log().topics().list();
    if (!topics || topics->empty()) return;
    const TopicInfo& topic = (*topics)[draw(topics->size())];
    const auto partition = static_cast<int32_t>(draw(topic.replicas.size()));
    faults_.lose_leader({topic.name, partition}, static_cast<int64_t>(draw(8000)));
}

void Simulation::pause_some_server() {
    const int64_t for_ms = static_cast<int64_t>(draw(20000));
    const size_t server = draw(servers_.size());
    trace_.note("{} is paused for {} ms", servers_[server]->name(), for_ms);
    paused_until_[server] = clock_.now_ms() + for_ms;
    if (servers_.size() == 1) clock_.advance(for_ms);
}

void Simulation::recreate_some_topic() {
    static const char* const kTopics[] = {"s1", "s2"};
    if (recreates_) workload_.recreate(kTopics[draw(2)], trace_);
}

void Simulation::trouble() {
    switch (draw(16)) {
        case 0:
            return kill(*servers_[draw(servers_.size())]);
        case 1:
            trace_.note("{} ends", front().name());
            return front().stop();
        case 2:
        case 3:
        case 4:
        case 5:
        case 6:
            return lay_ambush();
        case 7:
        case 8:
            return lose_some_leader();
        case 9:
            return pause_some_server();
        case 10:
            broker_.expire_transaction("default_-server-0-" + std::to_string(draw(3)));
            return trace_.note("a transaction expires");
        case 11:
        case 12:
            return pause_or_resume();
        case 13:
            return end_one();
        case 14:
            return broker_.write_held_markers(1);
        default:
            return recreate_some_topic();
    }
}

void Simulation::step() {
    clock_.advance(static_cast<int64_t>(draw(60)));
    faults_.mend();
    if (draw(3) == 0) workload_.write_some(!tables_first_, trace_);
    if (draw(20) == 0) make_one();
    if (draw(25) == 0) trouble();
    for (size_t i = 0; i < servers_.size(); ++i) {
        if (paused_until_[i] > clock_.now_ms()) continue;
        for (uint64_t turns = draw(4); turns > 0; --turns) servers_[i]->turn();
    }
}

// ---- the end ----

/// What has been asked for is carried out, once nothing is in the way.
void Simulation::settle_statements() {
    for (Wanted& wanted : wanted_) {
        if (wanted.state == Wanted::State::kToMake) make_one();
        if (wanted.state == Wanted::State::kToEnd) carry_out_end(wanted);
        const std::string id = query_id(wanted.query.name);
        if (wanted.state != Wanted::State::kMade || id.empty()) continue;
        const CatalogPtr catalog = front().engine().catalog();
        if (catalog->find_query(id)->paused) front().execute("RESUME " + id + ";");
        wanted.paused = false;
    }
}

bool Simulation::all_at_rest() {
    return std::all_of(servers_.begin(), servers_.end(), [this](const auto& server) {
        if (!server->started() || !server->engine().runtime().settled()) return false;
        const auto queries = server->engine().runtime().queries().list();
        return std::all_of(queries.begin(), queries.end(),
                           [this](const auto& query) { return query->runnable(clock_.now_ms()); });
    });
}

std::optional<Failure> Simulation::not_at_rest() {
    for (const auto& server : servers_) {
        if (!server->started()) return Failure{"restless/server", server->name() + " is not up"};
        for (const auto& query : server->engine().runtime().queries().list()) {
            if (query->runnable(clock_.now_ms())) continue;
            const auto errors = query->errors();
            return Failure{"restless/query",
                           query->id() + ": " + (errors.empty() ? "" : errors.back().message)};
        }
    }
    return Failure{"restless/worker", "busy, or not settled"};
}

std::optional<Failure> Simulation::rest() {
    trace_.note("calm");
    faults_.calm();
    broker_.write_held_markers();
    constexpr int kTurnsMax = 400000;  // Of one row each, where batches are that small.
    constexpr int kQuietTurns = 200;
    constexpr int64_t kQuietTurnMs = 100;
    int quiet = 0;
    for (int turn = 0; turn < kTurnsMax && quiet < kQuietTurns; ++turn) {
        bool busy = false;
        for (auto& server : servers_) busy = server->turn() || busy;
        clock_.advance(busy ? 1 : kQuietTurnMs);
        quiet = busy ? 0 : quiet + 1;
        if (quiet == kQuietTurns / 2 && front().started()) settle_statements();
        if (quiet == kQuietTurns && !all_at_rest() && turn < kTurnsMax / 2) quiet = 0;
    }
    if (quiet < kQuietTurns || !all_at_rest()) return not_at_rest();
    return {};
}

Strictness Simulation::strictness_of(const Wanted& wanted) const {
    if (!exactly_once_) return Strictness::kAtLeastOnce;
    return wanted.state == Wanted::State::kMade ? Strictness::kExactlyOnce
                                                : Strictness::kSafetyOnly;
}

std::optional<Failure> Simulation::compare() {
    std::vector<Query> queries;
    for (const Wanted& wanted : wanted_) queries.push_back(wanted.query);
    History history{workload_.rows(), queries, workload_.lives(), tables_first_};
    for (const Wanted& wanted : wanted_) {
        const bool runs = !query_id(wanted.query.name).empty();
        const bool should = wanted.state == Wanted::State::kMade;
        if (runs != should) {
            return Failure{should ? "lost/query" : "undead/query",
                           wanted.query.name + ": " + front().refusal()};
        }
        if (wanted.state == Wanted::State::kGone) continue;
        if (!exactly_once_ && !should) continue;
        auto bad = check_sink(broker_.log(), wanted.query, expect(wanted.query, history),
                              strictness_of(wanted));
        if (!bad) continue;
        if (!workload_.lives().empty()) bad->kind = "recreated:" + bad->kind;
        if (!exactly_once_) bad->kind = "alos:" + bad->kind;
        bad->detail += "\n  " + wanted.query.sql();
        return bad;
    }
    return {};
}

Outcome Simulation::run() {
    Outcome outcome;
    try {
        const int64_t until = kStartMs + options_.seconds * 1000;
        while (clock_.now_ms() < until) step();
        outcome.failure = rest();
        if (!outcome.failure) outcome.failure = compare();
    } catch (const std::exception& error) {
        outcome.failure = Failure{"escaped", error.what()};
    }
    outcome.digest = trace_.digest();
    outcome.last_events = trace_.last();
    outcome.summary =
        fmt::format("{} rows, {} queries, {} faults, {} partitions", workload_.rows().size(),
                    wanted_.size(), faults_.num_faults(), workload_.partitions());
    for (const auto& [name, value] : around_.properties)
        outcome.summary += fmt::format("\n  {}={}", name, value);
    return outcome;
}

}  // namespace

Outcome simulate(const SimOptions& options) {
    return Simulation(options).run();
}

}  // namespace millrace::sim
