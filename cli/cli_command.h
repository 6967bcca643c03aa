// Command line options of the shell.
#pragma once

namespace CLI {
class App;
}

namespace millrace::cli {

/// Adds the subcommand `cli` to `app`. When it is the one given, it runs from within app.parse()
/// and leaves the program's exit status in `exit_code`, which must outlive the parse.
void add_cli_command(CLI::App& app, int& exit_code);

/// The same options on `app` itself, for a program called `ksql`.
void add_cli_options(CLI::App& app, int& exit_code);

}  // namespace millrace::cli
