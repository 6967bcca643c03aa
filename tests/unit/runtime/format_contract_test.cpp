// What a format may do that JSON does not: several rows in a record, with kinds, and records that
// cannot be read before a schema registry answers. A small format does both, from bytes to a task's
// output and positions, at any split of records into batches and of rows into turns.
#include <catch2/catch.hpp>

#include "engine/base/error.h"
#include "engine/runtime/local_topic.h"
#include "engine/runtime/task.h"
#include "tests/unit/exec/pipeline_fixture.h"

using namespace millrace;

namespace {

using Lines = std::vector<std::string>;

/// A value is "<schema id>|<row>,<row>,…", a row one of +text (insert), <text and >text (before and
/// after an update), -text (delete). The schema's text goes ahead of each row's.
constexpr FormatTraits kChanges = {
    .name = "CHANGES", .needs_registry = true, .multi_column = false, .one_row_a_record = false};

class ChangesDecoder final : public Decoder {
public:
    ChangesDecoder(const SerdeSpec& spec, bool used, SchemaSource& schemas)
        : used_(used), changelog_(spec.changelog), schemas_(schemas) {}

    Status decode(std::span<const std::optional<ByteView>> records, std::vector<Column>& columns,
                  Decoded& out) override {
        for (uint32_t i = 0; i < records.size(); ++i) {
            if (!records[i]) {
                if (changelog_) append(i, RowKind::kDelete, std::nullopt, columns, out);
                continue;
            }
            const size_t bar = records[i]->find('|');
            auto schema = schemas_.schema(std::stoi(std::string(records[i]->substr(0, bar))));
            if (!schema && schema.status().fault() != Fault::kNotFound) return schema.status();
            const std::string rows(records[i]->substr(bar + 1));
            if (!schema || rows.find('!') != std::string::npos) {
                out.failures.push_back({i, schema ? "no change" : "no schema", {}});
                continue;
            }
            for (size_t at = 0; at < rows.size();) {
                const size_t end = std::min(rows.find(',', at), rows.size());
                append(i, kind_of(rows[at]), *schema + rows.substr(at + 1, end - at - 1), columns,
                       out);
                at = end + 1;
            }
        }
        return Status::ok();
    }

private:
    static RowKind kind_of(char c) {
        return c == '+'   ? RowKind::kInsert
               : c == '<' ? RowKind::kUpdateBefore
               : c == '>' ? RowKind::kUpdateAfter
                          : RowKind::kDelete;
    }
    void append(uint32_t record, RowKind kind, const std::optional<std::string>& text,
                std::vector<Column>& columns, Decoded& out) const {
        out.origins.push_back(record);
        if (changelog_) out.kinds.push_back(kind);
        if (!used_) return;
        if (text) columns[0].append_text(*text);
        if (!text) columns[0].append_null();
    }

    bool used_, changelog_;
    SchemaSource& schemas_;
};

constexpr Codec kChangesCodec = {
    "CHANGES",
    [](const SerdeSpec& spec, const std::vector<size_t>& used,
       const CodecContext& context) -> std::unique_ptr<Decoder> {
        return std::make_unique<ChangesDecoder>(spec, !used.empty(), *context.schemas);
    },
    [](const SerdeSpec&, const CodecContext&) -> std::unique_ptr<Encoder> { return nullptr; }};

/// Knows schemas 1 ("one:") and, once it is up, 2 ("two:").
class Schemas final : public SchemaSource {
public:
    Result<std::string> schema(int32_t id) override {
        if (id == 1) return std::string("one:");
        ++asked;
        if (id == 2 && fault == Fault::kNone) return std::string("two:");
        return Status(fault == Fault::kNone ? Fault::kNotFound : fault, "the registry is away");
    }
    Fault fault = Fault::kNone;
    int asked = 0;
};

class Rig final : public exec::RecordSink {
public:
    Rig(sql::SourceKind kind, std::optional<std::string> store)
        : formats_({.clock = &clock, .schemas = &schemas}),
          backend_(std::move(open_backend({})).value()),
          overlay_(*backend_) {
        formats_.add(kChanges, kChangesCodec);
        auto read = std::make_shared<plan::Step>(*exec::testing::source(
            kind,
            kind == sql::SourceKind::kTable ? "K STRING PRIMARY KEY, V STRING"
                                            : "K STRING KEY, V STRING",
            std::move(store)));
        std::get<plan::SourceStep>(read->node).value_format.name = "CHANGES";
        subtopology_ = exec::testing::subtopology(exec::testing::sink(read));
        env_.clock = &clock;
    }

    std::unique_ptr<exec::Pipeline> pipeline() {
        exec::OperatorContext context;
        context.env = &env_;
        context.formats = &formats_;
        context.store = [this](const std::string&) -> StateStore& {
            if (!store_) store_ = overlay_.store({1, 0});
            return *store_;
        };
        context.report = [this](const std::string&, RowErrors& found) {
            for (const auto& entry : found.entries())
                errors.push_back(std::to_string(entry.offset) + " " + entry.message);
        };
        return exec::build(subtopology_, std::move(context), FunctionRegistry::builtin(), this,
                           nullptr);
    }
    std::unique_ptr<Task> task(int64_t from = 0) {
        auto plan = std::make_shared<plan::PhysicalPlan>();
        plan->query_id = "Q";
        auto query = std::make_shared<RunningQuery>(
            plan, std::vector<plan::SubTopology>{subtopology_}, std::vector<int32_t>{1});
        auto task = std::make_unique<Task>(TaskId{"Q", 0, 0}, query);
        task->start({nullptr, nullptr, pipeline()}, {InputPosition{from, -1}}, 100);
        return task;
    }
    void write(std::optional<ByteView> key, std::optional<ByteView> value, int64_t,
               std::optional<ByteView>, const RowHeaders*) override {
        lines.push_back(std::string(*key) + " " + std::string(value.value_or("-")));
    }

    ManualClock clock{1000};
    Schemas schemas;
    Lines lines, errors;

private:
    FormatRegistry formats_;
    EvalEnv env_;
    plan::SubTopology subtopology_;
    std::unique_ptr<StateBackend> backend_;
    Overlay overlay_;
    std::unique_ptr<StateStore> store_;
};

using Values = std::vector<std::optional<std::string>>;

/// Offsets from 0 on, key "k", in batches of `size`.
void enqueue(Task& task, const Values& values, size_t size) {
    for (size_t first = 0; first < values.size(); first += size) {
        auto batch = std::make_shared<LocalBatch>(TopicPartition{"t", 0});
        for (size_t i = first; i < std::min(values.size(), first + size); ++i) {
            std::optional<ByteView> value;
            if (values[i]) value = *values[i];
            batch->add("k", value, 10, static_cast<int64_t>(i));
        }
        task.enqueue(0, batch);
    }
}

int64_t position(Task& task, int64_t start = 0) {
    const auto moved = task.take_moved_positions();
    return moved.empty() ? start : moved[0].second.next_offset;
}

std::string row(const std::string& text) {
    return "k {\"V\":\"" + text + "\"}";
}

}  // namespace

TEST_CASE("a record may hold any number of rows", "[runtime][format]") {
    const Values values = {"1|+a,+b", "1|", std::nullopt, "1|+c,!", "9|+x", "1|+d,+e,+f"};
    const std::map<int64_t, Lines> expected = {{0, {row("one:a"), row("one:b")}},
                                               {5, {row("one:d"), row("one:e"), row("one:f")}}};
    const size_t batch = GENERATE(1u, 2u, 4u, 7u), turn = GENERATE(1u, 2u, 3u, 4096u);
    INFO("batch " << batch << ", turn " << turn);
    Lines whole;
    for (const auto& [offset, lines] : expected)
        whole.insert(whole.end(), lines.begin(), lines.end());

    Rig rig(sql::SourceKind::kStream, std::nullopt);
    const auto task = rig.task();
    enqueue(*task, values, batch);
    std::vector<int64_t> positions = {0};
    while (task->process(turn) > 0) {
        positions.push_back(position(*task));
        // Rows of whole records, of exactly those ahead of the position.
        Lines ahead;
        for (const auto& [offset, lines] : expected)
            if (offset < positions.back()) ahead.insert(ahead.end(), lines.begin(), lines.end());
        CHECK(rig.lines == ahead);
    }
    CHECK(rig.lines == whole);
    CHECK(position(*task) == 6);
    CHECK(rig.errors == Lines{"3 no change", "4 no schema"});

    // Whoever goes on from a position that could have been committed writes the rest.
    for (int64_t from : positions) {
        Rig next(sql::SourceKind::kStream, std::nullopt);
        const auto rest = next.task(from);
        enqueue(*rest, values, batch);
        while (rest->process(turn) > 0) {
        }
        const auto done = from == 0 ? 0 : static_cast<std::ptrdiff_t>(expected.at(0).size());
        const auto begin = from > 5 ? whole.end() : whole.begin() + done;
        CHECK(next.lines == Lines(begin, whole.end()));
        CHECK(position(*rest, from) == 6);
    }
}

TEST_CASE("a table's records may say what kind of change they are", "[runtime][format]") {
    const std::optional<std::string> store =
        GENERATE(std::optional<std::string>(), std::optional<std::string>("T"));
    const size_t batch = GENERATE(1u, 2u, 7u);
    Rig rig(sql::SourceKind::kTable, store);
    const auto task = rig.task();
    enqueue(*task, {"1|+a", "1|<a,>b", "1|-b", "1|+c,<c,>d", std::nullopt}, batch);
    while (task->process(1) > 0) {
    }
    CHECK(rig.lines == Lines{row("one:a"), row("one:b"), "k -", row("one:c"), row("one:d"), "k -"});
    CHECK(position(*task) == 5);

    const std::string update = "1|<a,>b";
    LogRecord record;
    record.offset = 7;
    record.key = "k";
    record.value = update;
    auto decoded = rig.pipeline()->decode(0, {&record, 1}, 3, "t");
    const auto& meta = decoded->rows.meta();
    REQUIRE(meta.size() == 2);
    CHECK(meta[0].kind == RowKind::kUpdateBefore);
    CHECK(meta[1].kind == RowKind::kUpdateAfter);
    for (const RowMeta& one : meta) {
        CHECK(one.offset == 7);
        CHECK(one.partition == 3);
    }
}

TEST_CASE("records that cannot be read yet wait, and nothing is lost", "[runtime][format]") {
    const Values values = {"1|+a", "1|!", "2|+b,+c", "1|+d"};
    const Lines whole = {row("one:a"), row("two:b"), row("two:c"), row("one:d")};
    const size_t batch = GENERATE(1u, 2u, 3u, 7u), turn = GENERATE(1u, 4096u);
    INFO("batch " << batch << ", turn " << turn);
    Rig rig(sql::SourceKind::kStream, std::nullopt);
    rig.schemas.fault = Fault::kRetriable;
    const auto task = rig.task();
    enqueue(*task, values, batch);
    auto run = [&] {
        while (task->process(turn) > 0) {
        }
    };
    // Whole batches ahead of the record go on; its own stays unread, and what follows waits.
    const bool some = batch <= 2;
    for (int turns = 0; turns < 3; ++turns) {
        run();
        CHECK(rig.lines == Lines(whole.begin(), whole.begin() + (some ? 1 : 0)));
        CHECK(rig.errors == (some ? Lines{"1 no change"} : Lines{}));
        CHECK(position(*task) == (some ? 2 : 0));
        CHECK(task->has_queued());
        CHECK_FALSE(task->wants_more(0));
        CHECK_FALSE(task->finished(0));
    }
    // Asked once so far, and again only after a while.
    CHECK(rig.schemas.asked == 1);
    rig.clock.advance(500);
    run();
    CHECK(rig.schemas.asked == 2);
    rig.schemas.fault = Fault::kNone;
    rig.clock.advance(500);
    run();
    CHECK(rig.lines == whole);
    CHECK(rig.errors == Lines{"1 no change"});
    CHECK(position(*task) == 4);
    CHECK_FALSE(task->has_queued());
    CHECK(task->query()->records_in == 4);
}

TEST_CASE("a decoder's fault that time does not mend ends the query", "[runtime][format]") {
    Rig rig(sql::SourceKind::kStream, std::nullopt);
    rig.schemas.fault = Fault::kFatal;
    const auto task = rig.task();
    enqueue(*task, {"2|+a"}, 1);
    CHECK_THROWS_WITH(task->process(10), "the registry is away");
    CHECK(position(*task) == 0);
}

TEST_CASE("a format of several rows a record is none of keys", "[runtime][format]") {
    FormatRegistry formats;
    formats.add(kChanges, kChangesCodec);
    const std::vector<Field> column = {{"K", SqlType::string()}};
    CHECK_THROWS_WITH(formats.decoder(formats.key_spec({"CHANGES", {}, {}}, column, "t")),
                      Catch::Contains("'CHANGES' format has several rows in a record"));
}
