#include "server/routes/service.h"

#include "engine/config/get.h"
#include "server/routes/pull_response.h"
#include "server/routes/push_response.h"

namespace millrace::server {

namespace {
constexpr int64_t kPingTimeoutMs = 2000;
}

Service::Service(Engine& engine, MemoryGovernor& memory, ServiceOptions options)
    : engine_(engine),
      memory_(memory),
      pull_limits_(engine.config()),
      options_(std::move(options)),
      audit_(options_.audit),
      login_pool_(options_.login_threads, options_.login_queue_max),
      statement_pool_(options_.statement_threads, options_.queue_max),
      query_pool_(options_.query_threads, options_.queue_max),
      scan_pool_(options_.scan_threads, options_.queue_max),
      probe_pool_(options_.probe_threads, options_.queue_max) {}

void Service::set_not_ready_reason(const std::string& reason) {
    std::lock_guard lock(mutex_);
    not_ready_reason_ = reason;
}

std::string Service::not_ready_reason() const {
    std::lock_guard lock(mutex_);
    return not_ready_reason_;
}

void Service::stop_pools() {
    if (access()) access()->stop();  // It posts to the pool of log-ins.
    login_pool_.stop();
    print_pool_.stop();
    statement_pool_.stop();
    query_pool_.stop();
    scan_pool_.stop();
    probe_pool_.stop();
    std::vector<std::weak_ptr<PullResponse>> pulls;
    {
        std::lock_guard lock(mutex_);
        pulls.swap(pulls_);
    }
    for (const auto& pull : pulls) {
        if (auto response = pull.lock()) response->abandon();
    }
}

void Service::add_pull(const std::shared_ptr<PullResponse>& response) {
    std::lock_guard lock(mutex_);
    std::erase_if(pulls_, [](const auto& pull) { return pull.expired(); });
    pulls_.push_back(response);
}

void Service::add_push(const std::string& query_id, const std::shared_ptr<PushResponse>& response) {
    std::lock_guard lock(mutex_);
    pushes_[query_id] = response;
}

void Service::remove_push(const std::string& query_id) {
    std::lock_guard lock(mutex_);
    pushes_.erase(query_id);
}

bool Service::close_push(const std::string& query_id) {
    std::shared_ptr<PushResponse> response;
    {
        std::lock_guard lock(mutex_);
        auto found = pushes_.find(query_id);
        if (found == pushes_.end()) return false;
        response = found->second.lock();
        pushes_.erase(found);
    }
    engine_.runtime().push_host().cancel(query_id);
    if (!response) return false;
    response->close();
    return true;
}

bool Service::log_healthy() {
    const int64_t interval = engine_.config().get<"ksql.healthcheck.interval.ms">();
    std::lock_guard lock(health_mutex_);
    const int64_t now = steady_ms();
    if (health_checked_ms_ == 0 || now - health_checked_ms_ >= interval) {
        healthy_ = engine_.log().topics().ping(kPingTimeoutMs).is_ok();
        health_checked_ms_ = steady_ms();
    }
    return healthy_;
}

}  // namespace millrace::server
