// SELECT from outside: push queries that stream to a listener, pull queries that answer with rows.
// Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/runtime/push_host.h"
#include "engine/session/engine.h"
#include "engine/session/session.h"

namespace millrace {

/// A push query that has been planned and may be started.
struct PushQueryPlan {
    std::string query_id;
    Schema output;  ///< Value columns only, in SELECT order.
    std::shared_ptr<const plan::PhysicalPlan> plan;
    PushOptions options;
    std::optional<int64_t> limit;
};

/// The rows of a pull query's answer, read as they are wanted: holds a snapshot of the state, and
/// of its rows no more than a piece. One thread at a time; outlived by the engine.
class PullRows {
public:
    virtual ~PullRows() = default;
    /// Appends some rows, perhaps none; a bounded piece of work. False: those were the last. Throws
    /// StatementError(kServer) when the state cannot be read.
    virtual bool read(std::vector<RecordBatch>& rows) = 0;
};

struct PullAnswer {
    std::string query_id;
    std::vector<Field> columns;
    std::vector<bool> is_key;
    std::vector<RecordBatch> rows;   ///< The first ones; columns as `columns`.
    std::unique_ptr<PullRows> rest;  ///< Null: that was all.
};

using QueryPlan = std::variant<PushQueryPlan, PullAnswer, sql::PrintTopic>;

/// Parses and plans exactly one SELECT, and begins to answer it when it is a pull query; PRINT
/// comes back as it is (topic_printer.h). Throws StatementError with ksqlDB's texts.
QueryPlan run_select(Engine& engine, const std::string& text, SessionState& session);

/// Starts a planned push query.
void start_push(Engine& engine, const PushQueryPlan& query, std::shared_ptr<PushListener> listener);

}  // namespace millrace
