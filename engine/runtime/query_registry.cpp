#include "engine/runtime/query_registry.h"

#include <algorithm>

namespace millrace {

QueryRegistry::QueryRegistry(std::function<void(std::shared_ptr<const QueryList>)> changed)
    : changed_(std::move(changed)) {}

void QueryRegistry::publish(std::unique_lock<std::mutex>& lock, QueryList next) {
    queries_ = std::make_shared<const QueryList>(std::move(next));
    auto snapshot = queries_;
    lock.unlock();
    changed_(snapshot);
}

void QueryRegistry::add(RunningQueryPtr query) {
    std::unique_lock lock(mutex_);
    QueryList next = *queries_;
    // A query of the same id is replaced in place: its order and its offsets stay.
    auto same = std::find_if(next.begin(), next.end(),
                             [&](const RunningQueryPtr& q) { return q->id() == query->id(); });
    if (same != next.end()) {
        *same = std::move(query);
    } else {
        next.push_back(std::move(query));
    }
    publish(lock, std::move(next));
}

RunningQueryPtr QueryRegistry::remove(const std::string& id) {
    std::unique_lock lock(mutex_);
    QueryList next = *queries_;
    auto found = std::find_if(next.begin(), next.end(),
                              [&](const RunningQueryPtr& q) { return q->id() == id; });
    if (found == next.end()) return nullptr;
    RunningQueryPtr removed = *found;
    next.erase(found);
    publish(lock, std::move(next));
    return removed;
}

RunningQueryPtr QueryRegistry::find(const std::string& id) const {
    std::lock_guard lock(mutex_);
    auto found = std::find_if(queries_->begin(), queries_->end(),
                              [&](const RunningQueryPtr& q) { return q->id() == id; });
    return found == queries_->end() ? nullptr : *found;
}

QueryList QueryRegistry::list() const {
    std::lock_guard lock(mutex_);
    return *queries_;
}

void QueryRegistry::touch() {
    std::unique_lock lock(mutex_);
    publish(lock, *queries_);
}

}  // namespace millrace
