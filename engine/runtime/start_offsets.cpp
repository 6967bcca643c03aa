#include "engine/runtime/start_offsets.h"

namespace millrace {

bool starts_earliest(const plan::SubTopologyInput& input, const plan::PhysicalPlan& plan) {
    const auto* source = input.step->as<plan::SourceStep>();
    if (source == nullptr || input.is_repartition || source->always_earliest) return true;
    auto reset = plan.properties.find("auto.offset.reset");
    if (reset != plan.properties.end()) return reset->second != "latest";
    return source->kind == sql::SourceKind::kTable;
}

}  // namespace millrace
