#include "server/http_options.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/base/log.h"
#include "engine/config/get.h"
#include "server/routes/table.h"

namespace millrace::server {

namespace {

/// How many files this process may open, once it has asked for as many as there are.
size_t open_files_max() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    const rlim_t given = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : given;
}

size_t connections_max(const Config& config) {
    const auto wanted = static_cast<size_t>(config.get<"millrace.http.connections.max">());
    const size_t most = std::min(wanted, open_files_max() / 2);
    if (most < wanted) {
        log_warn("server",
                 "millrace.http.connections.max: {} and not {}, half of the files that this "
                 "process may open (ulimit -n)",
                 most, wanted);
    }
    return most;
}

}  // namespace

net::HttpServerOptions http_options(const Config& config, std::shared_ptr<MemoryGovernor> memory) {
    using std::chrono::milliseconds;
    net::HttpServerOptions http;
    http.idle_timeout = std::chrono::seconds(config.get<"ksql.idle.connection.timeout.seconds">());
    http.header_timeout = milliseconds(config.get<"millrace.http.header.timeout.ms">());
    http.body_timeout = milliseconds(config.get<"millrace.http.body.timeout.ms">());
    http.unfinished_bytes_max =
        std::min(static_cast<size_t>(config.get<"millrace.http.unfinished.bytes.max">()),
                 memory->part(MemoryHolder::kRequests));
    http.connections_max = connections_max(config);
    http.address_connections_max =
        static_cast<size_t>(config.get<"millrace.http.address.connections.max">());
    http.is_probe = is_probe;
    http.memory = std::move(memory);
    return http;
}

}  // namespace millrace::server
