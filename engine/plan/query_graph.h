// Which queries feed which, by the topics that they read and write: sources of several names may
// stand over one topic. Stateless; any thread.
#pragma once

#include <string>

#include "engine/catalog/catalog.h"
#include "engine/plan/steps.h"

namespace millrace::plan {

/// Throws StatementError when the rows that a new query writes come back to it, at once or by way
/// of the catalog's queries.
void check_no_loop(const PhysicalPlan& planned, const Catalog& catalog);

/// The query that keeps a table in this topic, or null.
const PersistentQuery* table_query_on(const std::string& topic, const Catalog& catalog);

}  // namespace millrace::plan
