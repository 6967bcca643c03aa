// What a command does to a catalog: the one place that knows. The sandbox of a script, execution
// and the replay at start all fold commands with this function, so they cannot come to differ. It
// stands in `session` and not in `catalog`, since commands hold physical plans and are written as
// JSON, and both stand above the catalog.
#pragma once

#include "engine/catalog/catalog.h"
#include "engine/session/command.h"

namespace millrace {

/// The catalog after the command, which got this number (in the log: its offset). Pure, and total:
/// a command that does not fit, say one that ends a query that is gone, changes nothing else.
Catalog apply(Catalog catalog, const Command& command, int64_t sequence);

}  // namespace millrace
