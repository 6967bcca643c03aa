#include "engine/exec/sink_encoder.h"

#include "engine/base/check.h"
#include "engine/base/damaged.h"

namespace millrace::exec {

namespace {

/// Steps through failures in row order: the failure of `index`, or null.
const EncodeFailure* failure_of(const std::vector<EncodeFailure>& failures, size_t& next,
                                size_t index) {
    while (next < failures.size() && failures[next].index < index) ++next;
    return next < failures.size() && failures[next].index == index ? &failures[next] : nullptr;
}

}  // namespace

SinkEncoder::SinkEncoder(const plan::Step& step, const OperatorContext& context, RecordSink& sink)
    : step_(step),
      spec_(*step.as<plan::SinkStep>()),
      context_(context),
      sink_(sink),
      num_keys_(step.schema.key.size()),
      window_(step.window) {
    const Schema& schema = step.schema;
    MR_CHECK(context_.formats, "records are encoded with the server's formats");
    const FormatRegistry& formats = *context_.formats;
    if (num_keys_ > 0) {
        key_encoder_ = formats.encoder(formats.key_spec(spec_.key_format, schema.key, spec_.topic));
    }
    value_encoder_ =
        formats.encoder(formats.value_spec(spec_.value_format, schema.value, spec_.topic));
    if (!spec_.timestamp) return;
    time_.emplace(*spec_.timestamp);
    time_column_ = SIZE_MAX;
    for (size_t i = 0; i < schema.value.size(); ++i) {
        if (schema.value[i].name == time_->column()) time_column_ = num_keys_ + i;
    }
    for (size_t i = 0; i < num_keys_; ++i) {
        if (schema.key[i].name == time_->column()) time_column_ = i;
    }
    need_intact(time_column_ != SIZE_MAX, "a plan's sink lacks its timestamp column");
}

void SinkEncoder::write(const RecordBatch& batch) {
    const auto& meta = batch.meta();
    rows_.clear();
    value_rows_.clear();
    for (uint32_t row = 0; row < batch.num_rows(); ++row) {
        if (meta[row].kind == RowKind::kUpdateBefore) continue;
        rows_.push_back(row);
        if (!meta[row].null_value && meta[row].kind != RowKind::kDelete) value_rows_.push_back(row);
    }
    const auto begin = batch.columns().begin(),
               values_at = begin + static_cast<std::ptrdiff_t>(num_keys_);
    key_columns_.assign(begin, values_at);
    value_columns_.assign(values_at, batch.columns().end());
    keys_.clear();
    values_.clear();
    key_failures_.clear();
    value_failures_.clear();
    if (key_encoder_) key_encoder_->encode(key_columns_, rows_, keys_, key_failures_);
    value_encoder_->encode(value_columns_, value_rows_, values_, value_failures_);

    size_t next_value = 0, next_key_failure = 0, next_value_failure = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
        const uint32_t row = rows_[i];
        std::optional<ByteView> key, value, partition_key;
        const EncodeFailure* failure = failure_of(key_failures_, next_key_failure, i);
        if (failure) report(batch, row, failure->message, true, RowErrorKind::kSerialization);
        bool usable = !failure;
        if (next_value < value_rows_.size() && value_rows_[next_value] == row) {
            failure = failure_of(value_failures_, next_value_failure, next_value);
            if (failure) report(batch, row, failure->message, false, RowErrorKind::kSerialization);
            usable = usable && !failure;
            value = values_.at(next_value++);
        }
        if (!usable) continue;
        if (key_encoder_ && !meta[row].null_key) key = keys_.at(i);
        const auto time = time_of(batch, row);
        if (!time) continue;
        if (window_ != WindowType::kNone && key) {
            windowed_key_.assign(*key);
            const Window& window = batch.windows()[row];
            if (window_ == WindowType::kSession)
                put_be64(windowed_key_, static_cast<uint64_t>(window.end_ms));
            put_be64(windowed_key_, static_cast<uint64_t>(window.start_ms));
            partition_key = key;
            key = windowed_key_;
        }
        const RowHeaders* headers = batch.headers().empty() ? nullptr : batch.headers()[row].get();
        sink_.write(key, value, *time, partition_key, headers);
    }
    if (!errors_.empty()) {
        if (context_.report) context_.report(step_.name, errors_);
        errors_.clear();
    }
}

std::optional<int64_t> SinkEncoder::time_of(const RecordBatch& batch, size_t row) {
    const RowMeta& meta = batch.meta()[row];
    if (!time_) return meta.timestamp_ms;
    // A tombstone has no column to read.
    if (meta.null_value || meta.kind == RowKind::kDelete) return meta.stream_time_ms;
    std::string reason;
    const auto time = time_->read(batch.column(time_column_), row, reason);
    if (!time) report(batch, row, reason, false, RowErrorKind::kProcessing);
    return time;
}

void SinkEncoder::report(const RecordBatch& batch, size_t row, std::string message, bool in_key,
                         RowErrorKind kind) {
    RowErrorEntry entry;
    entry.kind = kind;
    entry.message = std::move(message);
    entry.topic = spec_.topic;
    entry.partition = batch.meta()[row].partition;
    entry.offset = batch.meta()[row].offset;
    entry.in_key = in_key;
    errors_.add(std::move(entry));
}

}  // namespace millrace::exec
