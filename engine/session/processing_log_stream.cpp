#include "engine/session/processing_log_stream.h"

#include <fmt/format.h>

#include "engine/base/log.h"
#include "engine/config/get.h"
#include "engine/runtime/processing_log.h"
#include "engine/session/session.h"
#include "engine/sql/expression.h"
#include "engine/types/sql_type.h"

namespace millrace {

namespace {

constexpr const char* kLogger = "session.engine";

/// Fields of what ProcessingLog writes, as ksqlDB's clients know them (types-and-formats reference,
/// section 8). Keywords stand in backquotes.
constexpr const char* kColumns =
    "logger VARCHAR, level VARCHAR, time BIGINT, message STRUCT<type INT, "
    "deserializationError STRUCT<target VARCHAR, errorMessage VARCHAR, recordB64 VARCHAR, "
    "cause ARRAY<VARCHAR>, `topic` VARCHAR>, "
    "recordProcessingError STRUCT<errorMessage VARCHAR, record VARCHAR, cause ARRAY<VARCHAR>>, "
    "productionError STRUCT<errorMessage VARCHAR>, "
    "serializationError STRUCT<target VARCHAR, errorMessage VARCHAR, record VARCHAR, "
    "cause ARRAY<VARCHAR>, `topic` VARCHAR>, "
    "kafkaStreamsThreadError STRUCT<errorMessage VARCHAR, threadName VARCHAR, "
    "cause ARRAY<VARCHAR>>>";

}  // namespace

void make_processing_log_stream(Engine& engine) {
    const Config& config = engine.config();
    const std::string name = config.get<"ksql.logging.processing.stream.name">();
    if (engine.catalog()->find_source(name)) return;
    try {
        const auto topic = sql::make_expression(
            sql::Literal{Value(processing_log_topic(config)), SqlType::string()});
        Session session(engine, SessionState());
        session.execute(fmt::format(
            "CREATE STREAM {} ({}) WITH (KAFKA_TOPIC={}, KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');",
            quote_identifier(name, true), kColumns, sql::print(topic)));
        log_info(kLogger, "stream={} over the processing log made", name);
    } catch (const std::exception& error) {
        log_warn(kLogger, "stream={} over the processing log not made: {}", name, error.what());
    }
}

}  // namespace millrace
