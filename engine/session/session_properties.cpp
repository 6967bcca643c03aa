// SET, UNSET, ALTER SYSTEM, DEFINE, UNDEFINE.
#include "engine/base/error.h"
#include "engine/session/handlers.h"

namespace millrace {

StatementResult set_property(const sql::SetProperty& statement, StatementContext& context) {
    check_override(context.engine.properties(), statement.name, statement.value, false);
    context.session.overrides[resolve_property_name(statement.name)] = statement.value;
    return std::nullopt;
}

StatementResult unset_property(const sql::UnsetProperty& statement, StatementContext& context) {
    context.session.overrides.erase(resolve_property_name(statement.name));
    return std::nullopt;
}

StatementResult alter_system(const sql::AlterSystem& /*statement*/, StatementContext& context) {
    throw StatementError(
        ErrorKind::kNotYet,
        "ALTER SYSTEM is not supported by this server yet. Set the property in the server's file.",
        context.statement.position);
}

StatementResult define_variable(const sql::DefineVariable& statement, StatementContext& context) {
    context.session.variables[statement.name] = statement.value;
    return std::nullopt;
}

StatementResult undefine_variable(const sql::UndefineVariable& statement,
                                  StatementContext& context) {
    if (context.session.variables.erase(statement.name) == 0) {
        return Entity{context.statement.text,
                      entity::WarningMessage{"Cannot undefine variable '" + statement.name +
                                             "' which was never defined"},
                      {}};
    }
    return std::nullopt;
}

}  // namespace millrace
