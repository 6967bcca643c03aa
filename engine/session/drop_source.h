// What DROP STREAM and DROP TABLE check, for the server's session and for the test driver.
#pragma once

#include "engine/catalog/catalog.h"
#include "engine/sql/statements.h"

namespace millrace {

/// The source to be dropped; null: there is none, and IF EXISTS says that this is fine. Throws
/// StatementError when it is of the other kind, or still in use by another source or a query.
SourcePtr check_drop(const sql::DropSource& statement, const Catalog& catalog);

}  // namespace millrace
