// Properties of the doors: where the server listens, whom it lets in, how it answers.
#pragma once

#include "engine/config/property.h"

namespace millrace::property_table {

inline constexpr const char* kNoTls = "TLS: use a proxy that has it";

inline constexpr Property kDoors[] = {
    row::list("listeners", "http://127.0.0.1:8088",
              "Where the REST API listens, http://HOST:PORT by comma; port 0 takes a free one. "
              "ksqlDB's default is http://0.0.0.0:8088.")
        .shaped(TextShape::kListener),
    row::int64("ksql.idle.connection.timeout.seconds", "86400",
               "A connection without a request is closed after so long.")
        .at_least(1),
    row::int64("ksql.max.push.queries", "100", "As many push queries may run.").at_least(0),
    row::int64("ksql.server.command.response.timeout.ms", "5000",
               "How long a request waits for the command number that it names.")
        .at_least(0),
    row::int64("ksql.healthcheck.interval.ms", "5000", "How long a health check's answer is kept.")
        .at_least(0),
    row::text("ksql.internal.listener", nullptr, "Where other servers ask, http://HOST:PORT.")
        .shaped(TextShape::kListener)
        .no_effect(),
    row::text("ksql.advertised.listener", nullptr, "What other servers are told.")
        .shaped(TextShape::kListener)
        .no_effect(),
    row::text("ksql.server.install.dir", "", "Where the server is installed.").no_effect(),
    row::text("ksql.local.commands.location", "", "Journal of push queries.").no_effect(),

    // Whom it lets in: nothing of it is built, so a server that is told to is not started.
    row::text("authentication.method", "NONE", "How users prove who they are.")
        .one_of("NONE,BASIC")
        .refuse("BASIC", "authentication: everybody would be let in"),
    row::text("authentication.realm", "", "Section of the JAAS file.").no_effect(),
    row::list("authentication.roles", "*", "Roles that are let in.").no_effect(),
    row::list("authentication.skip.paths", "", "Paths that everybody may ask.").no_effect(),
    row::text("ksql.authentication.plugin.class", nullptr, "A class that lets users in.")
        .refuse("*", "authentication: everybody would be let in"),
    row::flag("ssl.client.auth", "false", "Clients must show a certificate.")
        .refuse("true", "certificates of clients: everybody would be let in"),
    row::text("ssl.client.authentication", "NONE", "Whether clients show a certificate.")
        .one_of("NONE,REQUESTED,REQUIRED")
        .refuse("REQUESTED,REQUIRED", "certificates of clients: everybody would be let in"),
    row::text("ksql.internal.ssl.client.authentication", "NONE", "The same of other servers.")
        .one_of("NONE,REQUESTED,REQUIRED")
        .refuse("REQUESTED,REQUIRED", "certificates of clients: everybody would be let in"),
    row::text("ksql.ssl.keystore.alias.external", "", "Which certificate clients see.")
        .refuse("*", kNoTls),
    row::text("ksql.ssl.keystore.alias.internal", "", "Which certificate other servers see.")
        .refuse("*", kNoTls),
    row::flag("ksql.server.sni.check.enable", "false", "Compares the host that TLS names.")
        .refuse("true", kNoTls),
    row::flag("ssl.keystore.reload", "false", "Reads a keystore again when it changes.")
        .refuse("true", kNoTls),
    row::text("ssl.keystore.watch.location", nullptr, "Which file is watched for that.")
        .no_effect(),
    row::list("listeners.proxy.protocol", "", "Listeners that speak the proxy protocol.")
        .refuse("*", "the proxy protocol"),
    row::text("access.control.allow.origin", "", "CORS: whose pages may ask.").no_effect(),
    row::list("access.control.allow.methods", "", "CORS: methods.").no_effect(),
    row::list("access.control.allow.headers", "", "CORS: headers.").no_effect(),
    row::text("response.http.headers.config", nullptr, "Rules for headers of answers.")
        .refuse("*", "headers of your own in answers"),
    row::text("ksql.server.command.topic.rate.limit", nullptr, "Statements a second.")
        .refuse("*", "a bound on statements a second"),
    row::text("ksql.server.preconditions", "", "Classes that are asked before the start.")
        .refuse("*", "preconditions"),
    row::int64("ksql.server.precondition.max.backoff.ms", "5000", "Between two such questions.")
        .no_effect(),

    row::int64("query.stream.disconnect.check", "1000", "How often a client's leaving is noticed.")
        .no_effect(),
    row::flag("ksql.query.pull.cancel.on.disconnect.enabled", "false",
              "Ends a pull query whose client has left.")
        .no_effect(),
    row::int64("ksql.server.websockets.num.threads", "5", "Threads of WebSockets.").no_effect(),
    row::flag("ksql.server.exception.uncaught.handler.enable", "false", "Logs uncaught errors.")
        .no_effect(),
    row::int64("ksql.server.command.blocked.threshold.error.ms", "15000",
               "A command that takes longer is reported.")
        .no_effect(),
    row::text("ksql.server.command.topic.migration.enabled", "NONE", "Moves the command topic.")
        .one_of("NONE,MIGRATOR,MIGRATING")
        .refuse("MIGRATOR,MIGRATING", "a move of the command topic"),
    row::text("ksql.server.error.messages", nullptr, "A class that words errors.").no_effect(),
    row::flag("ksql.heartbeat.enable", "false", "Servers watch each other.").no_effect(),
    row::int64("ksql.heartbeat.send.interval.ms", "100", "Of that.").no_effect(),
    row::int64("ksql.heartbeat.check.interval.ms", "200", "Of that.").no_effect(),
    row::int64("ksql.heartbeat.window.ms", "2000", "Of that.").no_effect(),
    row::int64("ksql.heartbeat.missed.threshold.ms", "3", "Of that, a count.").no_effect(),
    row::int64("ksql.heartbeat.discover.interval.ms", "2000", "Of that.").no_effect(),
    row::int64("ksql.heartbeat.thread.pool.size", "3", "Of that.").no_effect(),
    row::flag("ksql.lag.reporting.enable", "false", "Servers tell how far behind they are.")
        .no_effect(),
    row::int64("ksql.lag.reporting.send.interval.ms", "5000", "Of that.").no_effect(),
    row::int64("ksql.verticle.instances", nullptr, "Threads of the HTTP server.").no_effect(),
    row::int64("ksql.worker.pool.size", "100", "Threads behind it.").no_effect(),
    row::int64("ksql.internal.http2.max.pool.size", "3000", "Connections to other servers.")
        .no_effect(),
    row::text("ksql.logging.server.rate.limited.response.codes", "", "Fewer lines for these.")
        .no_effect(),
    row::text("ksql.logging.server.rate.limited.request.paths", "", "Fewer lines for these.")
        .no_effect(),
    row::text("ksql.endpoint.logging.ignored.paths.regex", "", "No lines for these.").no_effect(),
    row::flag("ksql.endpoint.logging.log.queries", "false", "Logs requests' query parts.")
        .no_effect(),
};

/// ksql.logging.processing.*
inline constexpr Property kProcessingLog[] = {
    row::flag("ksql.logging.processing.topic.auto.create", "false",
              "Makes the topic of the processing log, and writes to it."),
    row::text("ksql.logging.processing.topic.name", "",
              "Its name. Empty: the service id and ksql_processing_log.")
        .shaped(TextShape::kTopicName),
    row::int32("ksql.logging.processing.topic.partitions", "1", "Its partitions.")
        .at_least(1)
        .at_most(10000),
    row::int32("ksql.logging.processing.topic.replication.factor", "1", "Its replicas.")
        .at_least(-1)
        .at_most(std::numeric_limits<int16_t>::max()),
    row::flag("ksql.logging.processing.rows.include", "false",
              "Writes the rows at fault there, too: they may hold personal data."),
    row::flag("ksql.logging.processing.stream.auto.create", "false", "Makes a stream over it."),
    row::text("ksql.logging.processing.stream.name", "KSQL_PROCESSING_LOG", "That stream's name."),
};

/// What only this server has.
inline constexpr Property kOwn[] = {
    row::text("millrace.server.id", nullptr,
              "Names this server; the same over restarts. Unset: made once and kept in the state "
              "directory.")
        .immutable(),
    row::int32("millrace.slots", "16",
               "Into so many parts the work is cut for servers to share; fixed at the first start.")
        .at_least(1)
        .at_most(10000)
        .immutable(),
    row::flag("millrace.memory", "false",
              "Keeps topics and state in memory: all is gone at the end."),
    row::int64(
        "millrace.memory.bytes", nullptr,
        "Memory for what grows with others: answers that clients do not read, caches. Unset: "
        "a quarter of the machine's, or of what its container may use.")
        .at_least(1 << 20)
        .immutable(),
    row::int64("millrace.state.memory.bytes", "67108864",
               "Memory for RocksDB's caches and buffers, at most a quarter of "
               "millrace.memory.bytes.")
        .at_least(1 << 20)
        .immutable(),
    row::text("millrace.log.sync", "group",
              "When the topics that the server keeps itself are synced to the disk. group: what is "
              "acknowledged outlives a loss of power; those who wait share a sync, and what nobody "
              "waits for is synced within 100 ms. always: every write by itself, before it can be "
              "read. never: a loss of power takes what the system had not written by then.")
        .one_of("group,always,never")
        .immutable(),
    row::text("millrace.log.damaged", "stop",
              "At a start with damaged records in these topics. stop: the server says what and "
              "where, and ends. cut: the topics end there, the damaged files are kept aside.")
        .one_of("stop,cut")
        .immutable(),
    row::int64(
        "millrace.disk.reserve.bytes", "67108864",
        "With less than this free on their disk nothing is written to the topics that the "
        "server keeps itself: statements say so, queries wait, and go on when there is room.")
        .at_least(0)
        .immutable(),
    row::int32("millrace.batch.rows.max", "4096", "Rows that are worked on at once.")
        .at_least(1)
        .immutable(),
    row::list("millrace.optimizer.disabled", "", "Passes of the optimizer to leave out.")
        .per_request(),
};

}  // namespace millrace::property_table
