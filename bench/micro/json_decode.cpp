// Time of one JSON record from bytes to columns and back. Records are page views of about 145
// bytes.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "engine/serde/format.h"

using namespace millrace;

namespace {

constexpr size_t kBatchRows = 4096;

SerdeSpec page_views() {
    SerdeSpec spec;
    spec.format = "JSON";
    spec.fields = {{"USER_ID", SqlType::string()},  {"PAGE", SqlType::string()},
                   {"TS", SqlType::bigint()},       {"SESSION_ID", SqlType::string()},
                   {"REFERRER", SqlType::string()}, {"DURATION_MS", SqlType::integer()}};
    return spec;
}

std::vector<std::string> make_texts() {
    std::vector<std::string> texts;
    for (size_t i = 0; i < kBatchRows; ++i) {
        texts.push_back("{\"user_id\":\"user_" + std::to_string(i * 7919 % 100000) +
                        "\",\"page\":\"/products/" + std::to_string(i % 500) +
                        "\",\"ts\":" + std::to_string(1700000000000 + i) + ",\"session_id\":\"s-" +
                        std::to_string(1000000 + i) +
                        "\",\"referrer\":\"https://example.com/a\",\"duration_ms\":" +
                        std::to_string(i % 90000) + "}");
    }
    return texts;
}

void decode(benchmark::State& state, const std::vector<size_t>& used) {
    SerdeSpec spec = page_views();
    std::vector<std::string> texts = make_texts();
    std::vector<std::optional<ByteView>> records(texts.begin(), texts.end());
    auto decoder = FormatRegistry().decoder(spec, used);
    Decoded out;
    for (auto _ : state) {
        std::vector<Column> columns;
        for (size_t index : used) columns.emplace_back(spec.fields[index].type);
        MR_CHECK(decoder->decode(records, columns, out), "decodes");
        benchmark::DoNotOptimize(columns.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatchRows));
}

void decode_two_columns(benchmark::State& state) {
    decode(state, {0, 2});
}
void decode_all_columns(benchmark::State& state) {
    decode(state, {0, 1, 2, 3, 4, 5});
}

void encode_all_columns(benchmark::State& state) {
    SerdeSpec spec = page_views();
    std::vector<std::string> texts = make_texts();
    std::vector<std::optional<ByteView>> records(texts.begin(), texts.end());
    std::vector<Column> decoded;
    for (const Field& field : spec.fields) decoded.emplace_back(field.type);
    Decoded said;
    MR_CHECK(FormatRegistry().decoder(spec)->decode(records, decoded, said), "decodes");
    std::vector<ColumnPtr> columns;
    for (Column& column : decoded) columns.push_back(std::make_shared<Column>(std::move(column)));
    auto encoder = FormatRegistry().encoder(spec);
    EncodedRows out;
    std::vector<EncodeFailure> failed;
    for (auto _ : state) {
        out.clear();
        encoder->encode_all(columns, kBatchRows, out, failed);
        benchmark::DoNotOptimize(out.buffer.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatchRows));
}

BENCHMARK(decode_two_columns);
BENCHMARK(decode_all_columns);
BENCHMARK(encode_all_columns);

}  // namespace

BENCHMARK_MAIN();
