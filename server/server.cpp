#include "server/server.h"

#include <algorithm>
#include <filesystem>

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/base/machine_memory.h"
#include "engine/base/read_file.h"
#include "engine/config/client_properties.h"
#include "engine/config/get.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/log/kafka/kafka_log.h"
#include "engine/session/extensions.h"
#include "engine/session/session.h"
#include "engine/sql/parser.h"
#include "server/access/door_warnings.h"
#include "server/http_options.h"
#include "server/listener_tls.h"
#include "server/listeners.h"
#include "server/model/error.h"
#include "server/routes/table.h"
#include "server/start_check.h"

namespace millrace::server {

namespace {

constexpr const char* kLogger = "server";

Status make_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    // Records and state are nobody else's business on this machine.
    if (!error) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
    if (!error) return Status::ok();
    return {Fault::kFatal, "Cannot make the directory " + path + ": " + error.message()};
}

/// What RocksDB is given: as much as was asked for, and no more than its part of the whole.
std::shared_ptr<const RocksMemory> stores_memory(const Config& config, MemoryGovernor& memory) {
    const auto state = static_cast<size_t>(config.get<"millrace.state.memory.bytes">());
    const size_t log = config.get<"bootstrap.servers">() ? 0 : kLogMemoryBytes;
    const size_t bytes = std::min(state + log, memory.part(MemoryHolder::kStores));
    const double scale = static_cast<double>(bytes) / static_cast<double>(state + log);
    memory.take(MemoryHolder::kStores, bytes);
    const auto scaled = static_cast<size_t>(static_cast<double>(log) * scale);
    return make_rocksdb_memory(bytes - scaled, scaled);
}

size_t memory_budget(const Config& config) {
    const auto given = config.get<"millrace.memory.bytes">();
    return given ? static_cast<size_t>(*given) : own_memory_bytes();
}

std::string url_of(const net::ListenAddress& listen, uint16_t port) {
    const bool v6 = listen.address.find(':') != std::string::npos;
    return (listen.tls ? "https://" : "http://") +
           (v6 ? '[' + listen.address + ']' : listen.address) + ':' + std::to_string(port);
}

DiskLogOptions disk_log_options(const Config& config) {
    DiskLogOptions options;
    const std::string& sync = config.get<"millrace.log.sync">();
    if (sync == "always") options.sync = LogSync::kAlways;
    if (sync == "never") options.sync = LogSync::kNever;
    if (config.get<"millrace.log.damaged">() == "cut") options.on_damage = OnDamage::kCut;
    options.disk_reserve_bytes = static_cast<uint64_t>(config.get<"millrace.disk.reserve.bytes">());
    return options;
}

bool is_persistent_query(const sql::Statement& statement) {
    return statement.as<sql::CreateAsSelect>() != nullptr ||
           statement.as<sql::InsertIntoSelect>() != nullptr;
}

}  // namespace

std::string read_queries_file(const std::string& path) {
    auto script = read_file(path);
    if (!script)
        refuse(ErrorKind::kGeneral,
               "Cannot read the queries file " + path + " (ksql.queries.file)");
    for (const auto& statement : sql::parse_script(*script)) {
        if (is_persistent_query(statement)) return std::move(*script);
    }
    refuse(ErrorKind::kGeneral,
           "The SQL file does not contain any persistent queries. i.e. it contains "
           "no 'INSERT INTO', 'CREATE TABLE x AS SELECT' or 'CREATE STREAM x AS "
           "SELECT' style statements.");
}

Server::Server(ServerOptions options) : options_(std::move(options)) {
    if (options_.queries_file.empty())
        options_.queries_file = options_.config.get<"ksql.queries.file">().value_or("");
}

Server::~Server() {
    stop();
}

Status Server::open() {
    if (Status good = check_start(options_.config); !good) return good;
    if (headless()) read_queries_file(options_.queries_file);  // Before anything is touched.
    const Config& config = options_.config;
    listen_ = parse_listeners(config.get<"listeners">());
    auto access = Access::open(config);
    if (!access) return access.status();
    for (const auto& warning : config.warnings()) log_warn(kLogger, "{}", warning);
    for (const auto& warning : door_warnings(listen_, *access != nullptr))
        log_warn(kLogger, "{}", warning);
    if (*access) {
        for (const auto& warning : (*access)->warnings()) log_warn(kLogger, "{}", warning);
    }

    memory_ = std::make_shared<MemoryGovernor>(memory_budget(config));
    net::HttpServerOptions http = http_options(config, memory_);
    http.listen = listen_;
    auto tls = open_listener_tls(config, listen_);
    if (!tls) return tls.status();
    http.tls = std::move(*tls);
    http_ = std::make_unique<net::HttpServer>(
        std::move(http),
        [this](std::shared_ptr<net::Request> request, std::shared_ptr<net::ResponseWriter> writer) {
            answer(std::move(request), std::move(writer));
        });
    Status status = http_->start();
    if (!status) {
        http_.reset();
        return status;
    }

    EngineOptions options;
    status = open_directory(options.runtime);
    if (state_dir_) stores_memory_ = stores_memory(config, *memory_);
    if (status) status = open_log(options);
    if (status) status = open_state(options.state);
    if (!status) return status;
    functions_ = load_functions(config);
    options.functions = functions_.get();
    options.memory = memory_;
    options.config = config;
    options.clock = &clock_;
    options.command_log = !headless();
    const std::string address = url_of(listen_[0], http_->port(0));
    options.host = address.substr(address.find("://") + 3);
    engine_ = std::make_unique<Engine>(std::move(options));
    ServiceOptions service;
    service.headless = headless();
    service.audit = config.get<"millrace.audit.log">().value_or(*access != nullptr);
    if (*access) (*access)->start();
    service.access = std::move(*access);
    service_ = std::make_unique<Service>(*engine_, *memory_, std::move(service));
    service_->on_end(options_.on_end);
    routes_ = make_handler(*service_, host_name());
    routes_ready_.store(true, std::memory_order_release);
    return Status::ok();
}

void Server::answer(std::shared_ptr<net::Request> request,
                    std::shared_ptr<net::ResponseWriter> writer) {
    if (routes_ready_.load(std::memory_order_acquire)) {
        routes_(std::move(request), std::move(writer));
        return;
    }
    auto error = generic_error(kNotReady, "KSQL is not yet ready to serve requests.");
    writer->reply(error.status, {{"content-type", "application/json"}, {"Retry-After", "10"}},
                  error.body);
}

/// Before anything in it is touched.
Status Server::open_directory(RuntimeOptions& runtime) {
    if (options_.config.get<"millrace.memory">()) {
        runtime.server_id = server_id_of(host_name(), http_->port(0));
        return Status::ok();
    }
    auto opened = StateDirectory::open(options_.config.get<"state.dir">());
    if (!opened) return opened.status();
    state_dir_ = std::move(*opened);
    runtime.server_id = state_dir_->server_id();
    runtime.server_id_is_kept = true;
    return Status::ok();
}

Status Server::open_log(EngineOptions& options) {
    if (options_.config.get<"bootstrap.servers">()) {
        auto opened =
            open_kafka_log(kafka_client_properties(options_.config.settings()), &options.ask_group);
        if (!opened) return opened.status();
        options.log = std::move(*opened);
        return Status::ok();
    }
    if (!state_dir_) {
        options.log = open_memory_log(clock_);
        return Status::ok();
    }
    const std::string dir = state_dir_->path() + "/log";
    Status made = make_directory(dir);
    if (!made) return made;
    DiskLogOptions disk = disk_log_options(options_.config);
    disk.memory = stores_memory_;
    auto opened = open_rocksdb_log(dir, clock_, disk);
    if (!opened) return opened.status();
    options.log = std::move(*opened);
    return Status::ok();
}

Status Server::open_state(std::unique_ptr<StateBackend>& state) {
    BackendOptions options;
    options.memory = stores_memory_;
    if (state_dir_) {
        options.directory = state_dir_->path() + "/state";
        Status made = make_directory(options.directory);
        if (!made) return made;
    }
    auto opened = open_backend(options);
    if (!opened) return opened.status();
    state = std::move(*opened);
    return Status::ok();
}

Status Server::start(int64_t wait_ms) {
    Status status = engine_->start(wait_ms);
    if (!status) {
        service_->set_not_ready_reason(engine_->log().describe() +
                                       " cannot be reached: " + status.message());
    }
    return status;
}

void Server::run_queries_file() {
    Session::Options options;
    options.over_rest = false;
    options.headless = true;
    Session session(*engine_, SessionState(), options);
    session.execute(read_queries_file(options_.queries_file));
}

void Server::stop() {
    if (service_) {
        service_->begin_shutdown();
        service_->stop_pools();
    }
    if (engine_) engine_->stop();  // Ends the push queries and with them their answers.
    if (http_) http_->stop();
}

std::string Server::addresses() const {
    std::string text;
    for (size_t i = 0; i < listen_.size(); ++i) {
        text += (i > 0 ? "," : "") + url_of(listen_[i], http_->port(i));
    }
    return text;
}

std::string Server::log_description() const {
    return engine_->log().describe();
}

std::string Server::log_reason() const {
    const Settings& settings = options_.config.settings();
    const auto said = [&settings](const std::string& name) {
        auto given = settings.find(name);
        const bool has_origin = given != settings.end() && !given->second.origin.empty();
        return name + (has_origin ? " of " + given->second.origin : "");
    };
    if (settings.count("bootstrap.servers") != 0) return said("bootstrap.servers");
    const std::string reason = "bootstrap.servers is not set";
    return !state_dir_ ? reason + ", " + said("millrace.memory") : reason;
}

std::string Server::state_description() const {
    return state_dir_ ? state_dir_->path() + "/state" : "in memory";
}

size_t Server::num_queries() {
    return engine_->catalog()->queries().size();
}

}  // namespace millrace::server
