#include "engine/plan/explain.h"

#include <algorithm>

namespace millrace::plan {
namespace {

struct StepWord {
    using Out = const char*;
    Out operator()(const SourceStep&) const { return "SOURCE"; }
    Out operator()(const FilterStep&) const { return "FILTER"; }
    Out operator()(const SelectStep&) const { return "PROJECT"; }
    Out operator()(const OneOf<SelectKeyStep, ForeignKeySubscribeStep> auto&) const {
        return "REKEY";
    }
    Out operator()(const GroupByStep&) const { return "GROUP_BY"; }
    Out operator()(const RepartitionStep&) const { return "REPARTITION"; }
    Out operator()(const AggregateStep&) const { return "AGGREGATE"; }
    Out operator()(const OneOf<StreamTableJoinStep, StreamStreamJoinStep, TableTableJoinStep,
                               ForeignKeyLookupStep> auto&) const {
        return "JOIN";
    }
    Out operator()(const ForeignKeyResultStep&) const { return "TABLE"; }
    Out operator()(const FlatMapStep&) const { return "FLAT_MAP"; }
    Out operator()(const SinkStep&) const { return "SINK"; }
    Out operator()(const PushStep&) const { return "PUSH"; }
};

std::string schema_text(const Schema& schema) {
    std::string out;
    auto add = [&](const Field& field, bool key) {
        if (!out.empty()) out += ", ";
        out += quote_identifier(field.name) + " " + field.type->to_string(false);
        if (key) out += " KEY";
    };
    for (const auto& field : schema.key) add(field, true);
    for (const auto& field : schema.value) add(field, false);
    return out;
}

void add_step(const StepPtr& step, const std::string& query_id, int level, std::string& out) {
    // The client of a push query is no step to its user.
    if (step->as<PushStep>()) {
        add_step(step->inputs[0], query_id, level, out);
        return;
    }
    std::string logger = step->name;
    std::replace(logger.begin(), logger.end(), '/', '.');
    out += std::string(static_cast<size_t>(level) * 2, '\t') + " > [ " +
           std::visit(StepWord{}, step->node) + " ] | Schema: " + schema_text(step->schema) +
           " | Logger: " + query_id + "." + logger + "\n";
    for (const auto& input : step->inputs) add_step(input, query_id, level + 1, out);
}

std::string dashed(const std::string& name) {
    std::string out = name;
    std::replace(out.begin(), out.end(), '/', '-');
    return out;
}

/// "a, b" of what `name` says of each.
template <class List, class Name>
std::string joined(const List& list, const Name& name) {
    std::string out;
    for (const auto& one : list) out += (out.empty() ? "" : ", ") + name(one);
    return out;
}

std::string strip(const std::string& topic, const std::string& prefix) {
    return topic.rfind(prefix + "-", 0) == 0 ? topic.substr(prefix.size() + 1) : topic;
}

/// A step of one sub-topology: what it is, its topic or stores, where its rows go.
void add_processor(const StepPtr& step, const std::string& next, const SubTopology& subtopology,
                   const std::string& prefix, std::string& out) {
    const bool at_root = step == subtopology.root;
    const StepPlace place = place_of(*step);
    if (place == StepPlace::kStart || (place == StepPlace::kCut && !at_root)) {
        const auto* far_side = step->as<RepartitionStep>();
        const std::string topic = far_side ? far_side->topic_suffix : step->as<SourceStep>()->topic;
        out += "    Source: " + (far_side ? topic + "-source" : dashed(step->name)) +
               " (topics: [" + topic + "])\n      --> " + next + "\n";
        return;
    }
    for (const auto& input : step->inputs)
        add_processor(input, dashed(step->name), subtopology, prefix, out);
    const std::string from =
        joined(step->inputs, [](const StepPtr& input) { return dashed(input->name); });
    if (at_root && !subtopology.output_topic.empty()) {
        out += "    Sink: " + dashed(step->name) +
               " (topic: " + strip(subtopology.output_topic, prefix) + ")\n      <-- " + from +
               "\n";
        return;
    }
    out += "    Processor: " + dashed(step->name) + " (stores: [" +
           joined(stores_of(*step), [](const StepStore& store) { return store.name; }) +
           "])\n      --> " + next + "\n      <-- " + from + "\n";
}

}  // namespace

std::string explain_plan(const PhysicalPlan& plan) {
    std::string out;
    add_step(plan.root, plan.query_id, 0, out);
    return out;
}

std::string explain_topology(const PhysicalPlan& plan, const std::string& service_id) {
    std::string out = "Topologies:\n";
    const std::string prefix = query_prefix(service_id, plan);
    for (const auto& subtopology : cut(plan, service_id)) {
        out += "   Sub-topology: " + std::to_string(subtopology.index) + "\n";
        add_processor(subtopology.root, "none", subtopology, prefix, out);
        out += "\n";
    }
    return out;
}

}  // namespace millrace::plan
