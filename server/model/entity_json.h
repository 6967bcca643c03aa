// What statements answered, as the JSON array of POST /ksql: ksqlDB's types, fields and their
// order. Stateless; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/session/engine.h"
#include "engine/session/entities.h"

namespace millrace::server {

/// `[{"@type":…,"statementText":…,…,"warnings":[]},…]`
std::string entities_json(const std::vector<Entity>& entities);

/// One command for /status/:type/:entity/:action.
std::string command_status_json(const CommandOutcome& outcome);
/// All of them for /status.
std::string command_statuses_json(const std::map<std::string, CommandOutcome>& outcomes);

}  // namespace millrace::server
