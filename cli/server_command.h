// `millrace server`: the REST server, until it is told to stop.
#pragma once

#include <string>
#include <vector>

#include "engine/config/config.h"

namespace CLI {
class App;
}

namespace millrace::cli {

/// Adds the subcommand to `app`. When it is the one given, it runs from within app.parse() and
/// leaves the program's exit status in `exit_code`, which must outlive the parse.
void add_server_command(CLI::App& app, int& exit_code);

/// The config of a file (none: empty), of the environment and of `key=value` words over them.
/// Throws StatementError with all that is wrong.
Config read_config(const std::string& file, const std::vector<std::string>& words);

/// Runs a server until SIGTERM or SIGINT; the program's exit status.
int serve(const Config& config, const std::string& queries_file);

}  // namespace millrace::cli
