#include "server/net/http_server.h"

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "engine/base/clock.h"
#include "raw_client.h"
#include "server/net/http_client.h"

using namespace millrace;
using namespace millrace::net;
using namespace std::chrono_literals;

namespace {

using RequestPtr = std::shared_ptr<Request>;
using WriterPtr = std::shared_ptr<ResponseWriter>;

/// Answers with what it saw.
void echo(const RequestPtr& request, const WriterPtr& writer) {
    writer->reply(200, {{"content-type", "text/plain"}},
                  fmt::format("{} {} {} [{}]", request->method, request->path, request->query,
                              request->body));
}

struct RunningServer {
    explicit RunningServer(Handler handler, HttpServerOptions options = {})
        : server(std::move(options), std::move(handler)) {
        const Status status = server.start();
        INFO(status.message());
        REQUIRE(status.is_ok());
    }
    uint16_t port() const { return server.port(); }
    HttpServer server;
};

std::string text_reply(std::string_view body) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{}", body.size(),
        body);
}

}  // namespace

TEST_CASE("A fixed answer has its headers, then content-length, and nothing else", "[net]") {
    RunningServer running(echo);
    RawClient client(running.port());
    client.send("GET /info?a=b HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string expected = text_reply("GET /info a=b []");
    CHECK(client.read_until(expected) == expected);

    // The connection stays; a body and an absolute target are understood.
    client.send("POST http://x:1/ksql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    const std::string next = text_reply("POST /ksql  [{}]");
    CHECK(client.read_until(next) == next);
}

TEST_CASE("Pipelined requests are answered in order, one at a time", "[net]") {
    std::atomic<int> active = 0;
    std::atomic<int> most = 0;
    std::vector<std::thread> threads;
    RunningServer running([&](const RequestPtr& request, const WriterPtr& writer) {
        most = std::max<int>(most, ++active);
        threads.emplace_back([&active, request, writer] {
            if (request->path == "/1") std::this_thread::sleep_for(50ms);
            --active;
            echo(request, writer);
        });
    });
    RawClient client(running.port());
    client.send(
        "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
        "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        "\r\nGET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string all = client.read_all();
    CHECK(all == text_reply("GET /1  []") + text_reply("POST /2  [abc]") +
                     "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n"
                     "content-length: 10\r\n\r\nGET /3  []");
    CHECK(most == 1);
    running.server.stop();
    for (auto& thread : threads) thread.join();
}

TEST_CASE("HEAD and OPTIONS reach the handler; HEAD gets no body", "[net]") {
    RunningServer running(echo);
    RawClient client(running.port());
    client.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string expected =
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 11\r\n\r\n" +
        text_reply("OPTIONS *  []");
    CHECK(client.read_until(expected) == expected);
}

TEST_CASE("Expect: 100-continue gets its interim answer", "[net]") {
    RunningServer running(echo);
    RawClient client(running.port());
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    const std::string expected = text_reply("POST /  [abc]");
    CHECK(client.read_until(expected) == expected);
}

TEST_CASE("Limits and broken requests are answered and close the connection", "[net]") {
    HttpServerOptions options;
    options.body_bytes_max = 1'000;
    options.header_bytes_max = 2'000;
    RunningServer running(echo, options);
    auto answer = [&](const std::string& request) {
        RawClient client(running.port());
        client.send(request);
        return client.read_all();
    };
    const std::string big(1'001, 'x');
    using Catch::Matchers::Contains;
    using Catch::Matchers::StartsWith;

    auto too_large = answer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + big);
    CHECK_THAT(too_large, StartsWith("HTTP/1.1 413 ") && Contains("longer than 1000 bytes"));
    auto chunked =
        answer("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + big +
               "\r\n0\r\n\r\n");
    CHECK_THAT(chunked, StartsWith("HTTP/1.1 413 "));
    auto headers = answer("GET / HTTP/1.1\r\nHost: x\r\nX: " + big + big + "\r\n\r\n");
    CHECK_THAT(headers, StartsWith("HTTP/1.1 431 ") && Contains("longer than 2000 bytes"));
    CHECK_THAT(answer("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    CHECK_THAT(answer("GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    CHECK_THAT(answer("GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    CHECK_THAT(
        answer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        StartsWith("HTTP/1.1 400 "));
    // The largest body allowed still passes.
    const std::string fits(1'000, 'x');
    CHECK_THAT(
        answer("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n" +
               fits),
        StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("A handler that throws or forgets to answer means 500", "[net]") {
    RunningServer running([](const RequestPtr& request, const WriterPtr&) {
        if (request->path == "/throw") throw std::runtime_error("no");
    });
    HttpClient client(parse_url(fmt::format("http://127.0.0.1:{}", running.port())).value());
    CHECK(client.send({"GET", "/throw"})->status == 500);
    CHECK(client.send({"GET", "/forget"})->status == 500);
}

TEST_CASE("No header can be smuggled in through a value", "[net]") {
    RunningServer running([](const RequestPtr&, const WriterPtr& writer) {
        writer->reply(200, {{"location", "/a\r\nset-cookie: b"}}, "");
    });
    HttpClient client(parse_url(fmt::format("http://127.0.0.1:{}", running.port())).value());
    auto response = client.send({"GET", "/"});
    REQUIRE(response);
    CHECK(response->headers.size() == 2);
    CHECK(response->header("location") == "/a  set-cookie: b");
}

TEST_CASE("A hundred connections at once each get their own answers", "[net]") {
    RunningServer running(echo);
    const Url url = parse_url(fmt::format("http://127.0.0.1:{}", running.port())).value();
    constexpr int kConnections = 100;
    constexpr int kRequests = 20;
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (int i = 0; i < kConnections; ++i) clients.push_back(std::make_unique<HttpClient>(url));
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int r = 0; r < kRequests; ++r) {
                for (int c = t; c < kConnections; c += 4) {
                    auto response = clients[static_cast<size_t>(c)]->send(
                        {"POST", fmt::format("/{}", c), {}, std::to_string(r)});
                    if (response && response->body == fmt::format("POST /{}  [{}]", c, r)) ++right;
                }
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(right == kConnections * kRequests);
    CHECK(running.server.num_connections() == kConnections);
}

TEST_CASE("More connections than allowed are told so", "[net]") {
    HttpServerOptions options;
    options.connections_max = 1;
    RunningServer running(echo, options);
    RawClient first(running.port());
    first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(first.read_until("[]"), Catch::Matchers::StartsWith("HTTP/1.1 200 "));
    RawClient second(running.port());
    second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(second.read_all(), Catch::Matchers::StartsWith("HTTP/1.1 503 "));
}

TEST_CASE("An idle connection is closed after its time", "[net]") {
    HttpServerOptions options;
    options.idle_timeout = 100ms;
    RunningServer running(echo, options);
    RawClient client(running.port());
    CHECK(client.closed_within_ms(2'000));
}

TEST_CASE("Binding reports which address failed", "[net]") {
    RunningServer running(echo);
    HttpServerOptions options;
    options.listen = {{"127.0.0.1", running.port()}};
    HttpServer second(options, echo);
    const Status status = second.start();
    CHECK_FALSE(status.is_ok());
    CHECK(status.message() ==
          fmt::format("Cannot listen on 127.0.0.1:{}: Address already in use", running.port()));
}

TEST_CASE("stop lets an answer in progress finish and takes no more", "[net]") {
    WriterPtr kept;
    std::atomic<bool> seen = false;
    RunningServer running([&](const RequestPtr&, const WriterPtr& writer) {
        kept = writer;
        seen = true;
    });
    RawClient client(running.port());
    RawClient idle(running.port());
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    while (!seen) std::this_thread::sleep_for(1ms);
    std::thread finisher([&] {
        std::this_thread::sleep_for(100ms);
        kept->reply(200, {}, "late");
        kept.reset();
    });
    std::string body;
    std::thread reader([&] {
        body = client.read_all();
        client.close();
        idle.close();
    });
    running.server.stop();
    finisher.join();
    reader.join();
    CHECK(body == "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nlate");
    CHECK(running.server.num_connections() == 0);
}

TEST_CASE("A writer may outlive its server", "[net]") {
    WriterPtr kept;
    std::atomic<bool> seen = false;
    {
        HttpServerOptions options;
        options.stop_grace = 10ms;
        RunningServer running(
            [&](const RequestPtr&, const WriterPtr& writer) {
                kept = writer;
                seen = true;
            },
            options);
        RawClient client(running.port());
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        while (!seen) std::this_thread::sleep_for(1ms);
    }
    CHECK(kept->closed());
    kept->start(200, {});
    CHECK_FALSE(kept->write("x"));
}
