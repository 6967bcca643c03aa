#include <catch2/catch.hpp>

#include "engine/base/error.h"
#include "engine/config/client_properties.h"
#include "engine/config/consumer_settings.h"
#include "engine/config/get.h"

using namespace millrace;

namespace {

using Properties = std::map<std::string, std::string>;

/// Why a server with this file does not start; "" when it does.
std::string refusal(const Properties& properties) {
    try {
        Config(settings_of(properties, "a.properties"));
        return "";
    } catch (const StatementError& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("a property has its row's type, its default, or what was given", "[config]") {
    const Config none;
    CHECK(none.get<"commit.interval.ms">() == 2000);
    CHECK(none.get<"ksql.udfs.enabled">());
    CHECK(none.get<"auto.offset.reset">() == std::nullopt);
    CHECK(none.get<"listeners">() == std::vector<std::string>{"http://127.0.0.1:8088"});
    const Config given(Properties{{"ksql.streams.commit.interval.ms", " +7 "},
                                  {"ksql.udfs.enabled", "False"},
                                  {"auto.offset.reset", "earliest"},
                                  {"listeners", "http://a:1 , http://b:2"}});
    CHECK(given.get<"commit.interval.ms">() == 7);
    CHECK_FALSE(given.get<"ksql.udfs.enabled">());
    CHECK(given.get<"auto.offset.reset">() == "earliest");
    CHECK(given.get<"listeners">() == std::vector<std::string>{"http://a:1", "http://b:2"});
    CHECK(given.warnings().empty());
}

TEST_CASE("a bad value is refused with its name and what is allowed", "[config]") {
    const std::tuple<const char*, const char*, const char*> bad[] = {
        {"processing.guarantee", "exactly-once",
         "String must be one of: at_least_once, exactly_once, exactly_once_beta, exactly_once_v2"},
        {"auto.offset.reset", "junk", "String must be one of: latest, earliest"},
        {"commit.interval.ms", "-5", "Value must be at least 0"},
        {"commit.interval.ms", "9223372036854775807", "Value must be no more than 3600000"},
        {"max.task.idle.ms", "9223372036854775807", "Value must be no more than"},
        {"consumer.auto.offset.reset", "none", "String must be one of: latest, earliest"},
        {"isolation.level", "read_all", "String must be one of: read_committed"},
        {"producer.partitioner", "random", "String must be one of: murmur2_random"},
        {"producer.partitioner.class", "a.B", "DefaultPartitioner"},
        {"cache.max.bytes.buffering", "abc", "Not a number of type LONG"},
        {"num.stream.threads", "0", "Value must be at least 1"},
        {"num.stream.threads", "3000000000", "Not a number of type INT"},
        {"num.stream.threads", "", "Not a number of type INT"},
        {"ksql.timestamp.throw.on.invalid", "yes", "Expected value to be either true or false"},
        {"ksql.fail.on.deserialization.error", "yes", "Expected value to be either true or false"},
        {"listeners", "127.0.0.1:8088", "write http://127.0.0.1:8088"},
        {"listeners", "ftp://127.0.0.1:8088", "the scheme must be http or https"},
        {"authentication.method", "KERBEROS", "String must be one of: NONE, BASIC, BEARER"},
        {"authentication.method", "BEARER,TOKEN", "String must be one of: NONE, BASIC, BEARER"},
        {"authentication.method", " ", "String must be one of: NONE, BASIC, BEARER"},
        {"listeners", " ", "There must be a listener"},
        {"consumer.fetch.min.bytes", "many", "Not a number of type INT"},
    };
    for (const auto& [name, value, allowed] : bad) {
        for (const std::string& prefix : {std::string(), std::string("ksql.streams.")}) {
            const bool of_streams =
                std::string(name).find("ksql") != 0 && name != std::string("listeners");
            if (!prefix.empty() && !of_streams) continue;
            const std::string said = refusal({{prefix + name, value}});
            INFO(name << "=" << value << ": " << said);
            CHECK(said.find("Invalid value " + std::string(value) + " for configuration " + prefix +
                            name + ": ") == 0);
            CHECK(said.find(allowed) != std::string::npos);
            CHECK(said.find("(a.properties)") != std::string::npos);
        }
    }
}

TEST_CASE("what a consumer is told under its own name goes before the rest", "[config]") {
    CHECK(consumer_offset_reset(Config(Properties{})) == std::nullopt);
    const Config config(Properties{{"auto.offset.reset", "latest"},
                                   {"ksql.streams.consumer.auto.offset.reset", "Earliest"},
                                   {"ksql.streams.consumer.isolation.level", "read_committed"}});
    CHECK(consumer_offset_reset(config) == "earliest");
    CHECK(consumer_isolation(config) == "read_committed");
    const Config asked = config.with({{"consumer.auto.offset.reset", "latest"}});
    CHECK(consumer_offset_reset(asked) == "latest");
}

TEST_CASE("clients are not told what contradicts the guarantee", "[config]") {
    const auto contradiction = [](const char* guarantee, const char* name, const char* level) {
        try {
            check_consumer_settings(
                Config(Properties{{"processing.guarantee", guarantee}, {name, level}}));
            return std::string();
        } catch (const StatementError& error) {
            return std::string(error.what());
        }
    };
    for (const char* name : {"isolation.level", "consumer.isolation.level"}) {
        CHECK(contradiction("exactly_once_v2", name, "read_uncommitted")
                  .find("contradicts processing.guarantee=exactly_once_v2") != std::string::npos);
        CHECK(contradiction("exactly_once_v2", name, "read_committed").empty());
        CHECK(contradiction("at_least_once", name, "read_uncommitted").empty());
    }
    for (const auto& [name, value] : Properties{{"acks", "1"},
                                                {"producer.acks", "0"},
                                                {"enable.idempotence", "false"},
                                                {"consumer.enable.auto.commit", "true"}}) {
        INFO(name);
        CHECK(refusal({{name, value}}).find(" is refused: this server does not have ") !=
              std::string::npos);
    }
}

TEST_CASE("the letter case of a guarantee and of a reset does not count", "[config]") {
    const Config config(Properties{{"processing.guarantee", "EXACTLY_ONCE_V2"},
                                   {"ksql.streams.auto.offset.reset", "Earliest"}});
    CHECK(config.get<"processing.guarantee">() == "exactly_once_v2");
    CHECK(config.get<"auto.offset.reset">() == "earliest");
}

TEST_CASE("a name that was surely mistyped is refused, another one warned of", "[config]") {
    CHECK(refusal({{"bootstrap.server", "x:1"}}) ==
          "Unknown property bootstrap.server: did you mean bootstrap.servers? (a.properties)");
    CHECK(refusal({{"listener", "x"}}).find("did you mean listeners?") != std::string::npos);
    CHECK(refusal({{"ksql.stream.state.dir", "x"}}).find("did you mean ksql.streams.state.dir?") !=
          std::string::npos);
    CHECK(refusal({{"sasl.mechansim", "PLAIN"}}).find("did you mean sasl.mechanism?") !=
          std::string::npos);
    CHECK(refusal({{"consumer.fetch.min.byte", "1"}}).find("fetch.min.bytes") != std::string::npos);
    const Config odd(Properties{{"no.such.thing", "1"}, {"ksql.heartbeat.enable", "true"}});
    CHECK(odd.warnings() ==
          std::vector<std::string>{"properties without a meaning here: no.such.thing",
                                   "properties without an effect here: ksql.heartbeat.enable"});
    // What a library or a family has is no mistake.
    CHECK(refusal({{"ssl.ca.location", "ca.pem"},
                   {"sasl.mechanisms", "PLAIN"},
                   {"ksql.functions.f.key", "x"},
                   {"producer.queue.buffering.max.ms", "5"},
                   {"topic.retention.ms", "5"}}) == "");
}

TEST_CASE("a name that is nearly a protection's is refused", "[config]") {
    for (const auto& [name, meant] : std::map<std::string, std::string>{
             {"\xEF\xBB\xBF"
              "authentication.method",
              "authentication.method"},
             {"Authentification.methods", "authentication.method"},
             {"ksql.security.extention.clas", "ksql.security.extension.class"},
             {"ksql.propertys.overides.denylist", "ksql.properties.overrides.denylist"}}) {
        CHECK(refusal({{name, "x"}}).find("did you mean " + meant + "?") != std::string::npos);
    }
}

TEST_CASE("ranges are those in which a server can work", "[config]") {
    const std::tuple<const char*, const char*, const char*> bad[] = {
        {"millrace.slots", "40000", "Value must be no more than 10000"},
        {"ksql.streams.num.stream.threads", "100000", "Value must be no more than 1000"},
        {"ksql.logging.processing.topic.partitions", "1000000", "no more than 10000"},
        {"ksql.logging.processing.topic.name", "a b", "It is the name of a topic, which is made"},
        {"ksql.logging.processing.topic.name", "..", "It is the name of a topic"},
        {"ksql.internal.topic.replicas", "70000", "Value must be no more than 32767"},
        {"ksql.properties.overrides.allowlist", "a, auto.*", "not 'auto.*'"},
        {"ksql.internal.listener", "ftp://h:1", "the scheme must be http or https"},
        {"ksql.advertised.listener", "h:1", "write http://h:1"},
        {"ksql.lambdas.enabled", "false", "ksql.lambdas.enabled=false is refused"},
    };
    for (const auto& [name, value, text] : bad) {
        INFO(name);
        CHECK(refusal({{name, value}}).find(text) != std::string::npos);
    }
    CHECK(refusal({{"ksql.internal.listener", "http://h:1"},
                   {"ksql.logging.processing.topic.name", "a.b"},
                   {"ksql.properties.overrides.allowlist", "auto.offset.reset"}}) == "");
}

TEST_CASE("all that is wrong is said at once", "[config]") {
    const std::string said = refusal({{"commit.interval.ms", "-5"}, {"bootstrap.server", "x"}});
    CHECK(said.find("commit.interval.ms") != std::string::npos);
    CHECK(said.find("did you mean bootstrap.servers") != std::string::npos);
}

TEST_CASE("what must name something is not empty", "[config]") {
    CHECK(refusal({{"ksql.streams.state.dir", "  "}}) ==
          "Invalid value    for configuration ksql.streams.state.dir: String must be non-empty; "
          "topics and state are kept in memory with millrace.memory=true (a.properties)");
    for (const char* name :
         {"state.dir", "ksql.queries.file", "ksql.service.id", "bootstrap.servers",
          "millrace.server.id", "ssl.truststore.location", "consumer.ssl.keystore.location"}) {
        INFO(name);
        CHECK(refusal({{name, ""}}).find("String must be non-empty") != std::string::npos);
    }
    // Here nothing is a value.
    CHECK(refusal({{"ksql.schema.registry.url", ""}, {"ksql.extension.dir", ""}}) == "");
}

TEST_CASE("what a start would stumble over later is found in the values", "[config]") {
    for (const char* id : {"a b", "a/b", "\xc3\xa4", "a:b"}) {
        INFO(id);
        CHECK(refusal({{"ksql.service.id", id}}).find("ksql.service.id: It stands in the names") !=
              std::string::npos);
    }
    CHECK(refusal({{"ksql.service.id", std::string(220, 'a')}}).find("219 characters") !=
          std::string::npos);
    CHECK(refusal({{"ksql.service.id", "some.ksql-service_1"}}) == "");
    CHECK(refusal({{"ksql.schema.registry.url", "foo"}}) ==
          "Invalid value foo for configuration ksql.schema.registry.url: A URL begins with http:// "
          "or https:// (a.properties)");
    CHECK(refusal({{"ksql.schema.registry.url", "http://a:1,b:1"}}) != "");
    CHECK(refusal({{"ksql.schema.registry.url", "http://"}}) != "");
    CHECK(refusal({{"ksql.schema.registry.url", "u:geheim@host"}}).find("geheim") ==
          std::string::npos);
    CHECK(refusal({{"ksql.schema.registry.url", "http://a:1,https://b"}}) == "");
}

TEST_CASE("TLS to Kafka alone leaves that of the listeners as it was", "[config]") {
    const Settings both = settings_of({{"ssl.keystore.location", "door.pem"},
                                       {"ssl.truststore.location", "all.pem"},
                                       {"ksql.streams.ssl.keystore.location", "kafka.pem"},
                                       {"ksql.streams.ssl.protocol", "TLS"},
                                       {"producer.ssl.keystore.location", "producer.pem"}},
                                      "");
    CHECK(both.at("ssl.keystore.location").value == "door.pem");
    const auto client = kafka_client_properties(both);
    CHECK(client.at("ssl.keystore.location") == "producer.pem");
    CHECK(client.at("ssl.truststore.location") == "all.pem");
    CHECK(client.at("ssl.protocol") == "TLS");
    CHECK(client.count("ksql.streams.ssl.keystore.location") == 0);
    Settings without = both;
    without.erase("producer.ssl.keystore.location");
    CHECK(kafka_client_properties(without).at("ssl.keystore.location") == "kafka.pem");
}

TEST_CASE("what promises protection that is not built is refused", "[config]") {
    const std::pair<const char*, const char*> promises[] = {
        {"ksql.authentication.plugin.class", "a.B"},
        {"ksql.security.extension.class", "a.B"},
        {"ksql.internal.ssl.client.authentication", "REQUESTED"},
        {"ksql.access.validator.enable", "on"},
        {"enable.fips", "true"},
        {"ksql.server.command.topic.rate.limit", "5"},
        {"ksql.metastore.backup.location", "/backup"},
    };
    for (const auto& [name, value] : promises) {
        const std::string said = refusal({{name, value}});
        INFO(name << ": " << said);
        CHECK(said.find(std::string(name) + "=" + value +
                        " is refused: this server does not have ") == 0);
    }
    CHECK(refusal({{"authentication.method", "NONE"},
                   {"ssl.client.auth", "false"},
                   {"ksql.access.validator.enable", "auto"},
                   {"ksql.security.extension.class", ""}}) == "");
}

TEST_CASE("no error and nothing shown holds a secret", "[config]") {
    for (const char* name : {"sasl.jaas.config",
                             "ksql.streams.sasl.jaas.config",
                             "producer.sasl.jaas.config",
                             "ssl.keystore.password",
                             "ssl.key.password",
                             "ssl.keystore.key",
                             "sasl.password",
                             "ksql.schema.registry.basic.auth.user.info",
                             "bearer.auth.token",
                             "confluent.license",
                             "ksql.functions.geo.api.key",
                             "ksql.connect.ssl.truststore.password",
                             "sasl.oauthbearer.config",
                             "SASL.JAAS.CONFIG",
                             "ksql.functions.f.API_KEY",
                             "ksql.functions.f.apikey",
                             "ksql.functions.f.ApiKey",
                             "ksql.functions.f.passwd",
                             "ksql.functions.f.Secret.value",
                             "ksql.functions.f.token.value",
                             "my-credential",
                             "ksql.functions.f.pwd",
                             "ksql.functions.f.access_key",
                             "consumer.sasl.oauthbearer.config",
                             "basic.auth.user.info",
                             "KSQL.STREAMS.SSL.KEY.PASSWORD"}) {
        INFO(name);
        CHECK(is_secret_property(name));
        CHECK(shown_property_value(name, "geheim") == "[hidden]");
        CHECK(invalid_property(name, "geheim", "bad").find("geheim") == std::string::npos);
    }
    for (const char* name : {"ksql.persistence.default.format.key", "key.serializer",
                             "ksql.query.push.v2.continuation.tokens.enabled", "ksql.service.id",
                             "ksql.functions.tokenize.limit", "ksql.functions.f.key.size",
                             "sasl.oauthbearer.token.endpoint.url", "ksql.functions.bypass.depth",
                             "ksql.connect.basic.auth.credentials.file"}) {
        INFO(name);
        CHECK_FALSE(is_secret_property(name));
    }
}

TEST_CASE("a URL is shown without its password", "[config]") {
    const auto shown = [](const std::string& value) {
        return shown_property_value("ksql.schema.registry.url", value);
    };
    CHECK(shown("http://u:geheim@host:8081/x") == "http://u:[hidden]@host:8081/x");
    CHECK(shown("http://a:1,https://u:geheim@b,http://v:geheim@c") ==
          "http://a:1,https://u:[hidden]@b,http://v:[hidden]@c");
    CHECK(shown("https://geheim@host") == "https://[hidden]@host");
    CHECK(shown("http://u:ge/h,e@im@host") == "http://u:[hidden]@host");
    CHECK(shown("HTTP://u:geheim@host") == "HTTP://u:[hidden]@host");
    for (const char* harmless : {"http://host:8081", "me@host", "a://", "", "http://[::1]:80/"})
        CHECK(shown(harmless) == harmless);
    CHECK(refusal({{"listeners", "https://u:geheim@h"}}).find("geheim") == std::string::npos);
    CHECK(holds_secret("ksql.connect.url", "http://u:geheim@h"));
    CHECK_FALSE(holds_secret("ksql.connect.url", "http://h"));
}

TEST_CASE("a text is shown without the secrets in it", "[config]") {
    const auto shown = [](const std::string& value) {
        return shown_property_value("ksql.functions.f.target", value);
    };
    CHECK(shown("jdbc:x://h/db?user=a&password=geheim&ssl=true") ==
          "jdbc:x://h/db?user=a&password=[hidden]&ssl=true");
    CHECK(shown("Server=h;User Id=a;Password=ge,he im;Encrypt=yes") ==
          "Server=h;User Id=a;Password=[hidden];Encrypt=yes");
    CHECK(shown("https://h/x?api_key=geheim") == "https://h/x?api_key=[hidden]");
    CHECK(shown("host=h token='gehe im' db=d") == "host=h token='[hidden]' db=d");
    CHECK(shown("{\"user\":\"a\",\"password\" : \"ge\\\"heim\"}") ==
          "{\"user\":\"a\",\"password\" : \"[hidden]\"}");
    CHECK(shown("{\\\"password\\\":\\\"geheim\\\"}").find("geheim") == std::string::npos);
    CHECK(shown("Accept: x, Authorization: Bearer geheim") == "Accept: x, Authorization: [hidden]");
    CHECK(shown("with bearer geheim") == "with bearer [hidden]");
    CHECK(shown("Basic dTpw") == "Basic [hidden]");
    CHECK(shown("https://u:geheim@h/?sig=geheim#x") == "https://u:[hidden]@h/?sig=[hidden]");
    for (const char* harmless :
         {"a=b", "password", "the password is not here", "token=", "http://token.example:8081/x",
          "key: value", "tokenizer: x", "basic", "a;b,c&d", "topic=t&key=1"}) {
        INFO(harmless);
        CHECK(shown(harmless) == harmless);
    }
    CHECK(shown_property_value("bootstrap.servers", "token-a:9092,b:1") == "token-a:9092,b:1");
    CHECK(holds_secret("ksql.connect.url", "http://h?token=geheim"));
    for (const char* name : {"ksql.functions.proxy.auth", "ksql.functions.f.pin", "pin",
                             "ksql.functions.f.headers.Authorization"}) {
        INFO(name);
        CHECK(is_secret_property(name));
    }
}

TEST_CASE("overrides lie over the server's and a query keeps its own", "[config]") {
    const Config server(Properties{{"auto.offset.reset", "latest"},
                                   {"sasl.jaas.config", "x password=\"geheim\";"},
                                   {"ksql.functions.f.limit", "1"}});
    const Config session = server.with({{"ksql.streams.auto.offset.reset", "earliest"},
                                        {"ksql.functions.f.limit", "2"},
                                        {"ksql.query.pull.stream.enabled", "FALSE"}});
    CHECK(session.get<"auto.offset.reset">() == "earliest");
    CHECK(*session.find("ksql.functions.f.limit") == "2");
    CHECK_FALSE(session.get<"ksql.query.pull.stream.enabled">());
    CHECK(server.get<"auto.offset.reset">() == "latest");
    CHECK(session.query_overrides() ==
          Overrides{{"auto.offset.reset", "earliest"}, {"ksql.functions.f.limit", "2"}});
    CHECK_THROWS_AS(server.with({{"auto.offset.reset", "junk"}}), StatementError);
}

TEST_CASE("properties of an old plan are cleaned", "[config]") {
    CHECK(query_scoped({{"auto.offset.reset", "earliest"},
                        {"bootstrap.servers", "x:1"},
                        {"sasl.jaas.config", "x"},
                        {"ksql.service.id", "x"},
                        {"cache.max.bytes.buffering", "junk"},
                        {"ksql.cast.strings.preserve.nulls", "false"}}) ==
          Overrides{{"auto.offset.reset", "earliest"},
                    {"ksql.cast.strings.preserve.nulls", "false"}});
}

TEST_CASE("Kafka's clients get theirs, the more special one first", "[config]") {
    const auto settings = settings_of({{"bootstrap.servers", "a:1"},
                                       {"security.protocol", "SASL_SSL"},
                                       {"ssl.ca.location", "ca.pem"},
                                       {"linger.ms", "1"},
                                       {"ksql.streams.linger.ms", "2"},
                                       {"producer.linger.ms", "3"},
                                       {"ksql.streams.consumer.fetch.max.wait.ms", "100"},
                                       {"auto.offset.reset", "earliest"},
                                       {"group.id", "g"},
                                       {"ksql.service.id", "x"}},
                                      "");
    CHECK(kafka_client_properties(settings) == Properties{{"bootstrap.servers", "a:1"},
                                                          {"security.protocol", "SASL_SSL"},
                                                          {"ssl.ca.location", "ca.pem"},
                                                          {"linger.ms", "3"},
                                                          {"fetch.max.wait.ms", "100"}});
}
