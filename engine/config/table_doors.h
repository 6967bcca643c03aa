// Properties of the doors: where the server listens, whom it lets in, how it answers.
#pragma once

#include "engine/config/property.h"

namespace millrace::property_table {

inline constexpr Property kDoors[] = {
    row::list("listeners", "http://127.0.0.1:8088",
              "Where the REST API listens, http://HOST:PORT or https://HOST:PORT by comma; port 0 "
              "takes a free one. ksqlDB's default is http://0.0.0.0:8088.")
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
    row::text("ksql.internal.listener", nullptr,
              "Where other servers ask, http://HOST:PORT. Requests may be for this host.")
        .shaped(TextShape::kListener),
    row::text("ksql.advertised.listener", nullptr,
              "What other servers are told. Requests may be for this host.")
        .shaped(TextShape::kListener),
    row::text("ksql.server.install.dir", "", "Where the server is installed.").no_effect(),
    row::text("ksql.local.commands.location", "", "Journal of push queries.").no_effect(),

    // Whom it lets in, see docs/access.md.
    row::list("authentication.method", "NONE",
              "How users prove who they are. BASIC: with a name and a password, which "
              "millrace.authentication.users.file has. BEARER: with a signed token (JWT), whose "
              "issuer's keys millrace.authentication.jwt.jwks.file or .url has. Both may be said.")
        .one_of("NONE,BASIC,BEARER")
        .promise(),
    row::text("authentication.realm", "",
              "What clients are told that they log in to, and the section of a JAAS file.")
        .promise(),
    row::list("authentication.roles", "*",
              "Users with one of these roles are let in; * is everybody who has logged in, ** the "
              "role *.")
        .promise(),
    row::list("authentication.skip.paths", "",
              "Paths that everybody may ask, besides /chc/…, /healthcheck, /v1/metadata and "
              "/v1/metadata/id; * stands for anything.")
        .promise(),
    row::text("java.security.auth.login.config", nullptr,
              "A JAAS file. Of the section that authentication.realm names the file= of a "
              "PropertyFileLoginModule is taken, when millrace.authentication.users.file is not "
              "set.")
        .promise(),
    row::text("millrace.authentication.users.file", nullptr,
              "Who may log in: lines of htpasswd (bcrypt, apr1, SHA) or of Jetty's login files. "
              "Read again when it changes.")
        .immutable()
        .promise(),
    row::text("millrace.authentication.jwt.jwks.file", nullptr,
              "The public keys that tokens are signed with, a JSON Web Key Set. Read again when it "
              "changes.")
        .immutable()
        .promise(),
    row::text("millrace.authentication.jwt.jwks.url", nullptr,
              "Where their issuer publishes these keys, https://HOST/PATH. Asked beside the "
              "requests; the keys of before stay while it does not answer.")
        .immutable()
        .promise(),
    row::text("millrace.authentication.jwt.jwks.ca.file", nullptr,
              "PEM file of the authorities that this URL's certificate is checked with. Unset: "
              "the machine's.")
        .immutable()
        .promise(),
    row::int64("millrace.authentication.jwt.jwks.refresh.ms", "600000",
               "How often the URL is asked. A token with a key that is not known makes it be asked "
               "at once, every ten seconds at most.")
        .at_least(1000)
        .at_most(kYearMs)
        .immutable()
        .promise(),
    row::text("millrace.authentication.jwt.issuer", nullptr,
              "Who must have made a token, as its claim iss says. Unset: whoever has the keys.")
        .immutable()
        .promise(),
    row::list("millrace.authentication.jwt.audience", nullptr,
              "Whom a token must be for: one of these stands in its claim aud. Unset: tokens for "
              "other services of the issuer are taken, too.")
        .immutable()
        .promise(),
    row::int64("millrace.authentication.jwt.clock.skew.ms", "30000",
               "By how much the issuer's clock may differ: so much longer, or earlier, a token is "
               "good.")
        .at_least(0)
        .at_most(600'000)
        .immutable()
        .promise(),
    row::text("millrace.authentication.jwt.name.claim", "sub",
              "The claim that is the user's name; dots lead into objects.")
        .immutable()
        .promise(),
    row::text("millrace.authentication.jwt.roles.claim", "roles",
              "The claim that has the user's roles, as in realm_access.roles: a list, or a text "
              "with blanks or commas between them.")
        .immutable()
        .promise(),
    row::list("millrace.authorization.read.roles", nullptr,
              "Users with one of these roles may query and look. Once one of these three lists is "
              "set the others are read, write and admin; without any everybody who is let in may "
              "do everything.")
        .immutable()
        .promise(),
    row::list("millrace.authorization.write.roles", nullptr,
              "Roles that may also create, insert and drop.")
        .immutable()
        .promise(),
    row::list("millrace.authorization.admin.roles", nullptr,
              "Roles that may also delete topics, ALTER SYSTEM and end the cluster.")
        .immutable()
        .promise(),
    row::flag("millrace.audit.log", nullptr,
              "A line of the log for each statement and each write: who, from where, what, and how "
              "it ended. Unset: when authentication is on.")
        .immutable()
        .promise(),
    row::text("ksql.authentication.plugin.class", nullptr, "A class that lets users in.")
        .refuse("*", "classes of one's own: everybody would be let in"),

    // TLS of the listeners; its key and certificate are in the ssl.* of Kafka's clients.
    row::flag("ssl.client.auth", "false",
              "ssl.client.authentication=REQUIRED, as older files have it.")
        .promise(),
    row::text("ssl.client.authentication", "NONE",
              "Whether clients show a certificate, of an authority in ssl.truststore.location.")
        .one_of("NONE,REQUESTED,REQUIRED")
        .promise(),
    row::text("ksql.internal.ssl.client.authentication", "NONE", "The same of other servers.")
        .one_of("NONE,REQUESTED,REQUIRED")
        .refuse("REQUESTED,REQUIRED", "a listener for other servers: everybody would be let in"),
    row::text("ksql.ssl.keystore.alias.external", "", "Which certificate clients see.")
        .refuse("*", "a choice among several certificates: keep one in the keystore"),
    row::text("ksql.ssl.keystore.alias.internal", "", "Which certificate other servers see.")
        .refuse("*", "a choice among several certificates: keep one in the keystore"),
    row::flag("ksql.server.sni.check.enable", "false", "Compares the host that TLS names.")
        .refuse("true", "a look at the host that TLS names"),
    row::flag("ssl.keystore.reload", "true",
              "Reads key and certificates again when their files change. ksqlDB's default is "
              "false."),
    row::text("ssl.keystore.watch.location", nullptr, "Which file is watched for that.")
        .no_effect(),
    row::list("listeners.proxy.protocol", "", "Listeners that speak the proxy protocol.")
        .refuse("*", "the proxy protocol"),
    row::text("access.control.allow.origin", "",
              "CORS: which origins' web pages may ask, by comma; * stands for any text, as in "
              "https://*.example.com. Empty: none but those of the server's own origin.")
        .promise(),
    row::list("access.control.allow.methods", "",
              "CORS: the methods that browsers are told. Empty: GET, POST, HEAD."),
    row::list("access.control.allow.headers", "",
              "CORS: the headers that browsers are told. Empty: X-Requested-With, Content-Type, "
              "Accept, Origin."),
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
        "Memory for what grows with others: rows on their way, work that is not committed, push "
        "queries, answers and requests, RocksDB, Kafka's clients. Each has a part of it, see GET "
        "/millrace/memory. Unset: a quarter of the machine's, or of what its container may use.")
        .at_least(1 << 20)
        .immutable(),
    row::int64("millrace.state.memory.bytes", "67108864",
               "Memory for the state's caches and write buffers; topics that the server keeps "
               "itself have 72 MB more. Both together at most a fifth of millrace.memory.bytes.")
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
    row::int64("millrace.http.header.timeout.ms", "30000",
               "How long a request's header may take, from its first byte on; of a new connection "
               "from its beginning on.")
        .at_least(1)
        .at_most(kYearMs)
        .immutable(),
    row::int64("millrace.http.body.timeout.ms", "120000",
               "How long a request's body may take after its header.")
        .at_least(1)
        .at_most(kYearMs)
        .immutable(),
    row::int64("millrace.http.unfinished.bytes.max", "67108864",
               "Bytes of requests that have been begun and are not complete, of all connections; "
               "at most the requests' part of millrace.memory.bytes. Who adds more is refused.")
        .at_least(1 << 16)
        .immutable(),
    row::int32("millrace.http.connections.max", "10000",
               "As many connections there may be, at most half of the files that the process may "
               "open. A few more are let in for /healthcheck and /chc.")
        .at_least(1)
        .immutable(),
    row::int32("millrace.http.address.connections.max", "2500",
               "As many of one client address; of IPv6, of one /64 network. Raise it where all "
               "clients come by way of one proxy.")
        .at_least(1)
        .immutable(),
    row::list("millrace.http.allowed.hosts", "",
              "More host names that requests may be for, as a proxy passes them on: names, "
              "*.example.com, or * for all. Without: localhost, IP addresses, the hosts of the "
              "listeners and, where one is on all addresses, names without a dot and this "
              "machine's.")
        .immutable()
        .promise(),
    row::flag("millrace.terminate.enabled", "true", "Answers POST /ksql/terminate.")
        .immutable()
        .promise(),
    row::flag("millrace.produce.enabled", "true", "Answers POST /millrace/produce.")
        .immutable()
        .promise(),
    row::int32("millrace.batch.rows.max", "4096", "Rows that are worked on at once.")
        .at_least(1)
        .immutable(),
    row::list("millrace.optimizer.disabled", "", "Passes of the optimizer to leave out.")
        .per_request(),
};

}  // namespace millrace::property_table
