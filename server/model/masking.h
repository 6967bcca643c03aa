// Keeps secrets and data out of answers and log lines. Stateless; any thread.
#pragma once

#include <string>

namespace millrace::server {

/// The statement as errors show it: INSERT VALUES without its values, connectors without the values
/// of their properties, anything else unchanged.
std::string mask_statement(const std::string& text);

}  // namespace millrace::server
