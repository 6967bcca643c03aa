// A server's state directory: one server at a time, and the id that it keeps there.
#pragma once

#include <memory>
#include <string>

#include "engine/base/status.h"

namespace millrace::server {

class StateDirectory {
public:
    /// Makes the directory, and holds its lock from now on. kFatal: another process has it, or it
    /// cannot be written.
    static Result<std::unique_ptr<StateDirectory>> open(const std::string& path);
    ~StateDirectory();
    StateDirectory(const StateDirectory&) = delete;
    StateDirectory& operator=(const StateDirectory&) = delete;

    const std::string& path() const { return path_; }
    /// Made at the first start, and the same ever after.
    const std::string& server_id() const { return server_id_; }

private:
    StateDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
    Status read_id();

    const std::string path_;
    const int lock_;  ///< An open file; the lock goes with it, whatever ends the process.
    std::string server_id_;
};

/// For a server without a state directory: the machine's name and the port. Stable over restarts
/// unless the port is any free one.
std::string server_id_of(const std::string& host, int port);
/// This machine's.
std::string host_name();

}  // namespace millrace::server
