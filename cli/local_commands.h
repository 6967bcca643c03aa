// Commands the shell understands by itself, without ';' and in any letter case. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/console.h"
#include "cli/line_editor.h"
#include "cli/statement_runner.h"

namespace millrace::cli {

struct LocalContext {
    Console& console;
    RestClient& rest;
    StatementRunner& runner;
    const LineSource* lines = nullptr;  ///< For `history`.
    std::string version;
    /// Runs a script file; false when something in it failed.
    std::function<bool(const std::string& path)> run_script;
    /// Greets the server just switched to.
    std::function<void()> check_server;
};

enum class LocalResult {
    kNotLocal,  ///< No such command: the line belongs to the server.
    kDone,
    kFailed,
    kExit,
};

/// Would run_local_command do anything with it?
bool is_local_command(std::string_view line);
LocalResult run_local_command(std::string_view line, LocalContext& context);

/// What `help` prints.
std::string help_text(std::string_view command);

}  // namespace millrace::cli
