// Who may log in, as a file tells: lines of htpasswd (`user:$2y$…`) or of Jetty's login files
// (`user: password,role1,role2`), also mixed. Users is immutable; UsersFile reads the file again
// when it has changed. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/access/stored_password.h"

namespace millrace::server {

struct User {
    StoredPassword password;
    std::vector<std::string> roles;
};

class Users {
public:
    /// Throws StatementError(kGeneral) that tells the line, and never what stands there: it may be
    /// a password.
    static Users parse(const std::string& text);

    const User* find(const std::string& name) const;
    size_t size() const { return users_.size(); }
    bool has_plain_passwords() const;
    /// One whose password takes longest to look at: who is nobody is compared with it, so that the
    /// time of the answer does not tell who is somebody. Null: there are no users.
    const User* slowest() const;

private:
    std::map<std::string, User> users_;
};

using UsersPtr = std::shared_ptr<const Users>;

class UsersFile {
public:
    explicit UsersFile(std::string path) : path_(std::move(path)) {}

    /// Reads it; the failure says what is wrong and in which line.
    Status load();
    /// Has it changed since? Looks at most once a second, and does not read.
    bool is_stale();
    /// Reads it again when it has changed. What is there then and cannot be read is told in the log
    /// and changes nothing.
    void refresh();
    UsersPtr users() const;
    const std::string& path() const { return path_; }

private:
    const std::string path_;
    std::atomic<int64_t> looked_ms_{0};
    mutable std::mutex mutex_;
    UsersPtr users_;
    std::string stamp_;  ///< Of the last try to read it.
};

}  // namespace millrace::server
