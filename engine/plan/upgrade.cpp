#include "engine/plan/upgrade.h"

#include <algorithm>
#include <functional>
#include <map>

#include "engine/base/error.h"
#include "engine/sql/expression.h"
#include "engine/sql/parser.h"

namespace millrace::plan {
namespace {

/// May come, go and change: nothing is stored of it. A repartition comes and goes with the step
/// that needs it.
bool passive(const Step& step) {
    return step.as<SelectStep>() || step.as<FilterStep>() || step.as<RepartitionStep>();
}

std::string prefix_of(bool table) {
    return table ? "Table" : "Stream";
}

bool input_is_table(const Step& step) {
    return !step.inputs.empty() && step.inputs.front()->is_table;
}

/// The step under the name that ksqlDB's messages give it.
struct StepName {
    using Out = std::string;
    const Step& step;

    Out operator()(const SourceStep& source) const {
        return (step.window == WindowType::kNone ? "" : "Windowed") +
               prefix_of(source.kind == sql::SourceKind::kTable) + "Source";
    }
    Out operator()(const SinkStep&) const { return prefix_of(step.is_table) + "Sink"; }
    Out operator()(const SelectStep&) const { return prefix_of(step.is_table) + "Select"; }
    Out operator()(const FilterStep&) const { return prefix_of(step.is_table) + "Filter"; }
    Out operator()(const SelectKeyStep&) const {
        return prefix_of(input_is_table(step)) + "SelectKey";
    }
    Out operator()(const GroupByStep&) const {
        if (input_is_table(step)) return "TableGroupBy";
        // Grouped by its own key, a stream is not repartitioned.
        return step.schema.key == step.inputs.front()->schema.key ? "StreamGroupByKey"
                                                                  : "StreamGroupBy";
    }
    Out operator()(const AggregateStep& aggregate) const {
        if (input_is_table(step)) return "TableAggregate";
        // EMIT FINAL is a step of its own there, above the aggregation.
        if (aggregate.emit_final) return "TableSuppress";
        return aggregate.window ? "StreamWindowedAggregate" : "StreamAggregate";
    }
    Out operator()(const OneOf<StreamTableJoinStep, StreamStreamJoinStep, TableTableJoinStep,
                               ForeignKeyLookupStep> auto&) const {
        return prefix_of(step.inputs[0]->is_table) + prefix_of(step.inputs[1]->is_table) + "Join";
    }
    Out operator()(const ForeignKeyResultStep&) const { return "ForeignKeyTableTableJoin"; }
    Out operator()(const FlatMapStep&) const { return "StreamFlatMap"; }
    Out operator()(const OneOf<ForeignKeySubscribeStep, RepartitionStep, PushStep> auto&) const {
        return step.name;
    }
};

std::string step_name(const Step& step) {
    return std::visit(StepName{step}, step.node);
}

/// The steps that a replaced query may have, one below the other.
bool upgradeable(const std::string& name) {
    for (const char* known :
         {"StreamSink", "TableSink", "StreamSelectKey", "TableSelectKey", "StreamGroupBy",
          "StreamGroupByKey", "StreamAggregate", "StreamSource", "TableSource"}) {
        if (name == known) return true;
    }
    return false;
}

std::string java_class(const std::string& name) {
    return "class io.confluent.ksql.execution.plan." + name;
}

std::string key_list(const std::vector<NamedExpression>& keys) {
    std::string out;
    for (const auto& key : keys) out += (out.empty() ? "" : ", ") + sql::print(key.expression);
    return "[" + out + "]";
}

std::string format_text(const FormatInfo& format) {
    std::string out = format.name;
    for (const auto& [name, value] : format.properties) out += " " + name + "=" + value;
    return out;
}

std::string timestamp_text(const std::optional<TimestampColumn>& timestamp) {
    if (!timestamp) return "Optional.empty";
    return timestamp->column + (timestamp->format ? " " + *timestamp->format : "");
}

/// The columns that an aggregation needs of its source, in the order in which the statement names
/// them.
std::vector<std::string> needed_columns(const std::string& statement) {
    std::vector<std::string> names;
    auto add = [&](const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    auto visit = [&](const sql::ExpressionPtr& expression) {
        if (!expression) return;
        sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
            const auto* call = node->as<sql::Call>();
            if (call && (call->star || (call->name == "COUNT" && call->arguments.empty()))) {
                add("ROWTIME");  // Every row has one: what COUNT(*) counts.
            }
            if (const auto* column = node->as<sql::ColumnRef>()) {
                if (column->name != "WINDOWSTART" && column->name != "WINDOWEND") add(column->name);
            }
        });
    };
    const sql::Statement parsed = sql::parse_statement({statement, {}});
    const auto* create = parsed.as<sql::CreateAsSelect>();
    if (create == nullptr) return names;
    for (const auto& item : create->query.select) {
        if (const auto* single = std::get_if<sql::SelectItem::Single>(&item.item)) {
            visit(single->expression);
        }
    }
    visit(create->query.where);
    for (const auto& key : create->query.group_by) visit(key);
    visit(create->query.having);
    return names;
}

std::string column_list(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + quote_identifier(name, true);
    return "[" + out + "]";
}

std::string call_list(const AggregateStep& aggregate) {
    std::string out;
    for (const auto& call : aggregate.calls)
        out += (out.empty() ? "" : ", ") + sql::print(call.call);
    return "[" + out + "]";
}

/// What the states of the aggregation are made of.
std::vector<Field> argument_columns(const Step& step) {
    std::vector<Field> fields;
    for (const auto& call : step.as<AggregateStep>()->calls) {
        for (const auto& argument : sql::children(*call.call)) {
            const auto* column = argument->as<sql::ColumnRef>();
            const Field* field =
                column ? step.inputs.front()->schema.find_value(column->name) : nullptr;
            if (field) fields.push_back({"", field->type});
        }
    }
    return fields;
}

class Comparison {
public:
    Comparison(const PhysicalPlan& current, const PhysicalPlan& next)
        : current_(current), next_(next) {}

    void run() { compare(*current_.root, *next_.root); }

private:
    static const Step& active(const Step& step) {
        const Step* at = &step;
        while (passive(*at)) at = at->inputs.front().get();
        return *at;
    }

    void must_match(const std::string& step, const char* property, const std::string& a,
                    const std::string& b) const {
        if (a == b) return;
        refuse("Query is not upgradeable. Plan step of type " + step + " must have matching " +
               property + ". Values differ: " + a + " vs. " + b);
    }

    void compare(const Step& from, const Step& to) const {
        const Step& a = active(from);
        const Step& b = active(to);
        const std::string name = step_name(a);
        const std::string next_name = step_name(b);
        if (!upgradeable(name)) refuse("Upgrades not yet supported for " + name);
        if (name != next_name) {
            if (a.as<SourceStep>() && b.inputs.size() > 1) {
                refuse(
                    "Query is not upgradeable. Cannot change a non-join source into a join "
                    "source.");
            }
            if (a.as<SourceStep>() && !b.as<SourceStep>()) {
                refuse("Query is not upgradeable. Cannot add a " + java_class(next_name) +
                       " step that is not in the original query plan.");
            }
            must_match(name, "class", java_class(name), java_class(next_name));
        }
        compare_properties(name, a, b);
        if (!a.inputs.empty() && !b.inputs.empty()) compare(*a.inputs.front(), *b.inputs.front());
    }

    void compare_properties(const std::string& name, const Step& a, const Step& b) const {
        if (const auto* sink = a.as<SinkStep>()) {
            const auto* other = b.as<SinkStep>();
            compare_io(name, *sink, *other);
        } else if (const auto* source = a.as<SourceStep>()) {
            const auto* other = b.as<SourceStep>();
            must_match(name, "topicName", source->topic, other->topic);
            compare_formats(name, source->key_format, source->value_format, other->key_format,
                            other->value_format);
            must_match(name, "timestampColumn", timestamp_text(source->timestamp),
                       timestamp_text(other->timestamp));
        } else if (const auto* key = a.as<SelectKeyStep>()) {
            must_match(name, "keyExpressions", key_list(key->keys),
                       key_list(b.as<SelectKeyStep>()->keys));
        } else if (const auto* group = a.as<GroupByStep>()) {
            must_match(name, "group by clause", key_list(group->keys),
                       key_list(b.as<GroupByStep>()->keys));
        } else if (const auto* aggregate = a.as<AggregateStep>()) {
            must_match(name, "columns not part of aggregate",
                       column_list(needed_columns(current_.statement)),
                       column_list(needed_columns(next_.statement)));
            must_match(name, "aggregate functions", call_list(*aggregate),
                       call_list(*b.as<AggregateStep>()));
            if (argument_columns(a) != argument_columns(b)) {
                refuse("Query is not upgradeable. Plan step of type " + name +
                       " must have matching types of the aggregate functions' arguments.");
            }
        }
    }

    void compare_io(const std::string& name, const SinkStep& a, const SinkStep& b) const {
        compare_formats(name, a.key_format, a.value_format, b.key_format, b.value_format);
        must_match(name, "topicName", a.topic, b.topic);
        must_match(name, "timestampColumn", timestamp_text(a.timestamp),
                   timestamp_text(b.timestamp));
    }

    void compare_formats(const std::string& name, const FormatInfo& key, const FormatInfo& value,
                         const FormatInfo& next_key, const FormatInfo& next_value) const {
        must_match(name, "formats", format_text(key) + ", " + format_text(value),
                   format_text(next_key) + ", " + format_text(next_value));
    }

    const PhysicalPlan& current_;
    const PhysicalPlan& next_;
};

/// The layouts of the stores that keep rows as their source has them.
void collect_layouts(const Step& step, std::map<std::string, Schema>& layouts) {
    if (const auto* source = step.as<SourceStep>(); source && source->store) {
        layouts[*source->store] = step.schema;
    }
    for (const auto& input : step.inputs) collect_layouts(*input, layouts);
}

/// Copies steps with other store names; whoever points at a step finds its copy.
class StoreRenaming {
public:
    explicit StoreRenaming(std::map<std::string, std::string> names) : names_(std::move(names)) {}

    StepPtr renamed(const StepPtr& step) {
        if (auto found = copies_.find(step.get()); found != copies_.end()) return found->second;
        auto copy = std::make_shared<Step>(*step);
        if (auto* source = std::get_if<SourceStep>(&copy->node); source && source->store) {
            source->store = name(*source->store);
        }
        for (auto& input : copy->inputs) input = renamed(input);
        return copies_[step.get()] = copy;
    }

    std::string name(const std::string& store) const {
        auto found = names_.find(store);
        return found == names_.end() ? store : found->second;
    }

private:
    std::map<std::string, std::string> names_;
    std::map<const Step*, StepPtr> copies_;
};

/// "Reduce" → "Reduce-2" → "Reduce-3"
std::string next_name(const std::string& name) {
    const size_t dash = name.find_last_of('-');
    const std::string tail = dash == std::string::npos ? "" : name.substr(dash + 1);
    if (!tail.empty() && tail.find_first_not_of("0123456789") == std::string::npos) {
        return name.substr(0, dash + 1) + std::to_string(std::stol(tail) + 1);
    }
    return name + "-2";
}

/// Without the number that next_name() gave.
std::string plain_name(const std::string& name) {
    const size_t dash = name.find_last_of('-');
    if (dash == std::string::npos || dash + 1 == name.size()) return name;
    const bool number = name.find_first_not_of("0123456789", dash + 1) == std::string::npos;
    return number ? name.substr(0, dash) : name;
}

}  // namespace

void check_query_upgrade(const PhysicalPlan& current, const PhysicalPlan& next) {
    Comparison(current, next).run();
}

std::shared_ptr<const PhysicalPlan> keep_stores_apart(std::shared_ptr<const PhysicalPlan> next,
                                                      const PhysicalPlan& current) {
    std::map<std::string, Schema> before;
    std::map<std::string, Schema> after;
    collect_layouts(*current.root, before);
    collect_layouts(*next->root, after);
    std::map<std::string, std::string> names;
    for (const auto& [name, layout] : after) {
        for (const auto& [old_name, old_layout] : before) {
            if (plain_name(old_name) != plain_name(name)) continue;
            names[name] = layout == old_layout ? old_name : millrace::plan::next_name(old_name);
        }
    }
    if (names.empty()) return next;
    StoreRenaming renaming(std::move(names));
    auto renamed = std::make_shared<PhysicalPlan>(*next);
    renamed->root = renaming.renamed(next->root);
    if (auto& table = renamed->materialization; table) {
        table->store = renaming.name(table->store);
        table->from = renaming.renamed(table->from);
        for (auto& step : table->transforms) step = renaming.renamed(step);
    }
    return renamed;
}

}  // namespace millrace::plan
