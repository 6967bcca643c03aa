#include "engine/plan/query_graph.h"

#include <deque>
#include <map>
#include <set>

#include "engine/base/error.h"

namespace millrace::plan {
namespace {

void add_topics_read(const Step& step, std::set<std::string>& topics) {
    if (const auto* source = step.as<SourceStep>()) topics.insert(source->topic);
    for (const StepPtr& input : step.inputs) add_topics_read(*input, topics);
}

std::set<std::string> topics_read(const PhysicalPlan& plan) {
    std::set<std::string> topics;
    add_topics_read(*plan.root, topics);
    return topics;
}

/// Empty: it writes none.
std::string topic_written(const PhysicalPlan& plan) {
    const auto* sink = plan.root->as<SinkStep>();
    return sink ? sink->topic : "";
}

/// A query on the way of the rows, and what it writes.
struct Hop {
    std::string from, query_id;
};

/// The way back, from the topic that is read to that which is written first.
std::string way_to(const std::string& end, const std::map<std::string, Hop>& hops) {
    std::string way = end;
    for (auto at = hops.find(end); at != hops.end() && !at->second.query_id.empty();
         at = hops.find(at->second.from)) {
        way = at->second.from + " -> query " + at->second.query_id + " -> " + way;
    }
    return way;
}

}  // namespace

void check_no_loop(const PhysicalPlan& planned, const Catalog& catalog) {
    const std::string first = topic_written(planned);
    if (first.empty()) return;
    const std::set<std::string> read = topics_read(planned);
    std::map<std::string, Hop> hops{{first, {}}};
    std::deque<std::string> next{first};
    while (!next.empty()) {
        const std::string topic = next.front();
        next.pop_front();
        if (read.contains(topic)) {
            refuse("The query would read what it writes (" + way_to(topic, hops) +
                   "): a row goes round for ever, and fills the disk. If it is meant, SET "
                   "'millrace.query.loops.allowed'='true'.");
        }
        for (const PersistentQuery& query : catalog.queries()) {
            // One that is replaced reads and writes no more.
            if (query.id == planned.query_id || !topics_read(*query.plan).contains(topic)) continue;
            const std::string written = topic_written(*query.plan);
            if (written.empty() || !hops.emplace(written, Hop{topic, query.id}).second) continue;
            next.push_back(written);
        }
    }
}

const PersistentQuery* table_query_on(const std::string& topic, const Catalog& catalog) {
    for (const PersistentQuery& query : catalog.queries()) {
        if (query.plan->root->is_table && topic_written(*query.plan) == topic) return &query;
    }
    return nullptr;
}

}  // namespace millrace::plan
