#include "engine/runtime/start_offsets.h"

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

std::optional<int32_t> repartition_partitions(
    const std::vector<plan::SubTopology>& subtopologies, const std::string& topic,
    const std::function<int32_t(const std::string& topic)>& partitions_of) {
    for (const auto& subtopology : subtopologies) {
        for (const auto& input : subtopology.inputs) {
            if (input.topic == topic && !input.partitions_like.empty()) {
                return partitions_of(input.partitions_like);
            }
        }
    }
    return std::nullopt;
}

}  // namespace millrace
