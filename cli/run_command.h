// `millrace run`: a queries file as a plain worker, without statements over HTTP.
#pragma once

namespace CLI {
class App;
}

namespace millrace::cli {

/// Adds the subcommand to `app`. When it is the one given, it runs from within app.parse() and
/// leaves the program's exit status in `exit_code`, which must outlive the parse.
void add_run_command(CLI::App& app, int& exit_code);

}  // namespace millrace::cli
