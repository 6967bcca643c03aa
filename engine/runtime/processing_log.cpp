#include "engine/runtime/processing_log.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/log.h"
#include "engine/config/get.h"

namespace millrace {

using nlohmann::ordered_json;

std::string processing_log_topic(const Config& config) {
    const std::string name = config.get<"ksql.logging.processing.topic.name">();
    return name.empty() ? config.get<"ksql.service.id">() + "ksql_processing_log" : name;
}

ProcessingLogOptions processing_log_options(const Config& config) {
    ProcessingLogOptions options;
    if (config.get<"ksql.logging.processing.topic.auto.create">())
        options.topic = processing_log_topic(config);
    options.topic_config.partitions =
        static_cast<int32_t>(config.get<"ksql.logging.processing.topic.partitions">());
    options.topic_config.replicas =
        static_cast<int16_t>(config.get<"ksql.logging.processing.topic.replication.factor">());
    options.include_rows = config.get<"ksql.logging.processing.rows.include">();
    return options;
}

std::string what_ends(const Config& config, RowErrors& errors) {
    if (errors.empty()) return "";
    for (const RowErrorEntry& entry : errors.entries()) {
        if (entry.kind == RowErrorKind::kDeserialization &&
            config.get<"ksql.fail.on.deserialization.error">()) {
            return fmt::format("Cannot read the record of topic {}, partition {}, offset {}: {}",
                               entry.topic, entry.partition, entry.offset, entry.message);
        }
        if (entry.kind == RowErrorKind::kProduction &&
            config.get<"ksql.fail.on.production.error">()) {
            return entry.message;
        }
    }
    return "";
}

ProcessingLog::ProcessingLog(Log& log, ProcessingLogOptions options, const Clock& clock,
                             TopicMeters* meters)
    : log_(log), options_(std::move(options)), clock_(clock), meters_(meters) {}

ProcessingLog::~ProcessingLog() = default;

namespace {

constexpr int kThreadErrorType = 4;  ///< After those of RowErrorKind.

/// Field names and nesting: types-and-formats reference, section 8.
ordered_json empty_message(int type) {
    return {{"type", type},
            {"deserializationError", nullptr},
            {"recordProcessingError", nullptr},
            {"productionError", nullptr},
            {"serializationError", nullptr},
            {"kafkaStreamsThreadError", nullptr}};
}

std::string line_of(const std::string& logger, int64_t now_ms, ordered_json message) {
    ordered_json line = {
        {"level", "ERROR"}, {"logger", logger}, {"time", now_ms}, {"message", std::move(message)}};
    return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string ProcessingLog::to_json(const std::string& logger, const RowErrorEntry& entry) const {
    ordered_json message = empty_message(static_cast<int>(entry.kind));
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
    return line_of(logger, clock_.now_ms(), std::move(message));
}

void ProcessingLog::note_failed(RowErrors& errors) {
    if (meters_ == nullptr) return;
    // Past the limit on entries the topic is not known: it is taken to be the last one's.
    uint64_t untold = errors.total() - errors.entries().size();
    for (auto entry = errors.entries().rbegin(); entry != errors.entries().rend(); ++entry) {
        if (entry->kind != RowErrorKind::kDeserialization &&
            entry->kind != RowErrorKind::kProduction) {
            continue;
        }
        meters_->of(entry->topic).note_failed(1 + std::exchange(untold, 0), clock_.now_ms());
    }
}

void ProcessingLog::append(const std::string& json) {
    if (!writer_) {
        WriterOptions options;
        options.client_id = "processing-log";
        options.idempotent = false;
        writer_ = log_.writer(options);
    }
    ProducedRecord record;
    record.topic = options_.topic;
    record.value = json;
    Status status = writer_->write(record);
    if (!status) log_warn("processing", "cannot write the processing log: {}", status.message());
}

void ProcessingLog::write_failure(const std::string& query_id, const std::string& message) {
    if (options_.topic.empty()) return;
    ordered_json line = empty_message(kThreadErrorType);
    line["kafkaStreamsThreadError"] = {
        {"errorMessage", message}, {"threadName", query_id}, {"cause", ordered_json::array()}};
    std::lock_guard lock(mutex_);
    append(line_of("processing." + query_id + ".ksql.logger.thread.exception.uncaught",
                   clock_.now_ms(), std::move(line)));
    writer_->poll();
}

void ProcessingLog::write_line(const std::string& query_id, const std::string& where,
                               const RowErrorEntry& entry) {
    if (++lines_in_window_ > options_.lines_per_second_max) {
        ++lines_left_out_;
        return;
    }
    log_warn("processing", "query={} step={} topic={} partition={} offset={} {}", query_id, where,
             entry.topic, entry.partition, entry.offset, entry.message);
}

void ProcessingLog::write(const std::string& query_id, const std::string& where,
                          RowErrors& errors) {
    if (errors.empty()) return;
    total_ += errors.total();
    note_failed(errors);
    std::lock_guard lock(mutex_);
    const std::string logger = "processing." + query_id + "." + where;
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
        // What is bad about the processing log's own records would be read by the same query again.
        if (!options_.topic.empty() && entry.topic != options_.topic)
            append(to_json(logger, entry));
        write_line(query_id, where, entry);
    }
    if (writer_) writer_->poll();
    errors.clear();
}

void ProcessingLog::flush(int64_t timeout_ms) {
    std::lock_guard lock(mutex_);
    if (!writer_) return;
    Status status = writer_->flush(timeout_ms);
    if (!status) log_warn("processing", "the processing log was not flushed: {}", status.message());
}

}  // namespace millrace
