#include "server/access/access.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/read_file.h"
#include "engine/base/wildcard.h"
#include "engine/config/get.h"
#include "server/access/jaas_file.h"
#include "server/access/token_door.h"

namespace millrace::server {

namespace {

constexpr const char* kUsersFile = "millrace.authentication.users.file";
constexpr const char* kJaasFile = "java.security.auth.login.config";
/// What says nothing but that the server is there.
constexpr const char* kAlwaysOpen[] = {"/chc/live", "/chc/ready", "/healthcheck", "/v1/metadata",
                                       "/v1/metadata/id"};

Result<std::string> users_path(const Config& config) {
    if (auto path = config.get<"millrace.authentication.users.file">()) return std::move(*path);
    const auto jaas = config.get<"java.security.auth.login.config">();
    if (!jaas) {
        return Status(
            Fault::kFatal,
            std::string("authentication.method=BASIC needs a file of users: set ") + kUsersFile);
    }
    const auto text = read_file(*jaas);
    if (!text) {
        return Status(Fault::kFatal,
                      "Cannot read " + *jaas + " (" + kJaasFile + "): " + std::strerror(errno));
    }
    auto path = users_file_of_jaas(*text, config.get<"authentication.realm">());
    if (path) return path;
    return Status(Fault::kFatal, *jaas + " (" + kJaasFile + "): " + path.status().message());
}

/// Properties that would let nobody in without a name, next to a door that asks for none.
Status check_off(const Config& config) {
    for (const char* name :
         {kUsersFile, "millrace.authorization.read.roles", "millrace.authorization.write.roles",
          "millrace.authorization.admin.roles"}) {
        if (!config.is_set(name)) continue;
        return {Fault::kFatal, std::string(name) +
                                   " is refused without authentication.method=BASIC or BEARER: "
                                   "everybody would be let in"};
    }
    return Status::ok();
}

struct Methods {
    bool has_passwords = false;
    bool has_tokens = false;
};

/// NONE, one of the two, or both; and what belongs to the other.
Result<Methods> methods_of(const Config& config) {
    Methods methods;
    bool has_none = false;
    for (const auto& name : config.get<"authentication.method">()) {
        methods.has_passwords = methods.has_passwords || name == "BASIC";
        methods.has_tokens = methods.has_tokens || name == "BEARER";
        has_none = has_none || name == "NONE";
    }
    if (has_none && (methods.has_passwords || methods.has_tokens)) {
        return Status(Fault::kFatal,
                      "authentication.method says NONE and another one: leave out NONE");
    }
    if (has_none) {
        if (Status off = check_off(config); !off) return off;
    }
    const std::string of_tokens = token_property_set(config);
    if (!methods.has_tokens && !of_tokens.empty()) {
        return Status(Fault::kFatal, of_tokens +
                                         " is refused without authentication.method=BEARER: "
                                         "nobody would be asked for a token");
    }
    if (!methods.has_passwords && !has_none && config.is_set(kUsersFile)) {
        return Status(Fault::kFatal, std::string(kUsersFile) +
                                         " is refused with authentication.method=BEARER alone: "
                                         "for passwords, too, set BASIC,BEARER");
    }
    return methods;
}

}  // namespace

Access::Access(const Config& config)
    : realm_(config.get<"authentication.realm">()),
      roles_(config.get<"authentication.roles">()),
      open_paths_(std::begin(kAlwaysOpen), std::end(kAlwaysOpen)),
      rights_(config) {
    for (const auto& path : config.get<"authentication.skip.paths">()) open_paths_.push_back(path);
}

Result<std::shared_ptr<Access>> Access::open(const Config& config) {
    const auto methods = methods_of(config);
    if (!methods) return methods.status();
    if (!methods->has_passwords && !methods->has_tokens) return std::shared_ptr<Access>();
    std::shared_ptr<Access> access(new Access(config));
    if (methods->has_passwords) {
        auto path = users_path(config);
        if (!path) return path.status();
        access->passwords_ = std::make_unique<Authenticator>(std::move(*path));
        if (Status read = access->passwords_->load(); !read) return read;
    }
    if (methods->has_tokens) {
        auto tokens = open_token_door(config, access->clock_);
        if (!tokens) return tokens.status();
        access->tokens_ = std::move(*tokens);
        access->token_warnings_ = token_door_warnings(config);
    }
    return access;
}

void Access::start() {
    if (tokens_) tokens_->keys().start();
}

void Access::stop() {
    if (tokens_) tokens_->keys().stop();
}

std::vector<std::string> Access::warnings() const {
    std::vector<std::string> lines = token_warnings_;
    const std::string of_users = passwords_ ? users_warning() : "";
    if (!of_users.empty()) lines.push_back(of_users);
    return lines;
}

std::string Access::users_warning() const {
    const UsersFile& file = passwords_->file();
    struct stat state {};
    const bool is_readable = ::stat(file.path().c_str(), &state) == 0 && (state.st_mode & S_IROTH);
    if (!is_readable || !file.users()->has_plain_passwords()) return "";
    return file.path() +
           " has plain passwords, and every user of this machine may read it: chmod 600, or let "
           "htpasswd -B make hashes of them.";
}

bool Access::is_open(std::string_view path) const {
    return std::any_of(open_paths_.begin(), open_paths_.end(),
                       [&](const std::string& pattern) { return matches_wildcard(pattern, path); });
}

std::string Access::realm() const {
    std::string text = "realm=\"";
    for (const char c : realm_) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

net::Headers Access::challenges() const {
    net::Headers headers;
    if (tokens_) headers.emplace_back("WWW-Authenticate", "Bearer " + realm());
    if (passwords_) headers.emplace_back("WWW-Authenticate", "Basic " + realm());
    return headers;
}

std::pair<std::string, std::string> Access::token_challenge(std::string_view error,
                                                            std::string_view description) const {
    std::string text = "Bearer " + realm();
    text.append(", error=\"").append(error).append("\"");
    if (!description.empty())
        text.append(", error_description=\"").append(description).append("\"");
    return {"WWW-Authenticate", text};
}

}  // namespace millrace::server
