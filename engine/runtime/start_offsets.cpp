#include "engine/runtime/start_offsets.h"

namespace millrace {

bool starts_earliest(const plan::SubTopologyInput& input, const plan::PhysicalPlan& plan) {
    const auto* source = input.step->as<plan::SourceStep>();
    if (source == nullptr || input.is_repartition || source->always_earliest) return true;
    auto reset = plan.properties.find("auto.offset.reset");
    if (reset != plan.properties.end()) return reset->second != "latest";
    return source->kind == sql::SourceKind::kTable;
}

std::optional<int32_t> repartition_partitions(
    const std::vector<plan::SubTopology>& pieces, const std::string& topic,
    const std::function<int32_t(const std::string& topic)>& partitions_of) {
    for (const auto& piece : pieces) {
        for (const auto& input : piece.inputs) {
            if (input.topic == topic && !input.partitions_like.empty()) {
                return partitions_of(input.partitions_like);
            }
        }
    }
    return std::nullopt;
}

}  // namespace millrace
