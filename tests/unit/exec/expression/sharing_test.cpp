// Common subexpressions: how often a function runs on a row, counted.
#include <catch2/catch.hpp>

#include "engine/exec/expression/expression.h"
#include "engine/functions/scalar.h"
#include "engine/sql/parser.h"

using namespace millrace;
using namespace millrace::functions;

namespace {

int rows_counted = 0;
int rows_random = 0;

int32_t counted(int32_t value) {
    ++rows_counted;
    return value * 2;
}
int32_t changing(int32_t value) {
    ++rows_random;
    return value;
}
Fallible<int32_t> fails_on_three(int32_t value) {
    ++rows_counted;
    if (value == 3) return Failure{"three"};
    return value;
}

const FunctionRegistry& registry() {
    static const FunctionRegistry out = [] {
        FunctionRegistry with = FunctionRegistry::builtin().clone();
        Family f(with, "TEST");
        f.scalar("COUNTED", "", &counted).scalar("CHANGING", "", &changing).not_deterministic();
        f.scalar("NOT_THREE", "", &fails_on_three);
        return with;
    }();
    return out;
}

/// X = 0, 1, 2 …, L = [X, X + 1].
RecordBatch batch(int rows) {
    auto x = std::make_shared<Column>(SqlType::integer());
    auto l = std::make_shared<Column>(SqlType::array(SqlType::integer()));
    for (int i = 0; i < rows; ++i) {
        x->append_int(i);
        l->append_ref(Value(ValueList{Value(i), Value(i + 1)}));
    }
    return RecordBatch({x, l}, std::vector<RowMeta>(static_cast<size_t>(rows)));
}

plan::BoundPtr bound(const std::string& text) {
    Schema schema;
    schema.value = {{"X", SqlType::integer()}, {"L", SqlType::array(SqlType::integer())}};
    const plan::ColumnScope scope(schema, false);
    plan::BindOptions options;
    options.functions = &registry();
    return plan::bind(sql::parse_expression(text), scope, options);
}

struct Answer {
    std::vector<std::string> columns;  ///< Values joined by blanks.
    std::vector<std::string> errors;
};

Answer run(const std::vector<std::string>& texts, int rows = 6) {
    static const EvalEnv env;
    std::vector<plan::BoundPtr> all;
    for (const std::string& text : texts) all.push_back(bound(text));
    const exec::ExpressionSet set(all, env);
    CHECK(set.size() == texts.size());
    const RecordBatch input = batch(rows);
    rows_counted = rows_random = 0;
    RowErrors errors;
    Answer out;
    for (const ColumnPtr& column : set.evaluate(input, errors)) {
        std::string line;
        for (size_t row = 0; row < column->size(); ++row) {
            line += row == 0 ? "" : " ";
            line += column->is_null(row) ? "NULL" : value_to_text(column->get(row), column->type());
        }
        out.columns.push_back(line);
    }
    for (const auto& entry : errors.entries()) out.errors.push_back(entry.message);
    return out;
}

}  // namespace

TEST_CASE("a subexpression is evaluated once a row", "[exec][expression][sharing]") {
    Answer answer = run({"COUNTED(X) + 1", "COUNTED(X) * COUNTED(X)", "-COUNTED(X)"});
    CHECK(rows_counted == 6);
    CHECK(answer.columns ==
          std::vector<std::string>{"1 3 5 7 9 11", "0 4 16 36 64 100", "0 -2 -4 -6 -8 -10"});
    run({"COUNTED(X + 1)", "COUNTED(X + 2)"});
    CHECK(rows_counted == 12);
    run({"COUNTED(COUNTED(X))", "COUNTED(COUNTED(X)) + COUNTED(X)"});
    CHECK(rows_counted == 12);
}

TEST_CASE("functions that change are not merged", "[exec][expression][sharing]") {
    run({"CHANGING(X) + CHANGING(X)", "COUNTED(CHANGING(X)) + COUNTED(CHANGING(X))"});
    CHECK(rows_random == 24);
    CHECK(rows_counted == 12);
}

TEST_CASE("lazy branches stay lazy and share what they need", "[exec][expression][sharing]") {
    // Each branch asks for some of the rows, all of them together for each row once.
    Answer answer = run({"CASE WHEN X < 2 THEN COUNTED(X) WHEN X < 4 THEN COUNTED(X) + 100 END",
                         "CASE WHEN X >= 1 AND X < 3 THEN COUNTED(X) ELSE 0 END"});
    CHECK(rows_counted == 4);
    CHECK(answer.columns == std::vector<std::string>{"0 2 104 106 NULL NULL", "0 2 4 0 0 0"});
    // Known for all rows already: the branch only picks.
    run({"COUNTED(X)", "CASE WHEN X = 1 THEN COUNTED(X) END"});
    CHECK(rows_counted == 6);
    // A branch first, all rows then: only what is missing is evaluated.
    answer = run({"CASE WHEN X = 1 THEN COUNTED(X) END", "COUNTED(X)"});
    CHECK(rows_counted == 6);
    CHECK(answer.columns == std::vector<std::string>{"NULL 2 NULL NULL NULL NULL", "0 2 4 6 8 10"});
    // Nobody asks.
    run({"CASE WHEN X < 0 THEN COUNTED(X) END", "X < 0 AND COUNTED(X) = COUNTED(X)"});
    CHECK(rows_counted == 0);
}

TEST_CASE("conditions evaluate a shared part once", "[exec][expression][sharing]") {
    static const EvalEnv env;
    auto condition = exec::compile(bound("COUNTED(X) > 2 AND COUNTED(X) < 8"), env);
    const RecordBatch input = batch(6);
    rows_counted = 0;
    RowErrors errors;
    std::vector<uint32_t> rows;
    condition->select(input, errors, rows);
    CHECK(rows == std::vector<uint32_t>{2, 3});
    CHECK(rows_counted == 6);
}

TEST_CASE("a shared part that fails fails wherever it stands", "[exec][expression][sharing]") {
    Answer answer = run({"NOT_THREE(X) + 1", "NOT_THREE(X) * 2", "ARRAY[NOT_THREE(X)]"});
    CHECK(answer.columns == std::vector<std::string>{"1 2 3 NULL 5 6", "0 2 4 NULL 8 10",
                                                     "[0] [1] [2] [null] [4] [5]"});
    CHECK(answer.errors.size() >= 1);
    CHECK(rows_counted == 6);
}

TEST_CASE("lambdas share what does not depend on them", "[exec][expression][sharing]") {
    Answer answer = run({"TRANSFORM(L, E => E + COUNTED(X))", "COUNTED(X)",
                         "REDUCE(L, 0, (S, E) => S + COUNTED(E))"},
                        3);
    CHECK(answer.columns[0] == "[0, 1] [3, 4] [6, 7]");
    CHECK(answer.columns[1] == "0 2 4");
    CHECK(answer.columns[2] == "2 6 10");
    CHECK(rows_counted == 3 + 6);
}

TEST_CASE("values that look alike are not merged", "[exec][expression][sharing]") {
    Answer answer = run({"CAST(X AS DECIMAL(4, 1)) + 1.0", "CAST(X AS DECIMAL(4, 1)) + 1.00",
                         "CAST(X AS STRING) + '1'", "CAST(X AS STRING) + '1.0'"},
                        1);
    CHECK(answer.columns == std::vector<std::string>{"1.0", "1.00", "01", "01.0"});
}
