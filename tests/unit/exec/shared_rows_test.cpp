// Decoders of one kind share what one of them has made of a batch; others have their own.
#include "engine/exec/shared_rows.h"

#include <catch2/catch.hpp>

#include "engine/exec/source_decoder.h"
#include "engine/functions/registry.h"
#include "tests/unit/exec/pipeline_fixture.h"

namespace millrace::exec {
namespace {

class Batch final : public LogBatch {
public:
    explicit Batch(std::vector<std::string> values) : values_(std::move(values)) {
        for (const std::string& value : values_) {
            LogRecord& record = records_.emplace_back();
            record.offset = static_cast<int64_t>(records_.size()) - 1;
            record.value = value;
        }
    }
    const TopicPartition& source() const override { return source_; }
    std::span<const LogRecord> records() const override { return records_; }
    size_t bytes() const override { return 0; }
    bool is_alone() { return companion() == nullptr; }

private:
    const TopicPartition source_{"input", 0};
    const std::vector<std::string> values_;
    std::vector<LogRecord> records_;
};

plan::StepPtr source_of(const std::string& columns) {
    return testing::source(sql::SourceKind::kStream, columns, std::nullopt, "KAFKA", std::nullopt);
}

class Reader {
public:
    Reader(const plan::StepPtr& step, DecodeKinds* kinds, int32_t partition = 0) : step_(step) {
        env_.clock = &clock_;
        context_.env = &env_;
        context_.formats = &formats_;
        context_.decode_kinds = kinds;
        context_.partition = partition;
        context_.report = [this](const std::string&, RowErrors& errors) {
            for (const RowErrorEntry& entry : errors.entries()) bad.push_back(entry.offset);
        };
        decoder_ = std::make_unique<SourceDecoder>(*step_, context_);
    }
    RecordBatch read(Batch& batch) { return read(batch, batch.records()); }
    RecordBatch read(Batch& batch, std::span<const LogRecord> records) {
        auto rows = decoder_->decode(records, 0, "input", &batch);
        REQUIRE(rows);
        return std::move(rows->rows);
    }

    std::vector<int64_t> bad;  ///< Offsets of records that were reported.

private:
    const plan::StepPtr step_;
    ManualClock clock_;
    EvalEnv env_;
    FormatRegistry formats_;
    OperatorContext context_;
    std::unique_ptr<SourceDecoder> decoder_;
};

const char* const kColumns = "v INT, t VARCHAR";
const std::vector<std::string> kValues = {R"({"V":1,"T":"a"})", "no JSON", R"({"V":3,"T":"c"})"};

}  // namespace

TEST_CASE("two readers of one source share rows, and both hear of the bad ones") {
    DecodeKinds kinds{MemoryShare()};
    Reader first(source_of(kColumns), &kinds), second(source_of(kColumns), &kinds);
    Batch batch(kValues);
    const RecordBatch one = first.read(batch);
    RecordBatch other = second.read(batch);
    REQUIRE(one.num_rows() == 2);
    CHECK(one.column_ptr(0) == other.column_ptr(0));
    CHECK(other.num_rows() == 2);
    CHECK(other.column(1).get(1) == Value("c"));
    CHECK(first.bad == std::vector<int64_t>{1});
    CHECK(second.bad == std::vector<int64_t>{1});
    other.meta()[0].stream_time_ms = 77;  // A task's own.
    CHECK(one.meta()[0].stream_time_ms != 77);
}

TEST_CASE("readers that would make other rows have their own") {
    DecodeKinds kinds{MemoryShare()};
    Reader first(source_of(kColumns), &kinds), same(source_of(kColumns), &kinds);
    Batch batch(kValues);
    const RecordBatch one = first.read(batch);

    SECTION("of other columns") {
        Reader other(source_of("v BIGINT"), &kinds);
        const RecordBatch rows = other.read(batch);
        CHECK(rows.column(0).type().to_string() == "BIGINT");
    }
    SECTION("of a part of the records") {
        const RecordBatch rows = same.read(batch, batch.records().subspan(2));
        REQUIRE(rows.num_rows() == 1);
        CHECK(rows.column(0).get(0) == Value(int32_t{3}));
    }
    SECTION("of another batch") {
        Batch next({R"({"V":8,"T":"x"})"});
        const RecordBatch rows = same.read(next);
        CHECK(rows.column(0).get(0) == Value(int32_t{8}));
    }
}

TEST_CASE("what nobody shares is not kept") {
    DecodeKinds kinds{MemoryShare()};
    Batch batch(kValues);
    SECTION("a reader alone") {
        Reader only(source_of(kColumns), &kinds);
        only.read(batch);
    }
    SECTION("one of two whose other is gone") {
        Reader left(source_of(kColumns), &kinds);
        { Reader gone(source_of(kColumns), &kinds); }
        left.read(batch);
    }
    SECTION("readers of two partitions") {
        Reader one(source_of(kColumns), &kinds, 0), other(source_of(kColumns), &kinds, 1);
        one.read(batch);
    }
    CHECK(batch.is_alone());
}

}  // namespace millrace::exec
