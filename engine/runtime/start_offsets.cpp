#include "engine/runtime/start_offsets.h"

#include "engine/base/error.h"
#include "engine/config/consumer_settings.h"

namespace millrace {

bool starts_earliest(const plan::SubTopologyInput& input, const Config& config) {
    const auto* source = input.step->as<plan::SourceStep>();
    if (source == nullptr || input.is_repartition || source->always_earliest) return true;
    if (auto reset = consumer_offset_reset(config)) return *reset == "earliest";
    return source->kind == sql::SourceKind::kTable;
}

std::set<std::string> topics_from_end(const std::vector<plan::SubTopology>& subtopologies,
                                      const Config& config) {
    std::set<std::string> topics;
    for (const auto& subtopology : subtopologies) {
        for (const auto& input : subtopology.inputs) {
            if (!starts_earliest(input, config)) topics.insert(input.topic);
        }
    }
    return topics;
}

int32_t repartition_partitions(
    const std::vector<plan::SubTopology>& subtopologies, const std::string& topic, int32_t writers,
    const std::function<int32_t(const std::string& topic)>& partitions_of) {
    int32_t readers = writers;
    for (const auto& subtopology : subtopologies) {
        for (const auto& input : subtopology.inputs) {
            if (input.topic == topic && !input.partitions_like.empty())
                readers = partitions_of(input.partitions_like);
        }
    }
    if (int64_t{writers} * readers > kRepartitionPairsMax) {
        refuse(ErrorKind::kGeneral,
               "The query would repartition from " + std::to_string(writers) + " to " +
                   std::to_string(readers) + " partitions. This server takes " +
                   std::to_string(kRepartitionPairsMax) +
                   " pairs of partitions at most. Read from a topic of fewer partitions.");
    }
    return readers;
}

}  // namespace millrace
