// ksqlDB's scalable push queries (ksql.query.push.v2.enabled): they only forward what a persistent
// query writes from now on. Here all push queries share their readers anyway; what is left of the
// difference is what a client sees: the id, and that records without a key are not told.
#pragma once

#include <string>

#include "engine/plan/planner.h"

namespace millrace {

/// Is this SELECT … EMIT CHANGES one? It is when it reads one source, which exactly one persistent
/// query writes, row by row and from the end.
bool is_scalable_push(const sql::Query& query, const plan::PlanningContext& context);

/// SCALABLE_PUSH_QUERY_ and a random UUID.
std::string scalable_push_id();

/// What is to be planned in its stead. REQUIRES: is_scalable_push().
sql::Query scalable_push_query(const sql::Query& query, const plan::PlanningContext& context);

}  // namespace millrace
