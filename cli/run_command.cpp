#include "cli/run_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/server_command.h"
#include "engine/base/error.h"

namespace millrace::cli {

void add_run_command(CLI::App& app, int& exit_code) {
    struct Options {
        std::string file;
        std::string config;
        std::vector<std::string> words;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("run", "Run the statements of a file until told to stop");
    command->add_option("file", options->file, "Statements: SET, CREATE, INSERT INTO … SELECT")
        ->type_name("FILE.sql")
        ->required();
    command->add_option("--config", options->config, "Properties file")->type_name("FILE");
    command->add_option("-D,--property", options->words, "A property, over the file's")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->callback([options, &exit_code] {
        try {
            exit_code = serve(read_config(options->config, options->words), options->file);
        } catch (const StatementError& error) {
            std::cerr << "millrace: " << error.what() << '\n';
            exit_code = 1;
        }
    });
}

}  // namespace millrace::cli
