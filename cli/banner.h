// What the shell says when it starts.
#pragma once

#include <string>

#include "cli/console.h"
#include "cli/rest_client.h"

namespace millrace::cli {

/// The logo, or one line where the terminal is too narrow, and the copyright line.
std::string banner_text(size_t terminal_width);
std::string hint_text();

/// Versions and the server's status, or why it cannot be reached.
void greet_server(RestClient& rest, Console& console);

}  // namespace millrace::cli
