// Turns the entities a server answers statements with into the shell's screens.
#pragma once

#include <string>

#include "cli/json_text.h"

namespace millrace::cli {

/// One entity as a screen, each line ended. An entity of a type unknown here (a newer server's)
/// comes as its JSON.
std::string entity_text(const JsonTree& entity, size_t terminal_width);

/// All entities of an answer: an empty line before each, its statement too when there are several,
/// warnings after it.
std::string entities_text(const JsonTree& entities, size_t terminal_width);

/// The messages of command statuses that say ERROR, one a line; empty when there are none.
std::string failed_statuses_text(const JsonTree& entities);

/// `VARCHAR(STRING)`, `DECIMAL(4, 2)`, `STRUCT<A INTEGER>` … of a schema entity.
std::string schema_text(const JsonTree& schema);

// The long screens, in describe_printer.cpp.
std::string source_description_text(const JsonTree& description, size_t terminal_width);
std::string query_description_text(const JsonTree& description, size_t terminal_width);
std::string function_description_text(const JsonTree& entity, size_t terminal_width);
std::string connector_description_text(const JsonTree& entity, size_t terminal_width);

}  // namespace millrace::cli
