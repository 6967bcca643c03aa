// CREATE TYPE, DROP TYPE.
#include "engine/base/error.h"
#include "engine/session/handlers.h"

namespace millrace {

StatementResult create_type(const sql::CreateType& statement, StatementContext& context) {
    Command command;
    command.id = "type/" + statement.name + "/create";
    command.name = statement.name;
    auto existing = context.catalog->find_type(statement.name);
    if (existing) {
        if (!statement.if_not_exists) {
            refuse("Cannot register custom type '" + statement.name +
                   "' since it is already registered with type: " + existing->to_string());
        }
        command.action = Command::Action::kNothing;
        command.message =
            statement.name + " is already registered with type " + existing->to_string();
    } else {
        command.action = Command::Action::kPutType;
        command.type = statement.type;
        command.message = "Registered custom type with name '" + statement.name +
                          "' and SQL type " + statement.type->to_string();
    }
    return Change{std::move(command), context.statement.text};
}

StatementResult drop_type(const sql::DropType& statement, StatementContext& context) {
    Command command;
    command.id = "type/" + statement.name + "/drop";
    command.name = statement.name;
    if (context.catalog->find_type(statement.name)) {
        command.action = Command::Action::kDropType;
        command.message = "Dropped type '" + statement.name + "'";
    } else {
        if (!statement.if_exists) {
            refuse_about(statement.name, "Type " + statement.name + " does not exist.");
        }
        command.action = Command::Action::kNothing;
        command.message = "Type '" + statement.name + "' does not exist";
    }
    return Change{std::move(command), context.statement.text};
}

}  // namespace millrace
