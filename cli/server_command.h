// `millrace server`: the REST server, until it is told to stop.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace millrace::cli {

/// Adds the subcommand to `app`. When it is the one given, it runs from within app.parse() and
/// leaves the program's exit status in `exit_code`, which must outlive the parse.
void add_server_command(CLI::App& app, int& exit_code);

/// The properties of a file (none: empty) with `key=value` words over them. Throws StatementError
/// when the file cannot be read or a word is no pair.
std::map<std::string, std::string> gather_properties(const std::string& file,
                                                     const std::vector<std::string>& words);

/// Runs a server until SIGTERM or SIGINT; the program's exit status.
int serve(const std::map<std::string, std::string>& properties, const std::string& queries_file);

}  // namespace millrace::cli
