#include "tests/sim/query.h"

#include <fmt/format.h>

namespace millrace::sim {

namespace {

std::string window_clause(const Query& query) {
    const std::string grace = query.late ? "4 SECONDS" : "1 DAY";
    switch (query.window) {
        case WindowKind::kNone:
            return "";
        case WindowKind::kTumbling:
            return fmt::format("WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD {}) ", grace);
        case WindowKind::kHopping:
            return fmt::format(
                "WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 5 SECONDS, GRACE PERIOD {}) ", grace);
        case WindowKind::kSession:
            return fmt::format("WINDOW SESSION (10 SECONDS, GRACE PERIOD {}) ", grace);
    }
    return "";
}

std::string aggregate_sql(const Query& query) {
    const std::string key = query.by_group ? "G" : "K";
    return fmt::format(
        "CREATE TABLE {} AS SELECT {}, COUNT(*) AS N, SUM(V) AS S, MIN(V) AS LO, MAX(V) AS HI{} "
        "FROM {} {}GROUP BY {} EMIT {};",
        query.name, key, query.latest ? ", LATEST_BY_OFFSET(ID) AS LAST" : "", query.left,
        window_clause(query), key, query.final ? "FINAL" : "CHANGES");
}

std::string join_sql(const Query& query) {
    const std::string join = query.outer ? "LEFT JOIN" : "INNER JOIN";
    switch (query.kind) {
        case QueryKind::kStreamTable:
            return fmt::format(
                "CREATE STREAM {} AS SELECT L.K AS K, L.ID AS ID, R.G AS RG, R.V AS RV FROM {} L "
                "{} {} R ON L.K = R.K EMIT CHANGES;",
                query.name, query.left, join, query.right);
        case QueryKind::kStreamStream:
            return fmt::format(
                "CREATE STREAM {0} AS SELECT L.{1} AS J, L.ID AS LID, R.ID AS RID FROM {2} L INNER "
                "JOIN {3} R WITHIN 10 SECONDS GRACE PERIOD 1 DAY ON L.{1} = R.{1} EMIT CHANGES;",
                query.name, query.by_group ? "G" : "K", query.left, query.right);
        default:
            return fmt::format(
                "CREATE TABLE {} AS SELECT L.K AS K, L.G AS LG, R.V AS RV FROM {} L {} {} R ON L.K "
                "= R.K EMIT CHANGES;",
                query.name, query.left, join, query.right);
    }
}

/// A stream to read: an input or, as a chain, a filter's sink.
std::string random_stream(std::mt19937_64& random, const std::vector<Query>& others) {
    std::vector<std::string> streams{"S1", "S1", "S2"};
    for (const Query& other : others) {
        if (other.kind == QueryKind::kFilter) streams.push_back(other.name);
    }
    return streams[random() % streams.size()];
}

void choose_aggregate(std::mt19937_64& random, Query& query) {
    query.window = static_cast<WindowKind>(random() % 4);
    query.by_group = random() % 2 == 0;
    const bool input = query.left == "S1" || query.left == "S2";
    const bool ordered = input && !query.by_group && query.window != WindowKind::kSession;
    query.latest = ordered && random() % 2 == 0;
    query.late = ordered && query.window != WindowKind::kNone && random() % 2 == 0;
    query.final = query.late && random() % 2 == 0;
}

}  // namespace

std::string Query::kind_name() const {
    switch (kind) {
        case QueryKind::kFilter:
            return "filter";
        case QueryKind::kRekey:
            return "rekey";
        case QueryKind::kAggregate:
            if (final) return "final";
            if (window == WindowKind::kSession) return "session";
            return window == WindowKind::kNone ? "aggregate" : "windowed";
        case QueryKind::kStreamTable:
            return "stream-table";
        case QueryKind::kStreamStream:
            return "stream-stream";
        case QueryKind::kTableTable:
            return "table-table";
        case QueryKind::kTableAggregate:
            return "table-aggregate";
    }
    return "";
}

std::string Query::sql() const {
    switch (kind) {
        case QueryKind::kFilter:
            return fmt::format("CREATE STREAM {} AS SELECT K, ID, G, V FROM {} {}EMIT CHANGES;",
                               name, left,
                               at_least > 0 ? fmt::format("WHERE V >= {} ", at_least) : "");
        case QueryKind::kRekey:
            return fmt::format(
                "CREATE STREAM {} AS SELECT G, K, ID, V FROM {} PARTITION BY G EMIT CHANGES;", name,
                left);
        case QueryKind::kAggregate:
            return aggregate_sql(*this);
        case QueryKind::kTableAggregate:
            return fmt::format(
                "CREATE TABLE {} AS SELECT G, COUNT(*) AS N, SUM(V) AS S FROM {} GROUP BY G EMIT "
                "CHANGES;",
                name, left);
        default:
            return join_sql(*this);
    }
}

std::vector<std::string> source_statements() {
    std::vector<std::string> statements;
    for (int i = 1; i <= 2; ++i) {
        statements.push_back(
            fmt::format("CREATE STREAM S{0} (K STRING KEY, ID BIGINT, G STRING, V INT) WITH "
                        "(KAFKA_TOPIC='s{0}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');",
                        i));
        statements.push_back(fmt::format(
            "CREATE TABLE T{0} (K STRING PRIMARY KEY, G STRING, V INT) WITH (KAFKA_TOPIC='t{0}', "
            "KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');",
            i));
    }
    return statements;
}

Query random_query(std::mt19937_64& random, const std::string& name,
                   const std::vector<Query>& others) {
    using enum QueryKind;
    static const std::vector<QueryKind> kKinds{
        kFilter,      kFilter,       kRekey,        kAggregate,  kAggregate,     kAggregate,
        kStreamTable, kStreamStream, kStreamStream, kTableTable, kTableAggregate};
    Query query;
    query.name = name;
    query.kind = kKinds[random() % kKinds.size()];
    query.left = random_stream(random, others);
    switch (query.kind) {
        case kFilter:
            query.at_least = random() % 3 == 0 ? 0 : static_cast<int64_t>(random() % 5) + 1;
            break;
        case kRekey:
            break;
        case kAggregate:
            choose_aggregate(random, query);
            break;
        case kStreamTable:
            query.right = random() % 2 == 0 ? "T1" : "T2";
            query.outer = random() % 2 == 0;
            break;
        case kStreamStream:
            query.right = query.left == "S1" ? "S2" : "S1";
            query.by_group = random() % 3 == 0;
            break;
        case kTableTable:
            query.left = "T1";
            query.right = "T2";
            query.outer = random() % 2 == 0;
            break;
        case kTableAggregate:
            query.left = random() % 2 == 0 ? "T1" : "T2";
            break;
    }
    return query;
}

}  // namespace millrace::sim
