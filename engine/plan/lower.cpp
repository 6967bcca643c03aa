#include "engine/plan/lower.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/config/get.h"
#include "engine/plan/query_builder.h"
#include "engine/plan/step_kinds.h"
#include "engine/plan/with_properties.h"
#include "engine/types/format_traits.h"

namespace millrace::plan {
namespace {

/// The step below the projections that only prepare the rows of a grouping or a join.
const StepPtr& below_projections(const StepPtr& step) {
    const StepPtr* at = &step;
    while ((*at)->as<SelectStep>()) at = &(*at)->inputs[0];
    return *at;
}

bool same_keys(const std::vector<NamedExpression>& keys, const Schema& input) {
    if (keys.size() != input.key.size()) return false;
    for (size_t i = 0; i < keys.size(); ++i) {
        const std::string* column = plain_column(keys[i].expression);
        if (!column || *column != input.key[i].name) return false;
    }
    return true;
}

class Lowering {
public:
    Lowering(const StepBuilder& builder, const LoweringOptions& options)
        : builder_(builder), options_(options) {}

    /// `changes`: an operator above must know the old row of each change of a table.
    StepPtr lower(const StepPtr& step, bool changes, bool joined) {
        const auto over = [&](auto&&... lowered) { return builder_.rebuild(*step, {lowered...}); };
        return std::visit(
            [&]<class Kind>(const Kind&) -> StepPtr {
                if constexpr (OneOf<Kind, SourceStep>) {
                    return lower_source(step, changes, joined);
                } else if constexpr (OneOf<Kind, SelectStep, SelectKeyStep, GroupByStep,
                                           FlatMapStep>) {
                    return over(lower_input(step, changes, joined));
                } else if constexpr (OneOf<Kind, FilterStep, ForeignKeySubscribeStep>) {
                    // It tells a row that leaves from one that was never in.
                    return over(lower_input(step, true, joined));
                } else if constexpr (OneOf<Kind, AggregateStep>) {
                    // It takes the old row back.
                    return over(repartition_group(lower_input(step, true, joined)));
                } else if constexpr (OneOf<Kind, StreamTableJoinStep, StreamStreamJoinStep,
                                           TableTableJoinStep>) {
                    return lower_join(step);
                } else if constexpr (OneOf<Kind, ForeignKeyResultStep>) {
                    return lower_foreign_key(step);
                } else {
                    // What lowering makes itself, and ends that come on top of what it gives.
                    static_assert(
                        OneOf<Kind, ForeignKeyLookupStep, RepartitionStep, SinkStep, PushStep>);
                    MR_CHECK(false, "a logical plan has no such step: " + step->name);
                }
            },
            step->node);
    }

private:
    StepPtr lower_input(const StepPtr& step, bool changes, bool joined) {
        return lower(step->inputs[0], changes && step->inputs[0]->is_table, joined);
    }

    StepPtr lower_source(const StepPtr& step, bool changes, bool joined) {
        processors_ += step->is_table ? 4 : 3;
        SourceStep node = *step->as<SourceStep>();
        if (step->is_table && !joined && (options_.keep_tables || changes))
            node.store = step->name.substr(0, step->name.rfind('/')) + "-Reduce";
        return builder_.make(std::move(node), step->name, {});
    }

    StepPtr lower_join(const StepPtr& step) {
        StepPtr left, right;
        if (step->as<StreamTableJoinStep>()) {
            right = lower(step->inputs[1], false, true);  // So are processors numbered.
            left = lower(step->inputs[0], false, true);
        } else {
            left = lower(step->inputs[0], false, true);
            right = lower(step->inputs[1], false, true);
        }
        const FormatInfo left_format = key_format_of(left), right_format = key_format_of(right);
        const bool left_moves = rekeyed(left), right_moves = rekeyed(right);
        // Equal keys must be equal bytes, to be in the same partition: of the sides one takes over
        // the other's key format, at best one that goes through a topic anyway.
        const FormatInfo format = left_moves && !right_moves ? right_format : left_format;
        const bool streams = !left->is_table && !right->is_table;
        if (left_moves || !(left_format == format)) {
            left = repartition(left,
                               join_topic(*step, left->is_table ? "LeftSourceKeyed-SelectKey"
                                                 : streams      ? "Join-left"
                                                                : "Join"),
                               format);
        }
        if (right_moves || !(right_format == format)) {
            right = repartition(
                right,
                join_topic(*step, right->is_table ? "RightSourceKeyed-SelectKey" : "Join-right"),
                format);
        }
        Step::Node node = step->node;
        name_stores(*step, left, right, node);
        return builder_.make(std::move(node), step->name, {left, right});
    }

    /// Two topics: of messages, in the right table's partitions, and of answers.
    StepPtr lower_foreign_key(const StepPtr& step) {
        const StepPtr& lookup = step->inputs[0];
        StepPtr messages = lower(lookup->inputs[0], false, false);
        const FormatInfo left_format = key_format_of(messages);
        StepPtr right = lower(lookup->inputs[1], false, true);
        const std::string stem = join_name(*step, "KTABLE-FK-JOIN-SUBSCRIPTION-");
        messages =
            repartition(messages, stem + "REGISTRATION-" + processor_number(processors_) + "-topic",
                        key_format_of(right));
        ForeignKeyLookupStep node = *lookup->as<ForeignKeyLookupStep>();
        node.subscription_store =
            stem + "STATE-STORE-" + processor_number(processors_++) + "-store";
        node.table_store = join_name(*step, "KafkaTopic_Right-Reduce");
        StepPtr answers = builder_.make(std::move(node), lookup->name, {messages, right});
        answers = repartition(
            answers, stem + "RESPONSE-" + processor_number(processors_++) + "-topic", left_format);
        return builder_.make(ForeignKeyResultStep{join_name(*step, "ForeignKeyJoin-Result")},
                             step->name, {answers});
    }

    void name_stores(const Step& step, const StepPtr& left, const StepPtr& right,
                     Step::Node& node) {
        auto table_store = [&](const StepPtr& side, const std::string& word) {
            const bool moved = side->as<RepartitionStep>() != nullptr;
            return join_name(
                step, moved ? word + "SourceKeyed-Materialize" : "KafkaTopic_" + word + "-Reduce");
        };
        if (auto* join = std::get_if<StreamTableJoinStep>(&node)) {
            join->table_store = table_store(right, "Right");
            ++processors_;
        }
        if (auto* join = std::get_if<TableTableJoinStep>(&node)) {
            join->left_store = table_store(left, "Left");
            join->right_store = table_store(right, "Right");
        }
        if (auto* join = std::get_if<StreamStreamJoinStep>(&node)) name_window_stores(*join);
    }

    /// Kafka Streams names these stores by the number of the processor; whoever looks at topics
    /// knows them by it. Two processors keep each side's rows, then come the two that join, then
    /// one that merges.
    void name_window_stores(StreamStreamJoinStep& join) {
        processors_ += 2;
        const bool outer = join.type == sql::JoinType::kOuter;
        const std::string number = processor_number(processors_);
        const std::string own =
            std::string(outer ? "KSTREAM-OUTERTHIS-" : "KSTREAM-JOINTHIS-") + number + "-store";
        const bool inner = join.type == sql::JoinType::kInner;
        const std::string other =
            std::string(inner ? "KSTREAM-JOINOTHER-" : "KSTREAM-OUTEROTHER-") +
            processor_number(processors_ + 1) + "-store";
        // A RIGHT join is a LEFT join of the sides swapped.
        const bool swapped = join.type == sql::JoinType::kRight;
        join.left_store = swapped ? other : own;
        join.right_store = swapped ? own : other;
        if (join.held_store) join.held_store = "KSTREAM-OUTERSHARED-" + number + "-store";
        processors_ += 3;
    }

    static std::string processor_number(int number) {
        const std::string digits = std::to_string(number);
        return std::string(10 - std::min<size_t>(digits.size(), 10), '0') + digits;
    }

    /// Has a side of a join got a new key?
    static bool rekeyed(const StepPtr& side) {
        const StepPtr* at = &side;
        while ((*at)->as<SelectStep>() || (*at)->as<FilterStep>()) at = &(*at)->inputs[0];
        return (*at)->as<SelectKeyStep>() != nullptr;
    }

    /// In a chain the inner joins' names begin with what their step's name begins with.
    static std::string join_name(const Step& join, const std::string& stem) {
        size_t from = 0;
        while (join.name.compare(from, 2, "L_") == 0) from += 2;
        return join.name.substr(0, from) + stem;
    }
    static std::string join_topic(const Step& join, const std::string& stem) {
        return join_name(join, stem) + "-repartition";
    }

    StepPtr repartition_group(const StepPtr& input) {
        const StepPtr& grouping = below_projections(input);
        const auto* group = grouping->as<GroupByStep>();
        MR_CHECK(group, "an aggregation stands over its grouping");
        // A table's change may move a row from one group to another.
        if (!input->is_table && same_keys(group->keys, grouping->inputs[0]->schema)) return input;
        FormatInfo key = internal_key_format(key_format_of(grouping->inputs[0]), input->schema.key,
                                             builder_.context());
        return repartition(input, "Aggregate-GroupBy-repartition", key);
    }

    StepPtr repartition(const StepPtr& input, const std::string& suffix, FormatInfo key) {
        if (input->window != WindowType::kNone) refuse_windowed_repartition();
        processors_ += input->is_table ? 8 : 4;
        RepartitionStep node;
        node.topic_suffix = suffix;
        node.key_format = internal_key_format(key, input->schema.key, builder_.context());
        node.value_format = value_format(input);
        return builder_.make(std::move(node), suffix.substr(0, suffix.rfind('-')) + "/Repartition",
                             {input});
    }

    /// The left-most source's, but a lone constant goes in four bytes.
    FormatInfo value_format(const StepPtr& input) {
        const auto* select = input->as<SelectStep>();
        if (select && select->values.size() == 1) {
            const auto* literal = select->values[0].expression->as<sql::Literal>();
            if (literal && literal->type && literal->type->is(BaseType::kInteger))
                return plain_format(format_names::kKafka);
        }
        FormatInfo format = leftmost_source(input).value_format;
        format.wrap_single.reset();
        return format;
    }

    const StepBuilder& builder_;
    const LoweringOptions& options_;
    /// How many processors Kafka Streams would have made so far, as it numbers them.
    int processors_ = 0;
};

}  // namespace

FormatInfo key_format_of(const StepPtr& step) {
    if (const auto* source = step->as<SourceStep>()) return source->key_format;
    if (const auto* repartition = step->as<RepartitionStep>()) return repartition->key_format;
    return key_format_of(step->inputs[0]);
}

const SourceStep& leftmost_source(const StepPtr& step) {
    const StepPtr* at = &step;
    while (!(*at)->inputs.empty()) at = &(*at)->inputs[0];
    const auto* source = (*at)->as<SourceStep>();
    MR_CHECK(source, "a plan begins at sources");
    return *source;
}

int64_t window_retention(const StepPtr& step) {
    const auto* aggregate = step->as<AggregateStep>();
    if (aggregate) return aggregate->window ? aggregate->window->retention_ms : 0;
    return step->inputs.empty() ? 0 : window_retention(step->inputs[0]);
}

FormatInfo internal_key_format(const FormatInfo& wanted, const std::vector<Field>& key,
                               const PlanningContext& context) {
    FormatInfo format = wanted;
    if (!key.empty() && !require_format(format.name).holds_columns) {
        const auto& name = context.config.get<"ksql.persistence.default.format.key">();
        format = plain_format(require_format(name).name);
    }
    if (unsupported_reason(require_format(format.name), key, true))
        format = plain_format(format_names::kJson);
    return format;
}

StepPtr lower(const StepPtr& root, const StepBuilder& builder, const LoweringOptions& options) {
    return Lowering(builder, options).lower(root, false, false);
}

std::optional<Materialization> materialization_of(const StepPtr& projection) {
    Materialization out;
    StepPtr at = projection;
    while (at->as<SelectStep>() || at->as<FilterStep>()) {
        out.transforms.insert(out.transforms.begin(), at);
        at = at->inputs[0];
    }
    const std::vector<std::string> stores = table_stores(*at);
    if (stores.empty()) return std::nullopt;
    out.store = stores.front();
    out.from = at;
    return out;
}

}  // namespace millrace::plan
