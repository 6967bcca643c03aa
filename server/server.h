// A whole server: log, state, engine and HTTP, from properties. Its methods belong to one thread,
// the program's main one.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/memory_governor.h"
#include "engine/base/status.h"
#include "engine/log/embedded/rocksdb_memory.h"
#include "engine/session/engine.h"
#include "server/net/http_server.h"
#include "server/routes/service.h"
#include "server/state_directory.h"

namespace millrace::server {

struct ServerOptions {
    Config config;
    /// A queries file's name: the server runs it and takes no statements over HTTP.
    std::string queries_file;
    /// Called, from any thread, when a request has ended the cluster: stop() is due.
    std::function<void()> on_end;
};

class Server {
public:
    explicit Server(ServerOptions options);
    ~Server();  ///< Stops.
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens (requests are answered from here on, with 503 where they need more), then opens log
    /// and state. Throws StatementError when a property is wrong.
    Status open();
    /// One try to start the engine, waiting for the log up to `wait_ms`. kRetriable: the log is not
    /// reachable; the reason is told to clients until a try succeeds.
    Status start(int64_t wait_ms);
    /// Headless: executes the queries file. Throws StatementError; its position is in the file.
    void run_queries_file();
    /// Commits, ends push queries, lets answers in progress finish.
    void stop();

    bool headless() const { return !options_.queries_file.empty(); }
    /// "http://127.0.0.1:8088", with the port really bound; several by comma.
    std::string addresses() const;
    /// "embedded (memory)", …
    std::string log_description() const;
    /// Which property made it so.
    std::string log_reason() const;
    std::string state_description() const;
    size_t num_queries();

private:
    Status open_directory(RuntimeOptions& runtime);
    Status open_log(EngineOptions& options);
    Status open_state(std::unique_ptr<StateBackend>& state);
    void answer(std::shared_ptr<net::Request> request, std::shared_ptr<net::ResponseWriter> writer);

    ServerOptions options_;
    SystemClock clock_;
    std::unique_ptr<StateDirectory> state_dir_;  ///< Null: everything in memory.
    std::vector<net::ListenAddress> listen_;
    std::unique_ptr<const FunctionRegistry> functions_;
    std::shared_ptr<MemoryGovernor> memory_;  ///< The connections hold it as well.
    std::shared_ptr<const RocksMemory> stores_memory_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Service> service_;
    net::Handler routes_;
    std::atomic<bool> routes_ready_{false};
    std::unique_ptr<net::HttpServer> http_;
};

/// Reads a queries file. Throws StatementError when it cannot be read or has no persistent query.
std::string read_queries_file(const std::string& path);

}  // namespace millrace::server
