#include "engine/runtime/runtime.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>

#include "engine/base/error.h"
#include "engine/base/guard.h"
#include "engine/base/log.h"
#include "engine/plan/check_plan.h"
#include "engine/runtime/start_offsets.h"

namespace millrace {

namespace {

constexpr int64_t kHousekeepingMs = 5000;
constexpr int64_t kStopPingMs = 500;
constexpr int64_t kStopFlushMs = 500;

RuntimeContext with_meters(RuntimeContext context, TopicMeters& meters) {
    context.meters = &meters;
    return context;
}

std::vector<std::string> internal_topics(const RunningQuery& query) {
    std::vector<std::string> topics;
    for (const auto& subtopology : query.subtopologies()) {
        if (subtopology.root->as<plan::RepartitionStep>() != nullptr)
            topics.push_back(subtopology.output_topic);
        for (const auto& store : subtopology.stores) topics.push_back(store.changelog_topic);
    }
    return topics;
}

StatementError server_error(const std::string& message) {
    return {ErrorKind::kServer, message};
}

}  // namespace

Runtime::Runtime(RuntimeContext context, ProcessingLogOptions processing_log)
    : context_(with_meters(std::move(context), meters_)),
      processing_log_(*context_.log, std::move(processing_log), *context_.clock, &meters_),
      group_offsets_(*context_.log, *context_.steady, context_.options.service_id,
                     context_.publisher_id()),
      registry_([this](std::shared_ptr<const QueryList> queries) {
          for (auto& worker : workers_) worker->set_queries(queries);
      }) {
    std::vector<Worker*> workers;
    for (int i = 0; i < context_.options.workers; ++i) {
        workers_.push_back(std::make_unique<Worker>(context_, i, processing_log_));
        workers.push_back(workers_.back().get());
    }
    membership_ = std::make_unique<Membership>(context_, std::move(workers));
    push_host_ = std::make_unique<PushHost>(context_, processing_log_);
}

Runtime::~Runtime() {
    stop();
}

void Runtime::prepare() {
    for (auto& worker : workers_) worker->prepare();
}

void Runtime::start() {
    if (!context_.options.threads) return;
    for (auto& worker : workers_) worker->start();
    membership_->start();
    push_host_->start();
    housekeeper_ = std::thread([this] { housekeeping(); });
}

void Runtime::stop() {
    {
        std::lock_guard lock(housekeeping_mutex_);
        stop_ = true;
    }
    housekeeping_wake_.notify_all();
    if (housekeeper_.joinable()) housekeeper_.join();
    push_host_->stop();
    // A log that does not answer now would hold up every call to its time-out, for nothing.
    const bool answers = !membership_->running() || context_.log->topics().ping(kStopPingMs);
    if (!answers) log_warn("runtime", "the log does not answer: nothing more is committed");
    for (auto& worker : workers_) worker->stop(answers);
    membership_->stop();
    if (answers) processing_log_.flush(kStopFlushMs);
}

bool Runtime::run_once() {
    retry_starts();
    membership_->run_once();
    bool any = false;
    for (auto& worker : workers_) any = worker->run_once() || any;
    return push_host_->run_once() || any;
}

Runtime::InternalTopics Runtime::ensure_internal_topics(
    const std::vector<plan::SubTopology>& subtopologies, TopicLookup& known) {
    InternalTopics result;
    auto& topics = context_.log->topics();
    std::map<std::string, int32_t> internal;
    auto ensure = [&](const std::string& name, int32_t count,
                      std::map<std::string, std::string> settings) {
        auto has = known.partitions(name);
        if (has) {
            if (*has == count) return;
            throw server_error("Internal topic " + name + " has " + std::to_string(*has) +
                               " partitions, but its query needs " + std::to_string(count) +
                               ". Were partitions added to a source topic?");
        }
        TopicConfig config;
        config.partitions = count;
        config.replicas = context_.options.state_replicas;
        config.settings = std::move(settings);
        Status status =
            has.status().fault() == Fault::kNotFound ? topics.create(name, config) : has.status();
        if (!status)
            throw server_error("Cannot make internal topic " + name + ": " + status.message());
        result.made.insert(name);
    };
    auto partitions_of = [&](const std::string& topic) {
        if (auto found = internal.find(topic); found != internal.end()) return found->second;
        auto has = known.partitions(topic);
        if (!has) throw server_error("Cannot read topic " + topic + ": " + has.status().message());
        return result.source_partitions[topic] = *has;
    };
    for (const auto& subtopology : subtopologies) {
        int32_t count = 0;
        for (const auto& input : subtopology.inputs)
            count = std::max(count, partitions_of(input.topic));
        result.partitions.push_back(count);
        if (subtopology.root->as<plan::RepartitionStep>() != nullptr) {
            const int32_t made = repartition_partitions(subtopologies, subtopology.output_topic,
                                                        count, partitions_of);
            internal[subtopology.output_topic] = made;
            ensure(subtopology.output_topic, made,
                   {{"cleanup.policy", "delete"},
                    {"retention.ms", "-1"},
                    // What is processed is deleted by whole segments.
                    {"segment.bytes", std::to_string(50 << 20)}});
        }
        for (const auto& store : subtopology.stores) {
            std::map<std::string, std::string> settings{{"cleanup.policy", "compact"}};
            if (store.windowed) {
                // A day more than the windows live: late readers of the changelog must still find
                // them.
                constexpr int64_t kSlackMs = 86400000;
                settings["cleanup.policy"] = "compact,delete";
                settings["retention.ms"] = std::to_string(store.retention_ms + kSlackMs);
            }
            ensure(store.changelog_topic, count, settings);
        }
    }
    return result;
}

void Runtime::reconcile(CatalogPtr catalog) {
    std::lock_guard lock(reconcile_mutex_);
    if (wanted_ && catalog->version() < wanted_->version()) return;
    wanted_ = std::move(catalog);
    const auto& system = wanted_->system_properties();
    if (auto interval = system.find("commit.interval.ms"); interval != system.end()) {
        const int64_t ms = std::strtoll(interval->second.c_str(), nullptr, 10);
        for (auto& worker : workers_)
            worker->set_commit_interval(commit_interval(context_.options, ms));
    }
    reconcile_queries();
}

void Runtime::retry_starts() {
    if (!starts_pending_) return;
    std::lock_guard lock(reconcile_mutex_);
    reconcile_queries();
}

void Runtime::reconcile_queries() {
    const QueryList before = registry_.list();
    std::map<std::string, RunningQueryPtr> running;
    for (const auto& query : before) running.emplace(query->id(), query);
    QueryList current;  // One a wanted query; null: nothing runs for it yet.
    for (const auto& wanted : wanted_->queries()) {
        auto found = running.find(wanted.id);
        const bool same = found != running.end() && found->second->made_at() == wanted.made_at;
        current.push_back(same ? found->second : nullptr);
        if (same) running.erase(found);
    }
    // What ends goes first: its successor may have topics and stores of the same names.
    if (!running.empty()) {
        QueryList ended, kept;
        for (const auto& [id, query] : running) ended.push_back(query);
        std::copy_if(current.begin(), current.end(), std::back_inserter(kept),
                     [](const auto& query) { return query != nullptr; });
        end_queries(ended, std::move(kept));
    }
    QueryList next;
    Leftovers left;
    bool pauses_changed = false;
    starts_pending_ = false;
    TopicLookup known(context_.log->topics());
    for (size_t i = 0; i < current.size(); ++i) {
        const auto& wanted = wanted_->queries()[i];
        auto query = start_query(wanted, current[i], known);
        pauses_changed = pauses_changed || query->paused() != wanted.paused;
        query->set_paused(wanted.paused);
        if (!query->started()) starts_pending_ = true;
        if (current[i] && current[i]->plan() != query->plan())
            add_leftovers(*current[i], query.get(), left);
        next.push_back(std::move(query));
    }
    if (next != registry_.list() || pauses_changed) registry_.publish(std::move(next));
    if (!left.topics.empty()) wait_until_settled();
    drop(left);
}

void Runtime::end_queries(const QueryList& ended, QueryList kept) {
    registry_.publish(std::move(kept));
    Leftovers left;
    for (const auto& query : ended) {
        for (auto& worker : workers_) worker->forget_query(query->id());
        add_leftovers(*query, nullptr, left);
    }
    // What its tasks have written by then is deleted with the topics.
    wait_until_settled();
    drop(left);
    for (const auto& query : ended) log_info("runtime", "query={} terminated", query->id());
}

/// What runs for the wanted query from now on: `current` when that is as it should be.
RunningQueryPtr Runtime::start_query(const PersistentQuery& wanted, const RunningQueryPtr& current,
                                     TopicLookup& known) {
    const int64_t now = context_.steady->now_ms();
    const bool same = current && current->plan() == wanted.plan;
    if (same && (current->started() ? !current->outdated() : now < current->retry_at_ms()))
        return current;
    std::vector<plan::SubTopology> subtopologies;
    try {
        plan::check_plan(*wanted.plan, *context_.functions, context_.config_of(*wanted.plan));
        subtopologies = plan::cut(*wanted.plan, context_.options.service_id);
        InternalTopics topics = ensure_internal_topics(subtopologies, known);
        log_info("runtime", "query={} subtopologies={} started", wanted.id, subtopologies.size());
        auto query = std::make_shared<RunningQuery>(wanted.plan, std::move(subtopologies),
                                                    std::move(topics.partitions), wanted.made_at);
        query->set_replacement(wanted.replacement);
        query->set_starts(wanted.starts);
        query->set_source_partitions(std::move(topics.source_partitions));
        query->set_made_topics(std::move(topics.made));
        query->make_time_boards(context_.clock->now_ms());
        return query;
    } catch (const std::exception& error) {
        log_error("runtime", "query={} cannot be started: {}", wanted.id, error.what());
        auto query = same && !current->started()
                         ? current
                         : std::make_shared<RunningQuery>(wanted.plan, std::move(subtopologies),
                                                          std::vector<int32_t>(), wanted.made_at);
        query->fail({context_.clock->now_ms(), error.what(), "SYSTEM"}, now,
                    context_.options.retry_backoff_initial_ms,
                    context_.options.retry_backoff_max_ms);
        return query;
    }
}

void Runtime::look_at_topics() {
    if (registry_.list().empty()) return;
    auto topics = context_.log->topics().list();
    if (!topics) return;
    std::map<std::string, int32_t> now;
    for (const auto& topic : *topics) now[topic.name] = static_cast<int32_t>(topic.replicas.size());
    std::lock_guard lock(reconcile_mutex_);
    bool any = false;
    for (const auto& query : registry_.list()) {
        if (!query->started() || query->outdated()) continue;
        for (const auto& [topic, before] : query->source_partitions()) {
            auto found = now.find(topic);
            if (found == now.end() || found->second == before) continue;
            log_warn("runtime", "query={} topic={} has {} partitions, had {}: it is started anew",
                     query->id(), topic, found->second, before);
            query->set_outdated();
            any = true;
        }
        for (const std::string& topic : internal_topics(*query)) {
            // The list may be older than the query.
            if (now.count(topic) != 0 ||
                context_.log->topics().describe(topic).status().fault() != Fault::kNotFound) {
                continue;
            }
            log_warn("runtime", "query={} internal topic={} was deleted: it is made again",
                     query->id(), topic);
            query->set_outdated();
            any = true;
        }
    }
    if (any) reconcile_queries();
}

/// The workers close and open tasks on their next turn.
void Runtime::wait_until_settled() {
    const int64_t deadline = steady_ms() + 5000;
    while (context_.options.threads && !settled() && steady_ms() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    if (!context_.options.threads) {
        for (auto& worker : workers_) worker->run_once();
    }
}

void Runtime::add_leftovers(const RunningQuery& query, const RunningQuery* successor,
                            Leftovers& out) {
    std::set<std::string> kept;
    if (successor != nullptr) {
        for (const auto& subtopology : successor->subtopologies()) {
            kept.insert(subtopology.output_topic);
            for (const auto& store : subtopology.stores) kept.insert(store.changelog_topic);
        }
    }
    for (const auto& subtopology : query.subtopologies()) {
        if (subtopology.root->as<plan::RepartitionStep>() != nullptr &&
            kept.count(subtopology.output_topic) == 0) {
            out.topics.push_back(subtopology.output_topic);
        }
        for (const auto& store : subtopology.stores) {
            if (kept.count(store.changelog_topic) != 0) continue;
            out.topics.push_back(store.changelog_topic);
            out.stores.push_back(store_name(query.id(), store.name));
        }
    }
}

void Runtime::drop(const Leftovers& leftovers) {
    for (const auto& store : leftovers.stores) {
        Status status = context_.state->drop_store(store);
        if (!status) log_warn("runtime", "store={} not dropped: {}", store, status.message());
    }
    for (const auto& topic : leftovers.topics) {
        Status status = context_.log->topics().remove(topic);
        if (!status && status.fault() != Fault::kNotFound) {
            log_warn("runtime", "topic={} not deleted: {}", topic, status.message());
        }
    }
}

bool Runtime::settled() const {
    return membership_->assigned() && std::all_of(workers_.begin(), workers_.end(),
                                                  [](const auto& w) { return w->settled(); });
}

PositionMap Runtime::committed_positions() const {
    PositionMap all;
    for (const auto& worker : workers_) {
        auto some = worker->committed_positions();
        all.insert(some.begin(), some.end());
    }
    return all;
}

// ---- housekeeping: off the workers, outside their transactions ----

void Runtime::housekeeping() {
    std::unique_lock lock(housekeeping_mutex_);
    while (!stop_) {
        housekeeping_wake_.wait_for(lock, std::chrono::milliseconds(kHousekeepingMs));
        if (stop_) return;
        lock.unlock();
        guarded("runtime", "housekeeping", [this] { housekeeping_turn(); });
        lock.lock();
    }
}

void Runtime::housekeeping_turn() {
    for (const auto& worker : workers_) worker->bury_retired();
    // While the broker is away every request would wait for its time-out.
    constexpr int64_t kPingMs = 1000;
    if (!context_.log->topics().ping(kPingMs)) return;
    retry_starts();
    look_at_topics();
    const PositionMap positions = committed_positions();
    group_offsets_.publish(positions, kHousekeepingMs / 10);
    purge(positions);
}

/// Repartition topics are kept for ever by their settings; what is processed may go.
void Runtime::purge(const PositionMap& positions) {
    std::map<TopicPartition, int64_t> moved;
    for (const auto& [key, position] : positions) {
        if (!key.source.topic.ends_with("-repartition")) continue;
        auto before = purged_.find(key.source);
        if (before == purged_.end() || before->second != position.next_offset)
            moved[key.source] = position.next_offset;
    }
    if (moved.empty() || !context_.log->topics().delete_records(moved)) return;
    for (const auto& [where, offset] : moved) purged_[where] = offset;
}

}  // namespace millrace
