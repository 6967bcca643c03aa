// ASSERT [NOT EXISTS] TOPIC.
#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/session/handlers.h"

namespace millrace {

namespace {

constexpr int64_t kRetryMs = 100;

/// What is wrong with the topic at this moment; empty: nothing.
std::string mismatch(const sql::AssertTopic& statement, Engine& engine) {
    auto info = engine.log().topics().describe(statement.topic);
    if (!info && info.status().fault() != Fault::kNotFound) return info.status().message();
    if (!statement.exists) return info ? "Topic " + statement.topic + " exists" : "";
    if (!info) return "Topic " + statement.topic + " does not exist";
    for (const auto& [name, value] : statement.properties.entries) {
        int64_t expected = value.value.holds<int32_t>() ? value.value.as_int() : -1;
        int64_t actual = 0;
        std::string shown;
        if (name == "PARTITIONS") {
            shown = "partitions";
            actual = static_cast<int64_t>(info->replicas.size());
        } else if (name == "REPLICAS") {
            shown = "replicas";
            actual = info->replicas.empty() ? 0 : info->replicas.front();
        } else {
            return "Cannot assert unknown topic property: " + name;
        }
        if (actual != expected) {
            return "Mismatched configuration for topic " + statement.topic + ": For config " +
                   shown + ", expected " + std::to_string(expected) + " got " +
                   std::to_string(actual);
        }
    }
    return "";
}

}  // namespace

StatementResult assert_topic(const sql::AssertTopic& statement, StatementContext& context) {
    Entity entity{
        context.statement.text, entity::AssertedTopic{statement.topic, statement.exists}, {}};
    if (context.sandbox) return entity;
    const int64_t timeout = statement.timeout_ms.value_or(
        context.engine.config().get<"ksql.assert.topic.default.timeout.ms">());
    const int64_t deadline = steady_ms() + timeout;
    while (true) {
        std::string problem = mismatch(statement, context.engine);
        if (problem.empty()) return entity;
        if (steady_ms() >= deadline) {
            refuse(ErrorKind::kAssertion, problem);
        }
        context.pause(kRetryMs);
    }
}

}  // namespace millrace
