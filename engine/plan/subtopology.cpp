#include "engine/plan/subtopology.h"

#include "engine/base/check.h"

namespace millrace::plan {
namespace {

/// What a changelog keeps beyond the store's own retention, as Kafka Streams does.
constexpr int64_t kChangelogExtraMs = 86'400'000;

class Cutter {
public:
    Cutter(const PhysicalPlan& plan, std::string prefix)
        : plan_(plan), prefix_(std::move(prefix)) {}

    std::vector<SubTopology> cut() {
        add(plan_.root);
        return std::move(pieces_);
    }

private:
    /// Adds the piece that ends in `root`, after those that it reads from. Returns the topic whose
    /// partition count the piece's output takes.
    std::string add(const StepPtr& root) {
        SubTopology piece;
        piece.root = root;
        if (auto reader = readers_.find(root.get()); reader != readers_.end()) {
            piece.reader = reader->second;
        }
        std::string like;
        if (root->as<RepartitionStep>()) {
            piece.output_topic = topic_of(*root);
            for (const StepPtr& input : root->inputs) walk(input, piece);
        } else {
            if (const auto* sink = root->as<SinkStep>()) piece.output_topic = sink->topic;
            walk(root, piece);
        }
        share_partitions(piece, like);
        piece.index = static_cast<int>(pieces_.size());
        pieces_.push_back(std::move(piece));
        return like;
    }

    void walk(const StepPtr& step, SubTopology& piece) {
        if (const auto* source = step->as<SourceStep>()) {
            piece.inputs.push_back({step, source->topic, false, {}, ""});
            if (source->store) add_store(piece, *source->store, WindowType::kNone, 0);
            return;
        }
        if (step->as<RepartitionStep>()) {
            std::string like = add(step);
            SubTopologyInput input{step, topic_of(*step), true, {}, like};
            input.settings = {{"cleanup.policy", "delete"},
                              {"retention.ms", "-1"},
                              {"segment.bytes", "52428800"},
                              {"message.timestamp.type", "CreateTime"}};
            piece.inputs.push_back(std::move(input));
            return;
        }
        if (step->as<AggregateStep>()) readers_[step->inputs.at(0).get()] = step;
        for (const StepPtr& input : step->inputs) walk(input, piece);
        if (const auto* aggregate = step->as<AggregateStep>()) {
            const int64_t retention = aggregate->window ? aggregate->window->retention_ms : 0;
            add_store(piece, aggregate->store, step->window, retention);
        }
        if (const auto* join = step->as<StreamTableJoinStep>()) {
            add_store(piece, join->table_store, WindowType::kNone, 0);
        }
        if (const auto* join = step->as<StreamStreamJoinStep>()) {
            const int64_t retention = join_retention(*join);
            add_store(piece, join->left_store, WindowType::kTumbling, retention);
            add_store(piece, join->right_store, WindowType::kTumbling, retention);
            // What is held goes out or finds a match: the changelog tells which.
            if (join->holds) add_store(piece, join->held_store, WindowType::kNone, 0);
        }
        if (const auto* lookup = step->as<ForeignKeyLookupStep>()) {
            add_store(piece, lookup->subscription_store, WindowType::kNone, 0);
            add_store(piece, lookup->table_store, WindowType::kNone, 0);
        }
        if (const auto* result = step->as<ForeignKeyResultStep>())
            add_store(piece, result->store, WindowType::kNone, 0);
        if (const auto* join = step->as<TableTableJoinStep>()) {
            add_store(piece, join->left_store, WindowType::kNone, 0);
            add_store(piece, join->right_store, WindowType::kNone, 0);
        }
    }

    void add_store(SubTopology& piece, const std::string& name, WindowType window,
                   int64_t retention_ms) {
        StoreSpec store;
        store.name = name;
        store.changelog_topic = prefix_ + "-" + name + "-changelog";
        store.window = window;
        store.windowed = window != WindowType::kNone;
        store.retention_ms = retention_ms;
        store.settings = {{"cleanup.policy", "compact"}, {"message.timestamp.type", "CreateTime"}};
        if (store.windowed) {
            store.settings["cleanup.policy"] = "compact,delete";
            store.settings["retention.ms"] = std::to_string(retention_ms + kChangelogExtraMs);
        }
        piece.stores.push_back(std::move(store));
    }

    /// Inputs of one piece have one partition count: that of an existing topic among them, if there
    /// is one.
    static void share_partitions(SubTopology& piece, std::string& like) {
        for (const auto& input : piece.inputs) {
            if (!input.is_repartition) {
                like = input.topic;
                break;
            }
        }
        if (like.empty() && !piece.inputs.empty()) like = piece.inputs[0].partitions_like;
        for (auto& input : piece.inputs) {
            if (input.is_repartition) input.partitions_like = like;
        }
    }

    std::string topic_of(const Step& step) const {
        return prefix_ + "-" + step.as<RepartitionStep>()->topic_suffix;
    }

    const PhysicalPlan& plan_;
    std::string prefix_;
    std::vector<SubTopology> pieces_;
    std::map<const Step*, StepPtr> readers_;  ///< Aggregates by their input.
};

}  // namespace

std::string query_prefix(const std::string& service_id, const std::string& query_id) {
    return "_confluent-ksql-" + service_id + "query_" + query_id;
}

std::string push_query_prefix(const std::string& service_id, const std::string& query_id) {
    return "_confluent-ksql-" + service_id + "transient_" + query_id;
}

std::vector<SubTopology> cut(const PhysicalPlan& plan, const std::string& service_id) {
    MR_CHECK(plan.root, "a plan has a root");
    const bool push = plan.kind == QueryKind::kPush;
    return Cutter(plan, push ? push_query_prefix(service_id, plan.query_id)
                             : query_prefix(service_id, plan.query_id))
        .cut();
}

}  // namespace millrace::plan
