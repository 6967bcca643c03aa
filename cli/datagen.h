// `millrace datagen`: generated rows at a rate, for trying out and for tests. Options are given as
// flags
// (`--topic clicks --rate 1000`) or as ksql-datagen has them (`topic=clicks msgRate=1000`).
#pragma once

namespace CLI {
class App;
}

namespace millrace::cli {

/// Adds the subcommand to `app`. When it is the one given, it runs from within app.parse() and
/// leaves the program's exit status in `exit_code`, which must outlive the parse.
void add_datagen_command(CLI::App& app, int& exit_code);

}  // namespace millrace::cli
