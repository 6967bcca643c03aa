// The queries of a simulation: what is asked, as SQL for the engine and as fields for the model.
//
// The right answer must not depend on the order in which rows of several partitions happen to meet.
// So windows behind a repartition, session windows and stream-stream joins have a day of grace, and
// nothing behind a repartition asks for the latest value. Only aggregates by the topic's own key
// have a short grace (`late`): the order within a partition is fixed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace millrace::sim {

enum class QueryKind {
    kFilter,
    kRekey,
    kAggregate,
    kStreamTable,
    kStreamStream,
    kTableTable,
    kTableAggregate,
};
enum class WindowKind { kNone, kTumbling, kHopping, kSession };

struct Query {
    std::string name;  ///< Of the query's sink and its topic.
    QueryKind kind = QueryKind::kFilter;
    std::string left, right;  ///< Sources.
    bool by_group = false;    ///< Grouped or joined by G, behind a repartition; else by K.
    bool outer = false;       ///< LEFT JOIN.
    bool latest = false;      ///< LATEST_BY_OFFSET(ID) too.
    bool final = false;       ///< EMIT FINAL.
    bool late = false;        ///< Grace is short: late rows are dropped.
    int64_t at_least = 0;     ///< kFilter: V is no less. 0: everything passes.
    WindowKind window = WindowKind::kNone;

    bool is_table() const {
        return kind == QueryKind::kAggregate || kind == QueryKind::kTableTable ||
               kind == QueryKind::kTableAggregate;
    }
    std::string kind_name() const;
    std::string sql() const;
};

constexpr int64_t kSizeMs = 10000;  ///< Of windows, sessions' gaps and joins' reach.
constexpr int64_t kAdvanceMs = 5000;
constexpr int64_t kLateGraceMs = 4000;

/// Streams S1, S2 on topics s1, s2, tables T1, T2 on t1, t2.
std::vector<std::string> source_statements();
/// One more query over them or over the filters among `others`.
Query random_query(std::mt19937_64& random, const std::string& name,
                   const std::vector<Query>& others);

}  // namespace millrace::sim
