// Time of one record between bytes and columns (DELIMITED, KAFKA, nested JSON), of one key in a
// store's encoding, and of one row in an aggregate's state. Batches of 4,096 rows.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "engine/functions/registry.h"
#include "engine/serde/format.h"
#include "engine/types/key_encoding.h"

using namespace millrace;

namespace {

constexpr size_t kRows = 4096;

void count_rows(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows));
    state.counters["ns/row"] = benchmark::Counter(
        static_cast<double>(kRows) * 1e-9,
        benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

struct Sample {
    SerdeSpec spec;
    std::vector<std::string> texts;
};

Sample delimited() {
    Sample out;
    out.spec.format = "DELIMITED";
    out.spec.fields = {{"ID", SqlType::string()},
                       {"N", SqlType::integer()},
                       {"X", SqlType::double_()},
                       {"T", SqlType::timestamp()}};
    for (size_t i = 0; i < kRows; ++i)
        out.texts.push_back("user_" + std::to_string(i * 7919 % 10000) + "," + std::to_string(i) +
                            "," + std::to_string(i % 100) + ".25," +
                            std::to_string(1700000000000 + i));
    return out;
}

Sample nested_json() {
    Sample out;
    out.spec.format = "JSON";
    out.spec.fields = {
        {"ID", SqlType::integer()},
        {"R", SqlType::struct_({{"A", SqlType::integer()}, {"B", SqlType::string()}})},
        {"L", SqlType::array(SqlType::integer())}};
    for (size_t i = 0; i < kRows; ++i)
        out.texts.push_back("{\"id\":" + std::to_string(i) + ",\"r\":{\"a\":" + std::to_string(i) +
                            ",\"b\":\"text\"},\"l\":[1,2,3]}");
    return out;
}

Sample kafka_key() {
    Sample out;
    out.spec.format = "KAFKA";
    out.spec.wrapped = false;
    out.spec.fields = {{"K", SqlType::string()}};
    for (size_t i = 0; i < kRows; ++i)
        out.texts.push_back("user_" + std::to_string(i * 7919 % 10000));
    return out;
}

std::vector<Column> decoded(const Sample& sample) {
    std::vector<std::optional<ByteView>> records(sample.texts.begin(), sample.texts.end());
    std::vector<Column> columns;
    for (const Field& field : sample.spec.fields) columns.emplace_back(field.type);
    Decoded out;
    MR_CHECK(FormatRegistry().decoder(sample.spec)->decode(records, columns, out), "decodes");
    return columns;
}

void decode(benchmark::State& state, const Sample& sample) {
    std::vector<std::optional<ByteView>> records(sample.texts.begin(), sample.texts.end());
    auto decoder = FormatRegistry().decoder(sample.spec);
    Decoded out;
    for (auto _ : state) {
        std::vector<Column> columns;
        for (const Field& field : sample.spec.fields) columns.emplace_back(field.type);
        MR_CHECK(decoder->decode(records, columns, out), "decodes");
        benchmark::DoNotOptimize(columns.data());
    }
    count_rows(state);
}

void encode(benchmark::State& state, const Sample& sample) {
    std::vector<ColumnPtr> columns;
    for (Column& column : decoded(sample))
        columns.push_back(std::make_shared<Column>(std::move(column)));
    auto encoder = FormatRegistry().encoder(sample.spec);
    EncodedRows out;
    std::vector<EncodeFailure> failed;
    for (auto _ : state) {
        out.clear();
        encoder->encode_all(columns, kRows, out, failed);
        benchmark::DoNotOptimize(out.buffer.data());
    }
    count_rows(state);
}

void encode_keys(benchmark::State& state, const SqlTypePtr& type) {
    Column column(type);
    for (size_t i = 0; i < kRows; ++i) {
        if (type->is(BaseType::kString)) {
            column.append_text("user_" + std::to_string(i * 7919 % 10000));
        } else {
            column.append_long(static_cast<int64_t>(i) * 7919);
        }
    }
    std::string out;
    for (auto _ : state) {
        for (size_t row = 0; row < kRows; ++row) {
            out.clear();
            encode_key_column(out, column, row);
            benchmark::DoNotOptimize(out.data());
        }
    }
    count_rows(state);
}

/// One state for each of 256 groups, a row's value added to its group's.
void add_to_aggregate(benchmark::State& state, const std::string& name) {
    Column column(SqlType::bigint());
    for (size_t i = 0; i < kRows; ++i) column.append_long(static_cast<int64_t>(i % 1000));
    ArgumentType argument;
    argument.type = SqlType::bigint();
    const auto resolved = FunctionRegistry::builtin().resolve_aggregate(name, {argument});
    const AggregateFunction& function = *resolved.function;
    const Column* const columns[] = {&column};
    constexpr size_t kGroups = 256;
    const size_t bytes = function.fixed_bytes();
    std::vector<char> fixed(bytes * kGroups);
    std::vector<std::string> variable(bytes == 0 ? kGroups : 0);
    for (size_t group = 0; group < kGroups; ++group) {
        if (bytes > 0) {
            function.init(fixed.data() + group * bytes);
        } else {
            function.init(variable[group]);
        }
    }
    for (auto _ : state) {
        for (size_t row = 0; row < kRows; ++row) {
            const size_t group = row * 31 % kGroups;
            if (bytes > 0) {
                function.add(fixed.data() + group * bytes, columns, row);
            } else {
                function.add(variable[group], columns, row);
            }
        }
        benchmark::DoNotOptimize(fixed.data());
    }
    count_rows(state);
}

BENCHMARK_CAPTURE(decode, delimited, delimited());
BENCHMARK_CAPTURE(encode, delimited, delimited());
BENCHMARK_CAPTURE(decode, json_nested, nested_json());
BENCHMARK_CAPTURE(encode, json_nested, nested_json());
BENCHMARK_CAPTURE(decode, kafka_string_key, kafka_key());
BENCHMARK_CAPTURE(encode, kafka_string_key, kafka_key());
BENCHMARK_CAPTURE(encode_keys, bigint, SqlType::bigint());
BENCHMARK_CAPTURE(encode_keys, string, SqlType::string());
BENCHMARK_CAPTURE(add_to_aggregate, count, std::string("COUNT"));
BENCHMARK_CAPTURE(add_to_aggregate, sum, std::string("SUM"));
BENCHMARK_CAPTURE(add_to_aggregate, avg, std::string("AVG"));
BENCHMARK_CAPTURE(add_to_aggregate, max, std::string("MAX"));

}  // namespace

BENCHMARK_MAIN();
