#include "engine/session/insert_writer.h"

#include "engine/base/error.h"

namespace millrace {

namespace {

constexpr int64_t kFlushTimeoutMs = 10000;

/// Nothing: a null record.
std::optional<std::string> encode(const FormatRegistry& formats, const SerdeSpec& spec,
                                  const std::vector<Value>& row) {
    if (spec.fields.empty()) return std::nullopt;
    std::vector<ColumnPtr> columns;
    bool all_null = true;
    for (size_t i = 0; i < spec.fields.size(); ++i) {
        auto column = std::make_shared<Column>(spec.fields[i].type);
        column->append(row[i]);
        all_null = all_null && row[i].is_null();
        columns.push_back(std::move(column));
    }
    if (spec.is_key && all_null) return std::nullopt;
    std::string bytes;
    try {
        if (!formats.encoder(spec)->encode_row(columns, 0, bytes)) return std::nullopt;
    } catch (const RowError& error) {
        refuse(std::string("Could not serialize ") + (spec.is_key ? "key: " : "value: ") +
               error.what());
    }
    return bytes;
}

Status write_all(Log& log, const std::vector<RawRecord>& records) {
    // One writer a thread and log: making one costs a broker round trip.
    struct Kept {
        Log* log = nullptr;
        std::unique_ptr<LogWriter> writer;
    };
    thread_local Kept kept;
    if (kept.log != &log || !kept.writer) {
        WriterOptions options;
        options.client_id = "inserts";
        options.linger_ms = 0;
        kept.writer = log.writer(options);
        kept.log = &log;
    }
    Status status;
    for (const auto& raw : records) {
        ProducedRecord record;
        record.topic = raw.topic;
        if (raw.key) record.key = *raw.key;
        if (raw.value) record.value = *raw.value;
        record.timestamp_ms = raw.timestamp_ms;
        status = kept.writer->write(record);
        if (!status) break;
    }
    Status flushed = kept.writer->flush(kFlushTimeoutMs);
    if (status) status = flushed;
    if (!status) kept.writer.reset();
    return status;
}

}  // namespace

EncodedRow encode_row(const FormatRegistry& formats, const Source& source,
                      const std::vector<Value>& key, const std::vector<Value>& value) {
    const auto keys = formats.key_spec(source.key_format, source.schema.key, source.topic);
    const auto values = formats.value_spec(source.value_format, source.schema.value, source.topic);
    return {encode(formats, keys, key), encode(formats, values, value)};
}

Status insert_row(Log& log, const FormatRegistry& formats, const Source& source,
                  const std::vector<Value>& key, const std::vector<Value>& value,
                  int64_t timestamp_ms) {
    RawRecord record;
    record.topic = source.topic;
    auto encoded = encode_row(formats, source, key, value);
    record.key = std::move(encoded.key);
    record.value = std::move(encoded.value);
    record.timestamp_ms = timestamp_ms;
    return write_all(log, {record});
}

Status insert_raw(Log& log, const std::vector<RawRecord>& records) {
    return write_all(log, records);
}

}  // namespace millrace
