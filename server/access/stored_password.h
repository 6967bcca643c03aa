// A password as a users file keeps it: plain, or a hash of htpasswd, of Jetty or of crypt(3).
// Immutable; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace::server {

class StoredPassword {
public:
    /// The failure tells the kind that is not known, never the text: it may be a password.
    static Result<StoredPassword> parse(std::string_view text);

    /// Takes as long as the kind of hash is meant to: a tenth of a second for bcrypt. The time does
    /// not depend on how much of the password is right.
    bool matches(const std::string& typed) const;
    bool is_plain() const { return kind_ == Kind::kPlain; }
    /// Orders passwords by how long matches() takes, roughly.
    int slowness() const;

private:
    enum class Kind { kPlain, kMd5, kSha1, kApr1, kCrypt };
    StoredPassword(Kind kind, std::string stored) : kind_(kind), stored_(std::move(stored)) {}
    static Result<StoredPassword> parse_crypt(std::string_view text);

    Kind kind_;
    std::string stored_;
};

/// Apache's variant of the MD5 crypt: `$apr1$salt$…`. `setting` holds at least magic and salt.
std::string apr1_crypt(std::string_view password, std::string_view setting);

}  // namespace millrace::server
