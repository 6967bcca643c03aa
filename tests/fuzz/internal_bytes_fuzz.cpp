// What the sub-topologies of queries of every kind read back of their own: records of repartition
// and foreign-key topics, and pairs of stores. Good ones are made once by running each query; an
// input changes some of them and runs one sub-topology on the outcome. Records may be left out,
// stores may be found damaged; nothing else may happen.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/exec/build.h"
#include "engine/exec/repartition.h"
#include "tests/fuzz/edits.h"
#include "tests/unit/plan/world.h"

using namespace millrace;

namespace {

struct Record {
    std::optional<std::string> key, value;
    int64_t timestamp_ms = 0;
};
using Topic = std::vector<Record>;

class Recorder final : public exec::RecordSink {
public:
    void write(std::optional<ByteView> key, std::optional<ByteView> value, int64_t timestamp_ms,
               std::optional<ByteView>, const RowHeaders*) override {
        Record& record = topic.emplace_back();
        if (key) record.key = *key;
        if (value) record.value = *value;
        record.timestamp_ms = timestamp_ms;
    }
    Topic topic;
};

/// A sub-topology with all that it has read so far, and the stores that came of it.
struct Case {
    plan::SubTopology subtopology;
    std::vector<Topic> inputs;
    std::map<std::string, std::map<std::string, std::string>> stores;
};

class Run {
public:
    Run(const Case& of, bool coalesce) : case_(of), backend_(open_backend({}).value()) {
        overlay_ = std::make_unique<Overlay>(*backend_);
        env_.clock = &clock_;
        exec::OperatorContext context;
        context.store = [this](const std::string& name) -> StateStore& { return store(name); };
        context.env = &env_;
        context.formats = &formats_;
        context.coalesce = coalesce;
        context.report = [](const std::string&, RowErrors& errors) { errors.clear(); };
        pipeline_ =
            exec::build(case_.subtopology, context, FunctionRegistry::builtin(), &output, nullptr);
    }

    StateStore& store(const std::string& name) {
        auto& store = stores_[name];
        if (!store) store = overlay_->store({backend_->store_number(name), 0});
        return *store;
    }
    void commit() { MR_CHECK(overlay_->apply({}).is_ok(), "memory takes everything"); }

    void process(size_t input, const Topic& topic) {
        std::vector<LogRecord> records;
        for (const Record& record : topic) {
            LogRecord& one = records.emplace_back();
            one.offset = static_cast<int64_t>(records.size());
            one.timestamp_ms = record.timestamp_ms;
            if (record.key) one.key = *record.key;
            if (record.value) one.value = *record.value;
        }
        auto decoded = pipeline_->decode(input, records, 0, "topic");
        RecordBatch rows = std::move(decoded.value().rows);
        for (RowMeta& meta : rows.meta()) {
            stream_time_ms_ = std::max(stream_time_ms_, meta.timestamp_ms);
            meta.stream_time_ms = stream_time_ms_;
        }
        pipeline_->process(input, std::move(rows));
    }
    void finish() {
        pipeline_->flush();
        commit();
    }
    std::map<std::string, std::map<std::string, std::string>> stores() {
        std::map<std::string, std::map<std::string, std::string>> all;
        for (const std::string& name : backend_->store_names()) {
            auto cursor = backend_->scan({backend_->store_number(name), 0}, "", "");
            for (; cursor->valid(); cursor->next())
                all[name].emplace(cursor->key(), cursor->value());
        }
        return all;
    }

    Recorder output;

private:
    const Case& case_;
    const ManualClock clock_{1700000000000};
    EvalEnv env_;
    FormatRegistry formats_;
    std::unique_ptr<StateBackend> backend_;
    std::unique_ptr<Overlay> overlay_;
    std::map<std::string, std::unique_ptr<StateStore>> stores_;
    std::unique_ptr<exec::Pipeline> pipeline_;
    int64_t stream_time_ms_ = -1;
};

constexpr const char* kSources[] = {
    "CREATE STREAM s (k STRING KEY, v STRING, a BIGINT, d DECIMAL(9,2), l ARRAY<INT>, "
    "m MAP<STRING, INT>, r STRUCT<f INT, g STRING>) WITH (kafka_topic='s', value_format='JSON', "
    "partitions=1);",
    "CREATE STREAM s2 (k STRING KEY, v STRING, a BIGINT) WITH (kafka_topic='s2', "
    "value_format='JSON', partitions=1);",
    "CREATE TABLE t (k STRING PRIMARY KEY, v STRING, a BIGINT) WITH (kafka_topic='t', "
    "value_format='JSON', partitions=1);",
    "CREATE TABLE u (k STRING PRIMARY KEY, v STRING, a BIGINT, r STRUCT<f INT, g STRING>) "
    "WITH (kafka_topic='u', value_format='JSON', partitions=1);",
};

constexpr const char* kQueries[] = {
    "CREATE TABLE q1 AS SELECT v, COUNT(*) c, SUM(a) s, MAX(a) m FROM s WINDOW HOPPING (SIZE 20 "
    "SECONDS, ADVANCE BY 10 SECONDS) GROUP BY v EMIT CHANGES;",
    "CREATE TABLE q2 AS SELECT v, COLLECT_LIST(l) a1, COLLECT_SET(v) a2, HISTOGRAM(k) a3, "
    "LATEST_BY_OFFSET(a) a4, LATEST_BY_OFFSET(a, 2) a5, EARLIEST_BY_OFFSET(r) a6, TOPK(a, 2) a7, "
    "COUNT_DISTINCT(a) a8, SUM(d) a9, MIN(k) a10, AVG(a) a11, STDDEV_SAMP(a) a12, ATTR(m) a13 "
    "FROM s GROUP BY v EMIT CHANGES;",
    "CREATE TABLE q3 AS SELECT v, COLLECT_LIST(a) l, COUNT(*) c FROM s WINDOW SESSION (10 SECONDS) "
    "GROUP BY v EMIT CHANGES;",
    "CREATE TABLE q4 AS SELECT v, COUNT(*) c FROM s WINDOW TUMBLING (SIZE 2 SECONDS, GRACE PERIOD "
    "0 SECONDS) GROUP BY v EMIT FINAL;",
    "CREATE STREAM q5 AS SELECT ROWKEY, s.k, s.l, s2.a FROM s FULL OUTER JOIN s2 WITHIN 3 SECONDS "
    "GRACE PERIOD 1 SECOND ON s.v = s2.v EMIT CHANGES;",
    "CREATE TABLE q6 AS SELECT u.k, u.a, u.r, t.a FROM u LEFT JOIN t ON u.v = t.k EMIT CHANGES;",
    "CREATE TABLE q7 AS SELECT ROWKEY, t.v, u.r FROM t FULL OUTER JOIN u ON t.k = u.k EMIT "
    "CHANGES;",
    "CREATE STREAM q8 AS SELECT s.v, s.m, t.a FROM s JOIN t ON s.v = t.k EMIT CHANGES;",
    "CREATE TABLE q9 AS SELECT v, COUNT(*) c, COLLECT_LIST(a) l FROM u GROUP BY v EMIT CHANGES;",
    "CREATE TABLE q10 WITH (key_format='JSON') AS SELECT r, COUNT(*) c, SUM(d) s FROM s GROUP BY r "
    "EMIT CHANGES;",
};

Topic source_rows() {
    Topic rows;
    for (int i = 0; i < 6; ++i) {
        const std::string n = std::to_string(i % 3);
        rows.push_back({"k" + n,
                        R"({"V":"k)" + std::to_string(i % 2) + R"(","A":)" + std::to_string(i) +
                            R"(,"D":1.5,"L":[1,null,)" + n + R"(],"M":{"x":)" + n +
                            R"(},"R":{"F":)" + n + R"(,"G":"g"}})",
                        int64_t{1000} * i});
    }
    return rows;
}

std::vector<Case> make_cases() {
    plan::World world;
    for (const char* text : kSources) world.create(text);
    std::vector<Case> cases;
    for (const char* text : kQueries) {
        std::map<std::string, Topic> topics;
        for (const char* name : {"s", "s2", "t", "u"}) topics[name] = source_rows();
        for (const plan::SubTopology& subtopology : plan::cut(*world.query(text).plan, "fuzz_")) {
            Case made{subtopology, {}, {}};
            Run run(made, true);
            for (size_t i = 0; i < subtopology.inputs.size(); ++i) {
                made.inputs.push_back(topics[subtopology.inputs[i].topic]);
                MR_CHECK(!made.inputs.back().empty(),
                         "nothing comes from " + subtopology.inputs[i].topic);
                run.process(i, made.inputs.back());
            }
            run.finish();
            topics[subtopology.output_topic] = run.output.topic;
            made.stores = run.stores();
            cases.push_back(std::move(made));
        }
    }
    return cases;
}

void damage_stores(const Case& good, Run& run, fuzz::Script& script) {
    for (const auto& [name, pairs] : good.stores) {
        const size_t changed = script.below(2) == 0 ? SIZE_MAX : script.below(pairs.size());
        size_t at = 0;
        for (const auto& [good_key, good_value] : pairs) {
            std::string key = good_key, value = good_value;
            if (at++ == changed) {
                edit(value, script);
                if (script.below(4) == 0) edit(key, script);
            }
            run.store(name).put(key, value);
        }
    }
    run.commit();
}

void check_mark(std::string_view bytes) {
    LogRecord record;
    record.value = bytes;
    exec::order_time(record);
    const auto mark = exec::read_time_mark(record);
    if (!mark) return;
    const std::string written = exec::encode(*mark);
    record.value = written;
    const auto again = exec::read_time_mark(record);
    MR_CHECK(again && again->number == mark->number && again->time_ms == mark->time_ms,
             "a mark reads back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    check_mark({reinterpret_cast<const char*>(data), size});
    static const std::vector<Case> cases = make_cases();
    fuzz::Script script(data, size);
    const Case& good = cases[script.below(cases.size())];
    Run run(good, script.below(2) == 0);
    damage_stores(good, run, script);
    try {
        for (size_t i = 0; i < good.inputs.size(); ++i) {
            Topic topic = good.inputs[i];
            for (size_t n = script.below(4); good.subtopology.inputs[i].is_repartition && n > 0;
                 --n) {
                Record& record = topic[script.below(topic.size())];
                if (record.value) edit(*record.value, script);
            }
            run.process(i, topic);
        }
        run.finish();
    } catch (const DamagedBytes&) {
    } catch (const RowError&) {  // What the bytes say is a number, too large for its type.
    }
    return 0;
}
