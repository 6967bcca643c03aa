#include "cli/server_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "cli/stop_signals.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/config/get.h"
#include "engine/config/reference.h"
#include "engine/sql/fault_excerpt.h"
#include "server/server.h"
#include "server/start_check.h"

namespace millrace::cli {

namespace {

constexpr const char* kLogger = "server";
constexpr int64_t kStartTryMs = 1000;
constexpr int64_t kStartPauseMs = 200;
constexpr int64_t kStartWarnEveryMs = 10'000;
constexpr int64_t kStopWithinMs = 2500;

/// Tries until the log can be reached. False: told to stop before. Throws StatementError when
/// trying again cannot help.
bool start_engine(server::Server& server, StopSignals& signals) {
    int64_t warned_ms = 0;
    while (true) {
        Status status = server.start(kStartTryMs);
        if (status) return true;
        if (status.fault() != Fault::kRetriable) {
            refuse(ErrorKind::kServer, status.message());
        }
        const int64_t now = steady_ms();
        if (warned_ms == 0 || now - warned_ms >= kStartWarnEveryMs) {
            warned_ms = now;
            log_warn(kLogger, "waiting for {}: {}", server.log_description(), status.message());
        }
        if (signals.wait(kStartPauseMs)) return false;
    }
}

int fail(const std::string& message) {
    std::cerr << "millrace: " << message << '\n';
    return 1;
}

/// "file.sql:3:14: message" and the line with a caret below the place; the statement where no place
/// is known.
std::string place_in_file(const std::string& file, const StatementError& error) {
    std::string text = file;
    if (error.position().line > 0) {
        text += fmt::format(":{}", error.position().line);
        if (error.position().column > 0) text += fmt::format(":{}", error.position().column);
    }
    text += ": ";
    text += error.what();
    std::ifstream in(file, std::ios::binary);
    const std::string script{std::istreambuf_iterator<char>(in), {}};
    if (const std::string excerpt = sql::fault_excerpt(script, error); !excerpt.empty()) {
        return text + '\n' + excerpt;
    }
    if (!error.statement_text().empty()) text += "\nStatement: " + error.statement_text();
    return text;
}

std::string queries_file_of(const Config& config, const std::string& given) {
    return given.empty() ? config.get<"ksql.queries.file">().value_or("") : given;
}

}  // namespace

Config read_config(const std::string& file, const std::vector<std::string>& words) {
    return Config(gather_settings(file, environ, words));
}

/// What a start looks at before it touches anything, too.
int check_config(const Config& config, const std::string& queries_file) {
    if (Status good = server::check_start(config); !good) return fail(good.message());
    const std::string file = queries_file_of(config, queries_file);
    try {
        if (!file.empty()) server::read_queries_file(file);
    } catch (const StatementError& error) {
        return fail(place_in_file(file, error));
    }
    for (const auto& warning : config.warnings()) std::cerr << "warning: " << warning << '\n';
    for (const auto& [name, setting] : config.settings()) {
        std::cout << setting.name << '=' << shown_property_value(name, setting.value) << "  # "
                  << setting.origin << '\n';
    }
    return 0;
}

int serve(const Config& config, const std::string& queries_file) {
    const int64_t began_ms = steady_ms();
    // What it writes has the records and the state in it: for its own user only.
    ::umask(S_IRWXG | S_IRWXO);
    StopSignals signals(kStopWithinMs);
    const std::string file = queries_file_of(config, queries_file);
    try {
        // The main thread waits for signals: that is how it is told.
        server::Server server({config, queries_file, [] { kill(getpid(), SIGTERM); }});
        try {
            Status opened = server.open();
            if (!opened) return fail(opened.message());
            log_info(kLogger, "listening on {}", server.addresses());
            if (start_engine(server, signals)) {
                if (server.headless()) server.run_queries_file();
                log_info(kLogger, "ready on {} · log: {} ({}) · state: {} · {} queries · {} ms",
                         server.addresses(), server.log_description(), server.log_reason(),
                         server.state_description(), server.num_queries(), steady_ms() - began_ms);
                signals.wait(-1);
            }
        } catch (const StatementError& error) {
            const bool in_file = server.headless() && error.kind() != ErrorKind::kServer;
            return fail(in_file ? place_in_file(file, error) : std::string(error.what()));
        }
        log_info(kLogger, "stopping");
        server.stop();
        log_info(kLogger, "stopped");
    } catch (const std::exception& error) {
        return fail(error.what());
    }
    return 0;
}

void add_server_command(CLI::App& app, int& exit_code) {
    struct Options {
        std::string file;
        std::string queries_file;
        std::vector<std::string> words;
        bool only_check = false;
        bool reference = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("server", "Serve the REST API and run queries");
    command->add_option("file", options->file, "Properties file (ksql-server.properties works)")
        ->type_name("FILE");
    command->add_option("-D,--property", options->words, "A property, over the file's")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command
        ->add_option("--queries-file", options->queries_file,
                     "Run this file's statements and take none over HTTP")
        ->type_name("FILE.sql");
    command->add_flag("--check-config", options->only_check,
                      "Say what is wrong with the properties, or show them, and end");
    command->add_flag("--reference", options->reference,
                      "Print the page of all properties, docs/configuration.md, and end");
    command->footer(
        "Without bootstrap.servers the server keeps its topics itself, in ksql.streams.state.dir\n"
        "(default ./millrace-data; with -D millrace.memory=true in memory). listeners is\n"
        "http://127.0.0.1:8088 unless set; port 0 takes any free one and says which.");
    command->callback([options, &exit_code] {
        try {
            if (options->reference) {
                std::cout << configuration_reference();
                return;
            }
            const Config config = read_config(options->file, options->words);
            exit_code = options->only_check ? check_config(config, options->queries_file)
                                            : serve(config, options->queries_file);
        } catch (const StatementError& error) {
            exit_code = fail(error.what());
        }
    });
}

}  // namespace millrace::cli
