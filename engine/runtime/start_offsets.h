// Where a query's inputs start when nothing has been committed, and how wide its repartition topics
// are.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/config/config.h"
#include "engine/plan/subtopology.h"

namespace millrace {

/// `auto.offset.reset` as the query sees it, or streams at the end and tables at the beginning;
/// internal topics and tables in joins always at the beginning.
bool starts_earliest(const plan::SubTopologyInput& input, const Config& config);

/// Topics that the query takes only later records of.
std::set<std::string> topics_from_end(const std::vector<plan::SubTopology>& subtopologies,
                                      const Config& config);

/// Partitions of a repartition topic that has to match another topic (the other side of a join);
/// nothing: it gets as many as the sub-topology that writes it has.
std::optional<int32_t> repartition_partitions(
    const std::vector<plan::SubTopology>& subtopologies, const std::string& topic,
    const std::function<int32_t(const std::string& topic)>& partitions_of);

}  // namespace millrace
