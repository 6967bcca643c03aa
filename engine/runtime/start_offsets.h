// Where a query's inputs start when nothing has been committed, and how wide its repartition topics
// are.
#pragma once

#include <cstdint>
#include <functional>
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

/// Each writer of a repartition topic tells each of its partitions how far it has come: beyond so
/// many pairs that alone takes gigabytes.
inline constexpr int64_t kRepartitionPairsMax = 1'000'000;

/// Partitions of a repartition topic: as the topic has that it has to match (the other side of a
/// join), or as many as there are `writers`. Throws StatementError beyond kRepartitionPairsMax.
int32_t repartition_partitions(
    const std::vector<plan::SubTopology>& subtopologies, const std::string& topic, int32_t writers,
    const std::function<int32_t(const std::string& topic)>& partitions_of);

}  // namespace millrace
