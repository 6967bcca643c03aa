// What DROP STREAM and DROP TABLE check, for the server's session and for the test driver.
#pragma once

#include <memory>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/plan/steps.h"
#include "engine/sql/statements.h"

namespace millrace {

using PlanList = std::vector<std::shared_ptr<const plan::PhysicalPlan>>;

/// The source to be dropped; null: there is none, and IF EXISTS says that this is fine. Throws
/// StatementError when it is of the other kind, or still in use by the catalog or a running query.
SourcePtr check_drop(const sql::DropSource& statement, const Catalog& catalog,
                     const PlanList& running);

}  // namespace millrace
