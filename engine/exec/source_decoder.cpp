#include "engine/exec/source_decoder.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/exec/row_columns.h"
#include "engine/exec/serde_spec.h"

namespace millrace::exec {

namespace {

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
    if (context_.env)
        throws_on_bad_time_ = context_.env->config.get<"ksql.timestamp.throw.on.invalid">();
    const Schema& declared = source_.declared;
    for (int column : source_.columns) used_.push_back(static_cast<size_t>(column));
    if (source_.timestamp) {
        time_.emplace(*source_.timestamp);
        const size_t in_key = index_of(declared.key, time_->column());
        const size_t in_value = index_of(declared.value, time_->column());
        time_in_key_ = in_key != SIZE_MAX;
        MR_CHECK(time_in_key_ || in_value != SIZE_MAX,
                 "the timestamp column is one of the source's");
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
        key_decoder_ = make_decoder(key_spec(source_.key_format, declared.key, source_.topic));
    }
    value_decoder_ =
        make_decoder(value_spec(source_.value_format, declared.value, source_.topic), used_);
}

DecodedRows SourceDecoder::decode(std::span<const LogRecord> records, int32_t partition,
                                  const std::string& topic) {
    const size_t rows = records.size();
    dropped_.assign(rows, 0);
    num_dropped_ = 0;
    partition_ = partition;
    topic_ = topic;

    std::vector<RowMeta> meta(rows);
    for (size_t i = 0; i < rows; ++i) {
        meta[i].timestamp_ms = records[i].timestamp_ms;
        meta[i].offset = records[i].offset;
        meta[i].partition = partition;
        meta[i].null_value = !records[i].value.has_value();
        meta[i].null_key = !records[i].key.has_value();
        if (is_table_ && meta[i].null_value) meta[i].kind = RowKind::kDelete;
        if (is_table_ && meta[i].null_key) drop(i);
    }
    std::vector<Column> keys = columns_for(rows, source_.declared.key);
    std::vector<Column> values = columns_for(rows, source_.declared.value, &used_);
    decode_keys(records, keys);
    decode_values(records, values);
    set_times(records, keys, values, meta);

    const std::vector<ColumnPtr> decoded = finished(values);
    std::vector<ColumnPtr> columns = finished(keys);
    for (size_t at : positions_) columns.push_back(decoded[at]);
    append_header_columns(records, columns);

    RecordBatch batch(std::move(columns), std::move(meta));
    if (source_.window != WindowType::kNone) batch.set_windows(std::move(windows_));
    if (std::any_of(records.begin(), records.end(),
                    [](const LogRecord& r) { return r.headers && !r.headers->empty(); })) {
        std::vector<RowHeadersPtr> headers;
        for (const LogRecord& record : records) headers.push_back(row_headers(record));
        batch.set_headers(std::move(headers));
    }
    if (!errors_.empty()) {
        if (context_.report) context_.report(step_.name, errors_);
        errors_.clear();
    }
    return {keep_usable(std::move(batch)), {}};
}

void SourceDecoder::decode_keys(std::span<const LogRecord> records, std::vector<Column>& columns) {
    const bool windowed = source_.window != WindowType::kNone;
    const size_t suffix = !windowed ? 0 : source_.window == WindowType::kSession ? 16 : 8;
    windows_.clear();
    bytes_.clear();
    failures_.clear();
    for (size_t i = 0; i < records.size(); ++i) {
        std::optional<ByteView> key = records[i].key;
        Window window;
        if (windowed && key) {
            if (key->size() < suffix) {
                failures_.push_back({static_cast<uint32_t>(i), "Windowed key is too short", {}});
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
    if (key_decoder_) key_decoder_->decode(bytes_, columns, failures_);
    report_failures(records, failures_, true);
}

void SourceDecoder::decode_values(std::span<const LogRecord> records,
                                  std::vector<Column>& columns) {
    bytes_.clear();
    failures_.clear();
    for (const LogRecord& record : records) bytes_.push_back(record.value);
    value_decoder_->decode(bytes_, columns, failures_);
    report_failures(records, failures_, false);
}

void SourceDecoder::set_times(std::span<const LogRecord> records, const std::vector<Column>& keys,
                              const std::vector<Column>& values, std::vector<RowMeta>& meta) {
    std::string reason;
    for (size_t i = 0; i < records.size(); ++i) {
        if (dropped_[i] != 0) continue;
        // A record without a value has no column to take a time from: its own stands.
        if (time_ && (time_in_key_ ? !meta[i].null_key : !meta[i].null_value)) {
            const Column& column = time_in_key_ ? keys[time_column_] : values[time_column_];
            const auto time = time_->read(column, i, reason);
            meta[i].timestamp_ms = time.value_or(-1);
            if (!time) {
                report_time(records[i], reason);
                drop(i);
            }
        } else if (meta[i].timestamp_ms < 0) {
            report_time(records[i],
                        "the timestamp is negative: " + std::to_string(meta[i].timestamp_ms));
            drop(i);
        }
    }
}

void SourceDecoder::append_header_columns(std::span<const LogRecord> records,
                                          std::vector<ColumnPtr>& columns) const {
    for (int index : source_.headers) {
        const HeaderField& field = source_.declared.headers[static_cast<size_t>(index)];
        Column column(field.type);
        column.reserve(records.size());
        static const std::vector<Header> none;
        for (const LogRecord& record : records) {
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
        if (dropped_[failure.row] != 0) continue;
        drop(failure.row);
        const LogRecord& record = records[failure.row];
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
    entry.message = "Failed to extract timestamp from row";
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
        if (dropped_[row] == 0) kept.push_back(row);
    }
    return batch.select(kept);
}

}  // namespace millrace::exec
