#include "cli/cli_command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/shell.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/config/settings.h"
#include "server/net/tls_properties.h"

namespace millrace::cli {

namespace {

constexpr int kExitBadUse = 255;

struct CommandLine {
    ShellOptions shell;
    std::vector<std::string> define;
    std::string config_file;
    std::string ca_file;
    std::string api_key;
    std::string api_secret;
};

/// Session defaults out of a properties file: its `ksql.` keys, without those for TLS and the
/// log-in. Options of the command line come before what the file says of the log-in.
bool read_properties(const std::string& path, ShellOptions& options) {
    try {
        const auto properties = read_properties_file(path);
        auto value_of = [&](const std::string& name) {
            auto found = properties.find(name);
            return found == properties.end() ? std::string() : found->second;
        };
        if (options.user.empty() && options.token.empty()) {
            options.user = value_of("ksql.auth.basic.username");
            if (options.password.empty()) options.password = value_of("ksql.auth.basic.password");
        }
        auto tls = net::tls_of_properties(value_of);
        if (!tls) {
            std::cerr << path << ": " << tls.status().message() << '\n';
            return false;
        }
        options.tls = std::move(*tls);
        options.tls.verify_host = value_of("ssl.verify.host") != "false";
        for (const auto& [name, value] : properties) {
            if (name.starts_with("ksql.") && !name.starts_with("ksql.ssl.") &&
                !name.starts_with("ksql.auth.basic."))
                options.properties.emplace_back(name, value);
        }
        return true;
    } catch (const StatementError& error) {
        std::cerr << error.what() << '\n';
        return false;
    }
}

int run(CommandLine& line) {
    for (const std::string& definition : line.define) {
        const size_t equals = definition.find('=');
        if (equals == std::string::npos || equals == 0) {
            std::cerr << "--define needs name=value, not '" << definition << "'\n";
            return kExitBadUse;
        }
        line.shell.define.emplace_back(definition.substr(0, equals), definition.substr(equals + 1));
    }
    if (!line.config_file.empty() && !read_properties(line.config_file, line.shell)) {
        return kExitBadUse;
    }
    if (!line.ca_file.empty()) line.shell.tls.trust = {line.ca_file, false, "", ""};
    line.shell.output = upper_ascii(line.shell.output);
    return run_shell(line.shell);
}

}  // namespace

void add_cli_options(CLI::App& app, int& exit_code) {
    auto line = std::make_shared<CommandLine>();
    ShellOptions& shell = line->shell;
    app.add_option("server", shell.url, "The server's URL")->capture_default_str();
    app.add_option("-e,--execute", shell.execute, "Run the text and exit (may be repeated)")
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("-f,--file", shell.files, "Run the script and exit (may be repeated)")
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("-d,--define", line->define, "A session variable, name=value (may be repeated)")
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("--output", shell.output, "TABULAR or JSON")
        ->check(CLI::IsMember({"TABULAR", "JSON"}, CLI::ignore_case))
        ->capture_default_str();
    app.add_option("-u,--user", shell.user, "User for HTTP basic authentication");
    app.add_option("-p,--password", shell.password, "The user's password; asked for if left out");
    app.add_option("--ca", line->ca_file, "PEM file of authorities, for https://")
        ->type_name("FILE");
    app.add_option("-t,--token", shell.token.text,
                   "Token for HTTP bearer authentication (or in MILLRACE_TOKEN)");
    app.add_option("--token-file", shell.token.file,
                   "File with the token, read again when it changes (or in MILLRACE_TOKEN_FILE)")
        ->type_name("FILE");
    app.add_option("--query-row-limit", shell.query_row_limit, "End a query after so many rows")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--query-timeout", shell.query_timeout_ms, "End a query after so many ms")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--config-file", line->config_file,
                   "Properties file with session defaults, log-in and TLS (ssl.*)");
    app.add_option("--confluent-api-key", line->api_key, "Accepted, not used");
    app.add_option("--confluent-api-secret", line->api_secret, "Accepted, not used");
    app.add_option("--history-file", shell.history_path, "Instead of ~/.millrace-history");
    app.add_flag("--fail", shell.fail_on_error, "Exit with 1 when a statement was refused");
    app.callback([line, &exit_code] { exit_code = run(*line); });
}

void add_cli_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("cli", "The interactive shell");
    add_cli_options(*command, exit_code);
}

}  // namespace millrace::cli
