#include "tests/unit/exec/pipeline_fixture.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/base/bytes.h"
#include "engine/functions/registry.h"

namespace millrace::exec::testing {

namespace {

std::string shown(std::optional<ByteView> bytes) {
    if (!bytes) return "-";
    const bool text = std::all_of(bytes->begin(), bytes->end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
    return text ? std::string(*bytes) : "x" + hex_encode(*bytes);
}

std::optional<std::string> owned(std::optional<ByteView> bytes) {
    if (!bytes) return std::nullopt;
    return std::string(*bytes);
}

}  // namespace

void Recorder::write(std::optional<ByteView> key, std::optional<ByteView> value,
                     int64_t timestamp_ms, std::optional<ByteView> partition_key,
                     const RowHeaders* headers) {
    lines.push_back(shown(key) + "|" + shown(value) + "@" + std::to_string(timestamp_ms));
    TextRecord record{owned(key), owned(value), timestamp_ms, {}, 0};
    for (size_t i = 0; headers && i < headers->entries.size(); ++i) {
        record.headers.push_back({headers->entries[i].first, headers->entries[i].second});
    }
    records.push_back(std::move(record));
    partition_keys.push_back(shown(partition_key));
}

bool Recorder::rows(const RecordBatch& batch) {
    for (size_t row = 0; row < batch.num_rows(); ++row) {
        std::string line = batch.meta()[row].kind == RowKind::kDelete ? "delete" : "row";
        for (size_t i = 0; i < batch.num_columns(); ++i) {
            line += " " + value_to_text(batch.column(i).get(row), batch.column(i).type());
        }
        lines.push_back(line);
    }
    return true;
}

void in_all_parts(const std::function<void(const FixtureOptions&)>& check) {
    for (size_t batch_rows : {1u, 7u, 4096u}) {
        for (size_t rows_max : {1u, 3u, 4096u}) {
            for (bool restart : {false, true}) {
                FixtureOptions options;
                options.batch_rows = batch_rows;
                options.rows_max = rows_max;
                options.restart_midway = restart;
                INFO(batch_rows << " rows, parts of " << rows_max << (restart ? ", restarts" : ""));
                check(options);
            }
        }
    }
}

PipelineFixture::PipelineFixture(FixtureOptions options)
    : options_(options), backend_(std::move(open_backend({})).value()) {
    env_.clock = &clock_;
    overlay_ = std::make_unique<Overlay>(*backend_);
}

PipelineFixture::~PipelineFixture() = default;

void PipelineFixture::commit(Pipeline& pipeline) {
    pipeline.flush();
    REQUIRE(overlay_->apply({}));
}

void PipelineFixture::process(std::unique_ptr<Pipeline>& pipeline, const Make& make,
                              const std::vector<TextRecord>& records, size_t from, size_t to) {
    // A run of one input, in batches: what a task would do.
    std::vector<LogRecord> log;
    for (size_t i = from; i < to; ++i) {
        const TextRecord& record = records[i];
        LogRecord one;
        one.offset = static_cast<int64_t>(i);
        one.timestamp_ms = record.timestamp_ms;
        if (record.key) one.key = *record.key;
        if (record.value) one.value = *record.value;
        one.headers = record.headers.empty() ? nullptr : &record.headers;
        log.push_back(one);
    }
    auto decoded = pipeline->decode(records[from].input, log, 0, "input");
    RecordBatch batch = std::move(decoded.value().rows);
    for (RowMeta& meta : batch.meta()) {
        stream_time_ms_ = std::max(stream_time_ms_, meta.timestamp_ms);
        meta.stream_time_ms = stream_time_ms_;
    }
    size_t before = recorder_.lines.size();
    pipeline->process(records[from].input, std::move(batch));
    while (pipeline->more()) {
        most_at_once_ = std::max(most_at_once_, recorder_.lines.size() - before);
        if (options_.restart_midway) {
            commit(*pipeline);
            pipeline = make();
            REQUIRE(pipeline->more());
        }
        before = recorder_.lines.size();
        pipeline->go_on();
    }
    most_at_once_ = std::max(most_at_once_, recorder_.lines.size() - before);
}

std::vector<std::string> PipelineFixture::run(const plan::SubTopology& subtopology,
                                              const std::vector<TextRecord>& records) {
    OperatorContext context;
    context.store = [&](const std::string& name) -> StateStore& {
        auto& store = stores_[name];
        if (!store) store = overlay_->store({backend_->store_number("query/" + name), 0});
        return *store;
    };
    context.env = &env_;
    context.formats = &formats_;
    context.coalesce = options_.coalesce;
    context.report = [&](const std::string& where, RowErrors& errors) {
        for (const auto& entry : errors.entries()) {
            errors_.push_back(where + "@" + std::to_string(entry.offset) + ": " + entry.message);
        }
    };
    context.rows_max = options_.rows_max;
    recorder_ = {};
    stream_time_ms_ = -1;
    const Make make = [&] {
        return build(subtopology, context, FunctionRegistry::builtin(), &recorder_, &recorder_);
    };
    auto pipeline = make();

    size_t committed = 0;
    Recorder committed_output;
    auto abort_after = options_.abort_after;
    for (size_t at = 0; at < records.size();) {
        size_t end = at;
        size_t stop = records.size();
        if (options_.commit_every > 0) stop = std::min(stop, committed + options_.commit_every);
        if (abort_after && *abort_after > at) stop = std::min(stop, *abort_after);
        while (end < stop && end - at < options_.batch_rows &&
               records[end].input == records[at].input) {
            ++end;
        }
        process(pipeline, make, records, at, end);
        at = end;
        if (abort_after && at == *abort_after) {
            overlay_->clear();
            pipeline = make();
            recorder_ = committed_output;
            at = committed;
            abort_after.reset();
        } else if (options_.commit_every > 0 && at == committed + options_.commit_every) {
            commit(*pipeline);
            committed = at;
            committed_output = recorder_;
        }
    }
    commit(*pipeline);
    return recorder_.lines;
}

std::vector<std::string> PipelineFixture::run_chain(
    const std::vector<plan::SubTopology>& subtopologies, const std::vector<TextRecord>& records) {
    std::vector<TextRecord> next = records;
    for (const plan::SubTopology& subtopology : subtopologies) {
        run(subtopology, next);
        next = recorder_.records;
    }
    return recorder_.lines;
}

std::vector<std::string> PipelineFixture::dump(const std::string& store) {
    std::vector<std::string> pairs;
    auto cursor = backend_->scan({backend_->store_number("query/" + store), 0}, "", "");
    for (; cursor->valid(); cursor->next()) {
        pairs.push_back(hex_encode(cursor->key()) + "=" + hex_encode(cursor->value()));
    }
    return pairs;
}

}  // namespace millrace::exec::testing
