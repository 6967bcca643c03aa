// `millrace health`: is a server well? For a container's check and for scripts.
#pragma once

namespace CLI {
class App;
}

namespace millrace::cli {

/// Adds the subcommand, as add_server_command() does. Exits with 0 when the server says that it is
/// well, with 1 when it does not, or does not answer.
void add_health_command(CLI::App& app, int& exit_code);

}  // namespace millrace::cli
