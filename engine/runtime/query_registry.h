// Every persistent query of this server, in the catalog's order: Runtime::reconcile() says which,
// the workers run them. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/runtime/query.h"

namespace millrace {

class QueryRegistry {
public:
    /// `changed` gets the new list each time; called under no lock.
    explicit QueryRegistry(std::function<void(std::shared_ptr<const QueryList>)> changed);

    /// These are the queries from now on; the workers look again.
    void publish(QueryList queries);
    /// Null when there is no such query.
    RunningQueryPtr find(const std::string& id) const;
    /// A copy, so that a loop over it holds it.
    QueryList list() const;

private:
    std::function<void(std::shared_ptr<const QueryList>)> changed_;
    mutable std::mutex mutex_;
    std::shared_ptr<const QueryList> queries_ = std::make_shared<const QueryList>();
};

}  // namespace millrace
