// A query with every name looked up: sources with their aliases, columns qualified, SELECT items
// named. All user errors about names come from here; types are checked when the logical plan is
// built (query_builder.h).
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/plan/planner.h"

namespace millrace::plan {

enum class QueryUse { kPersistent, kPush, kPull };

struct AnalyzedSource {
    SourcePtr source;
    std::string alias;
    std::string prefix;  ///< Of its columns in steps: "C_" in joins, else empty.
    /// Its columns' names, those of headers too: views of what `source` holds.
    std::unordered_set<std::string_view> names = {};
};

/// One join: `left` = `right` after ordering so that `right` belongs to the joined source.
struct AnalyzedJoin {
    sql::JoinType type = sql::JoinType::kInner;
    std::optional<sql::Within> within;
    sql::ExpressionPtr left, right;  ///< Qualified.
    bool swapped = false;            ///< Written the other way round.
    Position position;
};

struct Analysis {
    /// The query with aliases, qualified columns and column names filled in; stars stay stars.
    sql::Query query;
    std::vector<AnalyzedSource> sources;  ///< FROM first, then the joins' in order.
    std::vector<AnalyzedJoin> joins;
    QueryUse use = QueryUse::kPush;
    /// TIMESTAMP of the sink's WITH: the projection must have this column.
    std::optional<TimestampColumn> sink_timestamp;

    bool is_join() const { return sources.size() > 1; }
    const AnalyzedSource& first() const { return sources.front(); }
    const AnalyzedSource* find(const std::string& alias) const;
    /// The expression over step columns: `C.USER_ID` becomes `C_USER_ID` in joins, `USER_ID`
    /// otherwise.
    sql::ExpressionPtr to_step(const sql::ExpressionPtr& qualified) const;
    /// What columns of sources and aliases are called in steps.
    std::set<std::string> used_names() const;
};

/// Throws StatementError for unknown sources, columns, aliases, and clauses that do not go
/// together.
Analysis analyze(const sql::Query& query, const PlanningContext& context, QueryUse use);

/// Visits the nodes of all expressions of a query: SELECT's items, ON, WHERE, GROUP BY, PARTITION
/// BY, HAVING.
void visit_query_expressions(const sql::Query& query,
                             const std::function<void(const sql::ExpressionPtr&)>& visit);

/// Rebuilds an expression bottom-up; `change` gives a replacement for a node (asked before its
/// children), or null.
sql::ExpressionPtr rewrite(
    const sql::ExpressionPtr& expression,
    const std::function<sql::ExpressionPtr(const sql::ExpressionPtr&)>& change);

/// "Line: 1, Col: 27: ", or nothing when the place is not known.
std::string place(Position position);

/// Only a push query may aggregate everything into one row.
[[noreturn]] void refuse_ungrouped(const std::vector<sql::ExpressionPtr>& calls);

/// Does the call name an aggregate (table) function?
bool is_aggregate_call(const sql::ExpressionPtr& expression, const FunctionRegistry& functions);
bool is_table_call(const sql::ExpressionPtr& expression, const FunctionRegistry& functions);
bool contains_aggregate(const sql::ExpressionPtr& expression, const FunctionRegistry& functions);

}  // namespace millrace::plan
