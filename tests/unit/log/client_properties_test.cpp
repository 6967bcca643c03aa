#include "engine/log/kafka/client_properties.h"

#include <catch2/catch.hpp>

#include "engine/base/clock.h"
#include "engine/log/kafka/kafka_log.h"

using namespace millrace;

TEST_CASE("Java's client properties get librdkafka's names", "[log][kafka]") {
    auto out = translate_client_properties({
        {"bootstrap.servers", "a:9092"},
        {"sasl.mechanism", "SCRAM-SHA-512"},
        {"sasl.jaas.config",
         R"(org.apache.kafka.common.security.scram.ScramLoginModule required username="al" password="p\"w;x";)"},
        {"compression.type", "lz4"},
        {"buffer.memory", "33554432"},
        {"ssl.truststore.location", "/etc/ca.pem"},
        {"ssl.truststore.type", "PEM"},
        {"ssl.endpoint.identification.algorithm", ""},
        {"auto.offset.reset", "earliest"},
        {"isolation.level", "read_uncommitted"},
    });
    CHECK(out.settings == std::map<std::string, std::string>{
                              {"bootstrap.servers", "a:9092"},
                              {"sasl.mechanism", "SCRAM-SHA-512"},
                              {"sasl.username", "al"},
                              {"sasl.password", "p\"w;x"},
                              {"compression.type", "lz4"},
                              {"queue.buffering.max.kbytes", "32768"},
                              {"ssl.ca.location", "/etc/ca.pem"},
                              {"ssl.endpoint.identification.algorithm", "none"},
                          });
    CHECK(out.not_supported.empty());
    CHECK(translate_client_properties({{"ssl.truststore.location", "/etc/trust.jks"}})
              .not_supported.size() == 1);
}

TEST_CASE("one option of a JAAS line is found by its whole name", "[log][kafka]") {
    CHECK(jaas_option("X required user_name=a username='b c';", "username") == "b c");
    CHECK(jaas_option("X required username = d password=e;", "password") == "e");
    CHECK(jaas_option("X required;", "username").empty());
}

TEST_CASE("a wrong value ends the opening, an unknown name does not", "[log][kafka]") {
    CHECK(open_kafka_log({{"bootstrap.servers", "127.0.0.1:1"}, {"linger.ms", "soon"}})
              .status()
              .fault() == Fault::kFatal);
    CHECK(open_kafka_log({{"bootstrap.servers", "127.0.0.1:1"}, {"no.such.thing", "1"}}).is_ok());
    CHECK(open_kafka_log({}).status().fault() == Fault::kFatal);
}

TEST_CASE("a broker that is away makes calls retriable and is named", "[log][kafka]") {
    auto opened = open_kafka_log({{"bootstrap.servers", "127.0.0.1:1"}});
    REQUIRE(opened.is_ok());
    Log& log = **opened;
    CHECK(log.describe() == "Kafka at 127.0.0.1:1");
    Status ping = log.topics().ping(300);
    CHECK(ping.fault() == Fault::kRetriable);
    CHECK(ping.message().find("127.0.0.1:1") != std::string::npos);
    WriterOptions options;
    options.transactional_id = "writer";
    auto writer = log.writer(options);
    Status started = writer->init_transactions(300);
    CHECK(started.fault() == Fault::kRetriable);
    CHECK(started.message().find("127.0.0.1:1") != std::string::npos);
    const int64_t began = steady_ms();
    writer.reset();
    CHECK(steady_ms() - began < 3000);
}
