#include "engine/session/query_session.h"

#include <fmt/format.h>

#include <numeric>
#include <random>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/base/row_meter.h"
#include "engine/config/get.h"
#include "engine/exec/expression/expression.h"
#include "engine/exec/pull_reader.h"
#include "engine/runtime/state_restorer.h"
#include "engine/session/scalable_push.h"

namespace millrace {

namespace {

std::string random_id() {
    static thread_local std::mt19937_64 random{std::random_device{}()};
    return std::to_string(random() >> 1);
}

PushOptions push_options(const Config& config, bool bounded) {
    PushOptions options;
    options.bounded = bounded;
    options.coalesce = coalesces(config);
    return options;
}

/// The plan with a start of its own, whatever the session says about where queries begin.
std::shared_ptr<const plan::PhysicalPlan> from_offsets(const plan::PhysicalPlan& plan,
                                                       const char* reset) {
    auto out = std::make_shared<plan::PhysicalPlan>(plan);
    out->properties["auto.offset.reset"] = reset;
    out->properties["main.consumer.auto.offset.reset"] = reset;
    return out;
}

/// The stores of a table, all in one sub-topology.
struct TableState {
    std::vector<uint32_t> stores;
    std::vector<std::string> changelogs;  ///< One a store.
    std::vector<int32_t> partitions;
};

/// A part of a table is no answer.
void need_whole_state(Engine& engine, RunningQuery& query, const TableState& table) {
    StateBackend& state = engine.state();
    bool whole = true;
    for (size_t i = 0; i < table.stores.size(); ++i) {
        const bool made_now = query.made_topics().count(table.changelogs[i]) != 0;
        for (int32_t partition : table.partitions) {
            const StorePartition where{table.stores[i], partition};
            whole = whole && !query.restores.running(where);
            if (!whole || query.state_seen) continue;
            whole = !is_half_restored(state, where) && (made_now || state.changelog_offset(where));
        }
    }
    if (whole) {
        query.state_seen = true;
        return;
    }
    const auto done = query.restores.total();
    std::string message = "The state of query " + query.id() + " is restoring from its changelog";
    if (done) message += fmt::format(" ({} of {} records)", done->done, done->all);
    message += ". Try again when it is whole.";
    if (query.state() == QueryState::kError)
        message += " The query is in ERROR: " + query.errors().back().message;
    refuse(ErrorKind::kServer, message);
}

class StoredRows final : public PullRows {
public:
    StoredRows(Engine& engine, plan::PullPlan plan, const Config& config, std::string query_id)
        : engine_(engine),
          plan_(std::move(plan)),
          query_id_(std::move(query_id)),
          env_(env_of(engine, config)),
          reader_(plan_, engine.functions(), env_) {
        if (std::string others = engine.runtime().other_servers(); !others.empty())
            refuse(ErrorKind::kServer, others);
        const auto query = engine.runtime().queries().find(plan_.query_id_of_table);
        if (!query || !query->started())
            refuse(ErrorKind::kGeneral, "The table's query is not running.");
        TableState table = find_state(*query);
        try {
            need_whole_state(engine, *query, table);
        } catch (const DamagedBytes& damage) {
            refuse_damaged(damage);
        }
        stores_ = table.stores;
        reader_.start(engine.state().snapshot(), std::move(table.stores),
                      std::move(table.partitions));
    }

    bool read(std::vector<RecordBatch>& rows) override {
        bool more = false;
        const Interruptible interruptible([this](int64_t evaluating_ms) {
            return evaluating_ms >= Interruptible::kPatienceMs && engine_.waits_interrupted();
        });
        try {
            more = reader_.read(rows);
        } catch (const EvaluationInterrupted&) {
            refuse(ErrorKind::kShuttingDown, "The server is shutting down");
        } catch (const DamagedBytes& damage) {
            report(damage);
            refuse_damaged(damage);
        }
        auto errors = reader_.take_errors();
        engine_.runtime().processing_log().write(query_id_, "pull", errors);
        return more;
    }

private:
    TableState find_state(const RunningQuery& query) const {
        TableState table;
        for (const std::string& name : reader_.store_names()) {
            table.stores.push_back(engine_.state().store_number(store_name(query.id(), name)));
            std::string& changelog = table.changelogs.emplace_back();
            for (const auto& subtopology : query.subtopologies()) {
                for (const auto& store : subtopology.stores) {
                    if (store.name != name) continue;
                    changelog = store.changelog_topic;
                    table.partitions.resize(static_cast<size_t>(
                        query.partitions(static_cast<size_t>(subtopology.index))));
                }
            }
        }
        std::iota(table.partitions.begin(), table.partitions.end(), 0);
        return table;
    }
    /// Of damaged files the backend knows by itself; rows that none of the query's operators wrote
    /// are met by who reads all of them.
    void report(const DamagedBytes& damage) {
        const auto query = engine_.runtime().queries().find(plan_.query_id_of_table);
        if (!query || engine_.state().damaged()) return;
        for (const uint32_t store : stores_) {
            const StorePartition where{store, reader_.partition()};
            if (engine_.state().changelog_offset(where)) query->report_damage(where, damage.what());
        }
    }
    [[noreturn]] void refuse_damaged(const DamagedBytes& damage) const {
        refuse(ErrorKind::kServer,
               "The state of query " + plan_.query_id_of_table + " is damaged: " + damage.what() +
                   "; it is restoring from its changelog. Try again when it is whole.");
    }
    static EvalEnv env_of(Engine& engine, const Config& config) {
        EvalEnv env;
        env.clock = &engine.clock();
        env.config = config;
        return env;
    }

    Engine& engine_;
    const plan::PullPlan plan_;
    const std::string query_id_;
    const EvalEnv env_;
    exec::PullReader reader_;
    std::vector<uint32_t> stores_;
};

PullAnswer answer_pull(Engine& engine, plan::PullPlan plan, const Config& config) {
    PullAnswer answer;
    answer.query_id = "query_" + std::to_string(engine.clock().now_ms());
    size_t key = 0;
    size_t value = 0;
    for (bool is_key : plan.output_is_key) {
        answer.columns.push_back(is_key ? plan.output.key[key++] : plan.output.value[value++]);
        answer.is_key.push_back(is_key);
    }
    answer.rest = std::make_unique<StoredRows>(engine, std::move(plan), config, answer.query_id);
    // What is wrong with the state shows here, while the answer can still be an error.
    if (!answer.rest->read(answer.rows)) answer.rest.reset();
    return answer;
}

}  // namespace

QueryPlan run_select(Engine& engine, const std::string& text, SessionState& session) {
    auto pieces = sql::split_statements(text);
    if (pieces.size() != 1) {
        throw StatementError(ErrorKind::kStatement,
                             "Expected exactly one KSQL statement; found " +
                                 std::to_string(pieces.size()) + " instead",
                             {}, Stage::kRequest)
            .with_statement(text);
    }
    Session parser(engine, session);
    sql::Statement statement;
    try {
        statement = parser.parse(pieces[0]);
    } catch (StatementError& error) {
        throw error.with_statement(pieces[0].text);
    }
    const auto* select = statement.as<sql::QueryStatement>();
    if (select == nullptr) {
        if (const auto* print = statement.as<sql::PrintTopic>()) return *print;
        throw StatementError(ErrorKind::kNoQuery,
                             "Neither a query nor a print statement\nStatement: " + statement.text)
            .with_statement(statement.text);
    }
    KnownTopics topics(engine.log().topics());
    auto context = engine.planning(engine.catalog(), session.overrides, topics);
    try {
        const std::string id = "transient_" +
                               select->query.from.alias.value_or(select->query.from.name) + "_" +
                               random_id();
        if (select->query.emit != sql::EmitKind::kNone) {
            const bool scalable = is_scalable_push(select->query, context);
            const sql::Query query =
                scalable ? scalable_push_query(select->query, context) : select->query;
            auto planned = plan::plan_push_query(query, statement.text,
                                                 scalable ? scalable_push_id() : id, context);
            if (scalable) planned.plan = from_offsets(*planned.plan, "latest");
            return PushQueryPlan{planned.plan->query_id, planned.output, planned.plan,
                                 push_options(context.config, false), query.limit};
        }
        if (!context.config.get<"ksql.pull.queries.enable">()) {
            refuse(
                "Pull queries are disabled. See https://cnfl.io/queries for more info.\nAdd EMIT "
                "CHANGES if you intended to issue a push query.\nPlease set "
                "ksql.pull.queries.enable=true to enable this feature.");
        }
        EvalEnv env;
        env.clock = &engine.clock();
        env.config = context.config;
        auto find_plan = [&](const std::string& query_id) {
            const auto* query = context.catalog->find_query(query_id);
            return query ? query->plan : nullptr;
        };
        auto plan = plan::plan_pull_query(
            select->query, statement.text, context, find_plan,
            [&](const plan::BoundPtr& bound) { return exec::evaluate_constant(bound, env); });
        if (plan.stream_plan) {
            // Asked for what is there now: from the first record to the last.
            plan.stream_plan = from_offsets(*plan.stream_plan, "earliest");
            return PushQueryPlan{plan.stream_plan->query_id, plan.output, plan.stream_plan,
                                 push_options(context.config, true), select->query.limit};
        }
        return answer_pull(engine, std::move(plan), context.config);
    } catch (StatementError& error) {
        if (error.statement_text().empty()) error.with_statement(statement.text);
        throw;
    }
}

void start_push(Engine& engine, const PushQueryPlan& query,
                std::shared_ptr<PushListener> listener) {
    const int64_t limit = engine.config().get<"ksql.max.push.queries">();
    if (static_cast<int64_t>(engine.runtime().push_host().running().size()) >= limit) {
        refuse(ErrorKind::kTooMany, "Maximum number of push queries exceeded. Max push queries: " +
                                        std::to_string(limit));
    }
    engine.runtime().push_host().start_query(query.plan, std::move(listener), query.options);
}

}  // namespace millrace
