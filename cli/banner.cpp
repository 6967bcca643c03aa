#include "cli/banner.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text_layout.h"

namespace millrace::cli {

namespace {

constexpr std::string_view kCopyright = "Copyright 2026 The Millrace authors";
constexpr std::string_view kUnknown = "<unknown>";
constexpr size_t kErrorBlockWidth = 80;

constexpr std::string_view kLogo[] = {
    "===========================================",
    "=   __  __  _  _  _                       =",
    "=  |  \\/  |(_)| || | _ _  __ _  __  ___   =",
    "=  | |\\/| || || || || '_|/ _` |/ _|/ -_)  =",
    "=  |_|  |_||_||_||_||_|  \\__,_|\\__|\\___|  =",
    "=                                         =",
    "=  ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~  =",
    "=         Streaming SQL for Kafka         =",
    "=                                         =",
    "===========================================",
};

/// A block framed by lines of '*', for what must not be overlooked.
std::string error_block(const std::string& text) {
    const std::string rule(kErrorBlockWidth, '*');
    std::string out = "\n" + rule + "\n";
    out += std::string((kErrorBlockWidth - 5) / 2, ' ') + "ERROR\n" + rule + "\n";
    for (const std::string& line : cut_at_blanks(text, kErrorBlockWidth)) out += line + "\n";
    return out + rule + "\n";
}

}  // namespace

std::string hint_text() {
    return "Having trouble? Type 'help' (in any letter case) to see how things work.";
}

std::string banner_text(size_t terminal_width) {
    const size_t logo_width = kLogo[0].size();
    if (terminal_width < logo_width) return fmt::format("\nMillrace, {}\n\n", kCopyright);
    const size_t field = std::min(terminal_width, hint_text().size());
    const std::string margin(field > logo_width ? (field - logo_width) / 2 : 0, ' ');
    std::string out = "\n";
    for (std::string_view line : kLogo) out += margin + std::string(line) + "\n";
    return out + fmt::format("\n{}\n\n", kCopyright);
}

void greet_server(RestClient& rest, Console& console) {
    const CallResult answer = rest.info();
    const JsonTree& info = answer.body["KsqlServerInfo"];
    const bool known = !answer.error && info.is_object();
    console.print_line(fmt::format("CLI v{}, Server v{} located at {}", MILLRACE_VERSION,
                                   known ? info.text_of("version") : kUnknown,
                                   rest.server().origin()));
    const bool has_status = known && info.has("serverStatus");
    console.print_line(
        fmt::format("Server Status: {}", has_status ? info.text_of("serverStatus") : kUnknown));
    if (!known) {
        const std::string why = answer.error ? answer.error->message : "it has no /info";
        console.error(error_block(
            fmt::format("Remote server at {} does not appear to be a valid server. Please check "
                        "that the URL is right and that the server is running.\n\n"
                        "The server responded with the following error:\n{}",
                        rest.server().origin(), why)));
    }
    console.print_line();
}

}  // namespace millrace::cli
