#include "engine/runtime/processing_log.h"

#include <nlohmann/json.hpp>

#include "engine/base/log.h"
#include "engine/config/get.h"

namespace millrace {

using nlohmann::ordered_json;

ProcessingLogOptions processing_log_options(const Config& config) {
    ProcessingLogOptions options;
    if (config.get<"ksql.logging.processing.topic.auto.create">()) {
        options.topic = config.get<"ksql.logging.processing.topic.name">();
        if (options.topic.empty())
            options.topic = config.get<"ksql.service.id">() + "ksql_processing_log";
    }
    options.topic_config.partitions =
        static_cast<int32_t>(config.get<"ksql.logging.processing.topic.partitions">());
    options.topic_config.replicas =
        static_cast<int16_t>(config.get<"ksql.logging.processing.topic.replication.factor">());
    options.include_rows = config.get<"ksql.logging.processing.rows.include">();
    return options;
}

ProcessingLog::ProcessingLog(Log& log, ProcessingLogOptions options, const Clock& clock)
    : log_(log), options_(std::move(options)), clock_(clock) {}

ProcessingLog::~ProcessingLog() = default;

std::string ProcessingLog::to_json(const std::string& logger, const RowErrorEntry& entry) const {
    // Field names and nesting: types-and-formats reference, section 8.
    ordered_json message;
    message["type"] = static_cast<int>(entry.kind);
    message["deserializationError"] = nullptr;
    message["recordProcessingError"] = nullptr;
    message["productionError"] = nullptr;
    message["serializationError"] = nullptr;
    message["kafkaStreamsThreadError"] = nullptr;
    ordered_json cause = entry.cause;
    switch (entry.kind) {
        case RowErrorKind::kDeserialization:
            message["deserializationError"] = {
                {"target", entry.in_key ? "key" : "value"},
                {"errorMessage", entry.message},
                {"recordB64", options_.include_rows ? ordered_json(base64_encode(entry.record))
                                                    : ordered_json(nullptr)},
                {"cause", cause},
                {"topic", entry.topic},
                {"partition", entry.partition},
                {"offset", entry.offset}};
            break;
        case RowErrorKind::kProcessing:
            message["recordProcessingError"] = {{"errorMessage", entry.message},
                                                {"record", nullptr},
                                                {"cause", cause},
                                                {"topic", entry.topic},
                                                {"partition", entry.partition},
                                                {"offset", entry.offset}};
            break;
        case RowErrorKind::kProduction:
            message["productionError"] = {{"errorMessage", entry.message}};
            break;
        case RowErrorKind::kSerialization:
            message["serializationError"] = {{"target", entry.in_key ? "key" : "value"},
                                             {"errorMessage", entry.message},
                                             {"record", nullptr},
                                             {"cause", cause},
                                             {"topic", entry.topic}};
            break;
    }
    ordered_json line = {
        {"level", "ERROR"}, {"logger", logger}, {"time", clock_.now_ms()}, {"message", message}};
    return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void ProcessingLog::write(const std::string& query_id, const std::string& where,
                          RowErrors& errors) {
    if (errors.empty()) return;
    total_ += errors.total();
    std::lock_guard lock(mutex_);
    const std::string logger = "processing." + query_id + "." + where;
    if (!options_.topic.empty() && !writer_) {
        WriterOptions options;
        options.client_id = "processing-log";
        options.idempotent = false;
        writer_ = log_.writer(options);
    }
    int64_t now = clock_.now_ms();
    if (now - window_start_ms_ >= 1000) {
        if (lines_left_out_ > 0) {
            log_warn("processing", "left_out={} more bad records in the last second",
                     lines_left_out_);
        }
        window_start_ms_ = now;
        lines_in_window_ = 0;
        lines_left_out_ = 0;
    }
    for (const auto& entry : errors.entries()) {
        if (writer_) {
            std::string json = to_json(logger, entry);
            ProducedRecord record;
            record.topic = options_.topic;
            record.value = json;
            Status status = writer_->write(record);
            if (!status)
                log_warn("processing", "cannot write the processing log: {}", status.message());
        }
        if (++lines_in_window_ > options_.lines_per_second_max) {
            ++lines_left_out_;
            continue;
        }
        log_warn("processing", "query={} step={} topic={} partition={} offset={} {}", query_id,
                 where, entry.topic, entry.partition, entry.offset, entry.message);
    }
    if (writer_) writer_->poll();
    errors.clear();
}

void ProcessingLog::flush() {
    std::lock_guard lock(mutex_);
    if (!writer_) return;
    Status status = writer_->flush(5000);
    if (!status) log_warn("processing", "the processing log was not flushed: {}", status.message());
}

}  // namespace millrace
