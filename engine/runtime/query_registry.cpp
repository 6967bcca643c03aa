#include "engine/runtime/query_registry.h"

#include <algorithm>

namespace millrace {

QueryRegistry::QueryRegistry(std::function<void(std::shared_ptr<const QueryList>)> changed)
    : changed_(std::move(changed)) {}

void QueryRegistry::publish(QueryList queries) {
    auto snapshot = std::make_shared<const QueryList>(std::move(queries));
    {
        std::lock_guard lock(mutex_);
        queries_ = snapshot;
    }
    changed_(std::move(snapshot));
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

}  // namespace millrace
