#include "engine/plan/explain.h"

#include <algorithm>

namespace millrace::plan {
namespace {

struct StepWord {
    const char* operator()(const SourceStep&) const { return "SOURCE"; }
    const char* operator()(const FilterStep&) const { return "FILTER"; }
    const char* operator()(const SelectStep&) const { return "PROJECT"; }
    const char* operator()(const SelectKeyStep&) const { return "REKEY"; }
    const char* operator()(const GroupByStep&) const { return "GROUP_BY"; }
    const char* operator()(const RepartitionStep&) const { return "REPARTITION"; }
    const char* operator()(const AggregateStep&) const { return "AGGREGATE"; }
    const char* operator()(const StreamTableJoinStep&) const { return "JOIN"; }
    const char* operator()(const StreamStreamJoinStep&) const { return "JOIN"; }
    const char* operator()(const TableTableJoinStep&) const { return "JOIN"; }
    const char* operator()(const ForeignKeySubscribeStep&) const { return "REKEY"; }
    const char* operator()(const ForeignKeyLookupStep&) const { return "JOIN"; }
    const char* operator()(const ForeignKeyResultStep&) const { return "TABLE"; }
    const char* operator()(const FlatMapStep&) const { return "FLAT_MAP"; }
    const char* operator()(const SinkStep&) const { return "SINK"; }
    const char* operator()(const PushStep&) const { return "PUSH"; }
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

std::string stores_of(const Step& step) {
    if (const auto* aggregate = step.as<AggregateStep>()) return aggregate->store;
    if (const auto* join = step.as<StreamTableJoinStep>()) return join->table_store;
    if (const auto* join = step.as<StreamStreamJoinStep>()) {
        return join->left_store + ", " + join->right_store +
               (join->holds ? ", " + join->held_store : "");
    }
    if (const auto* join = step.as<TableTableJoinStep>())
        return join->left_store + ", " + join->right_store;
    if (const auto* lookup = step.as<ForeignKeyLookupStep>())
        return lookup->subscription_store + ", " + lookup->table_store;
    if (const auto* result = step.as<ForeignKeyResultStep>()) return result->store;
    if (const auto* source = step.as<SourceStep>()) return source->store.value_or("");
    return "";
}

std::string strip(const std::string& topic, const std::string& prefix) {
    return topic.rfind(prefix + "-", 0) == 0 ? topic.substr(prefix.size() + 1) : topic;
}

/// A step of one piece: what it is, its topic or stores, where its rows go.
void add_processor(const StepPtr& step, const std::string& next, const SubTopology& piece,
                   const std::string& prefix, std::string& out) {
    const bool far_side = step->as<RepartitionStep>() && step != piece.root;
    if (step->as<SourceStep>() || far_side) {
        const std::string topic =
            far_side ? step->as<RepartitionStep>()->topic_suffix : step->as<SourceStep>()->topic;
        out += "    Source: " + (far_side ? topic + "-source" : dashed(step->name)) +
               " (topics: [" + topic + "])\n      --> " + next + "\n";
        return;
    }
    for (const auto& input : step->inputs)
        add_processor(input, dashed(step->name), piece, prefix, out);
    std::string from;
    for (const auto& input : step->inputs) from += (from.empty() ? "" : ", ") + dashed(input->name);
    if (step->as<SinkStep>() || step->as<RepartitionStep>()) {
        out += "    Sink: " + dashed(step->name) + " (topic: " + strip(piece.output_topic, prefix) +
               ")\n      <-- " + from + "\n";
        return;
    }
    out += "    Processor: " + dashed(step->name) + " (stores: [" + stores_of(*step) +
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
    const std::string prefix = plan.kind == QueryKind::kPush
                                   ? push_query_prefix(service_id, plan.query_id)
                                   : query_prefix(service_id, plan.query_id);
    for (const auto& piece : cut(plan, service_id)) {
        out += "   Sub-topology: " + std::to_string(piece.index) + "\n";
        add_processor(piece.root, "none", piece, prefix, out);
        out += "\n";
    }
    return out;
}

}  // namespace millrace::plan
