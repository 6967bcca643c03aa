// ASSERT [NOT EXISTS] SCHEMA.
#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/session/handlers.h"

namespace millrace {

StatementResult assert_schema(const sql::AssertSchema& statement, StatementContext& context) {
    if (!statement.subject && !statement.id) {
        refuse(ErrorKind::kGeneral,
               "ASSERT SCHEMA statements much include a subject name or an id");
    }
    if (context.engine.config().get<"ksql.schema.registry.url">().empty()) {
        refuse(ErrorKind::kNoRegistry,
               "KSQL is not configured to use a schema registry. To enable it, please "
               "set ksql.schema.registry.url");
    }
    refuse(ErrorKind::kNotYet, "ASSERT SCHEMA is not supported by this server yet.",
           context.statement.position);
}

}  // namespace millrace
