#include "engine/exec/source_decoder.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/exec/row_columns.h"
#include "engine/plan/steps_json.h"

namespace millrace::exec {

namespace {

/// A decoder that could not say anything is not asked again sooner.
constexpr int64_t kAskAgainMs = 500;

size_t index_of(const std::vector<Field>& fields, const std::string& name) {
    for (size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].name == name) return i;
    }
    return SIZE_MAX;
}

std::vector<Column> columns_for(size_t rows, const std::vector<Field>& fields,
                                const std::vector<size_t>* used = nullptr) {
    std::vector<Column> columns;
    const size_t count = used ? used->size() : fields.size();
    columns.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        columns.emplace_back(fields[used ? (*used)[i] : i].type);
        columns.back().reserve(rows);
    }
    return columns;
}

/// Does the record say by its bytes that there is nothing?
bool says_null(const Decoded& decoded, size_t record) {
    return !decoded.nulls.empty() && std::binary_search(decoded.nulls.begin(), decoded.nulls.end(),
                                                        static_cast<uint32_t>(record));
}

Value header_value(const Header& header) {
    Value bytes;
    if (header.value) bytes = Value(*header.value);
    return bytes;
}

}  // namespace

RowHeadersPtr row_headers(const LogRecord& record) {
    if (!record.headers || record.headers->empty()) return nullptr;
    auto headers = std::make_shared<RowHeaders>();
    for (const Header& header : *record.headers)
        headers->entries.emplace_back(header.key, header.value);
    return headers;
}

SourceDecoder::SourceDecoder(const plan::Step& step, const OperatorContext& context)
    : step_(step),
      source_(*step.as<plan::SourceStep>()),
      context_(context),
      is_table_(source_.kind == sql::SourceKind::kTable) {
    MR_CHECK(context_.formats, "records are decoded with the server's formats");
    const FormatRegistry& formats = *context_.formats;
    expands_ = !formats.traits(source_.value_format.name).one_row_a_record;
    const Schema& declared = source_.declared;
    for (int column : source_.columns) used_.push_back(static_cast<size_t>(column));
    if (source_.timestamp) {
        time_.emplace(*source_.timestamp);
        const size_t in_key = index_of(declared.key, time_->column());
        const size_t in_value = index_of(declared.value, time_->column());
        time_in_key_ = in_key != SIZE_MAX;
        need_intact(time_in_key_ || in_value != SIZE_MAX,
                    "a plan's source lacks its timestamp column");
        time_column_ = in_key;
        if (!time_in_key_) used_.push_back(in_value);
    }
    std::sort(used_.begin(), used_.end());
    used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
    auto position = [&](size_t field) {
        return static_cast<size_t>(std::lower_bound(used_.begin(), used_.end(), field) -
                                   used_.begin());
    };
    for (int column : source_.columns) positions_.push_back(position(static_cast<size_t>(column)));
    if (time_ && !time_in_key_) time_column_ = position(index_of(declared.value, time_->column()));

    if (!declared.key.empty()) {
        key_decoder_ =
            formats.decoder(formats.key_spec(source_.key_format, declared.key, source_.topic));
    }
    SerdeSpec value = formats.value_spec(source_.value_format, declared.value, source_.topic);
    value.changelog = is_table_;
    if (context_.env) {
        const Config& config = context_.env->config;
        throws_on_bad_time_ = config.get<"ksql.timestamp.throw.on.invalid">();
        checks_unread_ = config.get<"millrace.check.unread.columns">();
    }
    value.check_unread = checks_unread_;
    value_decoder_ = formats.decoder(value, used_);
    if (context_.decode_kinds != nullptr) kind_ = context_.decode_kinds->of(kind_text());
}

std::string SourceDecoder::kind_text() const {
    return plan::step_to_json(step_) + '\n' + std::to_string(context_.partition) +
           (throws_on_bad_time_ ? " throws" : "") + (checks_unread_ ? " checks" : "");
}

Result<DecodedRows> SourceDecoder::decode(std::span<const LogRecord> records, int32_t partition,
                                          const std::string& topic, LogBatch* batch) {
    const bool shared = batch != nullptr && kind_.use_count() > 1;
    if (shared) {
        if (const SharedRows::Entry* known = SharedRows::of(*batch).find(kind_, records)) {
            RowErrors errors = known->errors;
            report(errors);
            return DecodedRows{known->rows.share(), {}};
        }
    }
    if (!may_ask()) return waiting_;
    partition_ = partition;
    topic_ = topic;
    auto rows = decode_records(records);
    if (!rows) return wait(rows.status());
    waiting_ = Status::ok();
    if (shared) {
        SharedRows::of(*batch).put(
            {kind_.get(), records, rows->share(), errors_,
             MemoryAccount(context_.decode_kinds->memory(), rows->bytes_without_texts())});
    }
    report(errors_);
    errors_.clear();
    return DecodedRows{std::move(*rows), {}};
}

void SourceDecoder::report(RowErrors& errors) {
    if (!errors.empty() && context_.report) context_.report(step_.name, errors);
}

Result<RecordBatch> SourceDecoder::decode_records(std::span<const LogRecord> records) {
    dropped_.assign(records.size(), 0);
    num_dropped_ = 0;
    for (size_t i = 0; is_table_ && i < records.size(); ++i) {
        if (!records[i].key) drop(i);
    }
    std::vector<Column> keys = columns_for(records.size(), source_.declared.key);
    std::vector<Column> values = columns_for(records.size(), source_.declared.value, &used_);
    Status status = decode_keys(records, keys);
    if (status) status = decode_values(records, values);
    if (!status) return status;

    const size_t num_rows = expands_ ? values_out_.origins.size() : records.size();
    for (const Column& column : values)
        MR_CHECK(column.size() == num_rows, "a decoder gives every column a value for every row");
    MR_CHECK(values_out_.kinds.empty() || values_out_.kinds.size() == num_rows,
             "a decoder gives every row a kind or none");
    if (expands_) spread_over_rows(keys);
    std::vector<RowMeta> meta = meta_of(records, num_rows);
    set_times(records, keys, values, meta);

    const std::vector<ColumnPtr> decoded = finished(values);
    std::vector<ColumnPtr> columns = finished(keys);
    for (size_t at : positions_) columns.push_back(decoded[at]);
    append_header_columns(records, num_rows, columns);

    RecordBatch batch(std::move(columns), std::move(meta));
    if (source_.window != WindowType::kNone) batch.set_windows(std::move(windows_));
    if (std::any_of(records.begin(), records.end(),
                    [](const LogRecord& r) { return r.headers && !r.headers->empty(); })) {
        std::vector<RowHeadersPtr> headers;
        for (size_t row = 0; row < num_rows; ++row)
            headers.push_back(row_headers(records[origin(row)]));
        batch.set_headers(std::move(headers));
    }
    return keep_usable(std::move(batch));
}

bool SourceDecoder::may_ask() const {
    if (waiting_ || !context_.env || !context_.env->clock) return true;
    const int64_t since = context_.env->clock->now_ms() - asked_at_ms_;
    return since < 0 || since >= kAskAgainMs;
}

Status SourceDecoder::wait(Status status) {
    errors_.clear();  // They are found again.
    waiting_ = std::move(status);
    if (context_.env && context_.env->clock) asked_at_ms_ = context_.env->clock->now_ms();
    return waiting_;
}

void SourceDecoder::spread_over_rows(std::vector<Column>& keys) {
    for (Column& key : keys) key = key.select(values_out_.origins);
    if (source_.window == WindowType::kNone) return;
    std::vector<Window> windows;
    for (uint32_t record : values_out_.origins) windows.push_back(windows_[record]);
    windows_ = std::move(windows);
}

std::vector<RowMeta> SourceDecoder::meta_of(std::span<const LogRecord> records,
                                            size_t num_rows) const {
    std::vector<RowMeta> meta(num_rows);
    for (size_t row = 0; row < num_rows; ++row) {
        const LogRecord& record = records[origin(row)];
        meta[row].timestamp_ms = record.timestamp_ms;
        meta[row].offset = record.offset;
        meta[row].partition = partition_;
        meta[row].null_value = !record.value.has_value() || says_null(values_out_, origin(row));
        meta[row].null_key = !record.key.has_value() || says_null(keys_out_, origin(row));
        if (!is_table_) continue;
        if (meta[row].null_value) meta[row].kind = RowKind::kDelete;
        if (!values_out_.kinds.empty()) meta[row].kind = values_out_.kinds[row];
    }
    return meta;
}

Status SourceDecoder::decode_keys(std::span<const LogRecord> records,
                                  std::vector<Column>& columns) {
    const bool windowed = source_.window != WindowType::kNone;
    const size_t suffix = !windowed ? 0 : source_.window == WindowType::kSession ? 16 : 8;
    windows_.clear();
    bytes_.clear();
    keys_out_.clear();
    for (size_t i = 0; i < records.size(); ++i) {
        std::optional<ByteView> key = records[i].key;
        Window window;
        if (windowed && key) {
            if (key->size() < suffix) {
                keys_out_.failures.push_back(
                    {static_cast<uint32_t>(i), "Windowed key is too short", {}});
                key.reset();
            } else {
                const char* at = key->data() + key->size() - suffix;
                if (suffix == 16) {
                    window.end_ms = static_cast<int64_t>(get_be64(at));
                    window.start_ms = static_cast<int64_t>(get_be64(at + 8));
                } else {
                    window.start_ms = static_cast<int64_t>(get_be64(at));
                    window.end_ms = window.start_ms + source_.window_size_ms.value_or(0);
                }
                key->remove_suffix(suffix);
            }
        }
        if (windowed) windows_.push_back(window);
        bytes_.push_back(key);
    }
    if (key_decoder_) {
        if (Status status = key_decoder_->decode(bytes_, columns, keys_out_); !status)
            return status;
    }
    report_failures(records, keys_out_.failures, true);
    for (uint32_t record : keys_out_.nulls) {
        if (is_table_ && dropped_[record] == 0) drop(record);
    }
    return Status::ok();
}

Status SourceDecoder::decode_values(std::span<const LogRecord> records,
                                    std::vector<Column>& columns) {
    bytes_.clear();
    values_out_.clear();
    for (const LogRecord& record : records) bytes_.push_back(record.value);
    if (Status status = value_decoder_->decode(bytes_, columns, values_out_); !status)
        return status;
    report_failures(records, values_out_.failures, false);
    return Status::ok();
}

void SourceDecoder::set_times(std::span<const LogRecord> records, const std::vector<Column>& keys,
                              const std::vector<Column>& values, std::vector<RowMeta>& meta) {
    std::string reason;
    for (size_t row = 0; row < meta.size(); ++row) {
        const size_t record = origin(row);
        if (dropped_[record] != 0) continue;
        // A record without a value has no column to take a time from: its own stands.
        if (time_ && (time_in_key_ ? !meta[row].null_key : !meta[row].null_value)) {
            const Column& column = time_in_key_ ? keys[time_column_] : values[time_column_];
            const auto time = time_->read(column, row, reason);
            meta[row].timestamp_ms = time.value_or(-1);
            if (!time) {
                report_time(records[record], reason);
                drop(record);
            }
        } else if (meta[row].timestamp_ms < 0) {
            report_time(records[record],
                        "the timestamp is negative: " + std::to_string(meta[row].timestamp_ms));
            drop(record);
        } else if (meta[row].timestamp_ms > kRowTimeMax) {
            report_time(records[record], "the timestamp is beyond all dates: " +
                                             std::to_string(meta[row].timestamp_ms));
            drop(record);
        }
    }
}

void SourceDecoder::append_header_columns(std::span<const LogRecord> records, size_t num_rows,
                                          std::vector<ColumnPtr>& columns) const {
    for (int index : source_.headers) {
        const HeaderField& field = source_.declared.headers[static_cast<size_t>(index)];
        Column column(field.type);
        column.reserve(num_rows);
        static const std::vector<Header> none;
        for (size_t row = 0; row < num_rows; ++row) {
            const LogRecord& record = records[origin(row)];
            const auto& headers = record.headers ? *record.headers : none;
            if (!field.header_key) {
                ValueList list;
                for (const Header& header : headers) {
                    list.emplace_back(ValueList{Value(header.key), header_value(header)});
                }
                column.append_ref(Value(std::move(list)));
                continue;
            }
            const auto last =
                std::find_if(headers.rbegin(), headers.rend(),
                             [&](const Header& header) { return header.key == *field.header_key; });
            if (last == headers.rend() || !last->value) {
                column.append_null();
            } else {
                column.append_text(*last->value);
            }
        }
        columns.push_back(std::make_shared<const Column>(std::move(column)));
    }
}

void SourceDecoder::report_failures(std::span<const LogRecord> records,
                                    std::vector<DecodeFailure>& failures, bool in_key) {
    for (DecodeFailure& failure : failures) {
        if (dropped_[failure.record] != 0) continue;
        drop(failure.record);
        const LogRecord& record = records[failure.record];
        RowErrorEntry entry;
        entry.kind = RowErrorKind::kDeserialization;
        entry.message = std::move(failure.message);
        entry.cause = std::move(failure.causes);
        entry.topic = topic_;
        entry.partition = partition_;
        entry.offset = record.offset;
        entry.in_key = in_key;
        entry.record = std::string((in_key ? record.key : record.value).value_or(ByteView()));
        errors_.add(std::move(entry));
    }
}

void SourceDecoder::report_time(const LogRecord& record, std::string reason) {
    if (throws_on_bad_time_) {
        refuse(ErrorKind::kServer,
               "Fatal user code error in TimestampExtractor callback for record in "
               "topic " +
                   topic_ + ", partition " + std::to_string(partition_) + " at offset " +
                   std::to_string(record.offset) + ": " + reason);
    }
    RowErrorEntry entry;
    entry.message = "Failed to extract timestamp from row: " + reason;
    entry.cause.push_back(std::move(reason));
    entry.topic = topic_;
    entry.partition = partition_;
    entry.offset = record.offset;
    errors_.add(std::move(entry));
}

RecordBatch SourceDecoder::keep_usable(RecordBatch batch) const {
    if (num_dropped_ == 0) return batch;
    std::vector<uint32_t> kept;
    for (uint32_t row = 0; row < batch.num_rows(); ++row) {
        if (dropped_[origin(row)] == 0) kept.push_back(row);
    }
    return batch.select(kept);
}

}  // namespace millrace::exec
