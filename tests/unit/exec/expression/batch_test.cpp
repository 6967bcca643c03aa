// Expressions over batches: selection, laziness by row, any split of the rows.
#include <catch2/catch.hpp>

#include "engine/exec/expression/expression.h"
#include "engine/sql/parser.h"

using namespace millrace;

namespace {

const Schema& schema() {
    static const Schema out = [] {
        Schema s;
        s.value = {{"X", SqlType::integer()}, {"Y", SqlType::integer()}, {"S", SqlType::string()}};
        return s;
    }();
    return out;
}

/// X = i (NULL every 5th), Y = i % 3, S = "s<i>".
RecordBatch batch(int from, int to) {
    auto x = std::make_shared<Column>(SqlType::integer());
    auto y = std::make_shared<Column>(SqlType::integer());
    auto s = std::make_shared<Column>(SqlType::string());
    for (int i = from; i < to; ++i) {
        if (i % 5 == 0) {
            x->append_null();
        } else {
            x->append_int(i);
        }
        y->append_int(i % 3);
        s->append_text("s" + std::to_string(i));
    }
    return RecordBatch({x, y, s}, std::vector<RowMeta>(static_cast<size_t>(to - from)));
}

struct Answer {
    std::vector<std::string> values;
    std::vector<int> selected;
    std::vector<int64_t> failed;
};

Answer run(const std::string& text, int rows, int split) {
    plan::ColumnScope scope(schema(), false);
    plan::BindOptions options;
    options.functions = &FunctionRegistry::builtin();
    EvalEnv env;
    auto compiled = exec::compile(plan::bind(sql::parse_expression(text), scope, options), env);
    Answer out;
    for (int from = 0; from < rows; from += split) {
        RecordBatch part = batch(from, std::min(rows, from + split));
        RowErrors errors;
        ColumnPtr column = compiled->evaluate(part, errors);
        for (size_t i = 0; i < column->size(); ++i)
            out.values.push_back(
                column->is_null(i) ? "NULL" : value_to_text(column->get(i), column->type()));
        for (const auto& entry : errors.entries()) out.failed.push_back(entry.offset + from);
        if (!column->type().is(BaseType::kBoolean)) continue;
        RowErrors more;
        std::vector<uint32_t> selected;
        compiled->select(part, more, selected);
        for (uint32_t row : selected) out.selected.push_back(from + static_cast<int>(row));
    }
    return out;
}

}  // namespace

TEST_CASE("any split of the rows gives the same values", "[exec][expression][batch]") {
    for (const char* text : {
             "X + Y",
             "X > 3 AND Y = 1",
             "Y = 1 OR X > 3",
             "X / Y = 2 AND S LIKE 's%'",
             "S LIKE '%7' AND X > 0 AND Y < 3",
             "CASE WHEN Y = 0 THEN X WHEN Y = 1 THEN X * 2 END",
             "X IN (1, 2, Y)",
             "NOT (X < 10)",
             "UCASE(S) || 'x'",
             "10 / Y > 3",
         }) {
        INFO(text);
        Answer whole = run(text, 40, 40);
        for (int split : {1, 2, 7}) {
            Answer part = run(text, 40, split);
            CHECK(part.values == whole.values);
            CHECK(part.selected == whole.selected);
            CHECK(part.failed == whole.failed);
        }
        std::vector<int> true_rows;
        for (size_t i = 0; i < whole.values.size(); ++i)
            if (whole.values[i] == "true") true_rows.push_back(static_cast<int>(i));
        if (!whole.selected.empty()) CHECK(whole.selected == true_rows);
    }
}

TEST_CASE("branches and right sides run only on the rows that need them",
          "[exec][expression][batch]") {
    Answer lazy = run("CASE WHEN Y = 0 THEN 0 ELSE 12 / Y END", 6, 6);
    CHECK(lazy.values == std::vector<std::string>{"0", "12", "6", "0", "12", "6"});
    CHECK(lazy.failed.empty());

    Answer guarded = run("Y > 0 AND 12 / Y = 6", 6, 6);
    CHECK(guarded.selected == std::vector<int>{2, 5});
    CHECK(guarded.failed.empty());

    Answer failing = run("12 / Y = 6", 6, 6);
    CHECK(failing.values ==
          std::vector<std::string>{"NULL", "false", "true", "NULL", "false", "true"});
    CHECK(failing.failed == std::vector<int64_t>{0, 3});
    CHECK(failing.selected == std::vector<int>{2, 5});
}
