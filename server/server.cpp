#include "server/server.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/base/machine_memory.h"
#include "engine/config/client_properties.h"
#include "engine/config/get.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/log/kafka/kafka_log.h"
#include "engine/session/extensions.h"
#include "engine/session/session.h"
#include "engine/sql/parser.h"
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
    if (!error) return Status::ok();
    return {Fault::kFatal, "Cannot make the directory " + path + ": " + error.message()};
}

/// RocksDB's caches and buffers are a part of the whole.
constexpr size_t kStateShare = 4;

size_t memory_budget(const Config& config) {
    constexpr size_t kMachineShare = 4;
    const auto given = config.get<"millrace.memory.bytes">();
    return given ? static_cast<size_t>(*given) : machine_memory_bytes() / kMachineShare;
}

std::string url_of(const net::ListenAddress& listen, uint16_t port) {
    const bool v6 = listen.address.find(':') != std::string::npos;
    return "http://" + (v6 ? '[' + listen.address + ']' : listen.address) + ':' +
           std::to_string(port);
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
    std::ifstream in(path, std::ios::binary);
    if (!in)
        refuse(ErrorKind::kGeneral,
               "Cannot read the queries file " + path + " (ksql.queries.file)");
    std::stringstream text;
    text << in.rdbuf();
    std::string script = text.str();
    for (const auto& statement : sql::parse_script(script)) {
        if (is_persistent_query(statement)) return script;
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
    for (const auto& warning : config.warnings()) log_warn(kLogger, "{}", warning);

    memory_ = std::make_shared<MemoryGovernor>(memory_budget(config));
    net::HttpServerOptions http;
    http.listen = listen_;
    http.memory = memory_;
    http.idle_timeout = std::chrono::seconds(config.get<"ksql.idle.connection.timeout.seconds">());
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
    if (status) status = open_log(options);
    if (status) status = open_state(options.state);
    if (!status) return status;
    functions_ = load_functions(config);
    options.functions = functions_.get();
    options.config = config;
    options.clock = &clock_;
    options.command_log = !headless();
    const std::string address =
        url_of(listen_[0], http_->port(0)).substr(std::string("http://").size());
    options.host = address;
    engine_ = std::make_unique<Engine>(std::move(options));
    ServiceOptions service;
    service.headless = headless();
    service_ = std::make_unique<Service>(*engine_, *memory_, service);
    service_->on_end(options_.on_end);
    routes_ = make_handler(*service_);
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
    auto opened = open_rocksdb_log(dir, clock_, disk_log_options(options_.config));
    if (!opened) return opened.status();
    options.log = std::move(*opened);
    return Status::ok();
}

Status Server::open_state(std::unique_ptr<StateBackend>& state) {
    BackendOptions options;
    options.memory_bytes =
        std::min(static_cast<size_t>(options_.config.get<"millrace.state.memory.bytes">()),
                 memory_->budget() / kStateShare);
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
