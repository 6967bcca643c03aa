// The server's door, as its properties make it: who is asked for a password or a token, for which
// paths, and what they may do then. Made at the start; thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/config/config.h"
#include "server/access/authenticator.h"
#include "server/access/rights.h"
#include "server/access/token_authenticator.h"
#include "server/net/http.h"

namespace millrace::server {

class Access {
public:
    /// Null where authentication is off. Reads the users and the file of keys, and talks to nobody.
    /// The failure names the property or the line at fault; so it does when properties speak of
    /// users and nobody is asked for a name.
    static Result<std::shared_ptr<Access>> open(const Config& config);

    /// Begins and ends what goes on beside the requests: keys of tokens are fetched from their URL.
    void start();
    void stop();
    /// What an operator should hear of the users file and of tokens, a line each.
    std::vector<std::string> warnings() const;
    /// Is nobody asked there? Probes and what `authentication.skip.paths` names.
    bool is_open(std::string_view path) const;
    /// Null: nobody logs in with a password.
    Authenticator* passwords() { return passwords_.get(); }
    /// Null: nobody logs in with a token.
    TokenAuthenticator* tokens() { return tokens_.get(); }
    /// Is one of `authentication.roles` theirs?
    bool is_let_in(const Caller& caller) const { return has_role(caller, roles_); }
    Right right_of(const Caller& caller) const { return rights_.of(caller); }
    /// The headers of the answer 401: what may be shown to come in.
    net::Headers challenges() const;
    /// `Bearer …` with an error of RFC 6750 and its description, for 400, 401 and 403.
    std::pair<std::string, std::string> token_challenge(std::string_view error,
                                                        std::string_view description) const;

private:
    explicit Access(const Config& config);
    std::string realm() const;
    std::string users_warning() const;

    const std::string realm_;
    const std::vector<std::string> roles_;
    std::vector<std::string> open_paths_;
    const Rights rights_;
    SystemClock clock_;
    std::unique_ptr<Authenticator> passwords_;
    std::unique_ptr<TokenAuthenticator> tokens_;
    std::vector<std::string> token_warnings_;
};

}  // namespace millrace::server
