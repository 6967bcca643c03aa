// What somebody may do. Three rights, each with those before it; a user's roles give them, a
// statement or an endpoint needs one. Immutable; any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/config/config.h"
#include "engine/sql/statements.h"
#include "server/access/authenticator.h"

namespace millrace::server {

enum class Right { kNone, kRead, kWrite, kAdmin };

/// "read", "write", "admin".
const char* right_name(Right right);

/// A statement that is not allowed; no StatementError, since nothing is wrong with it.
struct Forbidden {
    std::string message;
};

/// Queries and looks read; what changes or writes anything needs kWrite; what deletes topics or
/// changes the server kAdmin.
Right right_for(const sql::Statement& statement);

class Rights {
public:
    explicit Rights(const Config& config);

    /// kAdmin for everybody when no property says otherwise.
    Right of(const Caller& caller) const;

private:
    bool told_apart_ = false;
    std::vector<std::string> read_, write_, admin_;
};

/// Has the caller one of these roles? `*` stands for everybody, `**` for the role `*`.
bool has_role(const Caller& caller, const std::vector<std::string>& roles);

}  // namespace millrace::server
