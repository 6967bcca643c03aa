#include "engine/runtime/worker_orders.h"

#include <chrono>
#include <utility>

namespace millrace {

void WorkerOrders::assign(std::shared_ptr<const SlotAssignment> assignment) {
    std::lock_guard lock(mutex_);
    orders_.assignment = std::move(assignment);
    pending_ = true;
}

int64_t WorkerOrders::release(bool lost) {
    std::lock_guard lock(mutex_);
    orders_.release = ++releases_asked_;
    orders_.slots_lost = lost;
    orders_.assignment.reset();
    pending_ = true;
    return orders_.release;
}

void WorkerOrders::wait_released(int64_t release, int64_t timeout_ms) {
    std::unique_lock lock(mutex_);
    done_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                   [&] { return releases_done_ >= release; });
}

void WorkerOrders::set_queries(std::shared_ptr<const QueryList> queries) {
    std::lock_guard lock(mutex_);
    orders_.queries = std::move(queries);
    pending_ = true;
}

void WorkerOrders::forget(const std::string& query_id) {
    std::lock_guard lock(mutex_);
    orders_.forgotten.insert(query_id);
    pending_ = true;
}

WorkerOrders::Orders WorkerOrders::take() {
    std::lock_guard lock(mutex_);
    pending_ = false;
    return std::exchange(orders_, {});
}

void WorkerOrders::released(int64_t release) {
    std::lock_guard lock(mutex_);
    releases_done_ = release;
    done_.notify_all();
}

}  // namespace millrace
