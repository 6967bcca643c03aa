// ASSERT [NOT EXISTS] SCHEMA.
#include "engine/base/error.h"
#include "engine/session/handlers.h"

namespace millrace {

StatementResult assert_schema(const sql::AssertSchema& statement, StatementContext& context) {
    if (!statement.subject && !statement.id) {
        throw StatementError(ErrorKind::kGeneral,
                             "ASSERT SCHEMA statements much include a subject name or an id");
    }
    if (context.engine.properties().get("ksql.schema.registry.url").empty()) {
        throw StatementError(
            ErrorKind::kGeneral,
            "KSQL is not configured to use a schema registry. To enable it, please "
            "set ksql.schema.registry.url")
            .with_code(42801);
    }
    throw StatementError(ErrorKind::kNotYet, "ASSERT SCHEMA is not supported by this server yet.",
                         context.statement.position);
}

}  // namespace millrace
