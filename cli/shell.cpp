#include "cli/shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "cli/banner.h"
#include "cli/console.h"
#include "cli/line_editor.h"
#include "cli/local_commands.h"
#include "cli/statement_runner.h"
#include "cli/statement_splitter.h"
#include "engine/base/error.h"
#include "engine/base/read_file.h"
#include "engine/base/text.h"
#include "engine/base/unicode.h"
#include "engine/sql/odd_character.h"

namespace millrace::cli {

namespace {

constexpr int kExitBadUse = 255;
constexpr int kExitInterrupted = 130;
constexpr int kScriptDepthMax = 16;
constexpr std::string_view kPrompt = "ksql> ";
constexpr std::string_view kMorePrompt = ">";

std::atomic<net::CancelSource*> g_cancel{nullptr};
std::atomic<bool> g_interrupted{false};

extern "C" void on_interrupt(int) {
    g_interrupted = true;
    if (net::CancelSource* cancel = g_cancel.load()) cancel->cancel();
}

bool take_interrupted() {
    return g_interrupted.exchange(false);
}

/// SIGINT ends what is running, not the process, while this lives.
class InterruptGuard {
public:
    explicit InterruptGuard(net::CancelSource& cancel) {
        g_cancel = &cancel;
        struct sigaction action {};
        action.sa_handler = on_interrupt;
        sigemptyset(&action.sa_mask);
        ::sigaction(SIGINT, &action, &before_);  // No SA_RESTART: reads must end.
    }
    ~InterruptGuard() {
        ::sigaction(SIGINT, &before_, nullptr);
        g_cancel = nullptr;
    }
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    struct sigaction before_ {};
};

std::string default_history_path() {
    const char* home = std::getenv("HOME");
    return home == nullptr ? "" : std::string(home) + "/.millrace-history";
}

class Shell {
public:
    Shell(const ShellOptions& options, net::Url url, net::ClientOptions client, bool interactive)
        : options_(options),
          console_({interactive, interactive && std::getenv("NO_COLOR") == nullptr, 0}),
          rest_(std::move(url), std::move(client), cancel_),
          runner_(rest_, console_, cancel_),
          local_{console_,
                 rest_,
                 runner_,
                 nullptr,
                 MILLRACE_VERSION,
                 [this](const std::string& path) { return run_file(path); },
                 [this] { greet_server(rest_, console_); }} {
        RunnerSettings& settings = runner_.settings();
        settings.format = options.output == "JSON" ? OutputFormat::kJson : OutputFormat::kTabular;
        settings.query_row_limit = options.query_row_limit;
        settings.query_timeout = std::chrono::milliseconds(options.query_timeout_ms);
        for (const auto& [name, value] : options.define) runner_.session().variables[name] = value;
        for (const auto& [name, value] : options.properties) {
            runner_.session().properties[name] = value;
        }
    }

    int run_batch();
    int run_stream(std::istream& input);
    int run_interactive();

private:
    enum class End { kEnd, kExit, kInterrupted };

    /// A script's statements go out together, as far as they can, and end at the first failure.
    enum class Feed { kPrompt, kStream, kScript };
    End run_lines(LineSource& lines, Feed feed);
    bool run_statements(std::vector<std::string> statements, Feed feed);
    bool flush_script();
    std::optional<std::string> read_script(const std::string& path);
    bool run_file(const std::string& path);
    int exit_code(End end) const;

    const ShellOptions& options_;
    net::CancelSource cancel_;
    InterruptGuard guard_{cancel_};
    Console console_;
    RestClient rest_;
    StatementRunner runner_;
    LocalContext local_;
    int script_depth_ = 0;
    std::vector<std::string> script_;  ///< Read and not run yet.
    bool refused_ = false;             ///< A statement or command failed.
    bool bad_script_ = false;          ///< A file could not be read.
};

int Shell::exit_code(End end) const {
    if (end == End::kInterrupted) return kExitInterrupted;
    // With -e and -f alone: whoever types or pipes statements in reads what is said of each.
    const bool batch = !options_.execute.empty() || !options_.files.empty();
    if (bad_script_ || (batch && runner_.raised())) return kExitBadUse;
    if (batch && runner_.away()) return 1;
    return refused_ && options_.fail_on_error ? 1 : 0;
}

/// Keeps them for the rest of their script, or runs them at once. False when one failed.
bool Shell::run_statements(std::vector<std::string> statements, Feed feed) {
    if (feed != Feed::kScript) {
        const bool fine = runner_.run(statements);
        refused_ |= !fine;
        return fine;
    }
    std::move(statements.begin(), statements.end(), std::back_inserter(script_));
    return true;
}

bool Shell::flush_script() {
    const bool fine = script_.empty() || runner_.run(std::exchange(script_, {}));
    refused_ |= !fine;
    return fine;
}

/// Reads lines until the end, `exit`, or (in a batch) Ctrl-C.
Shell::End Shell::run_lines(LineSource& lines, Feed feed) {
    const bool prompting = feed == Feed::kPrompt;
    StatementBuffer buffer;
    std::string line;
    std::string entry;  // What was typed, for the history.
    for (;;) {
        const bool fresh = entry.empty();
        const ReadOutcome outcome = lines.read(fresh ? kPrompt : kMorePrompt, line);
        if (outcome == ReadOutcome::kInterrupted) {
            cancel_.reset();
            console_.print_line("^C");
            buffer.clear();
            entry.clear();
            continue;
        }
        if (outcome == ReadOutcome::kEnd) {
            // A script's last statement may lack its ';'.
            if (!prompting && !buffer.empty()) run_statements(buffer.take(), feed);
            flush_script();
            return cancel_.cancelled() && !prompting ? End::kInterrupted : End::kEnd;
        }
        if (prompting) console_.spool_input(std::string(fresh ? kPrompt : kMorePrompt) + line);
        LocalResult result = LocalResult::kNotLocal;
        const bool local = fresh && is_local_command(line);
        if (local && !flush_script()) return End::kEnd;
        if (local) result = run_local_command(line, local_);
        if (result == LocalResult::kNotLocal) {
            buffer.add_line(line);
            if (!fresh) entry += '\n';
            entry += line;
            if (buffer.empty() && trim(entry).empty()) entry.clear();
            if (buffer.complete()) {
                lines.add_history(entry);
                entry.clear();
                run_statements(buffer.take(), feed);
            } else if (buffer.empty()) {
                entry.clear();  // Comments alone.
                buffer.clear();
            }
        } else {
            lines.add_history(line);
            refused_ |= result == LocalResult::kFailed;
            if (result == LocalResult::kExit) return End::kExit;
            if (result == LocalResult::kFailed && feed == Feed::kScript) return End::kEnd;
        }
        if (cancel_.cancelled()) {
            if (!prompting) return End::kInterrupted;
            cancel_.reset();
            take_interrupted();
        }
    }
}

/// Nothing: it has said why.
std::optional<std::string> Shell::read_script(const std::string& path) {
    const auto refuse = [&](const std::string& why) {
        console_.error(fmt::format("Failed to read file: {}: {}", path, why));
        return std::nullopt;
    };
    const auto text = read_file(path);
    if (!text) return refuse(std::strerror(errno));
    if (script_depth_ >= kScriptDepthMax) return refuse("scripts call each other too deeply");
    std::string script(without_bom(*text));
    try {
        sql::require_utf8(script, {1, 1});
    } catch (const StatementError& error) {
        return refuse(error.what());
    }
    return script;
}

bool Shell::run_file(const std::string& path) {
    const auto script = read_script(path);
    if (!script) {
        bad_script_ = true;
        return false;
    }
    ++script_depth_;
    const bool refused_before = std::exchange(refused_, false);
    std::istringstream text(*script);
    auto lines = read_stream(text);
    run_lines(*lines, Feed::kScript);
    --script_depth_;
    const bool fine = !refused_;
    refused_ |= refused_before;
    return fine;
}

int Shell::run_batch() {
    for (const std::string& text : options_.execute) {
        std::istringstream input(text);
        auto lines = read_stream(input);
        const End end = run_lines(*lines, Feed::kScript);
        if (end == End::kInterrupted) return exit_code(end);
        if (end == End::kExit || refused_) return exit_code(End::kEnd);
    }
    for (const std::string& path : options_.files) {
        if (!run_file(path)) break;
        if (cancel_.cancelled()) return exit_code(End::kInterrupted);
    }
    return exit_code(End::kEnd);
}

int Shell::run_stream(std::istream& input) {
    auto lines = read_stream(input);
    return exit_code(run_lines(*lines, Feed::kStream) == End::kInterrupted ? End::kInterrupted
                                                                           : End::kEnd);
}

int Shell::run_interactive() {
    auto lines =
        edit_lines(options_.history_path.empty() ? default_history_path() : options_.history_path,
                   take_interrupted);
    local_.lines = lines.get();
    console_.print(banner_text(console_.width()));
    greet_server(rest_, console_);
    console_.print_line(hint_text());
    console_.print_line();
    const End end = run_lines(*lines, Feed::kPrompt);
    local_.lines = nullptr;
    if (end == End::kEnd) console_.print_line();
    console_.print_line("Exiting Millrace.");
    return 0;
}

/// A password, or a token; without either a token out of the environment.
Result<net::ClientOptions> client_options(const ShellOptions& options, const net::Url& url) {
    net::ClientOptions client;
    client.tls = options.tls;
    std::string user = options.user.empty() ? url.user : options.user;
    std::string password = options.user.empty() ? url.password : options.password;
    if (user.empty() && !password.empty()) {
        return Status(Fault::kFatal, "A password needs a user: give both --user and --password.");
    }
    if (!user.empty() && !options.token.empty())
        return Status(Fault::kFatal, "Give either a user or a token.");
    if (!user.empty() && password.empty() && ::isatty(STDIN_FILENO) == 1) {
        if (const char* typed = ::getpass("Password: ")) password = typed;
    }
    if (!user.empty()) {
        client.headers.push_back(net::basic_auth(user, password));
        return client;
    }
    const LoginToken token = options.token.empty() ? token_of_environment() : options.token;
    if (Status used = use_token(token, client); !used) return used;
    return client;
}

}  // namespace

int run_shell(const ShellOptions& options) {
    auto url = net::parse_url(options.url);
    auto client = url ? client_options(options, *url) : Result<net::ClientOptions>(url.status());
    if (!client) {
        std::cerr << client.status().message() << '\n';
        return kExitBadUse;
    }
    const bool batch = !options.execute.empty() || !options.files.empty();
    const bool terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    Shell shell(options, std::move(*url), std::move(*client), !batch && terminal);
    if (batch) return shell.run_batch();
    return terminal ? shell.run_interactive() : shell.run_stream(std::cin);
}

}  // namespace millrace::cli
