#include "engine/session/topic_printer.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/session/answer_memory.h"
#include "engine/types/casts.h"

namespace millrace {

namespace {

/// As many records as one turn formats together: they share the formats that they are shown by.
constexpr size_t kTurnRecordsMax = 500;
/// What is read ahead of a client, all partitions together, and of one partition.
constexpr size_t kAheadBytes = 4U << 20;
constexpr size_t kAheadBytesMin = 64U << 10;
constexpr size_t kAheadBytesMax = 1U << 20;

std::string rowtime_text(int64_t timestamp_ms) {
    if (timestamp_ms < 0) return "N/A";
    std::string text = format_timestamp(timestamp_ms);  // yyyy-MM-ddTHH:mm:ss.SSS
    for (char& c : text) {
        if (c == '-') c = '/';
        if (c == 'T') c = ' ';
    }
    return text + " Z";
}

[[noreturn]] void no_such_topic(Log& log, const std::string& name) {
    std::string message = "Could not find topic '" + name +
                          "', or the KSQL user does not have permissions to list the topic. Topic "
                          "names are case-sensitive.";
    std::string alike;
    if (auto all = log.topics().list()) {
        for (const auto& topic : *all) {
            if (upper_ascii(topic.name) == upper_ascii(name))
                alike += "\n\tprint " + topic.name + ";";
        }
    }
    if (!alike.empty()) message += "\nDid you mean:" + alike;
    refuse(Stage::kRequest, ErrorKind::kGeneral, message);
}

}  // namespace

TopicPrinter::TopicPrinter(Log& log, const sql::PrintTopic& statement, MemoryGovernor& memory)
    : statement_(statement) {
    auto info = log.topics().describe(statement.topic);
    if (!info) {
        if (info.status().fault() == Fault::kNotFound) no_such_topic(log, statement.topic);
        refuse(ErrorKind::kServer, info.status().message());
    }
    std::map<TopicPartition, int64_t> starts;
    for (size_t i = 0; i < info->replicas.size(); ++i) {
        partitions_.push_back({statement.topic, static_cast<int32_t>(i)});
        starts[partitions_.back()] = statement.from_beginning ? kOffsetEarliest : kOffsetLatest;
    }
    ReaderOptions options;
    options.client_id = "print";
    const size_t partitions = std::max<size_t>(partitions_.size(), 1);
    options.partition_buffer_bytes =
        std::clamp(kAheadBytes / partitions, kAheadBytesMin, kAheadBytesMax);
    memory_ = answer_memory(memory, options.partition_buffer_bytes * partitions);
    reader_ = log.reader(options);
    Status status = reader_->assign(starts);
    if (!status) refuse(ErrorKind::kServer, status.message());
}

bool TopicPrinter::write_formats(const char* title, const RecordFormatter& formatter,
                                 std::string& shown, const Write& write) const {
    std::string formats = formatter.formats();
    if (formats == shown) return true;
    shown = std::move(formats);
    return write(title) && write(shown + "\n");
}

bool TopicPrinter::next(int64_t wait_ms, const Write& write) {
    if (statement_.limit && num_written_ >= *statement_.limit) return false;
    std::vector<std::unique_ptr<LogBatch>> batches;
    size_t num_records = 0;
    auto poll = [&] {
        for (const auto& partition : partitions_) {
            auto batch = reader_->poll(partition, kTurnRecordsMax - num_records);
            if (!batch || batch->records().empty()) continue;
            num_records += batch->records().size();
            batches.push_back(std::move(batch));
            if (num_records >= kTurnRecordsMax) break;
        }
    };
    poll();
    if (batches.empty()) {
        reader_->wait(wait_ms);
        poll();
    }
    for (const auto& [partition, status] : reader_->take_errors()) {
        if (status.fault() != Fault::kRetriable) refuse(ErrorKind::kServer, status.message());
    }
    if (batches.empty()) return true;

    std::vector<std::optional<ByteView>> keys;
    std::vector<std::optional<ByteView>> values;
    std::vector<Line> lines;
    for (const auto& batch : batches) {
        for (const auto& record : batch->records()) {
            keys.push_back(record.key);
            values.push_back(record.value);
            lines.push_back({rowtime_text(record.timestamp_ms), batch->source().partition});
        }
    }
    const auto key_texts = keys_.format(keys);
    const auto value_texts = values_.format(values);
    if (!write_formats("Key format: ", keys_, shown_keys_, write)) return false;
    if (!write_formats("Value format: ", values_, shown_values_, write)) return false;
    const int64_t interval = std::max<int64_t>(statement_.interval.value_or(1), 1);
    for (size_t i = 0; i < lines.size(); ++i) {
        if (num_read_++ % interval != 0) continue;
        if (!write("rowtime: " + lines[i].rowtime + ", key: " + key_texts[i] + ", value: " +
                   value_texts[i] + ", partition: " + std::to_string(lines[i].partition) + "\n")) {
            return false;
        }
        if (statement_.limit && ++num_written_ >= *statement_.limit) return false;
    }
    return true;
}

}  // namespace millrace
