// pipeline_bench [RECORDS] [NAME]: CPU of one sub-topology a record, bytes in and bytes out,
// without any log: what the engine adds to librdkafka. The statements and the data are those of
// bench/run.
#include <time.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "bench/data.h"
#include "engine/base/clock.h"
#include "engine/exec/build.h"
#include "engine/plan/planner.h"
#include "engine/plan/subtopology.h"
#include "engine/sql/parser.h"
#include "engine/state/state_store.h"

namespace {

using namespace millrace;

constexpr size_t kBatchRows = 4096;
constexpr size_t kCommitRows = 400'000;  // About what a core does in a commit interval of 2 s.

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Keeps what is written, as the next sub-topology's input.
class Sink final : public exec::RecordSink {
public:
    void write(std::optional<ByteView> key, std::optional<ByteView> value, int64_t timestamp_ms,
               std::optional<ByteView>, const RowHeaders*) override {
        ++records;
        bytes += (key ? key->size() : 0) + (value ? value->size() : 0);
        if (!keep) return;
        keys.emplace_back(key.value_or(""));
        values.emplace_back(value.value_or(""));
        times.push_back(timestamp_ms);
    }
    bool keep = false;
    size_t records = 0, bytes = 0;
    std::vector<std::string> keys, values;
    std::vector<int64_t> times;
};

struct Records {
    std::vector<std::string> keys, values;
    std::vector<int64_t> times;
};

Records make_clicks(size_t count) {
    Records records;
    std::array<char, 512> buffer;
    for (size_t i = 0; i < count; ++i) {
        const bench::Click click = bench::click_at(i);
        records.keys.push_back(bench::user_key(click));
        records.values.emplace_back(buffer.data(), bench::write_value(click, buffer));
        records.times.push_back(click.ts);
    }
    return records;
}

std::vector<plan::SubTopology> plan_query(const std::string& source, const std::string& query) {
    plan::PlanningContext context;
    context.functions = &FunctionRegistry::builtin();
    context.topic_partitions = [](const std::string&) { return std::optional<int32_t>(4); };
    context.topic_replicas = [](const std::string&) { return std::optional<int16_t>(1); };
    context.catalog = Catalog::empty();
    const auto create = sql::parse_statement({source, {}});
    const auto planned =
        plan::plan_create_source(std::get<sql::CreateSource>(create.node), source, context);
    context.catalog = context.catalog->changed([&](Catalog& c) { c.put_source(planned.source); });
    const auto select = sql::parse_statement({query, {}});
    const auto made =
        plan::plan_create_as_select(std::get<sql::CreateAsSelect>(select.node), query, context);
    return plan::cut(*made.plan, "bench");
}

/// Runs one sub-topology over the records; prints what a record costs; gives what it wrote.
Records run_subtopology(const char* name, const plan::SubTopology& subtopology,
                        const Records& records, bool keep) {
    auto backend = std::move(open_backend({})).value();
    Overlay overlay(*backend);
    std::map<std::string, std::unique_ptr<StateStore>> stores;
    SystemClock clock;
    EvalEnv env;
    env.clock = &clock;
    const FormatRegistry formats;
    exec::OperatorContext context;
    context.formats = &formats;
    context.store = [&](const std::string& store_name) -> StateStore& {
        auto& store = stores[store_name];
        if (!store) store = overlay.store({backend->store_number(store_name), 0});
        return *store;
    };
    context.env = &env;
    context.report = [](const std::string&, RowErrors& errors) {
        std::fprintf(stderr, "%s\n", errors.entries().front().message.c_str());
        std::exit(1);
    };
    context.coalesce = true;
    Sink sink;
    sink.keep = keep;
    // Each commit's stretch begins with no state, in the stores and beside them.
    auto make = [&] {
        return exec::build(subtopology, context, FunctionRegistry::builtin(), &sink, nullptr);
    };
    auto pipeline = make();

    std::vector<LogRecord> log(kBatchRows);
    double decode_s = 0, commit_s = 0;
    const double begin = cpu_seconds();
    size_t since_commit = 0;
    int64_t stream_time = -1;
    const size_t total = records.values.size();
    for (size_t at = 0; at < total;) {
        const size_t rows = std::min(kBatchRows, total - at);
        for (size_t i = 0; i < rows; ++i, ++at) {
            log[i].offset = static_cast<int64_t>(at);
            log[i].timestamp_ms = records.times[at];
            log[i].key = records.keys[at];
            log[i].value = records.values[at];
        }
        const double before = cpu_seconds();
        auto decoded =
            pipeline->decode(0, std::span(log).first(rows), 0, subtopology.inputs[0].topic);
        RecordBatch batch = std::move(decoded.value().rows);
        for (RowMeta& meta : batch.meta())
            meta.stream_time_ms = stream_time = std::max(stream_time, meta.timestamp_ms);
        decode_s += cpu_seconds() - before;
        pipeline->process(0, std::move(batch));
        since_commit += rows;
        if (since_commit >= kCommitRows || at == total) {
            const double commit_begin = cpu_seconds();
            pipeline->flush();
            // What the changelog would be given; the backend's own cost is not measured here.
            overlay.visit_changes([](const StateChange&) {});
            overlay.clear();
            commit_s += cpu_seconds() - commit_begin;
            pipeline = make();
            since_commit = 0;
        }
    }
    const double all = cpu_seconds() - begin;
    const auto us = [&](double seconds) { return seconds * 1e6 / static_cast<double>(total); };
    std::printf("%-24s %8.3f us/record (decode %.3f, flush %.3f), %zu in, %zu out\n", name, us(all),
                us(decode_s), us(commit_s), total, sink.records);
    return {std::move(sink.keys), std::move(sink.values), std::move(sink.times)};
}

}  // namespace

int main(int argc, char** argv) {
    const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    const std::string only = argc > 2 ? argv[2] : "";
    const Records clicks = make_clicks(count);
    const std::string columns =
        "page VARCHAR, ts BIGINT, session_id VARCHAR, referrer VARCHAR, duration_ms BIGINT) WITH "
        "(KAFKA_TOPIC='clicks', "
        "VALUE_FORMAT='JSON', TIMESTAMP='ts', PARTITIONS=4);";
    const std::string keyless = "CREATE STREAM clicks (user_id VARCHAR, " + columns;
    const std::string keyed = "CREATE STREAM clicks (user_id VARCHAR KEY, " + columns;
    const std::string windowed =
        ", COUNT(*) AS cnt, SUM(duration_ms) AS total FROM clicks WINDOW TUMBLING (SIZE 1 HOUR) "
        "GROUP BY ";
    // Nearly every row opens a window.
    const std::string by_seconds =
        "CREATE TABLE result AS SELECT user_id, COUNT(*) AS cnt FROM clicks WINDOW TUMBLING (SIZE "
        "10 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY user_id EMIT ";
    const std::vector<std::array<std::string, 3>> workloads = {
        {"filter", keyless,
         "CREATE STREAM result AS SELECT user_id, page FROM clicks WHERE page LIKE '/mobile/%' "
         "EMIT CHANGES;"},
        {"copy", keyless, "CREATE STREAM result AS SELECT * FROM clicks;"},
        {"count_by_user", keyed, "CREATE TABLE result AS SELECT user_id" + windowed + "user_id;"},
        {"count_by_seconds", keyed, by_seconds + "CHANGES;"},
        {"final_by_seconds", keyed, by_seconds + "FINAL;"},
        {"final_by_user", keyed,
         "CREATE TABLE result AS SELECT user_id" + windowed + "user_id EMIT FINAL;"},
        {"count_by_page", keyless, "CREATE TABLE result AS SELECT page" + windowed + "page;"},
    };
    for (const auto& [name, source, query] : workloads) {
        if (!only.empty() && only != name) continue;
        const auto subtopologies = plan_query(source, query);
        Records records;
        for (size_t i = 0; i < subtopologies.size(); ++i) {
            const std::string title =
                subtopologies.size() == 1 ? name : name + "/" + std::to_string(i);
            records = run_subtopology(title.c_str(), subtopologies[i], i == 0 ? clicks : records,
                                      i + 1 < subtopologies.size());
        }
    }
}
