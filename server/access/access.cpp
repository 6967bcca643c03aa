#include "server/access/access.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/read_file.h"
#include "engine/base/wildcard.h"
#include "engine/config/get.h"
#include "server/access/jaas_file.h"

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
                                   " is refused without authentication.method=BASIC: everybody "
                                   "would be let in"};
    }
    return Status::ok();
}

}  // namespace

Access::Access(const Config& config, std::string users_path)
    : realm_(config.get<"authentication.realm">()),
      roles_(config.get<"authentication.roles">()),
      open_paths_(std::begin(kAlwaysOpen), std::end(kAlwaysOpen)),
      rights_(config),
      authenticator_(std::move(users_path)) {
    for (const auto& path : config.get<"authentication.skip.paths">()) open_paths_.push_back(path);
}

Result<std::shared_ptr<Access>> Access::open(const Config& config) {
    if (config.get<"authentication.method">() != "BASIC") {
        if (Status off = check_off(config); !off) return off;
        return std::shared_ptr<Access>();
    }
    auto path = users_path(config);
    if (!path) return path.status();
    std::shared_ptr<Access> access(new Access(config, std::move(*path)));
    if (Status read = access->authenticator_.load(); !read) return read;
    return access;
}

std::string Access::warning() const {
    const UsersFile& file = authenticator_.file();
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

std::string Access::challenge() const {
    std::string text = "Basic realm=\"";
    for (const char c : realm_) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

}  // namespace millrace::server
