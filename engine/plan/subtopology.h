// A physical plan cut at its repartitions: each sub-topology reads topics, runs a tree of steps,
// and writes to a sink, a repartition topic or a push query. Sub-topology x partition = task.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/step_kinds.h"

namespace millrace::plan {

/// A topic that a sub-topology reads: a source's, or a repartition topic (then `step` is the
/// RepartitionStep, read from its far side).
struct SubTopologyInput {
    StepPtr step;
    std::string topic;  ///< Full name.
    bool is_repartition = false;
    /// A repartition topic takes the partition count of this topic.
    std::string partitions_like;
};

/// A store of a sub-topology; its changelog topic is `<query prefix>-<name>-changelog`.
struct StoreSpec : StepStore {
    std::string changelog_topic;
};

struct SubTopology {
    int index = 0;
    std::vector<SubTopologyInput> inputs;
    StepPtr root;  ///< SinkStep, PushStep, or a RepartitionStep written to; any other step when
                   ///< the query only materialises a table (CREATE SOURCE TABLE).
    /// The aggregate that reads a RepartitionStep written to here; else null.
    StepPtr reader;
    std::string output_topic;  ///< Full name of the topic it writes; empty for push queries.
    std::vector<StoreSpec> stores;
};

/// `_confluent-ksql-<service id>query_<QUERY ID>`: the prefix of a query's internal topics and its
/// group.
std::string query_prefix(const std::string& service_id, const std::string& query_id);
/// The same of this plan; for a push query it is `_confluent-ksql-<service id>transient_<query
/// id>`.
std::string query_prefix(const std::string& service_id, const PhysicalPlan& plan);

/// Upstream first; index is the position.
std::vector<SubTopology> cut(const PhysicalPlan& plan, const std::string& service_id);

}  // namespace millrace::plan
