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
    for (size_t i = 0; i < spec.fields.size(); ++i) {
        auto column = std::make_shared<Column>(spec.fields[i].type);
        column->append(row[i]);
        columns.push_back(std::move(column));
    }
    // Also where the format would wrap it. A key of several columns is a record, of NULLs if need
    // be.
    if (spec.is_key && row.size() == 1 && row.front().is_null()) return std::nullopt;
    std::string bytes;
    try {
        if (!formats.encoder(spec)->encode_row(columns, 0, bytes)) return std::nullopt;
    } catch (const RowError& error) {
        refuse(std::string("Could not serialize ") + (spec.is_key ? "key: " : "value: ") +
               error.what());
    }
    return bytes;
}

}  // namespace

std::unique_ptr<LogWriter> InsertWriter::take() {
    {
        std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto writer = std::move(idle_.back());
            idle_.pop_back();
            return writer;
        }
    }
    WriterOptions options;
    options.client_id = "inserts";
    options.linger_ms = 0;
    return log_.writer(options);
}

Status InsertWriter::write(const std::vector<RawRecord>& records) {
    for (const auto& raw : records) {
        if (auto why = rules_.refusal(TopicUse::kInsert, raw.topic)) return {Fault::kRefused, *why};
    }
    auto writer = take();
    Status status;
    for (const auto& raw : records) {
        ProducedRecord record;
        record.topic = raw.topic;
        if (raw.key) record.key = *raw.key;
        if (raw.value) record.value = *raw.value;
        record.timestamp_ms = raw.timestamp_ms;
        status = writer->write(record);
        if (!status) break;
    }
    Status flushed = writer->flush(kFlushTimeoutMs);
    if (status) status = flushed;
    if (status) {
        std::lock_guard lock(mutex_);
        idle_.push_back(std::move(writer));
    }
    return status;
}

Status InsertWriter::need_topic(const std::string& topic, int32_t partitions) {
    if (auto why = rules_.refusal(TopicUse::kInsert, topic)) return {Fault::kRefused, *why};
    const auto found = log_.topics().describe(topic);
    if (found || found.status().fault() != Fault::kNotFound) return found.status();
    if (auto why = rules_.refusal(TopicUse::kMake, topic)) return {Fault::kRefused, *why};
    TopicConfig config;
    config.partitions = partitions;
    return log_.topics().create(topic, config);
}

Status InsertWriter::write_row(const Source& source, const std::vector<Value>& key,
                               const std::vector<Value>& value, int64_t timestamp_ms) {
    const auto keys = formats_.key_spec(source.key_format, source.schema.key, source.topic);
    const auto values = formats_.value_spec(source.value_format, source.schema.value, source.topic);
    return write({{source.topic, encode(formats_, keys, key), encode(formats_, values, value),
                   timestamp_ms}});
}

}  // namespace millrace
