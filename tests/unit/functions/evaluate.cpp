#include "tests/unit/functions/evaluate.h"

#include <catch2/catch.hpp>

#include "engine/base/bytes.h"
#include "engine/exec/expression/expression.h"
#include "engine/sql/parser.h"

namespace millrace::test {
namespace {

const EvalEnv& env() {
    static const ManualClock clock(1'000'000);
    static const EvalEnv out{&clock, 7, {}};
    return out;
}

}  // namespace

std::string evaluate(const std::string& expression) {
    return evaluate(expression, {});
}

std::string evaluate(const std::string& expression, const Row& row) {
    try {
        plan::ColumnScope scope(row.schema, false);
        plan::BindOptions options;
        options.functions = &FunctionRegistry::builtin();
        plan::BoundPtr bound = plan::bind(sql::parse_expression(expression), scope, options);
        exec::ExpressionPtr compiled = exec::compile(bound, env());
        std::vector<ColumnPtr> columns;
        for (size_t i = 0; i < row.values.size(); ++i) {
            auto column = std::make_shared<Column>(row.schema.value[i].type);
            column->append(row.values[i]);
            columns.push_back(std::move(column));
        }
        RecordBatch batch(std::move(columns), std::vector<RowMeta>(1));
        RowErrors errors;
        ColumnPtr out = compiled->evaluate(batch, errors);
        std::string text = "NULL";
        if (!out->is_null(0)) {
            text = out->type().is(BaseType::kBytes) ? "0x" + hex_encode(out->text_at(0))
                                                    : value_to_text(out->get(0), out->type());
        }
        return text + (errors.empty() ? "" : "!");
    } catch (const StatementError& error) {
        // What follows names the whole expression and the schema, the same for every such error.
        const std::string message = error.what();
        return "ERROR: " + message.substr(0, message.find(". expression: "));
    }
}

void check_all(const std::vector<Case>& cases) {
    check_all({}, cases);
}

void check_all(const Row& row, const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        INFO(one.expression);
        CHECK(evaluate(one.expression, row) == one.expected);
    }
}

}  // namespace millrace::test
