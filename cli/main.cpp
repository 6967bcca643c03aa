// The program: one binary, a subcommand for each door.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "cli/cli_command.h"
#include "cli/datagen.h"
#include "cli/health_command.h"
#include "cli/run_command.h"
#include "cli/server_command.h"
#include "cli/test_command.h"
#include "engine/base/nearest.h"

namespace {

/// What the shell's manual calls misuse. CLI11 has numbers of its own, from 100 on.
constexpr int kExitBadCommand = 2;

/// Says that there is no such command, and which one may have been meant.
bool refuse_unknown_command(const CLI::App& app, const std::string& word) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    if (word.starts_with('-') || std::find(names.begin(), names.end(), word) != names.end())
        return false;
    std::cerr << "millrace: there is no command '" << word << "'.";
    std::vector<std::string> near = millrace::nearest_names(word, names, 1);
    for (const std::string& name : names)
        if (near.empty() && name.starts_with(word)) near.push_back(name);
    if (!near.empty()) std::cerr << " Did you mean '" << near.front() << "'?";
    std::cerr << "\nCommands:";
    for (const std::string& name : names) std::cerr << ' ' << name;
    std::cerr << ". millrace --help tells what they do.\n";
    return true;
}

int run(int argc, char** argv) {
    CLI::App app{"Millrace: streaming SQL over Kafka topics, or over its own.", "millrace"};
    app.set_version_flag("--version", "millrace " MILLRACE_VERSION);
    app.require_subcommand(1);
    app.footer("millrace COMMAND --help tells more about each.");

    int exit_code = 0;
    millrace::cli::add_server_command(app, exit_code);
    millrace::cli::add_cli_command(app, exit_code);
    millrace::cli::add_run_command(app, exit_code);
    millrace::cli::add_test_command(app, exit_code);
    millrace::cli::add_datagen_command(app, exit_code);
    millrace::cli::add_health_command(app, exit_code);

    try {
        if (argc > 1 && refuse_unknown_command(app, argv[1])) return kExitBadCommand;
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const std::exception& error) {
        std::cerr << "millrace: " << error.what() << '\n';
        return 1;
    }
    return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (...) {
        std::fputs("millrace: cannot tell what went wrong\n", stderr);
        return 1;
    }
}
