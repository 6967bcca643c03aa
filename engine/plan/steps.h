// The physical plan: a tree of steps from sources to one sink, with a JSON form (steps_json.h) that
// the command log keeps, so that an upgrade never changes what a running query means. Immutable,
// shared.
//
// Expressions are SQL over the columns of the input step's schema (unqualified; in joins the
// columns carry the alias prefix, as `C_USER_ID`) and are bound when a task is built.
//
// What else there is to say about a kind of step (its JSON, stores, schema, operator, …) is said by
// a visit that names every kind: docs/add-an-operator.md lists them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/sql/statements.h"

namespace millrace::plan {

inline constexpr int kPlanFormatVersion = 1;

/// Names the kinds of step that a case of a visit is for.
template <class T, class... Steps>
concept OneOf = (std::is_same_v<std::remove_const_t<T>, Steps> || ...);

struct Step;
using StepPtr = std::shared_ptr<const Step>;

struct NamedExpression {
    std::string name;
    sql::ExpressionPtr expression;
};

/// Reads a topic as a stream or a table. `columns`: the value columns that the plan uses (indexes
/// into declared.value), so that only they are decoded; the step's schema has just those. A table
/// is materialised under `store` when somebody needs old values or look-ups; then its changes come
/// as pairs (before, after). The table side of a join has no store here: the join keeps its rows
/// itself. `headers`: the header columns that the plan uses (indexes into declared.headers). In the
/// step's schema they are value columns behind those of `columns`; schema.headers stays empty, here
/// and in every later step.
struct SourceStep {
    static constexpr const char* kKind = "source";
    sql::SourceKind kind = sql::SourceKind::kStream;
    std::string source_name;
    std::string topic;
    Schema declared;
    std::vector<int> columns;
    std::vector<int> headers;
    FormatInfo key_format, value_format;
    std::optional<TimestampColumn> timestamp;
    WindowType window = WindowType::kNone;
    std::optional<int64_t> window_size_ms;
    std::string prefix;  ///< Of joined sources' columns: "C_"; else empty.
    std::optional<std::string> store;
    bool always_earliest = false;  ///< Tables inside joins.
};
/// Rows where the condition is TRUE. On a table a row that stops matching becomes a deletion.
struct FilterStep {
    static constexpr const char* kKind = "filter";
    sql::ExpressionPtr condition;
};
/// New value columns (and key columns renamed, in place: as many names as the input has key
/// columns). On tables it keeps pairs together. Expressions see the input's columns and the system
/// columns.
struct SelectStep {
    static constexpr const char* kKind = "select";
    std::vector<std::string> key_names;
    std::vector<NamedExpression> values;
};
/// PARTITION BY, join keys: new key columns; empty: no key. The old key columns stay as value
/// columns, behind the value columns. A value column may then have a key column's name: both hold
/// the same, the key is found.
struct SelectKeyStep {
    static constexpr const char* kKind = "selectKey";
    std::vector<NamedExpression> keys;
};
/// GROUP BY: as SelectKeyStep, but rows with a NULL in any key column are dropped (streams). Also
/// planned when the key stays the same; then no RepartitionStep follows.
struct GroupByStep {
    static constexpr const char* kKind = "groupBy";
    std::vector<NamedExpression> keys;
};
/// Writes rows to an internal topic by key and reads them back: the cut between two sub-topologies.
struct RepartitionStep {
    static constexpr const char* kKind = "repartition";
    std::string
        topic_suffix;  ///< "Aggregate-GroupBy-repartition": the query's prefix comes before it.
    FormatInfo key_format, value_format;
};
struct AggregateCall {
    std::string name;         ///< KSQL_AGG_VARIABLE_n in the output schema.
    sql::ExpressionPtr call;  ///< sql::Call with column references or literals as arguments.
};
struct WindowSpec {
    sql::WindowKind kind = sql::WindowKind::kTumbling;
    int64_t size_ms = 0, advance_ms = 0;  ///< Session: size_ms is the gap.
    int64_t grace_ms = 0, retention_ms = 0;
};
/// Groups by the key. Output: key, `carried` columns (latest row's values), aggregates in order.
struct AggregateStep {
    static constexpr const char* kKind = "aggregate";
    std::vector<std::string> carried;
    std::vector<AggregateCall> calls;
    std::optional<WindowSpec> window;
    bool emit_final = false;
    std::string store;  ///< "Aggregate-Aggregate-Materialize"
    /// Something downstream (HAVING) needs the old row: changes must come as pairs (before, after).
    /// Otherwise the operator may emit just the new row of each update.
    bool pairs = false;
};
/// Input 0: stream, input 1: table. Output: key, then left value columns, then right value columns.
/// The join keeps input 1's rows in `table_store` and emits nothing for them.
struct StreamTableJoinStep {
    static constexpr const char* kKind = "streamTableJoin";
    sql::JoinType type = sql::JoinType::kInner;
    std::string key_name;
    std::string table_store;  ///< Store of the table side's rows.
};
/// Input 0: left, input 1: right, both keyed alike. Output: key, then left value columns, then
/// right value columns, of each pair of rows near enough in time. The window is [t - before, t +
/// after] around the left side's rows, of a RIGHT join around the right side's.
struct StreamStreamJoinStep {
    static constexpr const char* kKind = "streamStreamJoin";
    sql::JoinType type = sql::JoinType::kInner;
    std::string key_name;
    int64_t before_ms = 0, after_ms = 0, grace_ms = 0;
    std::string left_store, right_store;  ///< Rows that later ones may match.
    /// Where rows of an outer side wait until nothing can match them; none: they go out at once.
    std::optional<std::string> held_store;
};
/// Input 0: left, input 1: right, tables with the same key. Output as of StreamStreamJoinStep. The
/// join keeps the rows of both; its changes are pairs.
struct TableTableJoinStep {
    static constexpr const char* kKind = "tableTableJoin";
    sql::JoinType type = sql::JoinType::kInner;
    std::string key_name;
    std::string left_store, right_store;
};
/// A foreign-key join is three steps with a repartition behind each of the first two.
///
/// Input: the left table, its changes as pairs; `foreign_key`: the value column that names the
/// right row. Output: key: the foreign key; values: the left key and value columns without it, then
/// what the message asks for (INTEGER) and the left row's version (BIGINT).
struct ForeignKeySubscribeStep {
    static constexpr const char* kKind = "foreignKeySubscribe";
    std::string foreign_key;
    bool left_join = false;
};
/// Input 0: the messages, input 1: the right table. Output: key: the first `num_left_keys` value
/// columns of the messages; values: the rest of the left row, the right row, the version.
struct ForeignKeyLookupStep {
    static constexpr const char* kKind = "foreignKeyLookup";
    sql::JoinType type = sql::JoinType::kInner;
    size_t num_left_keys = 1;
    std::string subscription_store, table_store;
};
/// Output: the input's columns without the version.
struct ForeignKeyResultStep {
    static constexpr const char* kKind = "foreignKeyResult";
    std::string store;
};
/// Rows per row: table functions zipped (a shorter one gives NULLs); other columns repeated.
/// Output: the input's columns, then one value column a function.
struct FlatMapStep {
    static constexpr const char* kKind = "flatMap";
    std::vector<NamedExpression> functions;
};
/// Writes to the sink topic. Input schema = sink schema.
struct SinkStep {
    static constexpr const char* kKind = "sink";
    std::string topic;
    FormatInfo key_format, value_format;
    std::optional<TimestampColumn> timestamp;
};
/// Hands rows to a push query's client. The client's columns are the value columns of the schema,
/// in SELECT order; key columns stand ahead of them in the batch and are there for tombstones only.
struct PushStep {
    static constexpr const char* kKind = "push";
    std::optional<int64_t> limit;
};

struct Step {
    using Node =
        std::variant<SourceStep, FilterStep, SelectStep, SelectKeyStep, GroupByStep,
                     RepartitionStep, AggregateStep, StreamTableJoinStep, StreamStreamJoinStep,
                     TableTableJoinStep, ForeignKeySubscribeStep, ForeignKeyLookupStep,
                     ForeignKeyResultStep, FlatMapStep, SinkStep, PushStep>;
    Node node;
    std::string name;       ///< Path, "Aggregate/Project": logger names and internal topics.
    Schema schema;          ///< Of its output.
    bool is_table = false;  ///< Its output is a changelog of a table.
    WindowType window = WindowType::kNone;  ///< Of its output's keys.
    std::optional<int64_t> window_size_ms;
    std::vector<StepPtr> inputs;

    template <class T>
    const T* as() const {
        return std::get_if<T>(&node);
    }
};

/// How long a stream-stream join's stores keep a row.
inline int64_t join_retention(const StreamStreamJoinStep& join) {
    return join.before_ms + join.after_ms + join.grace_ms;
}
enum class QueryKind { kPersistent, kPush };

/// How the sink's table may be pulled: the store and how its rows become the table's rows.
struct Materialization {
    std::string store;                ///< Of a join's table: its left side's (table_stores()).
    StepPtr from;                     ///< Step whose output schema the store's rows have.
    std::vector<StepPtr> transforms;  ///< Select/Filter steps applied to a stored row, in order.
};

struct PhysicalPlan {
    int version = kPlanFormatVersion;
    QueryKind kind = QueryKind::kPersistent;
    std::string query_id;
    std::string statement;
    StepPtr root;
    std::vector<std::string> source_names;
    std::string sink_name;  ///< Empty for push queries.
    std::optional<Materialization> materialization;
    /// What its session had SET that goes with a query (Config::query_overrides), nothing of the
    /// server's own.
    std::map<std::string, std::string> properties;
};

}  // namespace millrace::plan
