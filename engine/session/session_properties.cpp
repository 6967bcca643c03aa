// SET, UNSET, ALTER SYSTEM, DEFINE, UNDEFINE.
#include <random>

#include "engine/base/error.h"
#include "engine/base/uuid.h"
#include "engine/config/table.h"
#include "engine/session/handlers.h"

namespace millrace {

StatementResult set_property(const sql::SetProperty& statement, StatementContext& context) {
    const std::string note =
        check_override(context.engine.config(), statement.name, statement.value, false);
    context.session.overrides[property_name(statement.name)] = statement.value;
    if (note.empty()) return {};
    return Entity{context.statement.text, entity::WarningMessage{note}, {}};
}

StatementResult unset_property(const sql::UnsetProperty& statement, StatementContext& context) {
    check_property_known(statement.name);
    context.session.overrides.erase(property_name(statement.name));
    return {};
}

StatementResult alter_system(const sql::AlterSystem& statement, StatementContext& context) {
    check_system_property(statement.name);
    check_system_value(context.engine.config(), statement.name, statement.value);
    const std::string name = property_name(statement.name);
    if (!is_system_property(name)) {
        refuse("Cannot alter system property '" + statement.name + "'");
    }
    if (name != "commit.interval.ms") {
        refuse(ErrorKind::kNotYet,
               "The system property '" + name +
                   "' cannot be altered while the server runs. Set it in the "
                   "server's file.",
               context.statement.position);
    }
    // A commit without a pause is for tests; the file may say it.
    if (std::strtoll(statement.value.c_str(), nullptr, 10) < 1) {
        refuse(invalid_property(name, statement.value, "Value must be at least 1"));
    }
    thread_local std::mt19937_64 random{std::random_device{}()};
    Command command;
    command.action = Command::Action::kAlterSystem;
    command.id = "cluster/" + random_uuid(random) + "/alter";
    command.name = name;
    command.value = statement.value;
    command.message = "System property " + statement.name + " was set to " + statement.value + ".";
    return Change{std::move(command), context.statement.text};
}

StatementResult define_variable(const sql::DefineVariable& statement, StatementContext& context) {
    context.session.variables[statement.name] = statement.value;
    return {};
}

StatementResult undefine_variable(const sql::UndefineVariable& statement,
                                  StatementContext& context) {
    if (context.session.variables.erase(statement.name) == 0) {
        return Entity{context.statement.text,
                      entity::WarningMessage{"Cannot undefine variable '" + statement.name +
                                             "' which was never defined"},
                      {}};
    }
    return {};
}

}  // namespace millrace
