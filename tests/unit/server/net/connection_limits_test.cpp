// What many connections, and many requests that do not end, cost the server and the others.
#include "server/net/connection_limits.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "raw_client.h"
#include "server/net/http_server.h"

using namespace millrace;
using namespace millrace::net;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kHealth = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";

struct LimitedServer {
    explicit LimitedServer(HttpServerOptions options)
        : server(with_probe(std::move(options)), [](const auto& request, const auto& writer) {
              writer->reply(200, {}, request->path + "!");
          }) {
        REQUIRE(server.start().is_ok());
    }
    static HttpServerOptions with_probe(HttpServerOptions options) {
        options.is_probe = [](const Request& request) { return request.path == "/health"; };
        return options;
    }
    std::unique_ptr<RawClient> client(const char* from = "127.0.0.1") const {
        return std::make_unique<RawClient>(server.port(), from);
    }
    std::string answer(std::string_view request, const char* from = "127.0.0.1") const {
        auto one = client(from);
        one->send(request);
        return one->read_until("!");
    }
    HttpServer server;
};

using Clients = std::vector<std::unique_ptr<RawClient>>;

/// Connections that have asked once, so that they are known to be open.
Clients open(const LimitedServer& limited, int count, const char* from = "127.0.0.1") {
    Clients clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(limited.client(from));
        clients.back()->send(kGet);
        CHECK_THAT(clients.back()->read_until("!"), StartsWith("HTTP/1.1 200 "));
    }
    return clients;
}

}  // namespace

TEST_CASE("Places are counted in all and of an address, and come back", "[net][limits]") {
    ConnectionLimits limits(4, 2);
    std::vector<ConnectionPlace> places;
    auto admit = [&](const char* address) {
        places.push_back(limits.admit(address));
        return places.back().admission();
    };
    CHECK(admit("a") == Admission::kOpen);
    CHECK(admit("a") == Admission::kOpen);
    for (size_t i = 0; i < ConnectionLimits::kReservePerAddress; ++i) {
        CHECK(admit("a") == Admission::kProbes);
    }
    CHECK(admit("a") == Admission::kRefused);
    CHECK(admit("b") == Admission::kOpen);
    CHECK(admit("b") == Admission::kOpen);
    CHECK(admit("c") == Admission::kProbes);
    for (size_t i = 1; i < ConnectionLimits::kRefusedMax; ++i)
        CHECK(admit("a") == Admission::kRefused);
    CHECK(admit("a") == Admission::kDropped);
    places.erase(places.begin());
    CHECK(admit("c") == Admission::kOpen);
    CHECK(admit("a") == Admission::kDropped);
    places.clear();
    CHECK(admit("a") == Admission::kOpen);
}

TEST_CASE("One address does not take all connections", "[net][limits]") {
    HttpServerOptions options;
    options.connections_max = 6;
    options.address_connections_max = 3;
    LimitedServer limited(options);
    Clients first = open(limited, 3);
    CHECK_THAT(limited.answer(kGet), StartsWith("HTTP/1.1 503 ") && Contains("connection: close"));
    Clients others = open(limited, 3, "127.0.0.2");
    CHECK_THAT(limited.answer(kGet, "127.0.0.3"), StartsWith("HTTP/1.1 503 "));
    first.clear();
    CHECK(becomes_true([&] { return limited.server.num_connections() <= 4; }));
    CHECK_THAT(limited.answer(kGet), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("Health checks get through when there are too many connections", "[net][limits]") {
    HttpServerOptions options;
    options.connections_max = 2;
    LimitedServer limited(options);
    Clients all = open(limited, 2);
    for (int i = 0; i < 40; ++i) {
        CHECK_THAT(limited.answer(kHealth), StartsWith("HTTP/1.1 200 ") && Contains("/health"));
    }
    CHECK_THAT(limited.answer(kGet), StartsWith("HTTP/1.1 503 "));
    CHECK_THAT(limited.answer("GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"),
               StartsWith("HTTP/1.1 413 "));
    // Who holds the reserve without a word does not for long.
    Clients silent;
    for (size_t i = 0; i < ConnectionLimits::kReservePerAddress; ++i) {
        silent.push_back(limited.client());
    }
    CHECK(silent.back()->closed_within_ms(8'000));
    CHECK(becomes_true([&] { return limited.answer(kHealth).starts_with("HTTP/1.1 200 "); }));
}

TEST_CASE("Bodies that do not end hold no more than they may", "[net][limits]") {
    HttpServerOptions options;
    options.unfinished_bytes_max = 1U << 20;
    LimitedServer limited(options);
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
    const std::string most(50'000, 'x');
    Clients clients;
    int refused = 0;
    for (int i = 0; i < 60; ++i) {
        clients.push_back(limited.client());
        clients.back()->send(head + most);
        const std::string answer = clients.back()->read_for_ms(20);
        if (answer.empty()) continue;
        ++refused;
        CHECK_THAT(answer, StartsWith("HTTP/1.1 503 ") &&
                               Contains("millrace.http.unfinished.bytes.max") &&
                               Contains("connection: close"));
    }
    CHECK(refused > 30);
    // What is whole at once is served, and those that began first may end.
    CHECK_THAT(limited.answer(kGet), StartsWith("HTTP/1.1 200 "));
    clients[0]->send(std::string(10'000, 'x'));
    CHECK_THAT(clients[0]->read_until("!"), StartsWith("HTTP/1.1 200 "));
    clients.clear();
    CHECK(becomes_true([&] { return limited.server.num_connections() == 0; }));
    auto late = limited.client();
    late->send(head + most);
    CHECK(late->read_for_ms(50).empty());
}

TEST_CASE("Heads that do not end count as well", "[net][limits]") {
    HttpServerOptions options;
    options.unfinished_bytes_max = 1U << 20;
    LimitedServer limited(options);
    const std::string half = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(50'000, 'x');
    Clients clients;
    int refused = 0;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(limited.client());
        clients.back()->send(half);
        if (!clients.back()->read_for_ms(20).empty()) ++refused;
    }
    CHECK(refused > 10);
    CHECK_THAT(limited.answer(kGet), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("A body is promised no memory before it comes", "[net][limits]") {
    auto memory = std::make_shared<MemoryGovernor>(64U << 20);
    HttpServerOptions options;
    options.memory = memory;
    LimitedServer limited(options);
    Clients clients;
    for (int i = 0; i < 10; ++i) {
        clients.push_back(limited.client());
        clients.back()->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\nx");
    }
    const std::string body(100'000, 'x');
    CHECK_THAT(
        limited.answer(fmt::format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}",
                                   body.size(), body)),
        StartsWith("HTTP/1.1 200 "));
}
