// Properties of pull and push queries that end with their request.
#pragma once

#include "engine/config/property.h"

namespace millrace::property_table {

inline constexpr Property kQueries[] = {
    row::flag("ksql.pull.queries.enable", "true", "Allows pull queries.").immutable(),
    row::flag("ksql.query.pull.table.scan.enabled", "true",
              "Allows pull queries that read a whole table.")
        .per_query(),
    row::flag("ksql.query.pull.stream.enabled", "true", "Allows pull queries on streams.")
        .per_request(),
    row::flag("ksql.query.pull.limit.clause.enabled", "true", "Allows LIMIT in pull queries.")
        .per_request(),
    row::flag("ksql.query.pull.range.scan.enabled", "true",
              "`<`, `<=`, `>`, `>=` on a STRING or BYTES key read that range of the table only.")
        .per_request(),
    row::flag("ksql.query.pull.interpreter.enabled", "true",
              "Interprets expressions. Here they are always compiled.")
        .per_request()
        .no_effect(),
    row::flag("ksql.query.pull.enable.standby.reads", "false", "Standby copies answer, too.")
        .no_effect(),
    row::int64("ksql.query.pull.max.allowed.offset.lag", "9223372036854775807",
               "How far behind such a copy may be.")
        .per_query()
        .no_effect(),
    row::flag("ksql.query.pull.metrics.enabled", "true", "Measures pull queries.").no_effect(),
    row::int64("ksql.query.pull.max.qps", "2147483647",
               "As many pull queries may come in a second; more are refused (429).")
        .at_least(1)
        .promise(),
    row::int64("ksql.query.pull.max.concurrent.requests", "2147483647",
               "As many pull queries may be answered at a time; more are refused (429).")
        .at_least(1)
        .promise(),
    row::int64("ksql.query.pull.max.hourly.bandwidth.megabytes", "2147483647",
               "When the answers of the last hour come to more, pull queries are refused (429).")
        .at_least(0)
        .at_most(8796093022207)
        .promise(),
    row::int64("ksql.query.pull.coordinator.queue.capacity", "2147483647", "Requests that wait.")
        .no_effect(),
    row::int64("ksql.query.pull.router.queue.capacity", "2147483647", "Requests that wait.")
        .no_effect(),
    row::int64("ksql.query.pull.thread.pool.size", "50", "Threads for pull queries.").no_effect(),
    row::int64("ksql.query.pull.router.thread.pool.size", "50", "Threads for other servers.")
        .no_effect(),
    row::int64("ksql.query.pull.forwarding.timeout.ms", "20000", "How long other servers may take.")
        .no_effect(),
    row::flag("ksql.query.push.v2.enabled", "false",
              "Push queries for the latest rows of one query's result are ksqlDB's scalable ones: "
              "with an id of their own, and without records that have no key.")
        .per_request(),
    row::flag("ksql.query.push.v2.registry.installed", "false", "Makes that possible."),
    row::flag("ksql.query.push.v2.alos.enabled", "true", "At least once for those.").no_effect(),
    row::flag("ksql.query.push.v2.interpreter.enabled", "true", "Interprets expressions of those.")
        .per_request()
        .no_effect(),
    row::int64("ksql.query.push.v2.new.latest.delay.ms", "5000", "Of their shared reader.")
        .no_effect(),
    row::int64("ksql.query.push.v2.latest.reset.age.ms", "30000", "Of their shared reader.")
        .no_effect(),
    row::flag("ksql.query.push.v2.continuation.tokens.enabled", "false",
              "Tokens with which they go on where they were.")
        .per_request()
        .no_effect(),
    row::int64("ksql.query.push.v2.max.catchup.consumers", "5", "Readers that catch up.")
        .no_effect(),
    row::int64("ksql.query.push.v2.catchup.consumer.msg.window", "50", "When they have.")
        .no_effect(),
    row::flag("ksql.query.push.v2.metrics.enabled", "true", "Measures those queries.").no_effect(),
    row::int64("ksql.query.push.v2.max.hourly.bandwidth.megabytes", "2147483647",
               "Megabytes an hour of those.")
        .refuse("*", "a bound on the bandwidth of push queries"),
};

}  // namespace millrace::property_table
