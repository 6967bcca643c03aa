#include "server/state_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

namespace millrace::server {

namespace {

constexpr const char* kLockFile = "/lock";
constexpr const char* kIdFile = "/server-id";

Status failure(const std::string& doing, const std::string& path) {
    return {Fault::kFatal, fmt::format("Cannot {} {}: {}", doing, path, std::strerror(errno))};
}

std::string first_word(const std::string& path) {
    std::ifstream in(path);
    std::string word;
    in >> word;
    return word;
}

std::string new_id() {
    std::random_device random;
    return fmt::format("server-{:08x}{:08x}", random(), random());
}

/// Whole or not at all, also when the power goes.
bool write_whole(const std::string& path, const std::string& text) {
    const std::string beside = path + ".new";
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return false;
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    ::close(file);
    return written && std::rename(beside.c_str(), path.c_str()) == 0;
}

}  // namespace

Result<std::unique_ptr<StateDirectory>> StateDirectory::open(const std::string& path) {
    std::error_code error;
    const bool made = std::filesystem::create_directories(path, error);
    // One that was there stands as whoever made it wants it.
    if (made) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
    if (error)
        return Status(Fault::kFatal, "Cannot make the directory " + path + ": " + error.message());
    const std::string lock_path = path + kLockFile;
    const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return failure("open", lock_path);
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock);
        const std::string holder = first_word(lock_path);
        return Status(Fault::kFatal,
                      fmt::format("The state directory {} is in use by another server{}: stop it, "
                                  "or give this one a ksql.streams.state.dir of its own.",
                                  path, holder.empty() ? "" : " (process " + holder + ")"));
    }
    const std::string holder = std::to_string(getpid()) + "\n";
    if (::ftruncate(lock, 0) != 0 ||
        ::pwrite(lock, holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size())) {
        Status status = failure("write", lock_path);
        ::close(lock);
        return status;
    }
    std::unique_ptr<StateDirectory> directory(new StateDirectory(path, lock));
    if (Status status = directory->read_id(); !status) return status;
    return directory;
}

StateDirectory::~StateDirectory() {
    ::close(lock_);
}

Status StateDirectory::read_id() {
    const std::string path = path_ + kIdFile;
    server_id_ = first_word(path);
    if (!server_id_.empty()) return Status::ok();
    server_id_ = new_id();
    return write_whole(path, server_id_ + "\n") ? Status::ok() : failure("write", path);
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "server";
}

std::string server_id_of(const std::string& host, int port) {
    std::string id = host;
    for (char& c : id) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_') c = '-';
    }
    return fmt::format("{}-{}", id, port);
}

}  // namespace millrace::server
