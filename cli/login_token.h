// The token that a program of ours shows to a server (RFC 6750): given as it is, or by the name of
// a file, which is read again when it has changed, as whoever renews tokens writes them. One
// thread.
#pragma once

#include <string>

#include "engine/base/status.h"
#include "server/net/http_client.h"

namespace millrace::cli {

struct LoginToken {
    std::string text;
    std::string file;

    bool empty() const { return text.empty() && file.empty(); }
};

/// Out of MILLRACE_TOKEN or MILLRACE_TOKEN_FILE, which nobody on this machine sees in a list of
/// processes.
LoginToken token_of_environment();

/// Makes every request bring the token along. The failure says what is wrong, without the token.
Status use_token(const LoginToken& token, net::ClientOptions& options);

}  // namespace millrace::cli
