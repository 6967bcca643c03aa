// From analysed statements to physical plans. All user errors about a statement's meaning are
// thrown from here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/catalog/catalog.h"
#include "engine/config/config.h"
#include "engine/functions/registry.h"
#include "engine/plan/bind/bound_expression.h"
#include "engine/plan/steps.h"
#include "engine/sql/statements.h"

namespace millrace::plan {

/// What the planner may ask of the world.
struct PlanningContext {
    CatalogPtr catalog;
    const FunctionRegistry* functions = nullptr;
    Config config;  ///< The server's, with the session's overrides over it.
    std::string service_id = "default_";
    /// Partitions of an existing topic, or nothing when there is no such topic.
    std::function<std::optional<int32_t>(const std::string& topic)> topic_partitions;
    std::function<std::optional<int16_t>(const std::string& topic)> topic_replicas;
    /// retention.ms of an existing topic; may be left empty.
    std::function<std::optional<int64_t>(const std::string& topic)> topic_retention_ms;
    /// Id for a new persistent query: "CSAS_NAME_n" etc. get their n from here.
    int64_t next_query_number = 0;
};

/// Topic that a statement needs, to be made before its command is accepted.
struct TopicRequest {
    std::string name;
    int32_t partitions = 1;
    int16_t replicas = 1;
    std::map<std::string, std::string> settings;
    bool must_exist = false;  ///< No PARTITIONS given: the topic has to be there already.
};

struct PlannedQuery {
    std::shared_ptr<const PhysicalPlan> plan;
    SourcePtr sink;  ///< Null for push queries and INSERT INTO.
    std::optional<TopicRequest> sink_topic;
    /// Output columns of a push query, in SELECT order, all in `value`. They are the value columns
    /// of plan->root's schema: in a batch they stand behind its key columns.
    Schema output;
    /// The statement as ksqlDB shows it: properties filled in, SELECT items expanded and qualified.
    std::string statement_text;
};

struct PlannedCreateSource {
    SourcePtr source;
    TopicRequest topic;
    /// CREATE SOURCE TABLE: the query CST_NAME_n that materialises it.
    std::shared_ptr<const PhysicalPlan> query;
    std::string statement_text;
};
/// CREATE STREAM/TABLE. Throws StatementError. With OR REPLACE the caller has check_upgrade() done
/// here already. IF NOT EXISTS on an existing name is the caller's business (ask the catalog
/// first).
PlannedCreateSource plan_create_source(const sql::CreateSource& statement, const std::string& text,
                                       const PlanningContext& context);

PlannedQuery plan_create_as_select(const sql::CreateAsSelect& statement, const std::string& text,
                                   const PlanningContext& context);
/// `start`: where the text begins in what was sent, for messages.
PlannedQuery plan_insert_into(const sql::InsertIntoSelect& statement, const std::string& text,
                              const PlanningContext& context, Position start = {1, 1});
/// SELECT … EMIT CHANGES. `query_id` is the transient id.
PlannedQuery plan_push_query(const sql::Query& query, const std::string& text,
                             const std::string& query_id, const PlanningContext& context);

/// Value of a bound expression without column references (exec::evaluate_constant).
using ConstantValue = std::function<Value(const BoundPtr&)>;

/// Pull queries: SELECT without EMIT on a materialised table (or a stream: then `stream_plan` is a
/// push plan that the caller bounds by end offsets).
struct PullPlan {
    SourcePtr source;
    std::string query_id_of_table;  ///< The persistent query that materialises it.
    std::optional<Materialization> materialization;
    /// Key look-ups: each a full key (values coerced to the key columns' types); empty: scan
    /// everything.
    std::vector<std::vector<Value>>
        keys;  ///< With key look-ups `filter` still holds the whole WHERE.
    /// Without key look-ups: only what lies between these values of the one key column is scanned.
    struct KeyRange {
        std::optional<Value> lower, upper;
        bool lower_inclusive = true, upper_inclusive = true;
    };
    KeyRange key_range;
    /// Bounds on window start/end of windowed tables, inclusive/exclusive as written.
    struct Bound {
        std::optional<int64_t> lower, upper;
        bool lower_inclusive = true, upper_inclusive = true;
    };
    Bound window_start, window_end;
    /// The whole WHERE (also with key look-ups), over the table's schema with window columns; null:
    /// none.
    sql::ExpressionPtr filter;
    std::vector<NamedExpression> select;
    Schema output;  ///< Names and types of the answer's columns; `key` holds those marked KEY.
    std::vector<bool> output_is_key;  ///< One entry an output column, in SELECT order.
    std::optional<int64_t> limit;
    std::shared_ptr<const PhysicalPlan> stream_plan;
};
/// `find_plan`: the plan of a running persistent query by id. `stream_query_id`: the transient id
/// that a stream's plan gets; empty: one is made up.
PullPlan plan_pull_query(
    const sql::Query& query, const std::string& text, const PlanningContext& context,
    const std::function<std::shared_ptr<const PhysicalPlan>(const std::string&)>& find_plan,
    const ConstantValue& evaluate, const std::string& stream_query_id = "");

/// ALTER … ADD: the new source. CREATE OR REPLACE checks: throws when `next` is no legal upgrade.
SourcePtr plan_alter_source(const sql::AlterSource& statement, const PlanningContext& context);
void check_upgrade(const Source& current, const Source& next);

/// INSERT INTO … VALUES: values in the order of key columns, then value columns; NULL where not
/// given.
struct PlannedInsert {
    SourcePtr source;
    std::vector<Value> key, value;
    std::optional<int64_t> timestamp_ms;
};
PlannedInsert plan_insert_values(const sql::InsertValues& statement, const PlanningContext& context,
                                 const ConstantValue& evaluate);
/// A row that a test expects, by the rules of INSERT VALUES except those that forbid writing: the
/// source may be windowed or read-only.
PlannedInsert plan_expected_row(const sql::InsertValues& statement, const PlanningContext& context,
                                const ConstantValue& evaluate);

}  // namespace millrace::plan
