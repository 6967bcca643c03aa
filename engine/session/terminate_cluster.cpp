// The end of a cluster: its queries, the topics they made, its command log.
#include <re2/re2.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/session/engine.h"

namespace millrace {

CommandOutcome Engine::terminate_cluster(const std::vector<std::string>& topic_patterns) {
    check_not_degraded();  // It does not know all that there is to end.
    std::vector<std::unique_ptr<re2::RE2>> patterns;
    for (const auto& text : topic_patterns) {
        patterns.push_back(std::make_unique<re2::RE2>(text, re2::RE2::Quiet));
        if (!patterns.back()->ok()) refuse(ErrorKind::kGeneral, "Invalid pattern: " + text);
    }
    std::vector<std::string> topics;
    CommandOutcome outcome;
    outcome.message = "Cluster terminated.";
    {
        std::lock_guard lock(statement_mutex_);
        ended_ = true;
        const CatalogPtr last = catalog();
        for (const auto& query : last->queries()) {
            auto sink = last->find_source(query.plan->sink_name);
            const bool matches =
                sink && std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
                    return re2::RE2::FullMatch(sink->topic, *pattern);
                });
            if (matches && !topic_rules_.refusal(TopicUse::kDelete, sink->topic))
                topics.push_back(sink->topic);
        }
        outcome.sequence_number = last->next_query_number();
        std::lock_guard catalog_lock(catalog_mutex_);
        catalog_ = last->changed([](Catalog& catalog) { catalog.clear(); });
    }
    if (command_log_) topics.push_back(command_log_->topic());
    reconcile();
    stop();
    for (const auto& topic : topics) {
        Status status = log_->topics().remove(topic);
        if (!status && status.fault() != Fault::kNotFound) {
            log_warn("session.engine", "topic={} not deleted: {}", topic, status.message());
        }
    }
    return outcome;
}

}  // namespace millrace
