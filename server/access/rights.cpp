#include "server/access/rights.h"

#include <algorithm>

#include "engine/config/get.h"

namespace millrace::server {

namespace {

/// What a statement may be for a reader, by its kind.
template <class Kind>
constexpr bool kIsLook =
    std::is_same_v<Kind, sql::QueryStatement> || std::is_same_v<Kind, sql::PrintTopic> ||
    std::is_same_v<Kind, sql::Explain> || std::is_same_v<Kind, sql::ListObjects> ||
    std::is_same_v<Kind, sql::DescribeSource> || std::is_same_v<Kind, sql::DescribeAll> ||
    std::is_same_v<Kind, sql::DescribeFunction> || std::is_same_v<Kind, sql::DescribeConnector> ||
    std::is_same_v<Kind, sql::SetProperty> || std::is_same_v<Kind, sql::UnsetProperty> ||
    std::is_same_v<Kind, sql::DefineVariable> || std::is_same_v<Kind, sql::UndefineVariable> ||
    std::is_same_v<Kind, sql::AssertTopic> || std::is_same_v<Kind, sql::AssertSchema>;

}  // namespace

const char* right_name(Right right) {
    switch (right) {
        case Right::kNone:
            return "none";
        case Right::kRead:
            return "read";
        case Right::kWrite:
            return "write";
        case Right::kAdmin:
            return "admin";
    }
    return "none";
}

Right right_for(const sql::Statement& statement) {
    if (const auto* drop = statement.as<sql::DropSource>(); drop != nullptr && drop->delete_topic)
        return Right::kAdmin;
    if (statement.as<sql::AlterSystem>() != nullptr) return Right::kAdmin;
    const bool is_look = std::visit(
        [](const auto& node) { return kIsLook<std::decay_t<decltype(node)>>; }, statement.node);
    // A kind that nobody has thought of here changes something.
    return is_look ? Right::kRead : Right::kWrite;
}

bool has_role(const Caller& caller, const std::vector<std::string>& roles) {
    return std::any_of(roles.begin(), roles.end(), [&](const std::string& role) {
        if (role == "*") return true;
        const std::string& wanted = role == "**" ? "*" : role;
        return std::find(caller.roles.begin(), caller.roles.end(), wanted) != caller.roles.end();
    });
}

Rights::Rights(const Config& config) {
    const auto read = config.get<"millrace.authorization.read.roles">();
    const auto write = config.get<"millrace.authorization.write.roles">();
    const auto admin = config.get<"millrace.authorization.admin.roles">();
    told_apart_ = read || write || admin;
    read_ = read.value_or(std::vector<std::string>{"read"});
    write_ = write.value_or(std::vector<std::string>{"write"});
    admin_ = admin.value_or(std::vector<std::string>{"admin"});
}

Right Rights::of(const Caller& caller) const {
    if (!told_apart_ || has_role(caller, admin_)) return Right::kAdmin;
    if (has_role(caller, write_)) return Right::kWrite;
    return has_role(caller, read_) ? Right::kRead : Right::kNone;
}

}  // namespace millrace::server
