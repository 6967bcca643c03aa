#include "engine/session/engine.h"

#include <fmt/format.h>

#include <thread>

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/base/machine_memory.h"
#include "engine/config/get.h"
#include "engine/session/command_fold.h"
#include "engine/session/processing_log_stream.h"

namespace millrace {

Engine::Engine(EngineOptions options)
    : config_(std::move(options.config)),
      service_id_(config_.get<"ksql.service.id">()),
      host_(std::move(options.host)),
      memory_(options.memory ? std::move(options.memory)
                             : std::make_shared<MemoryGovernor>(own_memory_bytes())),
      log_(std::move(options.log)),
      state_(std::move(options.state)),
      clock_(options.clock),
      steady_(options.steady != nullptr ? options.steady : &machine_steady_),
      formats_({.clock = options.clock}),
      sources_need_codecs_(options.sources_need_codecs),
      topic_rules_(config_),
      functions_(options.functions != nullptr ? options.functions : &FunctionRegistry::builtin()),
      query_number_(std::move(options.query_number)),
      catalog_(Catalog::empty()) {
    RuntimeContext context;
    context.options = within(runtime_options(config_, options.runtime), *memory_);
    context.options.threads = options.threads;
    context.config = config_;
    context.memory = memory_.get();
    context.log = log_.get();
    context.state = state_.get();
    context.functions = functions_;
    context.formats = &formats_;
    context.clock = clock_;
    context.steady = steady_;
    runtime_ = std::make_unique<Runtime>(std::move(context), processing_log_options(config_));
    other_servers_ =
        std::make_unique<OtherServers>(runtime_->context(), std::move(options.ask_group));
    if (options.command_log) {
        command_log_ =
            std::make_unique<CommandLog>(*log_, *steady_, service_id_, runtime_->context().options);
    }
}

Engine::~Engine() {
    stop();
}

Status Engine::start(int64_t wait_ms) {
    {
        std::lock_guard lock(statement_mutex_);
        if (started_) return Status::ok();
        Status status = open(wait_ms);
        if (!status) return status;
    }
    if (config_.get<"ksql.logging.processing.stream.auto.create">() && degraded().empty()) {
        if (command_log_) {
            make_processing_log_stream(*this);
        } else {
            log_warn("session.engine",
                     "a server without statements makes no stream over the "
                     "processing log");
        }
    }
    return Status::ok();
}

Status Engine::open(int64_t wait_ms) {
    Status ready = log_->topics().ping(wait_ms);
    if (!ready) return ready;
    if (Status alone = other_servers_->look(); !alone) return alone;
    cluster_id_ = log_->topics().cluster_id();
    if (Status own = claim_state(); !own) return own;
    runtime_->prepare();
    auto processing_log = processing_log_options(config_);
    if (!processing_log.topic.empty() && !log_->topics().describe(processing_log.topic)) {
        Status status = log_->topics().create(processing_log.topic, processing_log.topic_config);
        if (!status)
            log_warn("session.engine", "processing log topic not made: {}", status.message());
    }
    if (command_log_) {
        Status status = command_log_->open();
        if (status) status = read_commands(0, Catalog());
        if (!status) return status;
        reconcile();
        log_info("session.engine", "commands={} queries={} restored", this->catalog()->version(),
                 this->catalog()->queries().size());
    }
    runtime_->start();
    started_ = true;
    return Status::ok();
}

/// State that was kept for another log is nobody's any more.
Status Engine::claim_state() {
    constexpr const char* kCluster = "cluster";
    const auto kept = state_->get_meta(kCluster);
    if (cluster_id_.empty() || kept == cluster_id_) return Status::ok();
    if (kept) {
        log_warn("session.engine",
                 "the state kept here belongs to the log {}, and this is {}: it is dropped, and "
                 "made again from this log's changelogs",
                 *kept, cluster_id_);
        for (const std::string& store : state_->store_names()) {
            if (Status dropped = state_->drop_store(store); !dropped) return dropped;
        }
    }
    return state_->put_meta(kCluster, cluster_id_);
}

/// Folds the commands from this offset on into the catalog.
Status Engine::read_commands(int64_t from, Catalog catalog) {
    CommandLog::Listener listener;
    listener.apply = [&](const Command& command, int64_t offset) {
        catalog = apply(std::move(catalog), command, offset);
        std::lock_guard catalog_lock(catalog_mutex_);
        note_status(command, offset);
    };
    listener.pass_over = [&](const UnreadCommand& unread) { return pass_over(unread, catalog); };
    auto end = command_log_->replay(from, listener);
    if (!end) return end.status();
    if (!degraded().empty()) {
        // The commands that are not known may have ended or replaced any of them.
        for (const auto& query : std::vector(catalog.queries()))
            catalog.pause_query(query.id, true);
    }
    if (catalog.version() > 0) command_stride_ = *end - catalog.last_sequence();
    std::lock_guard catalog_lock(catalog_mutex_);
    catalog_ = std::make_shared<const Catalog>(std::move(catalog));
    return Status::ok();
}

/// True: the record is left out. False: the catalog ends before it.
bool Engine::pass_over(const UnreadCommand& unread, const Catalog& before) {
    const bool asked = config_.get<"millrace.commands.unreadable">() == "skip";
    if (asked || may_be_left_out(unread, before)) {
        log_error("session.commands", "topic={} partition=0 offset={} is no command, left out: {}",
                  command_log_->topic(), unread.offset, unread.why);
        return true;
    }
    std::lock_guard lock(catalog_mutex_);
    degraded_ = fmt::format(
        "This server only reads: the command topic {} cannot be read on from offset {}{}: {} "
        "Queries are paused, and statements that change or write anything are refused, until a "
        "server that can read it is started, or this one with millrace.commands.unreadable=skip.",
        command_log_->topic(), unread.offset, unread.id.empty() ? "" : " (" + unread.id + ")",
        unread.why.ends_with('.') ? unread.why : unread.why + ".");
    log_error("session.commands", "{}", degraded_);
    return false;
}

std::string Engine::degraded() const {
    std::lock_guard lock(catalog_mutex_);
    return degraded_;
}

void Engine::check_not_degraded() const {
    if (std::string why = degraded(); !why.empty()) refuse(ErrorKind::kServer, why);
    if (std::string why = runtime_->other_servers(); !why.empty()) refuse(ErrorKind::kServer, why);
}

bool Engine::settle_commands() {
    if (!command_log_ || !command_log_->in_doubt()) return false;
    const CatalogPtr before = catalog();
    Status read = read_commands(before->version() == 0 ? 0 : before->last_sequence() + 1, *before);
    if (!read) {
        refuse(ErrorKind::kServer,
               "The command topic cannot be read at the moment: " + read.message());
    }
    return catalog()->version() != before->version();
}

void Engine::stop() {
    if (!started_.exchange(false)) return;
    runtime_->stop();
}

CatalogPtr Engine::catalog() const {
    std::lock_guard lock(catalog_mutex_);
    return catalog_;
}

std::string Engine::cluster_id() {
    std::lock_guard lock(catalog_mutex_);
    return cluster_id_;
}

std::map<std::string, CommandOutcome> Engine::command_statuses() const {
    std::lock_guard lock(catalog_mutex_);
    return statuses_;
}

bool Engine::wait_for_sequence(int64_t sequence_number, int64_t timeout_ms) const {
    const int64_t deadline = steady_ms() + timeout_ms;
    while (true) {
        if (catalog()->last_sequence() >= sequence_number) return true;
        if (steady_ms() >= deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

int64_t Engine::expected_sequence(const Catalog& catalog, const Command& command) const {
    // Without a log only queries count, so that they are numbered one after the other.
    if (!command_log_) return catalog.last_sequence() + (command.query ? 1 : 0);
    return catalog.version() == 0 ? 0 : catalog.last_sequence() + command_stride_;
}

CommandOutcome Engine::submit(const Command& command) {
    if (ended_) refuse(ErrorKind::kShuttingDown, "The cluster has been terminated.");
    check_not_degraded();
    const CatalogPtr before = catalog();
    int64_t sequence = expected_sequence(*before, command);
    auto next = std::make_shared<const Catalog>(apply(*before, command, sequence));
    if (command_log_) {
        auto offset = command_log_->append(command);
        if (!offset) {
            if (settle_commands()) {  // It is there after all.
                std::lock_guard lock(catalog_mutex_);
                return note_status(command, catalog_->last_sequence());
            }
            const bool by_statement = offset.status().fault() == Fault::kRefused;
            refuse(by_statement ? ErrorKind::kStatement : ErrorKind::kServer,
                   "Could not write the statement '" + command.statement +
                       "' into the command topic: " + offset.status().message());
        }
        if (before->version() > 0) command_stride_ = *offset - before->last_sequence();
        if (*offset != sequence) {
            sequence = *offset;
            next = std::make_shared<const Catalog>(apply(*before, command, sequence));
        }
    }
    std::lock_guard lock(catalog_mutex_);
    catalog_ = std::move(next);
    return note_status(command, sequence);
}

CommandOutcome Engine::note_status(const Command& command, int64_t sequence) {
    CommandOutcome outcome{sequence, command.message, {}};
    if (command.query) outcome.query_id = command.query->query_id;
    return statuses_[command.id] = outcome;
}

plan::PlanningContext Engine::planning(CatalogPtr catalog,
                                       const std::map<std::string, std::string>& overrides,
                                       KnownTopics& topics) const {
    plan::PlanningContext context;
    context.functions = functions_;
    auto settings = catalog->system_properties();
    for (const auto& [name, value] : overrides) settings[name] = value;
    context.config = config_.with(settings);
    context.service_id = service_id_;
    context.next_query_number =
        query_number_ ? query_number_(*catalog) : catalog->next_query_number();
    context.catalog = std::move(catalog);
    topics.serve(context);
    return context;
}

}  // namespace millrace
