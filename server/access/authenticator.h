// Who somebody is: HTTP basic against the users file. A password that was right is remembered for a
// minute, so that its hash is not made anew with each request. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/access/users.h"

namespace millrace::server {

/// What a request says of itself.
struct Credentials {
    std::string user;
    std::string password;
};

/// The header `Authorization: Basic …`; nothing when it is none.
std::optional<Credentials> parse_basic(std::string_view header);

/// Somebody who has logged in.
struct Caller {
    std::string user;
    std::vector<std::string> roles;
    bool has_token = false;  ///< By a token, not by a password.
};
using CallerPtr = std::shared_ptr<const Caller>;

class Authenticator {
public:
    explicit Authenticator(std::string users_path)
        : file_(std::move(users_path)), salt_(random_salt()) {}

    /// Reads the users.
    Status load() { return file_.load(); }
    const UsersFile& file() const { return file_; }
    UsersPtr users() const { return file_.users(); }

    /// Those that were right a short time ago; null: ask verify(). Does not wait.
    CallerPtr remembered(const Credentials& credentials);
    /// Null: they are wrong. May take a tenth of a second, the same for a user who is none.
    CallerPtr verify(const Credentials& credentials);

private:
    struct Known {
        std::string digest;
        int64_t until_ms = 0;
        UsersPtr of;  ///< The users that it was looked up in.
        CallerPtr caller;
    };
    static std::string random_salt();
    std::string digest(const Credentials& credentials) const;
    CallerPtr look_up(const Credentials& credentials, const std::string& digest);

    UsersFile file_;
    const std::string salt_;  ///< Of this process: what is remembered are no passwords.
    std::mutex mutex_;
    std::map<std::string, Known> known_;
};

}  // namespace millrace::server
