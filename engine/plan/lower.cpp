#include "engine/plan/lower.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/catalog/format_facts.h"
#include "engine/plan/with_properties.h"

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
        if (step->as<SourceStep>()) return lower_source(step, changes, joined);
        // A filter tells a row that leaves from one that was never in; an aggregation takes the old
        // row back.
        changes = changes || step->as<FilterStep>() || step->as<AggregateStep>();
        if (step->as<StreamTableJoinStep>()) return lower_join(step);
        StepPtr input = lower(step->inputs[0], changes && step->inputs[0]->is_table, joined);
        if (step->as<AggregateStep>()) input = repartition_group(input);
        return builder_.rebuild(*step, {input});
    }

private:
    StepPtr lower_source(const StepPtr& step, bool changes, bool joined) {
        SourceStep node = *step->as<SourceStep>();
        if (step->is_table && !joined && (options_.keep_tables || changes))
            node.store = "KsqlTopic-Reduce";
        return builder_.make(std::move(node), step->name, {});
    }

    StepPtr lower_join(const StepPtr& step) {
        StepPtr left = lower(step->inputs[0], false, true);
        StepPtr right = lower(step->inputs[1], false, true);
        FormatInfo right_format = key_format_of(right);
        const bool rekeyed = below_projections(left)->as<SelectKeyStep>() != nullptr;
        // The table stays where it is: the stream takes over its key format.
        if (rekeyed || !(key_format_of(left) == right_format)) {
            left = repartition(left, "Join-repartition", right_format);
        }
        return builder_.rebuild(*step, {left, right});
    }

    StepPtr repartition_group(const StepPtr& input) {
        const StepPtr& grouping = below_projections(input);
        const auto* group = grouping->as<GroupByStep>();
        MR_CHECK(group, "an aggregation stands over its grouping");
        if (same_keys(group->keys, grouping->inputs[0]->schema)) return input;
        FormatInfo key = internal_key_format(key_format_of(grouping->inputs[0]), input->schema.key,
                                             builder_.context());
        return repartition(input, "Aggregate-GroupBy-repartition", key);
    }

    StepPtr repartition(const StepPtr& input, const std::string& suffix, FormatInfo key) {
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
                return FormatInfo{"KAFKA", {}, {}};
        }
        FormatInfo format = leftmost_source(input).value_format;
        format.wrap_single.reset();
        return format;
    }

    const StepBuilder& builder_;
    const LoweringOptions& options_;
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

bool physical_join(const StepPtr& step) {
    if (step->as<StreamTableJoinStep>()) return true;
    return !step->inputs.empty() && physical_join(step->inputs[0]);
}

int64_t window_retention(const StepPtr& step) {
    const auto* aggregate = step->as<AggregateStep>();
    if (aggregate) return aggregate->window ? aggregate->window->retention_ms : 0;
    return step->inputs.empty() ? 0 : window_retention(step->inputs[0]);
}

FormatInfo internal_key_format(const FormatInfo& wanted, const std::vector<Field>& key,
                               const PlanningContext& context) {
    FormatInfo format = wanted;
    if (format.name == "NONE" && !key.empty()) {
        format = FormatInfo{
            property_or(context.properties, "ksql.persistence.default.format.key", "KAFKA"),
            {},
            {}};
    }
    if (unsupported_reason(format, key, true)) format = FormatInfo{"JSON", {}, {}};
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
    if (const auto* aggregate = at->as<AggregateStep>()) {
        out.store = aggregate->store;
    } else if (const auto* source = at->as<SourceStep>(); source && source->store) {
        out.store = *source->store;
    } else {
        return std::nullopt;
    }
    out.from = at;
    return out;
}

}  // namespace millrace::plan
