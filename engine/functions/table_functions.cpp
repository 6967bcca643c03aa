// EXPLODE and CUBE_EXPLODE: rows from an array.
#include "engine/base/row_meter.h"
#include "engine/functions/entries.h"
#include "engine/functions/families.h"

namespace millrace::functions {
namespace {

class ExplodeKernel final : public TableKernel {
public:
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors&,
                  Column& output, std::vector<uint32_t>& counts) const override {
        const Column& lists = *arguments.columns[0];
        for (size_t row = 0; row < rows; ++row) {
            uint32_t count = 0;
            if (!lists.is_null(row)) {
                const ValueList& list = lists.value_ref_at(row).as_list();
                RowMeter::here().grow(list.size() * sizeof(Value));
                for (const Value& item : list) {
                    output.append(item);
                    ++count;
                }
            }
            counts.push_back(count);
        }
    }
};

class CubeExplodeKernel final : public TableKernel {
public:
    static constexpr size_t kColumnsMax = 20;

    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors& errors,
                  Column& output, std::vector<uint32_t>& counts) const override {
        const Column& lists = *arguments.columns[0];
        for (size_t row = 0; row < rows; ++row) {
            if (lists.is_null(row)) {
                counts.push_back(0);
                continue;
            }
            const ValueList& list = lists.value_ref_at(row).as_list();
            if (list.size() > kColumnsMax) {
                errors.add_row(static_cast<uint32_t>(row),
                               "cube_explode: too many columns (" + std::to_string(list.size()) +
                                   "); max is " + std::to_string(kColumnsMax));
                counts.push_back(0);
                continue;
            }
            counts.push_back(cube(list, output));
        }
    }

private:
    /// Every choice of elements kept, the others NULL; the first element is the highest bit.
    static uint32_t cube(const ValueList& list, Column& output) {
        std::vector<size_t> present;
        for (size_t i = 0; i < list.size(); ++i)
            if (!list[i].is_null()) present.push_back(i);
        uint32_t choices = uint32_t{1} << present.size();
        RowMeter::here().grow(choices * (list.size() + 2) * sizeof(Value));
        for (uint32_t choice = 0; choice < choices; ++choice) {
            ValueList out(list.size());
            for (size_t bit = 0; bit < present.size(); ++bit)
                if (choice >> (present.size() - 1 - bit) & 1)
                    out[present[bit]] = list[present[bit]];
            output.append_ref(Value(std::move(out)));
        }
        return choices;
    }
};

template <class Kernel>
void add(FunctionRegistry& registry, std::string_view name, std::string_view description,
         std::string_view signature, ResultRule rule = {}) {
    FunctionEntry& entry = registry.entries().add(FunctionKind::kTable, name, "TABLE", description);
    TableOverload overload;
    overload.signature = Signature::parse(signature);
    overload.description = std::string(description);
    overload.result_rule = std::move(rule);
    overload.make = [](const CallTypes&) { return std::make_shared<Kernel>(); };
    entry.describe(overload.signature, description);
    entry.tables.push_back(std::move(overload));
}

}  // namespace

void add_table_functions(FunctionRegistry& registry) {
    // ksqlDB spells its table functions in lower case in messages.
    add<ExplodeKernel>(
        registry, "explode", "A row for each element of an array.",
        "(ARRAY<DECIMAL> input) -> DECIMAL", [](const std::vector<ArgumentType>& arguments) {
            const SqlTypePtr& type = arguments[0].type;
            return type && type->is(BaseType::kArray) ? type->element() : SqlType::string();
        });
    add<ExplodeKernel>(registry, "explode", "A row for each element of an array.",
                       "(ARRAY<T> list) -> T");
    add<CubeExplodeKernel>(registry, "cube_explode",
                           "A row for every choice of the elements, the others being NULL.",
                           "(ARRAY<T> columns) -> ARRAY<T>");
}

}  // namespace millrace::functions
