// Every allocation that answering a request takes fails once: an answer or a closed connection may
// come of it, never the end of the process, a server that accepts no more or a client that waits.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>
#include <thread>

#include "raw_client.h"
#include "server/net/http_server.h"

using namespace millrace;
using namespace millrace::net;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// Counts down with each allocation of another thread than the test's; at 0 that one fails.
std::atomic<int> allocations_until_failure{-1};
thread_local bool spared = false;

void* allocate(std::size_t bytes) {
    if (!spared && allocations_until_failure.load(std::memory_order_relaxed) >= 0 &&
        allocations_until_failure.fetch_sub(1, std::memory_order_relaxed) == 0) {
        throw std::bad_alloc();
    }
    if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
    throw std::bad_alloc();
}

}  // namespace

// Not inline, or the compiler sees free() on what it takes for its own operator's.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    return allocate(bytes);
}
[[gnu::noinline]] void* operator new[](std::size_t bytes) {
    return allocate(bytes);
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    try {
        return allocate(bytes);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
[[gnu::noinline]] void* operator new[](std::size_t bytes, const std::nothrow_t& tag) noexcept {
    return operator new(bytes, tag);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t /*bytes*/) noexcept {
    std::free(memory);
}

TEST_CASE("A server outlives every allocation that fails", "[net][memory]") {
    spared = true;
    HttpServerOptions options;
    options.header_timeout = std::chrono::milliseconds(400);
    options.idle_timeout = std::chrono::milliseconds(1'000);  // So that it looks often.
    HttpServer server(options, [](const auto& request, const auto& writer) {
        if (request->path == "/stream") {
            writer->start(200, {{"x-long-enough-for-the-heap", std::string(64, 'x')}});
            (void)writer->write(std::string(1'000, 'y'));
            writer->end("!");
        } else {
            writer->reply(200, {}, request->body + "!");
        }
    });
    REQUIRE(server.start().is_ok());
    const std::string body(5'000, 'z');
    const std::string request = fmt::format(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}"
        "GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        body.size(), body);
    int failed = 0;
    int waiting = 0;
    for (int n = 0; n < 200; ++n) {
        INFO("allocation " << n);
        {
            allocations_until_failure = n;
            RawClient client(server.port());
            client.send(request);
            const std::string answer = client.read_for_ms(2'500);
            const bool reached = allocations_until_failure.exchange(-1) < 0;
            if (reached) ++failed;
            if (!client.closed_within_ms(10)) ++waiting;
            if (!reached) CHECK_THAT(answer, Contains("!\r\n0\r\n\r\n"));
            if (!answer.empty()) CHECK_THAT(answer, StartsWith("HTTP/1.1 "));
        }
        RawClient next(server.port());
        next.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        REQUIRE_THAT(next.read_until("!"), StartsWith("HTTP/1.1 200 "));
    }
    CHECK(failed > 20);
    // Asio itself may lose a handler or two.
    CHECK(waiting <= failed / 5);
    spared = false;
}

TEST_CASE("A handler without memory answers 500", "[net][memory]") {
    HttpServer server({}, [](const auto&, const auto&) { throw std::bad_alloc(); });
    REQUIRE(server.start().is_ok());
    RawClient client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK_THAT(client.read_until("}"), StartsWith("HTTP/1.1 500 "));
}
