// Requests that two readers of the same bytes could understand in two ways, and requests that have
// no end.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "raw_client.h"
#include "server/net/http_server.h"

using namespace millrace;
using namespace millrace::net;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// Echoes; remembers nothing.
struct CheckedServer {
    explicit CheckedServer(HttpServerOptions options = {})
        : server(std::move(options), [](const auto& request, const auto& writer) {
              std::string names;
              for (const auto& [name, value] : request->headers) names += name + ";";
              writer->reply(200, {}, request->path + "[" + request->body + "]" + names);
          }) {
        REQUIRE(server.start().is_ok());
    }
    /// All that it answers until it hangs up, and nothing when it does not.
    std::string refusal(std::string_view request) const {
        RawClient client(server.port());
        client.send(request);
        std::string answer = client.read_until({});
        return client.closed_within_ms(1'000) ? answer : "still open: " + answer;
    }
    HttpServer server;
};

std::string post(std::string_view headers, std::string_view body = "") {
    return fmt::format("POST /ksql HTTP/1.1\r\n{}\r\n{}", headers, body);
}

}  // namespace

TEST_CASE("A head that two readers could read in two ways is refused", "[net][requests]") {
    CheckedServer checked;
    using namespace std::string_view_literals;
    const std::pair<std::string, std::string> bad[] = {
        {post(""), "no Host"},
        {post("Host: a\r\nHost: b\r\n"), "more than one Host"},
        {post("Host: a\r\nHost: a\r\n"), "more than one Host"},
        {post("Host: a/b\r\n"), "bad Host"},
        {post("Host: a b\r\n"), "bad Host"},
        {post("Host: a\r\nX: 1\r\n 2\r\n"), "folded"},
        {post("Host: a\r\nX: 1\r\n\t2\r\n"), "folded"},
        {post(" Host: a\r\n"), "folded"},
        {post("Host : a\r\n"), "bad header name"},
        {post("Host: a\r\nContent-Length : 3\r\n", "abc"), "bad header name"},
        {post("Host: a\r\nX\t: 3\r\n"), "bad header name"},
        {post("Host: a\r\n: 3\r\n"), "bad header name"},
        {post("Host: a\r\nnothing\r\n"), "without a colon"},
        {post("Host: a\r\nX: 1\r2\r\n"), "control character"},
        {post(std::string("Host: a\r\nX: 1\0002\r\n"sv)), "control character"},
        {post("Host: a\r\nX: \x7f\r\n"), "control character"},
        {post("Host: a\r\nX\r: 1\r\n"), "bad header name"},
        {"POST /a\rb HTTP/1.1\r\nHost: a\r\n\r\n", "control character"},
        {post("Host: a\nX: 1\r\n"), "does not read as HTTP"},
        {"GET / HTTP/1.1\nHost: a\n\n", "does not read as HTTP"},
        {"\x16\x03\x01\x02", "does not read as HTTP"},
        {post("Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n", "abcd"), "Content-Length"},
        {post("Host: a\r\nContent-Length: 3, 4\r\n", "abcd"), "Content-Length"},
        {post("Host: a\r\nContent-Length: +3\r\n", "abc"), "Content-Length"},
        {post("Host: a\r\nContent-Length: 0x3\r\n", "abc"), "Content-Length"},
        {post("Host: a\r\nContent-Length:\r\n"), "Content-Length"},
        {post("Host: a\r\nContent-Length: -1\r\n"), "Content-Length"},
        {post("Host: a\r\nContent-Length: 99999999999999999999999\r\n"), "length"},
        {post("Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         "both Transfer-Encoding and Content-Length"},
        {post("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
         "both Transfer-Encoding and Content-Length"},
        {post("Host: a\r\nTransfer-Encoding:\r\n"), "bad Transfer-Encoding"},
        {post("Host: a\r\nTransfer-Encoding: ,chunked\r\n", "0\r\n\r\n"), "bad Transfer-Encoding"},
        {post("Host: a\r\nTransfer-Encoding: chun ked\r\n", "0\r\n\r\n"), "bad Transfer-Encoding"},
        {post("Host: a\r\nTransfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), "more than once"},
        {post("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
              "0\r\n\r\n"),
         "more than once"},
    };
    for (const auto& [request, why] : bad) {
        INFO(request);
        const std::string answer = checked.refusal(request);
        CHECK_THAT(answer, StartsWith("HTTP/1.1 400 ") && Contains("connection: close") &&
                               Contains(why) && Contains(R"("error_code":40000)"));
    }
}

TEST_CASE("A transfer coding that is not known is 501", "[net][requests]") {
    CheckedServer checked;
    for (const char* coding : {"gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked",
                               "chunked;q=1", "chunked\r\nTransfer-Encoding: gzip"}) {
        INFO(coding);
        const std::string head = fmt::format("Host: a\r\nTransfer-Encoding: {}\r\n", coding);
        CHECK_THAT(
            checked.refusal(post(head, "0\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n")),
            StartsWith("HTTP/1.1 501 ") && Contains("connection: close") && !Contains("/second"));
    }
    RawClient client(checked.server.port());
    client.send(post("Host: a\r\ntransfer-encoding: \tCHUNKED \r\n", "1\r\na\r\n0\r\n\r\n"));
    CHECK_THAT(client.read_until(";"), Contains("/ksql[a]"));
}

TEST_CASE("A trailer adds no header", "[net][requests]") {
    CheckedServer checked;
    RawClient client(checked.server.port());
    client.send(post("Host: a\r\nTransfer-Encoding: chunked\r\n",
                     "1\r\na\r\n0\r\nOrigin: x\r\nHost: b\r\n\r\n"));
    CHECK_THAT(client.read_until("Encoding;"), Contains("[a]Host;Transfer-Encoding;"));
}

TEST_CASE("What frames a body has an end", "[net][requests]") {
    CheckedServer checked;
    const std::string chunked = post("Host: a\r\nTransfer-Encoding: chunked\r\n");
    const std::string longest(100'000, 'x');
    CHECK_THAT(checked.refusal(chunked + "5;" + longest), StartsWith("HTTP/1.1 400 "));
    CHECK_THAT(checked.refusal(chunked + "0\r\nX: " + longest), StartsWith("HTTP/1.1 400 "));
    CHECK_THAT(checked.refusal(chunked + "zz\r\n"), StartsWith("HTTP/1.1 400 "));
    CHECK_THAT(checked.refusal("GET /" + longest), StartsWith("HTTP/1.1 431 "));
}

TEST_CASE("A head may come in pieces", "[net][requests]") {
    CheckedServer checked;
    RawClient client(checked.server.port());
    for (char c : std::string("\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy")) {
        client.send(std::string(1, c));
        std::this_thread::sleep_for(1ms);
    }
    CHECK_THAT(client.read_until("Length;"), Contains("/a[xy]"));
}

TEST_CASE("A header or a body that comes byte by byte is cut after its time", "[net][requests]") {
    HttpServerOptions options;
    options.header_timeout = 300ms;
    options.body_timeout = 300ms;
    CheckedServer checked(options);
    for (const std::string begin :
         {"GET / HTTP/1.1\r\nHost: a\r\nX: ",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"}) {
        RawClient client(checked.server.port());
        const int64_t began = steady_ms();
        client.send(begin);
        std::string answer;
        while (answer.empty() && steady_ms() - began < 3'000) {
            client.send("x");
            answer = client.read_for_ms(30);
        }
        INFO(begin);
        CHECK(steady_ms() - began < 2'000);
        CHECK_THAT(answer, StartsWith("HTTP/1.1 408 ") && Contains("connection: close"));
        CHECK_THAT(answer, Contains(begin.starts_with("GET") ? "millrace.http.header.timeout.ms"
                                                             : "millrace.http.body.timeout.ms"));
    }
    // One that says nothing at all is closed without a word.
    RawClient silent(checked.server.port());
    CHECK(silent.read_all().empty());
    CHECK(silent.closed_within_ms(100));
}

TEST_CASE("Between requests, and while one is answered, no such time runs", "[net][requests]") {
    HttpServerOptions options;
    options.header_timeout = 200ms;
    options.body_timeout = 200ms;
    std::vector<std::thread> threads;
    HttpServer server(options, [&](const auto& request, const auto& writer) {
        threads.emplace_back([request, writer] {
            std::this_thread::sleep_for(500ms);
            writer->reply(200, {}, "done");
        });
    });
    REQUIRE(server.start().is_ok());
    RawClient client(server.port());
    for (int i = 0; i < 2; ++i) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK_THAT(client.read_until("done"), StartsWith("HTTP/1.1 200 "));
        std::this_thread::sleep_for(500ms);
    }
    client.close();
    server.stop();
    for (auto& thread : threads) thread.join();
}

TEST_CASE("A chunked body may come byte by byte, its end too", "[net][requests]") {
    CheckedServer checked;
    const std::string head = post("Host: a\r\nTransfer-Encoding: chunked\r\n");
    for (const char* body : {"0\r\n\r\n", "0;x=y\r\n\r\n", "00\r\n\r\n", "0\r\nA: b\r\n\r\n",
                             "1\r\n0\r\n0\r\n\r\n", "3\r\n0\r\n\r\n0\r\n\r\n"}) {
        RawClient client(checked.server.port());
        client.send(head);
        for (const char* byte = body; *byte != '\0'; ++byte) {
            std::this_thread::sleep_for(5ms);
            client.send({byte, 1});
        }
        CHECK_THAT(client.read_until("\n", 2'000) + client.read_for_ms(100), Contains(" 200 "));
    }
}

TEST_CASE("A control character in a chunk's extension is refused", "[net][requests]") {
    CheckedServer checked;
    const std::string head = post("Host: a\r\nTransfer-Encoding: chunked\r\n");
    for (const char* extension : {";q=\"a\n;b\"", ";q=\"\r\"", ";q=\"\x7f\""}) {
        CHECK_THAT(checked.refusal(head + "1" + extension + "\r\nx\r\n0\r\n\r\n"),
                   StartsWith("HTTP/1.1 400 "));
        CHECK_THAT(checked.refusal(head + "1\r\nx\r\n0" + extension + "\r\n\r\n"),
                   StartsWith("HTTP/1.1 400 "));
    }
    RawClient client(checked.server.port());
    client.send(head + "1;a=b;q=\"c d\"\r\nx\r\n0;e\r\n\r\n");
    CHECK_THAT(client.read_for_ms(500), Contains("/ksql[x]"));
}
