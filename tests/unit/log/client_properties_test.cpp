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
}

TEST_CASE("protection that the client cannot give is refused", "[log][kafka]") {
    using Properties = std::map<std::string, std::string>;
    const auto refused = [](const Properties& given) {
        return translate_client_properties(given).refused;
    };
    const std::pair<Properties, const char*> bad[] = {
        {{{"ssl.truststore.location", "/x.jks"}}, "type JKS cannot be read"},
        {{{"ssl.truststore.location", "/x"}}, "ssl.truststore.type=PEM"},
        {{{"ssl.truststore.location", "/x.pem"}, {"ssl.truststore.type", "JKS"}}, "type JKS"},
        {{{"ssl.truststore.location", "/x.p12"}, {"ssl.truststore.type", "PKCS12"}}, "type PKCS12"},
        {{{"ssl.keystore.location", "/x.jks"}}, "ssl.keystore.type=PKCS12 or PEM"},
        {{{"ssl.keystore.location", "/x.p12"}, {"ssl.keystore.type", "BCFKS"}}, "type BCFKS"},
        {{{"ssl.enabled.protocols", "TLSv1.3"}}, "ssl.enabled.protocols=TLSv1.3 is refused"},
        {{{"ssl.enabled.protocols", "TLSv1.2,TLSv1.1"}}, "1.2 and 1.3, and cannot be bounded"},
        {{{"ssl.protocol", "TLSv1.2"}}, "ssl.protocol=TLSv1.2 is refused"},
        {{{"sasl.jaas.config", "foo GEHEIM"}}, "it names no user"},
    };
    for (const auto& [given, sentence] : bad) {
        const auto said = refused(given);
        INFO(sentence);
        REQUIRE(said.size() == 1);
        CHECK(said[0].find(sentence) != std::string::npos);
        CHECK(said[0].find("GEHEIM") == std::string::npos);
        Properties all = given;
        all["bootstrap.servers"] = "127.0.0.1:1";
        CHECK(check_kafka_client(all).message() == said[0]);
        CHECK(open_kafka_log(all).status().message() == said[0]);
    }
    CHECK(refused({{"ssl.truststore.location", "/x.PEM"},
                   {"ssl.keystore.location", "/x.p12"},
                   {"ssl.enabled.protocols", "TLSv1.3, TLSv1.2"},
                   {"ssl.protocol", "TLSv1.3"}})
              .empty());
}

TEST_CASE("client properties are checked without a broker", "[log][kafka]") {
    const auto said = [](std::map<std::string, std::string> given) {
        given["bootstrap.servers"] = "127.0.0.1:1";
        return check_kafka_client(given).message();
    };
    CHECK(said({{"linger.ms", "5"}, {"no.such.thing", "1"}, {"ssl.provider", "x"}}).empty());
    CHECK(said({{"debug", "junk"}}).find("debug") != std::string::npos);
    CHECK(said({{"security.protocol", "SSL"}, {"ssl.keystore.key", "junk"}}).find("ssl.key.pem") !=
          std::string::npos);
    CHECK(said({{"ssl.engine.factory.class", "x"}}) ==
          "ssl.engine.factory.class is refused: the Kafka client does not have it");
}

TEST_CASE("one option of a JAAS line is found by its whole name", "[log][kafka]") {
    CHECK(jaas_option("X required user_name=a username='b c';", "username") == "b c");
    CHECK(jaas_option("X required username = d password=e;", "password") == "e");
    CHECK(jaas_option("X required;", "username").empty());
    // What stands in quotes is no option.
    CHECK(jaas_option(R"(X required password="x username=evil" username="me";)", "username") ==
          "me");
    CHECK(jaas_option(R"(X required password="x username = \"evil" username='me';)", "username") ==
          "me");
    CHECK(jaas_option("X required password=a== username=me;", "password") == "a==");
    CHECK(jaas_option("X required password=username username=me;", "username") == "me");
    CHECK(jaas_option("X required password==username=evil username=me;", "username") == "me");
    CHECK(jaas_option("X required username=\"\" password=b;", "username").empty());
    CHECK(jaas_option("X required username", "username").empty());
    CHECK(jaas_option("X required username=", "username").empty());
    CHECK(jaas_option("X required username=\"me", "username") == "me");
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
