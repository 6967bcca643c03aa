#include "cli/local_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <vector>

#include "cli/statement_splitter.h"
#include "cli/text_layout.h"
#include "engine/base/text.h"

namespace millrace::cli {

namespace {

struct Words {
    std::vector<std::string> words;  ///< As typed.
    std::vector<std::string> upper;
    std::string quoted;  ///< The first quoted text, unescaped.
    bool has_quoted = false;
    std::string rest;  ///< All behind the first word, trimmed and unquoted.
};

Words split_words(std::string_view line) {
    Words out;
    for (const Token& token : tokenize(line)) {
        if (token.kind == Token::Kind::kString && !out.has_quoted) {
            out.quoted = token.text;
            out.has_quoted = true;
        }
    }
    std::string_view left = trim(line);
    const size_t first = left.find_first_of(" \t");
    out.rest = first == std::string_view::npos ? "" : trim(left.substr(first));
    if (out.has_quoted && out.rest.starts_with('\'')) out.rest = out.quoted;
    while (!left.empty()) {
        const size_t end = std::min(left.find_first_of(" \t"), left.size());
        out.words.emplace_back(left.substr(0, end));
        out.upper.push_back(upper_ascii(out.words.back()));
        left = trim(left.substr(end));
    }
    return out;
}

std::string_view format_name(OutputFormat format) {
    return format == OutputFormat::kJson ? "JSON" : "TABULAR";
}

LocalResult output(const Words& words, LocalContext& context) {
    OutputFormat& format = context.runner.settings().format;
    if (words.words.size() == 1) {
        context.console.print_line(fmt::format("Current output format: {}", format_name(format)));
        return LocalResult::kDone;
    }
    const std::string& wanted = words.upper[1];
    if (wanted != "JSON" && wanted != "TABULAR") {
        context.console.error(fmt::format(
            "Invalid output format: '{}' (valid formats: TABULAR, JSON)", words.words[1]));
        return LocalResult::kFailed;
    }
    format = wanted == "JSON" ? OutputFormat::kJson : OutputFormat::kTabular;
    context.console.print_line(fmt::format("Output format set to {}", wanted));
    return LocalResult::kDone;
}

LocalResult server(const Words& words, LocalContext& context) {
    if (words.words.size() == 1) {
        context.console.print_line(context.rest.server().origin());
        return LocalResult::kDone;
    }
    auto url = net::parse_url(words.rest);
    if (!url) {
        context.console.error(url.status().message());
        return LocalResult::kFailed;
    }
    context.rest.set_server(std::move(*url));
    context.console.print_line(fmt::format("Server now: {}", context.rest.server().origin()));
    context.check_server();
    return LocalResult::kDone;
}

LocalResult spool(const Words& words, LocalContext& context) {
    if (words.words.size() == 1) {
        context.console.error("Give a file name, or OFF: spool 'file' | spool OFF");
        return LocalResult::kFailed;
    }
    if (words.upper[1] == "OFF" && !words.has_quoted) {
        const std::string path = context.console.stop_spool();
        if (!path.empty()) context.console.print_line("Spool written to " + path);
        return LocalResult::kDone;
    }
    if (Status status = context.console.start_spool(words.rest); !status) {
        context.console.error(status.message());
        return LocalResult::kFailed;
    }
    context.console.print_line("Session will be spooled to " + words.rest);
    context.console.print_line("Enter SPOOL OFF to disable");
    return LocalResult::kDone;
}

LocalResult pipelining(const Words& words, LocalContext& context) {
    if (words.words.size() == 1) {
        context.console.print_line(fmt::format("Current request-pipelining configuration: {}",
                                               context.rest.waits_for_earlier() ? "OFF" : "ON"));
        return LocalResult::kDone;
    }
    if (words.upper[1] != "ON" && words.upper[1] != "OFF") {
        context.console.error(fmt::format(
            "Invalid request-pipelining setting: '{}' (valid settings: ON, OFF)", words.words[1]));
        return LocalResult::kFailed;
    }
    context.rest.wait_for_earlier(words.upper[1] == "OFF");
    context.console.print_line("Request-pipelining is now " + words.upper[1]);
    return LocalResult::kDone;
}

/// `SET CLI <name> <value>`.
LocalResult set_cli(const Words& words, LocalContext& context) {
    RunnerSettings& settings = context.runner.settings();
    const std::string name = words.upper.size() > 2 ? words.upper[2] : "";
    const std::string value = words.upper.size() > 3 ? words.upper[3] : "";
    if (name == "WRAP" && (value == "ON" || value == "OFF")) {
        settings.wrap = value == "ON";
        return LocalResult::kDone;
    }
    size_t width = 0;
    const char* end = value.data() + value.size();
    if (name == "COLUMN-WIDTH" && !value.empty() &&
        std::from_chars(value.data(), end, width).ptr == end) {
        settings.column_width = width;
        return LocalResult::kDone;
    }
    context.console.error(
        "Use SET CLI WRAP ON|OFF, or SET CLI COLUMN-WIDTH <number> (0: automatic)");
    return LocalResult::kFailed;
}

LocalResult history(const Words&, LocalContext& context) {
    if (context.lines == nullptr) return LocalResult::kDone;
    size_t number = 0;
    for (const std::string& entry : context.lines->history()) {
        context.console.print_line(fmt::format("{:>5}  {}", ++number, on_one_line(entry)));
    }
    return LocalResult::kDone;
}

struct HelpEntry {
    std::string_view usage;
    std::string_view text;
};

constexpr HelpEntry kHelp[] = {
    {"clear", "Clear the screen."},
    {"exit", "Leave the shell."},
    {"help [command]", "Show this list, or what one command does."},
    {"history", "List what was typed before, numbered."},
    {"output [TABULAR|JSON]", "Show the output format, or set it."},
    {"request-pipelining [ON|OFF]",
     "ON sends statements without waiting until the server has taken in the ones before them. OFF "
     "(as at start) waits."},
    {"run script '<file>'", "Run the statements and commands of a file."},
    {"server [<url>]", "Show the server's address, or talk to another one."},
    {"set cli COLUMN-WIDTH <n>", "Cells of query results are n wide; 0 shares out the terminal."},
    {"set cli WRAP ON|OFF", "OFF cuts long cells of query results instead of wrapping them."},
    {"spool '<file>' | spool OFF",
     "Write all that is shown into a file as well, or stop doing so."},
    {"version", "Show the version of this shell."},
};

}  // namespace

std::string help_text(std::string_view command) {
    const std::string wanted = upper_ascii(command);
    std::string out;
    for (const HelpEntry& entry : kHelp) {
        if (!wanted.empty() && !upper_ascii(entry.usage).starts_with(wanted)) continue;
        out += fmt::format("{}\n\t{}\n", entry.usage, entry.text);
    }
    if (!wanted.empty()) return out;
    return "These commands need no ';' and may be in any letter case:\n\n" + out +
           "\nAll else is SQL and goes to the server when a ';' ends it. SHOW STREAMS; is a good "
           "start.\nKeys: Ctrl-C stops a running query or drops the line, Ctrl-D on an empty line "
           "leaves, Ctrl-R searches the history.\n";
}

namespace {

LocalResult help(const Words& words, LocalContext& context) {
    const std::string text = help_text(words.rest);
    if (text.empty()) {
        context.console.error(
            fmt::format("No help for '{}'. Type 'help' for all commands.", words.rest));
        return LocalResult::kFailed;
    }
    context.console.print(text);
    return LocalResult::kDone;
}

LocalResult clear(const Words&, LocalContext& context) {
    if (context.console.interactive()) context.console.print("\033[H\033[2J");
    return LocalResult::kDone;
}

LocalResult version(const Words&, LocalContext& context) {
    context.console.print_line("Version: " + context.version);
    return LocalResult::kDone;
}

LocalResult run_script(const Words& words, LocalContext& context) {
    const std::string path = words.has_quoted ? words.quoted : words.words[2];
    return context.run_script(path) ? LocalResult::kDone : LocalResult::kFailed;
}

struct Command {
    std::string_view verb, second;  ///< `second` empty: whatever comes.
    size_t words_min, words_max;
    LocalResult (*run)(const Words& words, LocalContext& context);
};

constexpr size_t kAny = 1'000'000;
constexpr Command kCommands[] = {
    {"EXIT", "", 1, 1, [](const Words&, LocalContext&) { return LocalResult::kExit; }},
    {"HELP", "", 1, kAny, help},
    {"CLEAR", "", 1, 1, clear},
    {"HISTORY", "", 1, 1, history},
    {"VERSION", "", 1, 1, version},
    {"OUTPUT", "", 1, 2, output},
    {"SERVER", "", 1, 2, server},
    {"SPOOL", "", 1, kAny, spool},
    {"REQUEST-PIPELINING", "", 1, 2, pipelining},
    {"REQUEST_PIPELINING", "", 1, 2, pipelining},
    {"SET", "CLI", 2, kAny, set_cli},
    {"RUN", "SCRIPT", 3, kAny, run_script},
};

Words words_of(std::string_view line) {
    std::string_view text = trim(line);
    while (text.ends_with(';')) text = trim(text.substr(0, text.size() - 1));
    return split_words(text);
}

/// Null: it is none.
const Command* command_of(const Words& words) {
    const size_t count = words.upper.size();
    const auto* found =
        std::find_if(std::begin(kCommands), std::end(kCommands), [&](const Command& command) {
            return count >= command.words_min && count <= command.words_max &&
                   words.upper[0] == command.verb &&
                   (command.second.empty() || words.upper[1] == command.second);
        });
    return found == std::end(kCommands) ? nullptr : found;
}

}  // namespace

bool is_local_command(std::string_view line) {
    return command_of(words_of(line)) != nullptr;
}

LocalResult run_local_command(std::string_view line, LocalContext& context) {
    const Words words = words_of(line);
    const Command* command = command_of(words);
    return command == nullptr ? LocalResult::kNotLocal : command->run(words, context);
}

}  // namespace millrace::cli
