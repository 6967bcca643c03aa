// A JAAS file, as far as ksqlDB's log-in needs it: where a section's PropertyFileLoginModule keeps
// its users. Stateless.
#pragma once

#include <string>

#include "engine/base/status.h"

namespace millrace::server {

/// The `file=` of the section `section { …PropertyFileLoginModule required file="…"; };`. The
/// failure says what is missing.
Result<std::string> users_file_of_jaas(const std::string& text, const std::string& section);

}  // namespace millrace::server
