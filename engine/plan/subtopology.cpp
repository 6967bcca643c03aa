#include "engine/plan/subtopology.h"

#include <map>

#include "engine/base/check.h"
#include "engine/plan/internal_topics.h"

namespace millrace::plan {
namespace {

class Cutter {
public:
    Cutter(const PhysicalPlan& plan, std::string prefix)
        : plan_(plan), prefix_(std::move(prefix)) {}

    std::vector<SubTopology> cut() {
        add(plan_.root);
        return std::move(subtopologies_);
    }

private:
    /// Adds the sub-topology that ends in `root`, after those that it reads from. Returns the topic
    /// whose partition count the sub-topology's output takes.
    std::string add(const StepPtr& root) {
        SubTopology subtopology;
        subtopology.root = root;
        if (auto reader = readers_.find(root.get()); reader != readers_.end()) {
            subtopology.reader = reader->second;
        }
        std::string like;
        if (root->as<RepartitionStep>()) {
            subtopology.output_topic = topic_of(*root);
            for (const StepPtr& input : root->inputs) walk(input, subtopology);
        } else {
            if (const auto* sink = root->as<SinkStep>()) subtopology.output_topic = sink->topic;
            walk(root, subtopology);
        }
        share_partitions(subtopology, like);
        subtopology.index = static_cast<int>(subtopologies_.size());
        subtopologies_.push_back(std::move(subtopology));
        return like;
    }

    void walk(const StepPtr& step, SubTopology& subtopology) {
        switch (place_of(*step)) {
            case StepPlace::kStart:
                subtopology.inputs.push_back({step, step->as<SourceStep>()->topic, false, ""});
                break;
            case StepPlace::kCut: {
                std::string like = add(step);
                subtopology.inputs.push_back({step, topic_of(*step), true, std::move(like)});
                return;  // What it keeps, if anything, is the sub-topology's below.
            }
            case StepPlace::kInside:
            case StepPlace::kEnd:
                if (step->as<AggregateStep>()) readers_[step->inputs.at(0).get()] = step;
                for (const StepPtr& input : step->inputs) walk(input, subtopology);
        }
        for (StepStore& store : stores_of(*step)) {
            std::string changelog = prefix_ + "-" + store.name + "-changelog";
            subtopology.stores.push_back({std::move(store), std::move(changelog)});
        }
    }

    /// Inputs of one sub-topology have one partition count: that of an existing topic among them,
    /// if there is one.
    static void share_partitions(SubTopology& subtopology, std::string& like) {
        for (const auto& input : subtopology.inputs) {
            if (!input.is_repartition) {
                like = input.topic;
                break;
            }
        }
        if (like.empty() && !subtopology.inputs.empty())
            like = subtopology.inputs[0].partitions_like;
        for (auto& input : subtopology.inputs) {
            if (input.is_repartition) input.partitions_like = like;
        }
    }

    std::string topic_of(const Step& step) const {
        return prefix_ + "-" + step.as<RepartitionStep>()->topic_suffix;
    }

    const PhysicalPlan& plan_;
    std::string prefix_;
    std::vector<SubTopology> subtopologies_;
    std::map<const Step*, StepPtr> readers_;  ///< Aggregates by their input.
};

}  // namespace

std::string query_prefix(const std::string& service_id, const std::string& query_id) {
    return internal_prefix(service_id) + "query_" + query_id;
}

std::string query_prefix(const std::string& service_id, const PhysicalPlan& plan) {
    if (plan.kind == QueryKind::kPersistent) return query_prefix(service_id, plan.query_id);
    return internal_prefix(service_id) + "transient_" + plan.query_id;
}

std::vector<SubTopology> cut(const PhysicalPlan& plan, const std::string& service_id) {
    MR_CHECK(plan.root, "a plan has a root");
    return Cutter(plan, query_prefix(service_id, plan)).cut();
}

}  // namespace millrace::plan
