#include "engine/session/engine.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "engine/base/error.h"
#include "engine/base/log.h"

namespace millrace {

namespace {

RuntimeOptions runtime_options(RuntimeOptions options, const ServerProperties& properties,
                               bool threads) {
    options.service_id = properties.get("ksql.service.id");
    if (auto id = properties.find("millrace.server.id")) options.server_id = *id;
    options.workers = static_cast<int>(properties.get_long("num.stream.threads", options.workers));
    options.slots = static_cast<int32_t>(properties.get_long("millrace.slots", options.slots));
    options.commit_interval_ms =
        properties.get_long("commit.interval.ms", options.commit_interval_ms);
    if (auto cache = properties.find("cache.max.bytes.buffering"); cache && *cache == "0") {
        options.coalesce = false;
    }
    auto guarantee = properties.get("processing.guarantee");
    if (guarantee == "exactly_once_v2" || guarantee == "exactly_once" ||
        guarantee == "exactly_once_beta") {
        options.guarantee = Guarantee::kExactlyOnce;
    }
    options.internal_replicas = static_cast<int16_t>(
        properties.get_long("ksql.internal.topic.replicas", options.internal_replicas));
    options.retry_backoff_initial_ms = properties.get_long("ksql.query.retry.backoff.initial.ms",
                                                           options.retry_backoff_initial_ms);
    options.retry_backoff_max_ms =
        properties.get_long("ksql.query.retry.backoff.max.ms", options.retry_backoff_max_ms);
    options.batch_rows_max = static_cast<size_t>(properties.get_long(
        "millrace.batch.rows.max", static_cast<int64_t>(options.batch_rows_max)));
    options.threads = threads;
    if (options.workers < 1 || options.slots < 1) {
        throw StatementError(ErrorKind::kGeneral,
                             "num.stream.threads and millrace.slots must be at least 1");
    }
    return options;
}

ProcessingLogOptions processing_log_options(const ServerProperties& properties) {
    ProcessingLogOptions options;
    if (properties.get_bool("ksql.logging.processing.topic.auto.create")) {
        options.topic = properties.get("ksql.logging.processing.topic.name");
        if (options.topic.empty())
            options.topic = properties.get("ksql.service.id") + "ksql_processing_log";
    }
    options.include_rows = properties.get_bool("ksql.logging.processing.rows.include");
    return options;
}

}  // namespace

Engine::Engine(EngineOptions options)
    : properties_(std::move(options.properties)),
      service_id_(properties_.get("ksql.service.id")),
      host_(std::move(options.host)),
      log_(std::move(options.log)),
      state_(std::move(options.state)),
      clock_(options.clock),
      functions_(options.functions != nullptr ? options.functions : &FunctionRegistry::builtin()),
      catalog_(Catalog::empty()) {
    RuntimeContext context;
    context.options = runtime_options(options.runtime, properties_, options.threads);
    context.log = log_.get();
    context.state = state_.get();
    context.functions = functions_;
    context.clock = clock_;
    runtime_ = std::make_unique<Runtime>(std::move(context), processing_log_options(properties_));
    if (options.command_log) {
        command_log_ = std::make_unique<CommandLog>(*log_, service_id_,
                                                    runtime_->context().options.internal_replicas);
    }
}

Engine::~Engine() {
    stop();
}

Status Engine::start(int64_t wait_ms) {
    std::lock_guard lock(statement_mutex_);
    if (started_) return Status::ok();
    Status ready = log_->topics().ping(wait_ms);
    if (!ready) return ready;
    cluster_id_ = log_->topics().cluster_id();
    auto processing_log = processing_log_options(properties_);
    if (!processing_log.topic.empty() && !log_->topics().describe(processing_log.topic)) {
        TopicConfig config;
        config.partitions = static_cast<int32_t>(
            properties_.get_long("ksql.logging.processing.topic.partitions", 1));
        config.replicas = static_cast<int16_t>(
            properties_.get_long("ksql.logging.processing.topic.replication.factor", 1));
        Status status = log_->topics().create(processing_log.topic, config);
        if (!status)
            log_warn("session.engine", "processing log topic not made: {}", status.message());
    }
    if (command_log_) {
        Status status = command_log_->open();
        if (!status) return status;
        replayed_.clear();
        replayed_paused_.clear();
        set_catalog(Catalog::empty());
        auto end = command_log_->replay([this](const Command& command, int64_t offset) {
            CommandOutcome outcome = apply(command, true);
            outcome.sequence_number = offset;
            std::lock_guard catalog_lock(catalog_mutex_);
            statuses_[command.id] = outcome;
            last_sequence_ = offset;
            next_query_number_ = offset + 1;
        });
        if (!end) return end.status();
        for (const auto& plan : replayed_) {
            try {
                auto query = runtime_->start_query(plan);
                if (replayed_paused_.count(plan->query_id) != 0)
                    runtime_->pause_query(plan->query_id);
            } catch (const StatementError& error) {
                log_error("session.engine", "query={} cannot be started: {}", plan->query_id,
                          error.what());
            }
        }
        log_info("session.engine", "commands={} queries={} restored", last_sequence_ + 1,
                 replayed_.size());
        replayed_.clear();
    }
    runtime_->start();
    started_ = true;
    return Status::ok();
}

void Engine::stop() {
    if (!started_.exchange(false)) return;
    runtime_->stop();
}

CatalogPtr Engine::catalog() const {
    std::lock_guard lock(catalog_mutex_);
    return catalog_;
}

void Engine::set_catalog(CatalogPtr catalog) {
    std::lock_guard lock(catalog_mutex_);
    catalog_ = std::move(catalog);
}

std::string Engine::cluster_id() {
    std::lock_guard lock(catalog_mutex_);
    return cluster_id_;
}

std::map<std::string, CommandOutcome> Engine::command_statuses() const {
    std::lock_guard lock(catalog_mutex_);
    return statuses_;
}

std::map<std::string, std::string> Engine::query_overrides(const std::string& query_id) const {
    std::lock_guard lock(catalog_mutex_);
    auto found = query_overrides_.find(query_id);
    return found == query_overrides_.end() ? std::map<std::string, std::string>() : found->second;
}

std::map<std::string, std::string> Engine::system_properties() const {
    std::lock_guard lock(catalog_mutex_);
    return system_properties_;
}

bool Engine::wait_for_sequence(int64_t sequence_number, int64_t timeout_ms) const {
    const int64_t deadline = steady_ms() + timeout_ms;
    while (true) {
        {
            std::lock_guard lock(catalog_mutex_);
            if (last_sequence_ >= sequence_number) return true;
        }
        if (steady_ms() >= deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

CommandOutcome Engine::submit(Command command) {
    int64_t sequence = next_query_number_;
    if (command_log_) {
        auto offset = command_log_->append(command);
        if (!offset) {
            throw StatementError(ErrorKind::kServer,
                                 "Could not write the statement '" + command.statement +
                                     "' into the command topic: " + offset.status().message());
        }
        sequence = *offset;
    }
    CommandOutcome outcome = apply(command, false);
    outcome.sequence_number = sequence;
    // As ksqlDB: the number of the next query is the offset of the last command plus one.
    next_query_number_ = command_log_ ? sequence + 1 : next_query_number_ + (command.query ? 1 : 0);
    std::lock_guard lock(catalog_mutex_);
    statuses_[command.id] = outcome;
    last_sequence_ = sequence;
    return outcome;
}

CommandOutcome Engine::apply(const Command& command, bool replaying) {
    using Action = Command::Action;
    CommandOutcome outcome;
    outcome.message = command.message;
    auto catalog = this->catalog();
    auto end_query = [&](const std::string& id) {
        if (replaying) {
            std::erase_if(replayed_, [&](const auto& plan) { return plan->query_id == id; });
            replayed_paused_.erase(id);
        } else {
            runtime_->terminate_query(id);
        }
    };
    auto start_query = [&](const std::shared_ptr<const plan::PhysicalPlan>& plan) {
        outcome.query_id = plan->query_id;
        {
            std::lock_guard lock(catalog_mutex_);
            query_overrides_[plan->query_id] = command.overrides;
        }
        if (!replaying) {
            runtime_->start_query(plan);
            return;
        }
        std::erase_if(replayed_, [&](const auto& old) { return old->query_id == plan->query_id; });
        replayed_.push_back(plan);
    };
    auto each_query = [&](const auto& visit) {
        if (!command.query_id.empty()) {
            visit(command.query_id);
        } else if (replaying) {
            for (const auto& plan : std::vector(replayed_)) visit(plan->query_id);
        } else {
            for (const auto& query : runtime_->queries().list()) visit(query->id());
        }
    };
    switch (command.action) {
        case Action::kPutSource:
            if (command.query) start_query(command.query);
            set_catalog(catalog->apply(PutSource{command.source}));
            break;
        case Action::kStartQuery:
            start_query(command.query);
            break;
        case Action::kDropSource: {
            auto source = catalog->find_source(command.name);
            if (source && source->created_by) end_query(*source->created_by);
            set_catalog(catalog->apply(RemoveSource{command.name}));
            break;
        }
        case Action::kPutType:
            set_catalog(catalog->apply(PutType{command.name, command.type}));
            break;
        case Action::kDropType:
            set_catalog(catalog->apply(RemoveType{command.name}));
            break;
        case Action::kTerminate:
            each_query(end_query);
            break;
        case Action::kPause:
        case Action::kResume:
            each_query([&](const std::string& id) {
                const bool pause = command.action == Action::kPause;
                if (replaying && pause) replayed_paused_.insert(id);
                if (replaying && !pause) replayed_paused_.erase(id);
                if (!replaying && pause) runtime_->pause_query(id);
                if (!replaying && !pause) runtime_->resume_query(id);
            });
            break;
        case Action::kAlterSystem: {
            if (command.name == "commit.interval.ms") {
                runtime_->set_commit_interval(std::strtoll(command.value.c_str(), nullptr, 10));
            }
            std::lock_guard lock(catalog_mutex_);
            system_properties_[command.name] = command.value;
            break;
        }
        case Action::kNothing:
            break;
    }
    return outcome;
}

plan::PlanningContext Engine::planning(CatalogPtr catalog,
                                       const std::map<std::string, std::string>& overrides,
                                       int64_t next_query_number) {
    plan::PlanningContext context;
    context.catalog = std::move(catalog);
    context.functions = functions_;
    context.properties = properties_.with_overrides(overrides);
    context.service_id = service_id_;
    context.next_query_number = next_query_number;
    // One question a topic and planning: each is a round trip to the broker.
    auto known = std::make_shared<std::map<std::string, std::optional<TopicInfo>>>();
    auto describe = [this, known](const std::string& topic) -> const std::optional<TopicInfo>& {
        if (auto found = known->find(topic); found != known->end()) return found->second;
        auto info = log_->topics().describe(topic);
        if (!info && info.status().fault() != Fault::kNotFound) {
            throw StatementError(ErrorKind::kServer, info.status().message());
        }
        return (*known)[topic] = info ? std::optional(std::move(*info)) : std::nullopt;
    };
    context.topic_partitions = [describe](const std::string& topic) -> std::optional<int32_t> {
        const auto& info = describe(topic);
        if (!info) return std::nullopt;
        return static_cast<int32_t>(info->replicas.size());
    };
    context.topic_replicas = [describe](const std::string& topic) -> std::optional<int16_t> {
        const auto& info = describe(topic);
        if (!info || info->replicas.empty()) return std::nullopt;
        return static_cast<int16_t>(info->replicas.front());
    };
    context.topic_retention_ms = [describe](const std::string& topic) -> std::optional<int64_t> {
        const auto& info = describe(topic);
        if (!info) return std::nullopt;
        auto cleanup = info->settings.find("cleanup.policy");
        // A topic that is only compacted keeps its records for ever, whatever else it says.
        if (cleanup != info->settings.end() && cleanup->second == "compact") return -1;
        auto retention = info->settings.find("retention.ms");
        if (retention == info->settings.end()) return std::nullopt;
        return std::strtoll(retention->second.c_str(), nullptr, 10);
    };
    return context;
}

}  // namespace millrace
