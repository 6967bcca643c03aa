// Properties of Kafka Streams and of Kafka's clients. A name may stand with `ksql.streams.` in
// front of it, and a client's with `consumer.`, `producer.` or `main.consumer.` for that client
// alone.
#pragma once

#include "engine/config/property.h"

namespace millrace::property_table {

inline constexpr const char* kDefaultPartitioner =
    "org.apache.kafka.clients.producer.internals.DefaultPartitioner";

inline constexpr Property kStreams[] = {
    row::text("processing.guarantee", "at_least_once",
              "exactly_once_v2: what a read_committed reader of the results sees, across crashes. "
              "exactly_once and exactly_once_beta mean the same.")
        .one_of_any_case("at_least_once,exactly_once,exactly_once_beta,exactly_once_v2")
        .promise()
        .alterable(),
    row::int64("commit.interval.ms", "2000",
               "How often results and progress are committed. Over Kafka at least every 5 seconds: "
               "brokers give up transactions that stay open.")
        .at_least(0)
        .at_most(3'600'000)
        .alterable(),
    row::int64("cache.max.bytes.buffering", "10000000",
               "Updates of one key between two commits become one; 0: each is sent.")
        .at_least(0)
        .per_query(),
    row::int64("statestore.cache.max.bytes", nullptr,
               "Kafka's newer name of cache.max.bytes.buffering, and before it.")
        .at_least(0)
        .per_query(),
    row::int32("num.stream.threads", nullptr, "Workers. Unset: 2.")
        .at_least(1)
        .at_most(1000)
        .promise(),
    row::text("auto.offset.reset", nullptr,
              "Where new queries begin to read. Unset: streams at the end, tables at the start.")
        .one_of_any_case("latest,earliest")
        .per_query(),
    row::text("state.dir", "./millrace-data",
              "RocksDB and, without brokers, the topics. One folder a server.")
        .promise(),
    row::int64("buffered.records.per.partition", nullptr, "Records read ahead.")
        .per_query()
        .no_effect(),
    row::int64("max.task.idle.ms", "0",
               "For how long a task waits for rows of an input, or of a partition ahead of a "
               "repartition, that has none now. -1: not even for those that are there.")
        .at_least(-1)
        .at_most(kYearMs)
        .per_query(),
    row::int64("task.timeout.ms", nullptr, "How long a task tries again.").per_query().no_effect(),
    row::int64("acceptable.recovery.lag", nullptr, "How far behind a ready task may be.")
        .no_effect()
        .alterable(),
    row::int32("num.standby.replicas", nullptr, "Copies of state on other servers.")
        .no_effect()
        .alterable(),
    row::int32("max.warmup.replicas", nullptr, "Copies of state that are being made.")
        .no_effect()
        .alterable(),
    row::int64("poll.ms", nullptr, "How long a read waits.").no_effect().alterable(),
    row::int64("probing.rebalance.interval.ms", nullptr, "How often tasks are shared out anew.")
        .no_effect()
        .alterable(),
    row::int64("window.size.ms", nullptr, "Of the windowed deserializer.").no_effect().alterable(),
    row::text("windowed.inner.class.serde", nullptr, "Of the windowed deserializer.").no_effect(),
    row::int32("replication.factor", nullptr,
               "Replicas of changelogs and repartition topics; -1: as the brokers have it. Unset: "
               "ksql.internal.topic.replicas.")
        .promise()
        .at_least(-1)
        .at_most(std::numeric_limits<int16_t>::max()),
    row::int64("state.cleanup.delay.ms", nullptr, "When the state of a moved task is deleted.")
        .no_effect(),
    row::text("topology.optimization", "all", "Passes of the Streams optimizer.").no_effect(),
    row::text("default.deserialization.exception.handler", nullptr, "A class.").no_effect(),
    row::text("default.production.exception.handler", nullptr, "A class.").no_effect(),
    row::text("default.timestamp.extractor", nullptr, "A class.").no_effect(),
    row::int64("windowstore.changelog.additional.retention.ms", nullptr,
               "Added to the retention of windowed changelogs.")
        .no_effect(),
    row::text("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", nullptr,
              "How often an outer join looks for rows without a partner.")
        .no_effect(),
    row::text("__emit.interval.ms.kstreams.windowed.aggregation__", nullptr,
              "How often EMIT FINAL looks for closed windows.")
        .no_effect(),
    row::text("application.id", nullptr, "Made from the service id here.").no_effect(),
    row::text("application.server", nullptr, "What other servers are told.").no_effect(),
    row::text("rocksdb.config.setter", nullptr, "A class.").no_effect(),
    row::text("ksql.plugins.rocksdb.", nullptr,
              "Settings of ksqlDB's bounded-memory RocksDB. Here: millrace.state.memory.bytes.")
        .no_effect(),
    row::text("topic.", nullptr, "Settings of internal topics.").no_effect(),
    row::text("config.providers", nullptr,
              "Names of providers besides env and file, which are always there.")
        .no_effect(),
    row::text("config.providers.", nullptr, "config.providers.NAME.class: what it is.").no_effect(),
};

/// To Kafka's clients. Families take librdkafka's own names, too.
inline constexpr Property kClients[] = {
    row::text("security.protocol", nullptr, "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.")
        .promise()
        .one_of_any_case("PLAINTEXT,SSL,SASL_PLAINTEXT,SASL_SSL")
        .to_clients()
        .immutable(),
    row::text("sasl.mechanism", nullptr, "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512.")
        .to_clients()
        .immutable(),
    row::text("sasl.mechanisms", nullptr, "librdkafka's name.").to_clients().immutable(),
    row::text("sasl.jaas.config", nullptr,
              "User and password, as a line of JAAS; one without a username is refused.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("sasl.username", nullptr, "librdkafka's name.").to_clients().immutable(),
    row::text("sasl.password", nullptr, "librdkafka's name.").secret().to_clients().immutable(),
    row::text("sasl.oauthbearer.config", nullptr, "Of OAUTHBEARER: k=v by blank.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("sasl.oauthbearer.token.endpoint.url", nullptr, "Who gives tokens out.")
        .not_secret()
        .to_clients()
        .immutable(),
    row::text("sasl.", nullptr, "Other settings of the login.").to_clients().immutable(),
    row::text(
        "ssl.truststore.location", nullptr,
        "Certificates of authorities: a PEM file; others are refused. This and what follows is "
        "for listeners with https:// as well; ksql.streams.ssl.* is for Kafka alone.")
        .to_clients()
        .immutable(),
    row::text("ssl.truststore.type", nullptr,
              "PEM. Unset: PEM for names that end in .pem or .crt, else JKS, which is refused.")
        .to_clients()
        .immutable(),
    row::text("ssl.truststore.password", nullptr, "Not needed for PEM.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ssl.truststore.certificates", nullptr, "The certificates themselves, PEM.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ssl.keystore.location", nullptr,
              "Certificate and key: a PKCS12 or PEM file; others are refused.")
        .to_clients()
        .immutable(),
    row::text("ssl.keystore.type", nullptr,
              "PKCS12 or PEM. Unset: by the ending .p12, .pfx or .pem, else JKS, which is refused.")
        .to_clients()
        .immutable(),
    row::text("ssl.keystore.password", nullptr, "Of that file.").secret().to_clients().immutable(),
    row::text("ssl.keystore.key", nullptr, "The key itself, PEM.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ssl.keystore.certificate.chain", nullptr, "The certificate itself, PEM.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ssl.key.password", nullptr, "Of the key.").secret().to_clients().immutable(),
    row::text("ssl.key.pem", nullptr, "librdkafka's name of ssl.keystore.key.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ssl.endpoint.identification.algorithm", nullptr, "https, or empty: no check.")
        .to_clients()
        .immutable(),
    row::text("ssl.enabled.protocols", nullptr,
              "Versions of TLS. Spoken are 1.2 and 1.3: a list without one of them is refused.")
        .to_clients()
        .immutable(),
    row::text("ssl.protocol", nullptr, "TLS or TLSv1.3: another one is refused.")
        .to_clients()
        .immutable(),
    row::text("ssl.cipher.suites", nullptr, "Ciphers.").to_clients().immutable(),
    row::text("ssl.", nullptr, "Other settings of TLS to the brokers.").to_clients().immutable(),
    // These are rows of their own, and no other names of those above: the listeners have theirs.
    row::text("ksql.streams.ssl.truststore.location", nullptr, "For Kafka alone.")
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.truststore.type", nullptr, "For Kafka alone.")
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.truststore.password", nullptr, "For Kafka alone.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.truststore.certificates", nullptr, "For Kafka alone.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.keystore.location", nullptr, "For Kafka alone.")
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.keystore.type", nullptr, "For Kafka alone.")
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.keystore.password", nullptr, "For Kafka alone.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.keystore.key", nullptr, "For Kafka alone.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.keystore.certificate.chain", nullptr, "For Kafka alone.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.key.password", nullptr, "For Kafka alone.")
        .secret()
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.enabled.protocols", nullptr, "For Kafka alone.")
        .to_clients()
        .immutable(),
    row::text("ksql.streams.ssl.cipher.suites", nullptr, "For Kafka alone.")
        .to_clients()
        .immutable(),
    row::text("client.id", nullptr, "How brokers' logs name the clients.").to_clients(),
    row::text("client.rack", nullptr, "Reads from a near replica.").to_clients(),
    row::text("client.dns.lookup", nullptr,
              "How names become addresses. All addresses of a name are tried in turn.")
        .no_effect(),
    row::text("client.", nullptr, "Other settings of any client.").to_clients(),
    row::text("compression.type", nullptr, "none, gzip, snappy, lz4 or zstd.")
        .one_of("none,gzip,snappy,lz4,zstd")
        .to_clients()
        .alterable(),
    row::int64("linger.ms", nullptr, "How long a producer gathers records.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::int32("batch.size", nullptr, "Bytes that it gathers at most.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::int64("buffer.memory", nullptr, "Bytes that may wait to be sent.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::int32("max.request.size", nullptr, "Bytes of the largest record.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::int32("delivery.timeout.ms", nullptr, "How long a record may take to be written.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::int32("request.timeout.ms", nullptr, "How long a request may take.")
        .at_least(0)
        .to_clients(),
    row::int64("retry.backoff.ms", nullptr, "Before a request is sent again.").to_clients(),
    row::int64("retry.backoff.max.ms", nullptr, "The longest such wait.").to_clients(),
    row::int64("reconnect.backoff.ms", nullptr, "Before a connection is tried again.").to_clients(),
    row::int64("reconnect.backoff.max.ms", nullptr, "The longest such wait.").to_clients(),
    row::text("reconnect.", nullptr, "Other settings of connecting again.").to_clients(),
    row::int64("metadata.max.age.ms", nullptr, "How often topics are looked at.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::int64("connections.max.idle.ms", nullptr, "When an idle connection is closed.")
        .to_clients(),
    row::int32("fetch.min.bytes", nullptr, "A broker waits until it has so much.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::int32("fetch.max.bytes", nullptr, "Bytes of an answer.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::int32("fetch.max.wait.ms", nullptr, "How long a broker waits for that.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::text("fetch.", nullptr, "Other settings of reading.").to_clients(),
    row::int32("max.partition.fetch.bytes", nullptr, "Bytes of a partition in an answer.")
        .at_least(0)
        .to_clients()
        .alterable(),
    row::int32("session.timeout.ms", nullptr, "When the group gives a silent server up.")
        .to_clients()
        .alterable(),
    row::int32("heartbeat.interval.ms", nullptr, "How often the group is told.")
        .no_effect()
        .alterable(),
    row::int32("receive.buffer.bytes", nullptr, "Of a socket.").to_clients(),
    row::int32("send.buffer.bytes", nullptr, "Of a socket.").to_clients(),
    row::text("socket.", nullptr, "librdkafka's settings of sockets.").to_clients(),
    row::text("broker.", nullptr, "librdkafka's settings of brokers.").to_clients(),
    row::text("debug", nullptr, "What librdkafka logs.").to_clients(),
    row::text("consumer.", nullptr, "For the readers alone.").to_clients(),
    row::text("producer.", nullptr, "For the writers alone.").to_clients(),
    row::text("main.consumer.", nullptr, "For the readers alone.").to_clients(),
    row::text("restore.consumer.", nullptr, "For readers of changelogs.").no_effect(),
    row::text("global.consumer.", nullptr, "For readers of global tables.").no_effect(),
    row::text("admin.", nullptr, "For the client that makes topics.").no_effect(),

    // What correctness rests on is the engine's own to decide.
    row::text("acks", "all", "Always all.").refuse("0,1", "writing that may lose records"),
    row::flag("enable.idempotence", "true", "Always true.")
        .refuse("false", "writing that loses or repeats records"),
    row::flag("enable.auto.commit", "false", "Always false.")
        .refuse("true", "commits of positions apart from results"),
    row::text("isolation.level", nullptr,
              "Whether what is not committed is read. Unset: as processing.guarantee needs it; "
              "read_uncommitted goes with at_least_once only.")
        .one_of("read_committed,read_uncommitted")
        .promise(),
    row::text("group.id", nullptr, "Made from the service id.").no_effect(),
    row::text("group.instance.id", nullptr, "Made from millrace.server.id.").no_effect(),
    row::text("transactional.id", nullptr, "Made from both.").no_effect(),
    row::int32("transaction.timeout.ms", nullptr, "Ten seconds.").no_effect(),
    row::int32("max.in.flight.requests.per.connection", nullptr, "Five.").no_effect(),
    row::int32("retries", nullptr, "Until delivery.timeout.ms.").no_effect(),
    row::int64("max.block.ms", nullptr, "How long a send may block.").no_effect().alterable(),
    row::int32("max.poll.records", nullptr, "Records a poll.").no_effect().alterable(),
    row::int32("max.poll.interval.ms", nullptr, "Between two polls.").no_effect().alterable(),
    row::int32("default.api.timeout.ms", nullptr, "How long a call may take.").no_effect(),
    row::flag("allow.auto.create.topics", nullptr, "Topics are made by statements.").no_effect(),
    row::flag("check.crcs", nullptr, "Checks sums of records.").no_effect(),
    row::text("partition.assignment.strategy", nullptr, "Slots are shared out here.").no_effect(),
    row::text("partitioner.class", kDefaultPartitioner,
              "Always Kafka's default one: rows of one key must meet.")
        .one_of(kDefaultPartitioner)
        .no_effect()
        .promise(),
    row::text("partitioner", "murmur2_random", "librdkafka's name of the same.")
        .one_of("murmur2_random")
        .no_effect()
        .promise(),
    row::text("interceptor.classes", nullptr, "Classes.").no_effect(),
    row::text("key.serializer", nullptr, "A class.").not_secret().no_effect(),
    row::text("key.deserializer", nullptr, "A class.").not_secret().no_effect(),
    row::text("value.serializer", nullptr, "A class.").no_effect(),
    row::text("value.deserializer", nullptr, "A class.").no_effect(),
    row::int32("metrics.num.samples", nullptr, "Of metrics.").no_effect(),
    row::int64("metrics.sample.window.ms", nullptr, "Of metrics.").no_effect(),
    row::text("metrics.recording.level", nullptr, "Of metrics.").no_effect(),
};

}  // namespace millrace::property_table
