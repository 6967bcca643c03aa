// Time of one row in compiled expressions: one program of kernels by family, a batch of 4,096 rows
// at a time. Names say the family and the expression.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/exec/expression/expression.h"
#include "engine/functions/registry.h"
#include "engine/sql/parser.h"

using namespace millrace;

namespace {

constexpr size_t kRows = 4096;

Schema schema() {
    Schema out;
    out.value = {{"I", SqlType::integer()},
                 {"J", SqlType::integer()},
                 {"L", SqlType::bigint()},
                 {"X", SqlType::double_()},
                 {"P", SqlType::decimal(9, 2)},
                 {"Q", SqlType::decimal(9, 2)},
                 {"S", SqlType::string()},
                 {"N", SqlType::string()},
                 {"A", SqlType::array(SqlType::integer())},
                 {"R", SqlType::struct_({{"F", SqlType::integer()}, {"G", SqlType::string()}})},
                 {"M", SqlType::map(SqlType::string(), SqlType::integer())}};
    return out;
}

RecordBatch make_batch() {
    std::mt19937 random(1);
    auto below = [&](int32_t bound) {
        return static_cast<int32_t>(random() % static_cast<uint32_t>(bound));
    };
    std::vector<std::shared_ptr<Column>> columns;
    const Schema fields = schema();
    for (const Field& field : fields.value) columns.push_back(std::make_shared<Column>(field.type));
    for (size_t row = 0; row < kRows; ++row) {
        const int32_t n = below(1000);
        columns[0]->append_int(n);
        columns[1]->append_int(1 + below(1000));
        columns[2]->append_long(int64_t{n} * 1'000'000'007);
        columns[3]->append_double(n * 0.5);
        columns[4]->append_ref(Decimal(below(1'000'000), 2));
        columns[5]->append_ref(Decimal(1 + below(1'000'000), 2));
        columns[6]->append_text("/products/" + std::to_string(n) + "/view");
        columns[7]->append_text(std::to_string(n));
        columns[8]->append_ref(Value(ValueList{Value(n), Value(n + 1), Value(n + 2)}));
        columns[9]->append_ref(Value(ValueList{Value(n), Value("g")}));
        columns[10]->append_ref(Value(ValueMap{{Value("a"), Value(n)}, {Value("b"), Value(1)}}));
    }
    return RecordBatch({columns.begin(), columns.end()}, std::vector<RowMeta>(kRows));
}

std::vector<plan::BoundPtr> bound(const std::vector<std::string>& texts) {
    const plan::ColumnScope scope(schema(), false);
    plan::BindOptions options;
    options.functions = &FunctionRegistry::builtin();
    std::vector<plan::BoundPtr> out;
    for (const std::string& text : texts)
        out.push_back(plan::bind(sql::parse_expression(text), scope, options));
    return out;
}

void count_rows(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows));
    state.counters["ns/row"] = benchmark::Counter(
        static_cast<double>(kRows) * 1e-9,
        benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void evaluate(benchmark::State& state, const std::vector<std::string>& texts) {
    const EvalEnv env;
    const exec::ExpressionSet set(bound(texts), env);
    const RecordBatch batch = make_batch();
    for (auto _ : state) {
        RowErrors errors;
        std::vector<ColumnPtr> columns = set.evaluate(batch, errors);
        benchmark::DoNotOptimize(columns.data());
    }
    count_rows(state);
}

void select(benchmark::State& state, const std::string& text) {
    const EvalEnv env;
    const exec::ExpressionPtr condition = exec::compile(bound({text})[0], env);
    const RecordBatch batch = make_batch();
    std::vector<uint32_t> rows;
    for (auto _ : state) {
        RowErrors errors;
        condition->select(batch, errors, rows);
        benchmark::DoNotOptimize(rows.data());
    }
    count_rows(state);
}

struct Named {
    const char* family;
    std::vector<std::string> texts;
};

void add_all() {
    static const std::vector<Named> kEvaluated = {
        {"arithmetic", {"I + J"}},
        {"arithmetic", {"L * 3 - I"}},
        {"arithmetic", {"I / J"}},
        {"arithmetic", {"X * 1.5E0 + I"}},
        {"decimal", {"P + Q"}},
        {"decimal", {"P * Q"}},
        {"compare", {"I < J"}},
        {"compare", {"S = N"}},
        {"compare", {"P > 2.50"}},
        {"case", {"CASE WHEN I < 300 THEN 'low' WHEN I < 600 THEN 'mid' ELSE 'high' END"}},
        {"case", {"CASE WHEN I < 500 THEN I + J ELSE I - J END"}},
        {"cast", {"CAST(I AS BIGINT)"}},
        {"cast", {"CAST(I AS STRING)"}},
        {"cast", {"CAST(N AS INT)"}},
        {"cast", {"CAST(X AS STRING)"}},
        {"cast", {"CAST(X AS DECIMAL(9, 2))"}},
        {"string", {"UCASE(S)"}},
        {"string", {"SUBSTRING(S, 2, 8)"}},
        {"string", {"S || N"}},
        {"string", {"LEN(S)"}},
        {"string", {"SPLIT(S, '/')"}},
        {"string", {"REPLACE(S, '/', '-')"}},
        {"nested", {"A[2]"}},
        {"nested", {"R->F"}},
        {"nested", {"M['b']"}},
        {"nested", {"ARRAY[I, J]"}},
        {"nested", {"STRUCT(A:=I, B:=S)"}},
        {"lambda", {"TRANSFORM(A, E => E + I)"}},
        {"shared", {"UCASE(S)", "UCASE(S) || '!'", "LEN(UCASE(S))"}},
    };
    for (const Named& named : kEvaluated) {
        std::string name = std::string(named.family) + ": ";
        for (const std::string& text : named.texts)
            name += (&text == &named.texts.front() ? "" : " | ") + text;
        benchmark::RegisterBenchmark(
            name.c_str(), [&named](benchmark::State& state) { evaluate(state, named.texts); });
    }
    static const std::vector<std::string> kSelected = {
        "I < 500",         "I > 100 AND J < 500", "I IN (1, 2, 3, 500)", "S LIKE '/products/1%'",
        "S LIKE '%/view'", "S LIKE '%12%'",       "S LIKE '/p%/1_/v%'",
    };
    for (const std::string& text : kSelected) {
        const std::string name = "where: " + text;
        benchmark::RegisterBenchmark(name.c_str(),
                                     [&text](benchmark::State& state) { select(state, text); });
    }
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    add_all();
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
