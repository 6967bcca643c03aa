#include "engine/session/query_session.h"

#include <fmt/format.h>

#include <numeric>
#include <random>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/exec/expression/expression.h"
#include "engine/exec/pull_reader.h"
#include "engine/runtime/state_restorer.h"

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

/// A part of a table is no answer.
void need_whole_state(Engine& engine, RunningQuery& query, const std::string& changelog,
                      uint32_t store, std::span<const int32_t> partitions) {
    StateBackend& state = engine.state();
    const bool made_now = query.made_topics().count(changelog) != 0;
    bool whole = true;
    for (int32_t partition : partitions) {
        const StorePartition where{store, partition};
        whole = whole && !query.restores.running(where);
        if (!whole || query.state_seen) continue;
        whole = !is_half_restored(state, where) && (made_now || state.changelog_offset(where));
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

PullAnswer answer_pull(Engine& engine, const plan::PullPlan& plan, const Config& config) {
    PullAnswer answer;
    answer.query_id = "query_" + std::to_string(engine.clock().now_ms());
    auto query = engine.runtime().queries().find(plan.query_id_of_table);
    if (!query || !query->started())
        refuse(ErrorKind::kGeneral, "The table's query is not running.");
    EvalEnv env;
    env.clock = &engine.clock();
    env.config = config;
    exec::PullReader reader(plan, engine.functions(), env);
    std::vector<int32_t> partitions;
    std::string changelog;
    for (const auto& subtopology : query->subtopologies()) {
        for (const auto& store : subtopology.stores) {
            if (store.name != reader.store_name()) continue;
            changelog = store.changelog_topic;
            partitions.resize(
                static_cast<size_t>(query->partitions(static_cast<size_t>(subtopology.index))));
        }
    }
    std::iota(partitions.begin(), partitions.end(), 0);
    uint32_t store = engine.state().store_number(store_name(query->id(), reader.store_name()));
    try {
        need_whole_state(engine, *query, changelog, store, partitions);
        auto snapshot = engine.state().snapshot();
        reader.read(*snapshot, store, partitions, [&](RecordBatch rows) {
            answer.rows.push_back(std::move(rows));
            return true;
        });
    } catch (const DamagedBytes& damage) {
        refuse(ErrorKind::kServer,
               "The state of query " + plan.query_id_of_table + " is damaged: " + damage.what() +
                   "; it is restoring from its changelog. Try again when it is whole.");
    }
    auto errors = reader.take_errors();
    engine.runtime().processing_log().write(answer.query_id, "pull", errors);
    size_t key = 0;
    size_t value = 0;
    for (bool is_key : plan.output_is_key) {
        answer.columns.push_back(is_key ? plan.output.key[key++] : plan.output.value[value++]);
        answer.is_key.push_back(is_key);
    }
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
            auto planned = plan::plan_push_query(select->query, statement.text, id, context);
            return PushQueryPlan{id, planned.output, planned.plan,
                                 push_options(context.config, false), select->query.limit};
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
            // Asked for what is there now: from the first record to the last, whatever the session
            // says about where queries begin.
            auto whole = std::make_shared<plan::PhysicalPlan>(*plan.stream_plan);
            whole->properties["auto.offset.reset"] = "earliest";
            plan.stream_plan = whole;
            return PushQueryPlan{plan.stream_plan->query_id, plan.output, plan.stream_plan,
                                 push_options(context.config, true), select->query.limit};
        }
        return answer_pull(engine, plan, context.config);
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
