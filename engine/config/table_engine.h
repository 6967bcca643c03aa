// Properties of the engine, under ksqlDB's names: statements, pull and push queries, formats,
// names.
#pragma once

#include "engine/config/property.h"

namespace millrace::property_table {

inline constexpr const char* kInternalTopics =
    "_confluent.*,__confluent.*,_schemas,__consumer_offsets,__transaction_state,connect-configs,"
    "connect-offsets,connect-status,connect-statuses";

// Name, default, what it does.
inline constexpr Property kEngine[] = {
    row::text("bootstrap.servers", nullptr,
              "Kafka's brokers, host:port by comma. Unset: the server keeps its topics itself, in "
              "state.dir.")
        .immutable(),
    row::text("ksql.service.id", "default_",
              "Names this cluster of servers: prefix of internal topics, groups and transactional "
              "ids. Two clusters on one Kafka need two.")
        .shaped(TextShape::kTopicNamePart),
    row::text("ksql.queries.file", nullptr,
              "Headless: the statements of this file are run, and none are taken over HTTP."),
    row::text("ksql.output.topic.name.prefix", "",
              "Put before the name of a sink's topic that the statement does not name.")
        .per_request(),
    row::int32("ksql.internal.topic.replicas", "1",
               "Replicas of the command topic and of that of slots; and of changelogs and "
               "repartition topics unless replication.factor says another number.")
        .at_least(1)
        .at_most(std::numeric_limits<int16_t>::max()),
    row::int64("ksql.internal.topic.min.insync.replicas", "1",
               "min.insync.replicas of the command topic and of that of slots, when they are made.")
        .at_least(1)
        .at_most(std::numeric_limits<int16_t>::max()),
    row::flag("ksql.create.topic.inherit.source.replicas.enabled", "true",
              "A sink's topic gets as many replicas as its source's.")
        .no_effect(),
    row::int64("ksql.sink.window.change.log.additional.retention", "1000000",
               "Added to the retention of windowed changelogs, ms.")
        .no_effect(),
    row::list("ksql.hidden.topics", kInternalTopics,
              "Regular expressions for whole names of topics that SHOW TOPICS leaves out, SHOW ALL "
              "TOPICS does not. No statement writes to them or deletes them.")
        .promise()
        .immutable(),
    row::list(
        "ksql.readonly.topics", kInternalTopics,
        "Regular expressions for whole names of topics that no statement writes to or deletes. "
        "They can be read. The service's own internal topics are closed in any case.")
        .promise()
        .immutable(),

    // Statements.
    row::flag("ksql.insert.into.values.enabled", "true", "Allows INSERT INTO … VALUES.").promise(),
    row::text(
        "millrace.commands.unreadable", "degrade",
        "What becomes of a command that cannot be left out without changing what others mean: "
        "one of a newer server, or a damaged one that ended, changed or replaced something. "
        "degrade: the server only reads, and says why; skip: it is left out all the same.")
        .one_of("degrade,skip")
        .immutable(),
    row::flag("millrace.query.loops.allowed", "false",
              "Allows a query that reads what it writes, itself or by way of other queries: a row "
              "goes round for ever, and fills the disk.")
        .per_request(),
    row::flag("millrace.insert.into.query.tables", "false",
              "Allows INSERT INTO … VALUES where a query keeps a table: the topic then has rows "
              "that the table, and whoever is answered from it, has not.")
        .per_request(),
    row::flag("ksql.create.or.replace.enabled", "true", "Allows CREATE OR REPLACE.").per_request(),
    row::int64("millrace.row.bytes.max", "268435456",
               "What the expressions of one row may take in memory. A row that needs more goes to "
               "the processing log, with the function that asked for it.")
        .at_least(1 << 20)
        .at_most(int64_t{1} << 40)
        .per_query(),
    row::int64("millrace.row.ms.max", "10000",
               "How long the expressions of one row may take, ms. A row that takes longer goes to "
               "the processing log.")
        .at_least(1)
        .at_most(600'000)
        .per_query(),
    row::flag(
        "millrace.replace.writes.difference", "true",
        "CREATE OR REPLACE TABLE … AS SELECT brings the topic up to date: rows that pass now, "
        "tombstones for those that do not any more. false: only later changes are written, "
        "as ksqlDB does; so do test scripts unless they SET it.")
        .per_query(),
    row::flag("ksql.variable.substitution.enable", "true",
              "Puts the values of variables in for ${name}.")
        .per_request(),
    row::flag("ksql.source.table.materialization.enabled", "true",
              "Allows pull queries on source tables.")
        .immutable()
        .no_effect(),
    row::flag("ksql.headers.columns.enabled", "true", "Allows HEADERS columns.").immutable(),
    row::flag("ksql.lambdas.enabled", "true", "Allows lambda functions.")
        .refuse("false", "a switch that forbids lambda functions"),
    row::flag("ksql.suppress.enabled", "true", "Allows EMIT FINAL.").per_request(),
    row::int64("ksql.suppress.buffer.size.bytes", "-1",
               "Of plans that older ksqlDB releases wrote; -1: no bound.")
        .per_request()
        .no_effect(),
    row::flag("ksql.new.query.planner.enabled", "false",
              "Keeps columns that a join on expressions would lose.")
        .per_request(),
    row::int64("ksql.query.persistent.active.limit", "2147483647",
               "As many persistent queries may run.")
        .at_least(0)
        .immutable(),
    row::int64("ksql.assert.topic.default.timeout.ms", "1000",
               "How long ASSERT TOPIC waits when it does not say.")
        .at_least(0)
        .at_most(kYearMs),
    row::int64("ksql.assert.schema.default.timeout.ms", "1000",
               "How long ASSERT SCHEMA waits when it does not say.")
        .no_effect(),

    // Formats and rows.
    row::text("ksql.persistence.default.format.key", "KAFKA", "KEY_FORMAT where none is given.")
        .per_request()
        .not_secret(),
    row::text("ksql.persistence.default.format.value", nullptr, "VALUE_FORMAT where none is given.")
        .per_request(),
    row::flag("ksql.persistence.wrap.single.values", nullptr,
              "WRAP_SINGLE_VALUE where none is given. Unset: as the format has it.")
        .per_request(),
    row::text("ksql.schema.registry.url", "", "The Schema Registry's URLs, by comma.")
        .shaped(TextShape::kUrls),
    row::text("ksql.schema.registry.", nullptr, "Settings of the registry's client.").no_effect(),
    row::flag("ksql.json_sr.converter.deserializer.enabled", "true",
              "Reads JSON_SR as the registry's converter does.")
        .per_request()
        .no_effect(),
    row::flag("ksql.timestamp.throw.on.invalid", "false",
              "A row whose timestamp cannot be read ends its query; false: the row is left out.")
        .per_query(),
    row::flag("ksql.cast.strings.preserve.nulls", "true",
              "CAST(NULL AS VARCHAR) is NULL; false: the text null.")
        .per_query(),
    row::flag("ksql.nested.error.set.null", "true",
              "An error within an expression makes that part NULL; false: the whole of it.")
        .per_query(),
    row::flag("ksql.fail.on.deserialization.error", "false",
              "A row that cannot be read ends its query; false: it is logged and left out.")
        .per_query(),
    row::flag("millrace.check.unread.columns", "true",
              "A row is bad for every query of its source when any declared column cannot be read; "
              "false: only the columns that a query reads are looked at, which is a little faster.")
        .per_query(),
    row::flag(
        "ksql.fail.on.production.error", "true",
        "A row that its topic does not take ends its query; false: it is logged and left out where "
        "that is known before it is sent. What a broker refuses ends the query all the same.")
        .per_query(),
    row::text("ksql.error.classifier.regex", "", "Lines `TYPE regex` that class queries' errors.")
        .no_effect(),

    // Life of a query.
    row::int64("ksql.query.retry.backoff.initial.ms", "15000",
               "How long a failed query waits before its first new start.")
        .at_least(0)
        .at_most(kYearMs),
    row::int64("ksql.query.retry.backoff.max.ms", "900000", "The longest such wait.")
        .at_least(0)
        .at_most(kYearMs)
        .per_query(),
    row::int64("ksql.query.error.max.queue.size", "10", "Errors of a query that are kept.")
        .no_effect(),
    row::int64("ksql.query.status.running.threshold.seconds", "300",
               "So long a query must run before its errors count as past.")
        .no_effect(),
    row::int64("ksql.query.cleanup.shutdown.timeout.ms", "30000",
               "How long the end waits for queries to be cleaned up.")
        .no_effect(),
    row::int64("ksql.streams.shutdown.timeout.ms", "300000", "How long a query may take to end.")
        .no_effect(),
    row::int64("ksql.query.persistent.max.bytes.buffering.total", "-1",
               "Bound on the caches of all persistent queries.")
        .refuse("*", "a bound on the caches of all queries"),
    row::int64("ksql.query.transient.max.bytes.buffering.total", "-1",
               "Bound on the caches of all push queries.")
        .refuse("*", "a bound on the caches of all queries"),
    row::flag("ksql.runtime.feature.shared.enabled", "false",
              "Queries share Streams runtimes. Here they always share workers.")
        .no_effect(),
    row::int64("ksql.shared.runtimes.count", "2", "How many shared runtimes.").no_effect(),
    row::flag("ksql.transient.query.cleanup.service.enable", "true",
              "Cleans up after push queries. Here they leave nothing behind.")
        .no_effect(),
    row::int64("ksql.transient.query.cleanup.service.initial.delay.seconds", "600",
               "When that begins.")
        .no_effect(),
    row::int64("ksql.transient.query.cleanup.service.period.seconds", "600", "How often it runs.")
        .no_effect(),
    row::text("ksql.persistent.prefix", "query_", "Part of Streams' application ids.").no_effect(),
    row::text("ksql.transient.prefix", "transient_", "The same of push queries.").no_effect(),

    // Functions.
    row::flag("ksql.udfs.enabled", "true", "Loads functions from ksql.extension.dir."),
    row::text("ksql.extension.dir", "ext",
              "Folder of libraries with functions of your own. Unset: ext beside the program.")
        .immutable(),
    row::text("ksql.functions.", nullptr,
              "ksql.functions.NAME.KEY is a setting of that function; NAME _global_: of all.")
        .per_query(),
    row::flag("ksql.udf.collect.metrics", "false", "Measures every function.").no_effect(),

    // What sessions and requests may set.
    row::text("ksql.properties.overrides.validation.mode", "denylist",
              "denylist: all may be set but …; allowlist: only … may.")
        .one_of("denylist,allowlist")
        .promise(),
    row::list("ksql.properties.overrides.denylist", "", "Names that nobody may set.").promise(),
    row::list("ksql.properties.overrides.allowlist", "",
              "The only names that may be set; each written out.")
        .shaped(TextShape::kNoWildcard)
        .promise(),
    row::flag("ksql.properties.overrides.log", "false", "Logs what is set.").no_effect(),
    row::flag("ksql.properties.overrides.range.validation.log.enabled", "false",
              "Logs values out of range.")
        .no_effect(),
    row::flag("ksql.properties.overrides.validation.restore.enabled", "false",
              "Checks commands against the lists when they are read again.")
        .refuse("true", "a check of commands that were already accepted"),

    // Protection, which this server has not yet: it does not start when one is asked for.
    row::text("ksql.security.extension.class", nullptr, "Who may do what.")
        .refuse("*", "security extensions: everybody may do everything"),
    row::text("ksql.resource.extension.class", nullptr, "Resources of your own over HTTP.")
        .refuse("*", "resource extensions"),
    row::text("ksql.access.validator.enable", "auto", "Asks the brokers for ACLs beforehand.")
        .one_of("on,off,auto")
        .refuse("on", "a check of topics' ACLs"),
    row::int64("ksql.authorization.cache.expiry.time.secs", "30", "Of that check's answers.")
        .no_effect(),
    row::int64("ksql.authorization.cache.max.entries", "10000", "Of that check's answers.")
        .no_effect(),
    row::flag("enable.fips", "false", "Only FIPS 140 cryptography.")
        .refuse("true", "a mode with FIPS 140 cryptography only"),
    row::text("enable.fips.mode", nullptr, "Which FIPS mode.").no_effect(),
    row::text("ksql.metastore.backup.location", "", "Folder for copies of the command log.")
        .refuse("*", "backups of the command log"),

    // Around the engine.
    row::text("ksql.deployment.type", "selfManaged", "A label of metrics.").no_effect(),
    row::text("ksql.metrics.tags.custom", "", "Tags of metrics, k:v by comma.").no_effect(),
    row::text("ksql.metrics.extension", nullptr, "A class that takes metrics.").no_effect(),
    row::text("metric.reporters", "", "Classes that take metrics.").no_effect(),
    row::text("ksql.queryanonymizer.cluster_namespace", nullptr, "Salt of anonymous statements.")
        .no_effect(),
    row::flag("ksql.queryanonymizer.logs_enabled", "true", "Logs statements anonymously.")
        .no_effect(),
    row::int64("ksql.admin.request.retry.timeout.ms", "2500", "How long requests to brokers go on.")
        .no_effect(),
    row::text("ksql.kafka.client.additional.config.prefixes", "", "More prefixes of client keys.")
        .no_effect(),
    row::int64("ksql.websocket.connection.max.timeout.ms", "3600000",
               "Longest life of a WebSocket.")
        .no_effect(),
    row::flag("ksql.endpoint.migrate.query", "true", "One engine answers /query and /query-stream.")
        .per_request()
        .no_effect(),
    row::flag("ksql.client.ip_port.configuration.enabled", "false", "Keeps clients' addresses.")
        .no_effect(),
    row::flag("ksql.proxy.protocol.local.mode.enabled", "false", "LOCAL of the proxy protocol.")
        .no_effect(),
    row::int64("ksql.fetch.remote.hosts.max.timeout.seconds", "10",
               "How long SHOW QUERIES waits for other servers.")
        .no_effect(),

    // Connect.
    row::text("ksql.connect.url", "http://localhost:8083", "REST API of Kafka Connect.")
        .no_effect(),
    row::text("ksql.connect.worker.config", "", "Runs a Connect worker within the server.")
        .refuse("*", "a Connect worker"),
    row::text("ksql.connect.basic.auth.credentials.source", "NONE", "Where its credentials are.")
        .one_of("NONE,FILE")
        .not_secret()
        .no_effect(),
    row::text("ksql.connect.basic.auth.credentials.file", "", "That file.")
        .not_secret()
        .no_effect(),
    row::flag("ksql.connect.basic.auth.credentials.reload", "false", "Reads it again.").no_effect(),
    row::int64("ksql.connect.request.timeout.ms", "5000", "How long a request may take.")
        .no_effect(),
    row::text("ksql.connect.request.headers.plugin", nullptr, "A class that adds headers.")
        .no_effect(),
    row::text("ksql.connect.", nullptr, "Settings of the Connect client and worker.").no_effect(),
};

}  // namespace millrace::property_table
