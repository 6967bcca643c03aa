#include "engine/runtime/push_host.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/guard.h"
#include "engine/base/log.h"
#include "engine/base/row_meter.h"
#include "engine/runtime/push_query.h"

namespace millrace {

namespace {

constexpr const char* kPushLog = "runtime.push";
constexpr int64_t kIdleWaitMs = 100;

ReaderOptions reader_options(const RuntimeContext& context) {
    ReaderOptions options;
    options.client_id = context.options.service_id + "-push";
    options.read_committed = context.options.reads_committed();
    options.partition_buffer_bytes = context.options.partition_buffer_bytes;
    return options;
}

}  // namespace

PushHost::PushHost(const RuntimeContext& context, ProcessingLog& processing_log)
    : context_(context),
      processing_log_(processing_log),
      feeds_(*context.log, reader_options(context), context.share(MemoryHolder::kPushFetched)) {}

PushHost::~PushHost() {
    stop();
}

void PushHost::start() {
    thread_ = std::thread([this] { loop(); });
}

void PushHost::stop() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
        wake();
    }
    thread_.join();
}

void PushHost::wake() {
    wake_.notify_one();
    feeds_.wake();
}

void PushHost::loop() {
    const Interruptible interruptible([this](int64_t evaluating_ms) {
        return evaluating_ms >= Interruptible::kPatienceMs && (stop_ || turn_cancelled_);
    });
    while (!stop_) {
        guarded(
            kPushLog, "a turn",
            [this] {
                if (!run_once()) wait();
            },
            [this](const std::string& reason) { end_all(reason); });
    }
    guarded(kPushLog, "closing the queries", [this] { queries_.clear(); });
    std::vector<std::unique_ptr<PushQuery>> never_opened;  // Let go outside the lock.
    std::lock_guard lock(mutex_);
    never_opened.swap(incoming_);
    running_.clear();
}

void PushHost::wait() {
    if (!queries_.empty()) return feeds_.wait(kIdleWaitMs);
    // No reader is made before the first push query: an idle server pays nothing for them.
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stop_ || !incoming_.empty() || !cancelled_.empty(); });
}

void PushHost::end_all(const std::string& reason) {
    for (auto& query : queries_) query->fail(reason);
    remove_ended({});
}

void PushHost::start_query(std::shared_ptr<const plan::PhysicalPlan> plan,
                           std::shared_ptr<PushListener> listener, const PushOptions& options) {
    auto query =
        std::make_unique<PushQuery>(context_, processing_log_, plan, std::move(listener), options);
    query->locate();
    std::lock_guard lock(mutex_);
    running_[plan->query_id] = plan;
    incoming_.push_back(std::move(query));
    wake();
}

bool PushHost::cancel(const std::string& query_id) {
    std::lock_guard lock(mutex_);
    if (running_.erase(query_id) == 0) return false;
    if (query_id == turning_) turn_cancelled_ = true;
    cancelled_.push_back(query_id);
    wake();
    return true;
}

void PushHost::listener_is_ready() {
    std::lock_guard lock(mutex_);
    wake();
}

std::vector<std::shared_ptr<const plan::PhysicalPlan>> PushHost::running() const {
    std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const plan::PhysicalPlan>> plans;
    for (const auto& [id, plan] : running_) plans.push_back(plan);
    return plans;
}

bool PushHost::run_once() {
    std::vector<std::unique_ptr<PushQuery>> incoming;
    std::vector<std::string> cancelled;
    {
        std::lock_guard lock(mutex_);
        incoming.swap(incoming_);
        cancelled.swap(cancelled_);
    }
    bool any = !incoming.empty() || !cancelled.empty();
    for (auto& query : incoming) {
        try {
            query->open(feeds_);
            queries_.push_back(std::move(query));
        } catch (const std::exception& error) {
            query->fail(error.what());
            query->close();
            std::lock_guard lock(mutex_);
            running_.erase(query->id());
        }
    }
    if (queries_.empty()) return any;
    try {
        any = feeds_.poll(context_.options.batch_rows_max) || any;
    } catch (const std::exception& error) {
        // Some may have got the records and others not, and none can read them again.
        log_error(kPushLog, "reading failed, which ends all push queries: {}", error.what());
        end_all(error.what());
        return true;
    }
    for (auto& [where, error] : feeds_.take_errors()) {
        if (error.fault() != Fault::kRetriable) {
            log_warn(kPushLog, "topic={} partition={} {}", where.topic, where.partition,
                     error.message());
        }
    }
    for (auto& query : queries_) {
        begin_turn(query->id());
        any = query->turn() || any;
    }
    begin_turn("");
    end_largest();
    remove_ended(cancelled);
    return any;
}

void PushHost::begin_turn(const std::string& query_id) {
    std::lock_guard lock(mutex_);
    turning_ = query_id;
    turn_cancelled_ = std::find(cancelled_.begin(), cancelled_.end(), query_id) != cancelled_.end();
}

void PushHost::end_largest() {
    const MemoryShare share = context_.share(MemoryHolder::kPushState);
    while (share.full()) {
        auto largest = std::max_element(
            queries_.begin(), queries_.end(),
            [](const auto& a, const auto& b) { return a->state_bytes() < b->state_bytes(); });
        if ((*largest)->state_bytes() == 0) return;
        const size_t bytes = (*largest)->state_bytes();
        log_warn(kPushLog, "query={} ended: it holds {} bytes of state, and all may hold {}",
                 (*largest)->id(), bytes, share.bytes());
        (*largest)->fail(fmt::format(
            "The query's groups, windows and tables hold {} MB, and those of all push queries may "
            "hold {} MB (a part of millrace.memory.bytes); the query was ended. Make a table of "
            "it with CREATE TABLE, which keeps its state on disk, or narrow it with WHERE.",
            bytes >> 20, share.bytes() >> 20));
        (*largest)->close();
    }
}

void PushHost::remove_ended(const std::vector<std::string>& cancelled) {
    std::erase_if(queries_, [&](std::unique_ptr<PushQuery>& query) {
        bool gone = std::find(cancelled.begin(), cancelled.end(), query->id()) != cancelled.end();
        if (!gone && !query->ended()) return false;
        query->close();
        std::lock_guard lock(mutex_);
        running_.erase(query->id());
        return true;
    });
}

}  // namespace millrace
