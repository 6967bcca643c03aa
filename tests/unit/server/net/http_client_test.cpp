#include "server/net/http_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "engine/base/clock.h"
#include "server/net/http_server.h"

using namespace millrace;
using namespace millrace::net;
using namespace std::chrono_literals;

namespace {

using RequestPtr = std::shared_ptr<Request>;
using WriterPtr = std::shared_ptr<ResponseWriter>;

/// /rows: three rows, a pause, the end. /forever: a row and then silence. Else: an echo.
class Fixture {
public:
    Fixture()
        : server_({}, [this](const RequestPtr& request, const WriterPtr& writer) {
              if (request->path == "/rows" || request->path == "/forever") {
                  writer->on_close([this] { ++num_lost_; });
                  threads_.emplace_back([request, writer] { stream(*request, writer); });
              } else {
                  const auto login = request->header("authorization").value_or("-");
                  writer->reply(request->path == "/bad" ? 400 : 200, {},
                                fmt::format("{} {}", login, request->body));
              }
          }) {
        REQUIRE(server_.start().is_ok());
        url_ = parse_url(fmt::format("http://127.0.0.1:{}", server_.port())).value();
    }
    ~Fixture() {
        server_.stop();
        for (auto& thread : threads_) thread.join();
    }
    static void stream(const Request& request, const WriterPtr& writer) {
        writer->start(200, {});
        if (!writer->write("row1\n")) return;
        if (request.path == "/rows") {
            std::this_thread::sleep_for(20ms);
            (void)writer->write("row2\n");
            writer->end("row3\n");
            return;
        }
        while (!writer->closed()) std::this_thread::sleep_for(1ms);
    }
    const Url& url() const { return url_; }
    bool lost() {
        for (int i = 0; i < 5'000 && num_lost_ == 0; ++i) std::this_thread::sleep_for(1ms);
        return num_lost_ > 0;
    }

private:
    std::atomic<int> num_lost_ = 0;
    std::vector<std::thread> threads_;
    HttpServer server_;
    Url url_;
};

/// Answers one request with these bytes, one after the other.
class Dribbler {
public:
    explicit Dribbler(std::string answer) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* plain = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, plain, size) == 0);
        REQUIRE(::listen(listener_, 1) == 0);
        REQUIRE(::getsockname(listener_, plain, &size) == 0);
        url_ = parse_url(fmt::format("http://127.0.0.1:{}", ntohs(address.sin_port))).value();
        thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
    }
    ~Dribbler() {
        thread_.join();
        ::close(listener_);
    }
    const Url& url() const { return url_; }

private:
    void serve(const std::string& answer) const {
        const int peer = ::accept(listener_, nullptr, nullptr);
        char request[4096];
        (void)::recv(peer, request, sizeof request, 0);
        for (const char byte : answer) {
            (void)::send(peer, &byte, 1, MSG_NOSIGNAL);
            std::this_thread::sleep_for(2ms);
        }
        ::close(peer);
    }

    const int listener_;
    Url url_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("A chunked answer may come byte by byte, its end too", "[net][client]") {
    for (const char* body : {"0\r\n\r\n", "2\r\nab\r\n0\r\n\r\n", "1\r\n0\r\n0\r\n\r\n"}) {
        Dribbler server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                        std::string(body));
        HttpClient client(server.url(), {});
        auto response = client.send({"GET", "/"});
        REQUIRE(response);
        CHECK(response->status == 200);
    }
}

TEST_CASE("The client sends bodies and headers and reads any status", "[net][client]") {
    Fixture fixture;
    ClientOptions options;
    options.headers = {basic_auth("me", "secret")};
    HttpClient client(fixture.url(), options);
    auto response = client.send({"POST", "/x", {{"Accept", "application/json"}}, "body"});
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body == "Basic bWU6c2VjcmV0 body");
    CHECK(client.send({"GET", "/bad"})->status == 400);
    CHECK(client.send({"GET", "/rows"})->body == "row1\nrow2\nrow3\n");
}

TEST_CASE("The client asks ahead of each request which headers to add", "[net][client]") {
    Fixture fixture;
    int asked = 0;
    ClientOptions options;
    options.fresh_headers = [&] { return Headers{{"Authorization", std::to_string(++asked)}}; };
    HttpClient client(fixture.url(), options);
    CHECK(client.send({"GET", "/x"})->body == "1 ");
    CHECK(client.send({"GET", "/x"})->body == "2 ");
}

TEST_CASE("An answer larger than the client wants is a failure", "[net][client]") {
    Fixture fixture;
    ClientOptions options;
    options.body_bytes_max = 10;
    HttpClient client(fixture.url(), options);
    CHECK(client.send({"POST", "/x", {}, "12345678"})->body == "- 12345678");
    std::string body;
    auto collect = [&](std::string_view piece) {
        body += piece;
        return true;
    };
    for (const char* path : {"/x", "/bad"}) {
        const ClientRequest request{"POST", path, {}, "123456789"};
        CHECK(client.send(request).status().message().find("with more than 10 bytes") !=
              std::string::npos);
        CHECK_FALSE(client.stream(request, collect).is_ok());
    }
    CHECK_FALSE(client.stream({"GET", "/rows"}, collect).is_ok());
    CHECK(body.size() <= 10);
}

TEST_CASE("A streamed body arrives piece by piece; an error body is collected", "[net][client]") {
    Fixture fixture;
    HttpClient client(fixture.url());
    std::string body;
    int pieces = 0;
    auto on_body = [&](std::string_view piece) {
        body += piece;
        ++pieces;
        return true;
    };
    auto response = client.stream({"GET", "/rows"}, on_body);
    REQUIRE(response);
    CHECK(response->complete);
    CHECK(body == "row1\nrow2\nrow3\n");
    CHECK(pieces >= 2);

    auto bad = client.stream({"GET", "/bad"}, on_body);
    REQUIRE(bad);
    CHECK(bad->status == 400);
    CHECK(bad->body == "- ");
}

TEST_CASE("A cancel source without descriptors fails the call, not the process", "[net][client]") {
    Fixture fixture;
    HttpClient client(fixture.url());
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int lowest_free = ::fcntl(0, F_DUPFD, 0);
    REQUIRE(lowest_free >= 0);
    ::close(lowest_free);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    CancelSource cancel;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);

    auto response = client.send({"GET", "/x"}, &cancel);
    REQUIRE_FALSE(response);
    CHECK(response.status().fault() == Fault::kRetriable);
    CHECK(response.status().message() ==
          "Cannot make a pipe to cancel a call by: Too many open files");
    cancel.cancel();
    CHECK_FALSE(cancel.cancelled());
    cancel.reset();
    CHECK(client.send({"GET", "/x"}));
}

TEST_CASE("A stream ends by callback, cancel or time, and the server notices", "[net][client]") {
    Fixture fixture;
    HttpClient client(fixture.url());
    SECTION("callback") {
        auto response = client.stream({"GET", "/forever"}, [](std::string_view) { return false; });
        REQUIRE(response);
        CHECK_FALSE(response->complete);
    }
    SECTION("cancel from another thread") {
        CancelSource cancel;
        std::atomic<bool> first = false;
        std::thread canceller([&] {
            while (!first) std::this_thread::sleep_for(1ms);
            cancel.cancel();
        });
        StreamOptions options;
        options.cancel = &cancel;
        auto response = client.stream(
            {"GET", "/forever"},
            [&](std::string_view) {
                first = true;
                return true;
            },
            options);
        canceller.join();
        REQUIRE(response);
        CHECK(response->status == 200);
        CHECK_FALSE(response->complete);
        CHECK(cancel.cancelled());
        cancel.reset();
        CHECK_FALSE(cancel.cancelled());
    }
    SECTION("time") {
        StreamOptions options;
        options.timeout = 50ms;
        const int64_t began = steady_ms();
        auto response = client.stream(
            {"GET", "/forever"}, [](std::string_view) { return true; }, options);
        REQUIRE(response);
        CHECK_FALSE(response->complete);
        CHECK(steady_ms() - began >= 50);
        CHECK(steady_ms() - began < 2'000);
    }
    CHECK(fixture.lost());
    CHECK(client.send({"GET", "/x"})->status == 200);  // On a new connection.
}

TEST_CASE("The client says why it cannot connect", "[net][client]") {
    HttpClient https(parse_url("https://127.0.0.1:1").value());
    CHECK_THAT(https.send({}).status().message(), Catch::Matchers::Contains("https"));
    HttpClient nobody(parse_url("http://127.0.0.1:1").value());
    const auto refused = nobody.send({});
    CHECK(refused.status().fault() == Fault::kRetriable);
    CHECK(refused.status().message() == "Cannot connect to http://127.0.0.1:1: Connection refused");
}

TEST_CASE("A kept connection that the server has closed is replaced", "[net][client]") {
    HttpServerOptions options;
    options.idle_timeout = 60ms;
    HttpServer server(options, [](const RequestPtr&, const WriterPtr& writer) {
        writer->reply(200, {}, "hello");
    });
    REQUIRE(server.start().is_ok());
    HttpClient client(parse_url(fmt::format("http://127.0.0.1:{}", server.port())).value());
    for (int i = 0; i < 3; ++i) {
        auto response = client.send({"POST", "/", {}, "x"});
        REQUIRE(response);
        CHECK(response->body == "hello");
        std::this_thread::sleep_for(200ms);
    }
}

TEST_CASE("A silent server is given up after the read timeout", "[net][client]") {
    Fixture fixture;
    ClientOptions options;
    options.read_timeout = 50ms;
    HttpClient client(fixture.url(), options);
    auto response = client.send({"GET", "/forever"});
    CHECK_FALSE(response);
    CHECK_THAT(response.status().message(), Catch::Matchers::Contains("timed out"));
}
