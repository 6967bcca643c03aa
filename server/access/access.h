// The server's door, as its properties make it: who is asked for a name and a password, for which
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

namespace millrace::server {

class Access {
public:
    /// Null where authentication is off. Reads the users. The failure names the property or the
    /// line at fault; so it does when properties speak of users and nobody is asked for a name.
    static Result<std::shared_ptr<Access>> open(const Config& config);

    /// What an operator should hear about the users file; empty: nothing.
    std::string warning() const;
    /// Is nobody asked there? Probes and what `authentication.skip.paths` names.
    bool is_open(std::string_view path) const;
    Authenticator& authenticator() { return authenticator_; }
    /// Is one of `authentication.roles` theirs?
    bool is_let_in(const Caller& caller) const { return has_role(caller, roles_); }
    Right right_of(const Caller& caller) const { return rights_.of(caller); }
    /// What the answer 401 asks for.
    std::string challenge() const;

private:
    Access(const Config& config, std::string users_path);

    const std::string realm_;
    const std::vector<std::string> roles_;
    std::vector<std::string> open_paths_;
    const Rights rights_;
    Authenticator authenticator_;
};

}  // namespace millrace::server
