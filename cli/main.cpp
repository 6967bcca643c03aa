// The program: one binary, a subcommand for each door.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "cli/cli_command.h"
#include "cli/datagen.h"
#include "cli/run_command.h"
#include "cli/server_command.h"
#include "cli/test_command.h"

int main(int argc, char** argv) {
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

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const std::exception& error) {
        std::cerr << "millrace: " << error.what() << '\n';
        return 1;
    }
    return exit_code;
}
