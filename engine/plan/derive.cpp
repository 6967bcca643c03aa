// What a step gives, from its kind and its inputs: one rule a kind. A step may come out of a topic
// (check_plan.h): what does not fit is refused, never taken for granted.
#include "engine/base/error.h"
#include "engine/plan/source_rules.h"
#include "engine/plan/step_builder.h"

namespace millrace::plan {
namespace {

WindowType window_type(const WindowSpec& spec) {
    switch (spec.kind) {
        case sql::WindowKind::kTumbling:
            return WindowType::kTumbling;
        case sql::WindowKind::kHopping:
            return WindowType::kHopping;
        case sql::WindowKind::kSession:
            break;
    }
    return WindowType::kSession;
}

void need(bool holds, const char* rule) {
    if (!holds) refuse(ErrorKind::kServer, rule);
}

/// The column of this index.
template <class Column>
const Column& column_at(const std::vector<Column>& columns, int index) {
    need(index >= 0 && static_cast<size_t>(index) < columns.size(),
         "it reads a column that its source does not have");
    return columns[static_cast<size_t>(index)];
}

void append(std::vector<Field>& to, const std::vector<Field>& fields) {
    to.insert(to.end(), fields.begin(), fields.end());
}

/// Fills in what follows; everything else of the step is there.
class Derivation {
public:
    Derivation(const StepBuilder& builder, Step& step, const std::string& clause)
        : builder_(builder), step_(step), schema_(step.schema), clause_(clause) {}

    void operator()(const SourceStep& source) {
        auto add = [&](std::vector<Field>& to, const auto& field) {
            to.push_back({source.prefix + field.name, field.type});
        };
        for (const Field& field : source.declared.key) add(schema_.key, field);
        for (int index : source.columns)
            add(schema_.value, column_at(source.declared.value, index));
        for (int index : source.headers) {
            const HeaderField& header = column_at(source.declared.headers, index);
            need(same_type(header.type, header_type(header.header_key)),
                 "it reads headers into a column of another type");
            add(schema_.value, header);
        }
        step_.is_table = source.kind == sql::SourceKind::kTable;
        step_.window = source.window;
        step_.window_size_ms = source.window_size_ms;
    }

    void operator()(const FilterStep& filter) {
        inherit();
        builder_.check_condition(filter.condition, input(0), clause_);
    }

    void operator()(const SelectStep& select) {
        inherit();
        need(schema_.key.size() == select.key_names.size(),
             "it has not as many key names as key columns");
        for (size_t i = 0; i < select.key_names.size(); ++i)
            schema_.key[i].name = select.key_names[i];
        schema_.value = typed(select.values);
    }

    void operator()(const OneOf<SelectKeyStep, GroupByStep> auto& rekey) {
        inherit();
        schema_.key = typed(rekey.keys);
        append(schema_.value, input(0).schema.key);
        step_.window = WindowType::kNone;
        step_.window_size_ms.reset();
    }

    void operator()(const OneOf<RepartitionStep, SinkStep, PushStep> auto&) { inherit(); }

    void operator()(const AggregateStep& aggregate) {
        inherit();
        schema_.value.clear();
        for (const std::string& name : aggregate.carried) {
            const Field* field = input(0).schema.find_value(name);
            need(field != nullptr, "it carries a column that its input does not have");
            schema_.value.push_back(*field);
        }
        const ColumnScope scope = StepBuilder::scope_of(input(0));
        for (const auto& call : aggregate.calls) {
            const auto resolved = builder_.resolve_aggregate(call.call, scope);
            schema_.value.push_back({call.name, resolved.function->result_type()});
        }
        step_.is_table = true;
        if (!aggregate.window) return;
        step_.window = window_type(*aggregate.window);
        if (step_.window != WindowType::kSession) step_.window_size_ms = aggregate.window->size_ms;
    }

    void operator()(
        const OneOf<StreamTableJoinStep, StreamStreamJoinStep, TableTableJoinStep> auto& join) {
        inherit();
        if (!join.key_name.empty()) {
            need(!schema_.key.empty(), "it names a key where there is none");
            schema_.key[0].name = join.key_name;
        }
        append(schema_.value, input(1).schema.value);
    }

    void operator()(const ForeignKeySubscribeStep& subscribe) {
        inherit();
        schema_.key.clear();
        schema_.value = input(0).schema.key;
        for (const Field& field : input(0).schema.value) {
            (field.name == subscribe.foreign_key ? schema_.key : schema_.value).push_back(field);
        }
        need(schema_.key.size() == 1, "its foreign key is not one of the left table's columns");
        schema_.value.push_back({"KSQL_FK_ACTION", SqlType::integer()});
        schema_.value.push_back({"KSQL_FK_VERSION", SqlType::bigint()});
        step_.is_table = false;
    }

    void operator()(const ForeignKeyLookupStep& lookup) {
        inherit();
        const std::vector<Field>& left = input(0).schema.value;
        need(left.size() >= 2 && lookup.num_left_keys <= left.size() - 2,
             "its messages lack columns");
        const auto keys_end = left.begin() + static_cast<std::ptrdiff_t>(lookup.num_left_keys);
        schema_.key.assign(left.begin(), keys_end);
        schema_.value.assign(keys_end, left.end() - 2);
        append(schema_.value, input(1).schema.value);
        schema_.value.push_back(left.back());
        step_.is_table = true;
    }

    void operator()(const ForeignKeyResultStep&) {
        inherit();
        need(!schema_.value.empty(), "its answers lack columns");
        schema_.value.pop_back();
    }

    void operator()(const FlatMapStep& flat_map) {
        inherit();
        const ColumnScope scope = StepBuilder::scope_of(input(0));
        for (const auto& function : flat_map.functions) {
            const auto* call = function.expression->as<sql::Call>();
            need(call != nullptr, "its table function is no call");
            std::vector<ArgumentType> arguments;
            for (const auto& argument : call->arguments)
                arguments.push_back(builder_.argument_type(argument, scope));
            const auto table = builder_.functions().resolve_table(call->name, arguments);
            schema_.value.push_back({function.name, table.element});
        }
    }

private:
    const Step& input(size_t i) const { return *step_.inputs.at(i); }

    void inherit() {
        schema_ = input(0).schema;
        step_.is_table = input(0).is_table;
        step_.window = input(0).window;
        step_.window_size_ms = input(0).window_size_ms;
    }

    std::vector<Field> typed(const std::vector<NamedExpression>& expressions) const {
        std::vector<Field> out;
        const ColumnScope scope = StepBuilder::scope_of(input(0));
        for (const auto& one : expressions)
            out.push_back({one.name, builder_.type_of(one.expression, scope, clause_)});
        return out;
    }

    const StepBuilder& builder_;
    Step& step_;
    Schema& schema_;
    const std::string& clause_;
};

}  // namespace

void StepBuilder::derive(Step& step, const std::string& clause) const {
    std::visit(Derivation(*this, step, clause), step.node);
}

}  // namespace millrace::plan
