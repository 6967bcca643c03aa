// Every persistent query of this server: started, paused, resumed, terminated here; run by the
// workers. Thread-safe.
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

    void add(RunningQueryPtr query);
    /// Null when there is no such query.
    RunningQueryPtr remove(const std::string& id);
    RunningQueryPtr find(const std::string& id) const;
    /// A copy, so that a loop over it holds it.
    QueryList list() const;
    /// Tells the workers to look again (a query was paused or resumed).
    void touch();

private:
    void publish(std::unique_lock<std::mutex>& lock, QueryList next);

    std::function<void(std::shared_ptr<const QueryList>)> changed_;
    mutable std::mutex mutex_;
    std::shared_ptr<const QueryList> queries_ = std::make_shared<const QueryList>();
};

}  // namespace millrace
