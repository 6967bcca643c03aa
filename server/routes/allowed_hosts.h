// For which host names this server answers. A web page can give its own name the address of a
// server in the reader's network (DNS rebinding) and is then of the same origin for the browser;
// what it cannot change is the Host header, which has that name. Immutable; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"

namespace millrace::server {

/// "name:8088", "[::1]:8088" → the name, in lower case, without brackets or a dot at the end.
std::string host_without_port(std::string_view host);

class AllowedHosts {
public:
    /// localhost, every IP literal (no page can be served under one that is not its own), the hosts
    /// of the listeners and of what is advertised, `millrace.http.allowed.hosts`; with a listener
    /// on all addresses also `machine`, this machine's name, and names without a dot, which nobody
    /// can register.
    AllowedHosts(const Config& config, std::string_view machine);

    /// `host`: the header's value.
    bool allows(std::string_view host) const;

private:
    void add_listener(const std::string& url, std::string_view machine);

    std::vector<std::string> names_;
    std::vector<std::string> endings_;  ///< ".example.com", of `*.example.com`.
    bool all_ = false;
    bool undotted_ = false;
};

}  // namespace millrace::server
