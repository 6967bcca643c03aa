#include "engine/config/overrides.h"

#include <catch2/catch.hpp>

#include "engine/base/error.h"

using namespace millrace;

namespace {

using Properties = std::map<std::string, std::string>;

std::string refusal(const std::string& name, const std::string& value, bool over_rest = false,
                    const std::map<std::string, std::string>& server = {}) {
    try {
        check_override(Config(server), name, value, over_rest);
        return "";
    } catch (const StatementError& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("a session may set what ksqlDB lets it", "[config][overrides]") {
    for (const char* name : {"auto.offset.reset", "ksql.streams.auto.offset.reset"})
        CHECK(refusal(name, "earliest") == "");
    CHECK(refusal("ksql.functions.f.limit", "1") == "");
    CHECK(refusal("ksql.streams.consumer.max.poll.records", "1") == "");
    CHECK(refusal("topic.retention.ms", "1") == "");
    CHECK(refusal("ksql.query.pull.table.scan.enabled", "False", true) == "");
    CHECK(refusal("ksql.suppress.enabled", "true") == "");
}

TEST_CASE("what is one for the whole server is no session's", "[config][overrides]") {
    const char* end =
        "': it is one for the whole server. It can only be set in the server's properties file.";
    const std::pair<const char*, const char*> promises[] = {
        {"processing.guarantee", "exactly_once_v2"},
        {"ksql.streams.processing.guarantee", "exactly_once_v2"},
        {"num.stream.threads", "8"},
        {"acks", "0"},
        {"producer.acks", "1"},
        {"enable.idempotence", "false"},
        {"isolation.level", "read_committed"},
        {"ksql.query.pull.max.qps", "5"},
        {"ksql.access.validator.enable", "on"},
        {"ksql.lambdas.enabled", "false"},
        {"ksql.insert.into.values.enabled", "false"},
        {"replication.factor", "3"},
        {"state.dir", "/tmp/x"}};
    for (const auto& [name, value] : promises) {
        for (const bool over_rest : {false, true})
            CHECK(refusal(name, value, over_rest) ==
                  "Cannot override property '" + std::string(name) + end);
    }
    // Clients send what the server has already.
    const Properties server = {{"ksql.streams.processing.guarantee", "exactly_once_v2"},
                               {"num.stream.threads", "8"}};
    CHECK(refusal("processing.guarantee", "EXACTLY_ONCE_V2", true, server) == "");
    CHECK(refusal("ksql.streams.num.stream.threads", "8", true, server) == "");
    CHECK(refusal("processing.guarantee", "at_least_once", true, server) != "");
    CHECK(refusal("processing.guarantee", "at_least_once", true) == "");
    CHECK(refusal("ksql.query.pull.max.qps", "2147483647", true) == "");
    CHECK(refusal("acks", "all") == "");
}

TEST_CASE("a value without an effect is taken and said to have none", "[config][overrides]") {
    const auto note = [](const std::string& name, const std::string& value) {
        return check_override(Config(), name, value, false);
    };
    CHECK(note("commit.interval.ms", "100") ==
          "Property 'commit.interval.ms' has no effect here: it is one for the whole server and "
          "set in the server's properties file.");
    CHECK(note("ksql.streams.producer.linger.ms", "5").find("the whole server") !=
          std::string::npos);
    CHECK(note("ksql.query.push.v2.interpreter.enabled", "false") ==
          "Property 'ksql.query.push.v2.interpreter.enabled' has no effect here.");
    CHECK(note("topic.retention.ms", "5") == "Property 'topic.retention.ms' has no effect here.");
    const std::pair<const char*, const char*> in_force[] = {
        {"commit.interval.ms", "2000"},     {"auto.offset.reset", "earliest"},
        {"cache.max.bytes.buffering", "0"}, {"statestore.cache.max.bytes", "0"},
        {"ksql.functions.f.limit", "1"},    {"ksql.query.push.v2.interpreter.enabled", "true"},
        {"ksql.suppress.enabled", "false"}, {"ksql.query.pull.stream.enabled", "false"}};
    for (const auto& [name, value] : in_force) CHECK(note(name, value) == "");
}

TEST_CASE("of clients and topics a session names what they have", "[config][overrides]") {
    for (const char* name :
         {"topic.bogus", "main.consumer.max.poll.records", "restore.consumer.max.poll.records",
          "global.consumer.max.poll.records", "admin.retries", "consumer.commit.interval.ms",
          "ksql.streams.topic.bogus", "ksql.streams.main.consumer.max.poll.records"}) {
        CHECK(refusal(name, "1").find("Unknown property: " + std::string(name)) == 0);
    }
    CHECK(refusal("topic.bogus", "1") == "Unknown property: topic.bogus");
    for (const char* name : {"topic.retention.ms", "ksql.streams.topic.segment.bytes",
                             "consumer.max.poll.records", "producer.batch.size"}) {
        CHECK(refusal(name, "1") == "");
    }
    CHECK(refusal("consumer.auto.offset.reset", "earliest") == "");
}

TEST_CASE("names that mean nothing to a session are unknown", "[config][overrides]") {
    CHECK(refusal("nope", "1") == "Unknown property: nope");
    CHECK(refusal("listeners", "http://x:1").find("Unknown property: listeners") == 0);
    CHECK(refusal("authentication.method", "NONE").find("Unknown property") == 0);
    CHECK(refusal("ksql.streams.ksql.service.id", "x").find("Unknown property") == 0);
    CHECK(refusal("ksql.query.pull.tabel.scan.enabled", "true") ==
          "Unknown property: ksql.query.pull.tabel.scan.enabled. Did you mean "
          "ksql.query.pull.table.scan.enabled?");
    // Only what may be set here is suggested, with or without the prefix, in any letter case.
    const std::string set = "Unknown property: ";
    CHECK(refusal("auto.ofset.reset", "earliest") ==
          set + "auto.ofset.reset. Did you mean auto.offset.reset?");
    CHECK(refusal("ksql.streams.auto.ofset.reset", "earliest") ==
          set + "ksql.streams.auto.ofset.reset. Did you mean ksql.streams.auto.offset.reset?");
    CHECK(refusal("Auto.Offset.Reset", "earliest") ==
          set + "Auto.Offset.Reset. Did you mean auto.offset.reset?");
    CHECK(refusal("listener", "x") == set + "listener");
    CHECK(refusal("ksql.pull.querys.enable", "x") == set + "ksql.pull.querys.enable");
    CHECK(refusal("ksql.streams.ksql.nested.error.set.null", "true") ==
          set +
              "ksql.streams.ksql.nested.error.set.null. Did you mean ksql.nested.error.set.null?");
    const std::string in_file = ". It can only be set in the server's properties file.";
    for (const std::string name :
         {"authentication.method", "listeners", "ksql.connect.some.thing"}) {
        CHECK(refusal(name, "x") == "Unknown property: " + name + in_file);
    }
    CHECK(refusal("nope", "1", true) ==
          "Not recognizable as ksql, streams, consumer, or producer property: 'nope'");
}

TEST_CASE("values are checked before the list of what is fixed", "[config][overrides]") {
    CHECK(refusal("ksql.streams.commit.interval.ms", "abc") ==
          "Invalid value abc for configuration commit.interval.ms: Not a number of type LONG");
    CHECK(refusal("auto.offset.reset", "none") ==
          "'none' is not valid for this property within KSQL");
    CHECK(refusal("auto.offset.reset", "junk") ==
          "Invalid value junk for configuration auto.offset.reset: String must be one of: latest, "
          "earliest");
    CHECK(refusal("ksql.pull.queries.enable", "maybe").find("Invalid value maybe") == 0);
    CHECK(refusal("ksql.pull.queries.enable", "false") ==
          "Cannot override property 'ksql.pull.queries.enable'");
    for (const char* name : {"bootstrap.servers", "ssl.keystore.location", "sasl.jaas.config"})
        CHECK(refusal(name, "x") == "Cannot override property '" + std::string(name) + "'");
}

TEST_CASE("a secret is not a session's to set", "[config][overrides]") {
    const std::string end =
        " would be written to the command topic. It can only be set in the server's properties "
        "file.";
    for (const bool over_rest : {false, true}) {
        CHECK(refusal("ksql.functions.f.password", "geheim", over_rest) ==
              "Cannot override property 'ksql.functions.f.password': a secret" + end);
        CHECK(refusal("ksql.connect.url", "http://u:geheim@h", over_rest) ==
              "Cannot override property 'ksql.connect.url': the password in it" + end);
    }
    CHECK(refusal("ksql.connect.url", "http://h") == "");
    CHECK_THROWS_AS(check_override_name(Config(), "ksql.functions.f.API_KEY"), StatementError);
}

TEST_CASE("the server's policy says what may be set", "[config][overrides]") {
    CHECK(refusal("ksql.service.id", "x").find("denylist") != std::string::npos);
    CHECK(refusal("auto.offset.reset", "latest", false,
                  {{"ksql.properties.overrides.denylist", "a, auto.offset.reset"}})
              .find("denylist") != std::string::npos);
    const std::map<std::string, std::string> allow = {
        {"ksql.properties.overrides.validation.mode", "allowlist"},
        {"ksql.properties.overrides.allowlist", "auto.offset.reset,ksql.service.id"}};
    CHECK(refusal("auto.offset.reset", "latest", false, allow) == "");
    CHECK(refusal("ksql.service.id", "x", false, allow).find("allowlist") != std::string::npos);
    CHECK(refusal("commit.interval.ms", "1", false, allow).find("allowlist") != std::string::npos);
}

TEST_CASE("ALTER SYSTEM suggests what it can alter", "[config][overrides]") {
    const auto said = [](const std::string& name) -> std::string {
        try {
            check_system_property(name);
            return "";
        } catch (const StatementError& error) {
            return error.what();
        }
    };
    CHECK(said("comit.interval.ms") ==
          "Unknown property: comit.interval.ms. Did you mean commit.interval.ms?");
    CHECK(said("auto.ofset.reset") == "Unknown property: auto.ofset.reset");
    CHECK(said("commit.interval.ms") == "");
}

TEST_CASE("ALTER SYSTEM knows its names with and without the prefix", "[config][overrides]") {
    CHECK(is_system_property("commit.interval.ms"));
    CHECK(is_system_property("ksql.streams.commit.interval.ms"));
    CHECK_FALSE(is_system_property("auto.offset.reset"));
}
