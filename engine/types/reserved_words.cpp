#include <algorithm>
#include <iterator>
#include <string_view>

#include "engine/types/sql_type.h"

namespace millrace {
namespace {

// Every keyword of the grammar that may not stand as a plain identifier, in ASCII order.
// A keyword added to grammar/ that is not in its rule of non-reserved words belongs here too.
constexpr std::string_view kReserved[] = {
    "ADVANCE",    "ALL",       "AND",          "AS",          "AT",           "BEGINNING",
    "BETWEEN",    "BY",        "CASE",         "CAST",        "CATALOG",      "CONNECTOR",
    "CONNECTORS", "CREATE",    "DAYS",         "DEC",         "DECIMAL",      "DELETE",
    "DESCRIBE",   "DISTINCT",  "DROP",         "ELSE",        "END",          "EXISTS",
    "EXPORT",     "EXTENDED",  "FALSE",        "FROM",        "FULL",         "GROUP",
    "HAVING",     "HOPPING",   "HOURS",        "IN",          "INNER",        "INSERT",
    "INTO",       "IS",        "JOIN",         "LEFT",        "LIKE",         "LIMIT",
    "LIST",       "LOAD",      "MATERIALIZED", "MILLISECOND", "MILLISECONDS", "MINUTES",
    "MONTHS",     "NAMESPACE", "NOT",          "NULL",        "ON",           "OR",
    "OUTER",      "PAUSE",     "PRINT",        "PROPERTIES",  "QUERIES",      "QUERY",
    "RENAME",     "RESUME",    "RETENTION",    "RIGHT",       "RUN",          "SAMPLE",
    "SCRIPT",     "SECONDS",   "SELECT",       "SIZE",        "STREAM",       "STREAMS",
    "TABLE",      "TERMINATE", "THEN",         "TO",          "TOPIC",        "TOPICS",
    "TRUE",       "TUMBLING",  "UNSET",        "VALUES",      "VIEW",         "WHEN",
    "WHERE",      "WINDOW",    "WITH",         "WITHIN",      "YEARS",
};

}  // namespace

bool is_reserved_word(std::string_view upper) {
    return std::binary_search(std::begin(kReserved), std::end(kReserved), upper);
}

}  // namespace millrace
