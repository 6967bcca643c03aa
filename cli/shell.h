// The shell: `millrace cli`, and `ksql` for those used to it. Talks HTTP to a server and needs no
// engine. Runs on the main thread and takes over SIGINT while it does.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/login_token.h"
#include "server/net/tls.h"

namespace millrace::cli {

struct ShellOptions {
    std::string url = "http://localhost:8088";
    std::vector<std::string> execute;  ///< Texts of -e, run in order; then the shell ends.
    std::vector<std::string> files;    ///< Scripts of -f, after those.
    std::string output = "TABULAR";    ///< Or JSON.
    std::vector<std::pair<std::string, std::string>> define;      ///< Session variables.
    std::vector<std::pair<std::string, std::string>> properties;  ///< As SET would, unchecked.
    std::string user;                                             ///< HTTP basic, with `password`.
    std::string password;
    LoginToken token;              ///< HTTP bearer.
    net::TlsOptions tls;           ///< For https://.
    int64_t query_row_limit = 0;   ///< A query ends after so many rows; 0: never.
    int64_t query_timeout_ms = 0;  ///< And after this time; 0: never.
    /// A statement that the server refuses makes the exit status 1 (ksql keeps it 0).
    bool fail_on_error = false;
    std::string history_path;  ///< Empty: ~/.millrace-history.
};

/// The exit status: 0, 1 (fail_on_error), 130 when Ctrl-C ended a batch, 255 when the options or a
/// file are wrong.
int run_shell(const ShellOptions& options);

}  // namespace millrace::cli
