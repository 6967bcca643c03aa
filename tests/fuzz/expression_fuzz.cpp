// The expression compiler: text is parsed, bound, compiled and run on a batch. Whatever it is, it
// is refused with StatementError or gives a column of its type with a value a row, the same at any
// split of the rows and the same when it is one of several expressions. The first two bytes pick
// the rows.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/row_meter.h"
#include "engine/exec/expression/expression.h"
#include "engine/functions/registry.h"
#include "engine/sql/parser.h"
#include "tests/fuzz/rows.h"

using namespace millrace;

namespace {

constexpr size_t kRows = 9;

std::string shown(const Column& column, size_t row) {
    return column.is_null(row) ? "NULL" : value_to_text(column.get(row), column.type());
}

RecordBatch one_row(const RecordBatch& batch, uint32_t row) {
    return batch.select({row});
}

bool has_changing_call(const plan::BoundPtr& bound) {
    if (bound->function && !bound->function->deterministic) return true;
    for (const plan::BoundPtr& child : bound->children)
        if (has_changing_call(child)) return true;
    return false;
}

void run(const plan::BoundPtr& bound, const RecordBatch& batch) {
    EvalEnv env;
    env.config = Config().with({{"millrace.row.bytes.max", "4194304"}});
    const exec::ExpressionPtr alone = exec::compile(bound, env);
    RowErrors errors;
    const ColumnPtr column = alone->evaluate(batch, errors);
    MR_CHECK(column->size() == kRows, "a value a row");
    MR_CHECK(same_type(column->type_ptr(), alone->type()), "of the type promised");
    for (size_t row = 0; row < kRows; ++row) shown(*column, row);
    if (has_changing_call(bound)) return;

    for (uint32_t row = 0; row < kRows; ++row) {
        RowErrors of_row;
        const ColumnPtr one = alone->evaluate(one_row(batch, row), of_row);
        MR_CHECK(shown(*one, 0) == shown(*column, row), "any split gives the same");
    }
    const exec::ExpressionSet twice({bound, bound}, env);
    RowErrors of_set;
    for (const ColumnPtr& same : twice.evaluate(batch, of_set))
        for (size_t row = 0; row < kRows; ++row)
            MR_CHECK(shown(*same, row) == shown(*column, row), "shared gives the same");
    if (!column->type().is(BaseType::kBoolean)) return;
    std::vector<uint32_t> selected;
    RowErrors of_select;
    alone->select(batch, of_select, selected);
    size_t next = 0;
    for (uint32_t row = 0; row < kRows; ++row) {
        const bool is_true = !column->is_null(row) && column->bool_at(row) != 0;
        if (!is_true) continue;
        MR_CHECK(next < selected.size() && selected[next] == row, "selects what is TRUE");
        ++next;
    }
    MR_CHECK(next == selected.size(), "and nothing else");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    static const Schema schema = fuzz::every_type();
    static const plan::ColumnScope scope(schema, true);
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    const uint64_t seed = static_cast<uint64_t>(data[0]) * 256 + data[1];
    try {
        plan::BindOptions options;
        options.functions = &FunctionRegistry::builtin();
        const plan::BoundPtr bound = plan::bind(sql::parse_expression(text), scope, options);
        if (!bound->type) return 0;
        run(bound, fuzz::RowMaker(seed).batch(schema, kRows));
    } catch (const StatementError&) {
    } catch (const OverRowLimit&) {
        // Rows that together take too much are the caller's to divide (engine/exec/row_parts.h).
    }
    return 0;
}
