#include "server/access/users.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/file_stamp.h"
#include "engine/base/log.h"
#include "engine/base/read_file.h"
#include "engine/base/text.h"
#include "engine/config/settings.h"

namespace millrace::server {

namespace {

constexpr const char* kLogger = "access";
constexpr int64_t kLookEveryMs = 1000;

struct UserLine {
    std::string name;
    std::string password;
    std::vector<std::string> roles;
};

[[noreturn]] void refuse_line(size_t number, const std::string& what) {
    refuse(ErrorKind::kGeneral, "line " + std::to_string(number) + ": " + what);
}

/// Name, colon, password, and roles by comma; blanks and escapes as in Java's properties.
UserLine parse_line(const std::string& line, size_t number) {
    std::map<std::string, std::string> pair;
    try {
        pair = parse_properties(line);
    } catch (const StatementError&) {
        refuse_line(number, "it has an escape that Java's properties do not have");
    }
    if ((line.size() - 1 - line.find_last_not_of('\\')) % 2 != 0)
        refuse_line(number, "a user's line does not go on in the next one");
    UserLine user;
    user.name = pair.begin()->first;
    bool is_first = true;
    for (const std::string_view part : split(pair.begin()->second, ',')) {
        if (std::exchange(is_first, false)) {
            user.password = part;
        } else if (!part.empty()) {
            user.roles.emplace_back(part);
        }
    }
    if (user.name.empty()) refuse_line(number, "a user has a name");
    return user;
}

}  // namespace

Users Users::parse(const std::string& text) {
    Users all;
    size_t number = 0;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const std::string line(trim(std::string_view(text).substr(at, end - at)));
        at = end + 1;
        ++number;
        if (line.empty() || line.front() == '#' || line.front() == '!') continue;
        UserLine user = parse_line(line, number);
        auto password = StoredPassword::parse(user.password);
        if (!password) refuse_line(number, password.status().message());
        User stored{std::move(*password), std::move(user.roles)};
        if (!all.users_.emplace(user.name, std::move(stored)).second)
            refuse_line(number, "the user stands in a line before");
    }
    return all;
}

const User* Users::find(const std::string& name) const {
    auto found = users_.find(name);
    return found == users_.end() ? nullptr : &found->second;
}

bool Users::has_plain_passwords() const {
    return std::any_of(users_.begin(), users_.end(),
                       [](const auto& entry) { return entry.second.password.is_plain(); });
}

const User* Users::slowest() const {
    const User* slowest = nullptr;
    for (const auto& [name, user] : users_) {
        if (slowest == nullptr || user.password.slowness() > slowest->password.slowness())
            slowest = &user;
    }
    return slowest;
}

Status UsersFile::load() {
    const std::string stamp = file_stamp(path_);
    const auto text = read_file(path_);
    const int error = errno;
    UsersPtr users;
    Status status;
    if (!text) {
        status = {Fault::kFatal,
                  "Cannot read the users file " + path_ + ": " + std::strerror(error)};
    } else {
        try {
            users = std::make_shared<const Users>(Users::parse(*text));
        } catch (const StatementError& wrong) {
            status = {Fault::kFatal, path_ + ": " + wrong.what()};
        }
    }
    std::lock_guard lock(mutex_);
    stamp_ = stamp;
    if (users) users_ = std::move(users);
    return status;
}

bool UsersFile::is_stale() {
    const int64_t now = steady_ms();
    int64_t looked = looked_ms_.load();
    if (now - looked < kLookEveryMs || !looked_ms_.compare_exchange_strong(looked, now))
        return false;
    const std::string stamp = file_stamp(path_);
    std::lock_guard lock(mutex_);
    if (stamp == stamp_) return false;
    looked_ms_ = 0;  // Whoever reads it looks again.
    return true;
}

void UsersFile::refresh() {
    if (!is_stale()) return;
    if (Status status = load(); !status) {
        log_error(kLogger, "event=users_not_read reason=\"{}\" still=\"the users of before\"",
                  status.message());
        return;
    }
    log_info(kLogger, "event=users_read file={} users={}", path_, users()->size());
}

UsersPtr UsersFile::users() const {
    std::lock_guard lock(mutex_);
    return users_;
}

}  // namespace millrace::server
