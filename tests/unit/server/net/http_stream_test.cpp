// Streamed answers: chunk bytes, slow and vanished clients.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "raw_client.h"
#include "server/net/http_server.h"

using namespace millrace;
using namespace millrace::net;
using namespace std::chrono_literals;

namespace {

using RequestPtr = std::shared_ptr<Request>;
using WriterPtr = std::shared_ptr<ResponseWriter>;

/// A server whose handler only keeps the writer, for the test's own thread to use.
class StreamServer {
public:
    explicit StreamServer(HttpServerOptions options = {})
        : server_(std::move(options), [this](const RequestPtr&, const WriterPtr& writer) {
              std::lock_guard lock(mutex_);
              writer_ = writer;
          }) {
        REQUIRE(server_.start().is_ok());
    }
    uint16_t port() const { return server_.port(); }
    HttpServer& server() { return server_; }
    WriterPtr take_writer() {
        for (int i = 0; i < 5'000; ++i) {
            {
                std::lock_guard lock(mutex_);
                if (writer_) return std::exchange(writer_, nullptr);
            }
            std::this_thread::sleep_for(1ms);
        }
        FAIL("no request arrived");
        return nullptr;
    }

private:
    std::mutex mutex_;
    WriterPtr writer_;
    HttpServer server_;
};

bool becomes_true(const std::atomic<bool>& flag) {
    for (int i = 0; i < 5'000 && !flag; ++i) std::this_thread::sleep_for(1ms);
    return flag;
}

constexpr std::string_view kPost = "POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";

}  // namespace

TEST_CASE("Each write is one chunk, byte for byte", "[net][stream]") {
    StreamServer server;
    RawClient client(server.port());
    client.send(kPost);
    WriterPtr writer = server.take_writer();
    writer->start(200, {{"content-type", "application/vnd.ksql.v1+json"}});
    CHECK(writer->started());
    const std::string head =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        "content-type: application/vnd.ksql.v1+json\r\n\r\n";
    CHECK(client.read_until("\r\n\r\n") == head);  // Sent before the first row is there.
    CHECK(writer->write("[{\"header\":{}},\n"));
    CHECK(writer->write(""));
    CHECK(writer->write("{\"row\":{}},\n"));
    CHECK(client.read_until("{\"row\":{}},\n\r\n") ==
          "10\r\n[{\"header\":{}},\n\r\nc\r\n{\"row\":{}},\n\r\n");
    writer->end("]");
    CHECK(client.read_until("0\r\n\r\n") == "1\r\n]\r\n0\r\n\r\n");
    CHECK(writer->closed());
    CHECK_FALSE(writer->write("late"));

    // And the connection goes on.
    client.send(kPost);
    WriterPtr next = server.take_writer();
    next->start(400, {});
    next->end("{}");
    CHECK(client.read_until("0\r\n\r\n") ==
          "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
}

TEST_CASE("A client that hangs up is noticed while nothing is sent", "[net][stream]") {
    StreamServer server;
    auto client = std::make_unique<RawClient>(server.port());
    client->send(kPost);
    WriterPtr writer = server.take_writer();
    std::atomic<bool> gone = false;
    writer->on_close([&] { gone = true; });
    writer->start(200, {});
    CHECK(writer->write("row"));
    client->read_until("row\r\n");
    CHECK_FALSE(gone);
    client.reset();
    CHECK(becomes_true(gone));
    CHECK(writer->closed());
    CHECK_FALSE(writer->write("row"));
    writer->end();

    std::atomic<bool> late = false;
    writer->on_close([&] { late = true; });
    CHECK(late);  // Told at once when it has already happened.
}

TEST_CASE("What a handler's callback throws costs its connection only", "[net][stream]") {
    StreamServer server;
    auto client = std::make_unique<RawClient>(server.port());
    client->send(kPost);
    WriterPtr cut = server.take_writer();
    std::atomic<bool> told = false;
    cut->on_close([&] {
        told = true;
        throw std::runtime_error("a callback's surprise");
    });
    cut->start(200, {});
    CHECK(cut->write("row"));
    client->read_until("row\r\n");
    client.reset();
    CHECK(becomes_true(told));
    for (int i = 0; i < 5'000 && server.server().num_connections() > 0; ++i)
        std::this_thread::sleep_for(1ms);
    CHECK(server.server().num_connections() == 0);

    RawClient next(server.port());
    next.send(kPost);
    WriterPtr writer = server.take_writer();
    writer->start(200, {});
    writer->end("row");
    CHECK_FALSE(next.read_until("0\r\n\r\n").empty());
}

TEST_CASE("A slow client fills its queue, is noticed, and may catch up", "[net][stream]") {
    HttpServerOptions options;
    options.queue_bytes_max = 100'000;
    StreamServer server(options);
    RawClient client(server.port());
    client.send(kPost);
    WriterPtr writer = server.take_writer();
    std::atomic<bool> drained = false;
    writer->on_drain([&] { drained = true; });
    writer->start(200, {});
    const std::string row(10'000, 'r');
    size_t taken = 0;
    while (writer->write(row)) {
        ++taken;
        REQUIRE(taken < 100'000);  // The kernel's buffers are long full by then.
    }
    CHECK_FALSE(writer->closed());
    CHECK(writer->queued_bytes() <= options.queue_bytes_max + 100);
    CHECK_FALSE(drained);
    std::thread ender([&] {
        becomes_true(drained);
        CHECK(writer->write("caught up"));
        writer->end();
    });
    const std::string all = client.read_until("0\r\n\r\n");
    ender.join();
    CHECK(drained);
    CHECK(all.size() > taken * row.size());
    CHECK(all.ends_with("9\r\ncaught up\r\n0\r\n\r\n"));
}

TEST_CASE("A slow client may be told and dropped", "[net][stream]") {
    HttpServerOptions options;
    options.queue_bytes_max = 50'000;
    options.write_timeout = 200ms;
    StreamServer server(options);
    RawClient client(server.port());
    client.send(kPost);
    WriterPtr writer = server.take_writer();
    writer->start(200, {});
    // Until the kernel's buffers are full as well.
    const std::string row(10'000, 'r');
    for (int refused = 0; refused < 50; ++refused) {
        while (writer->write(row)) refused = 0;
        std::this_thread::sleep_for(1ms);
    }
    writer->end("too slow");
    CHECK(writer->closed());
    // It never reads: after the write timeout the connection goes, and its memory with it.
    for (int i = 0; i < 5'000 && server.server().num_connections() > 0; ++i) {
        std::this_thread::sleep_for(1ms);
    }
    CHECK(server.server().num_connections() == 0);
}

TEST_CASE("An answer may wait at a limit of its own", "[net][stream]") {
    StreamServer server;
    RawClient client(server.port());
    client.send(kPost);
    WriterPtr writer = server.take_writer();
    writer->limit_queue(50'000);
    writer->start(200, {});
    const std::string row(10'000, 'r');
    for (int refused = 0; refused < 20; ++refused) {
        while (writer->write(row)) refused = 0;
        CHECK(writer->queued_bytes() <= 50'200);
        std::this_thread::sleep_for(1ms);
    }
    writer->abort();
}

TEST_CASE("Slow clients hold no more than all may; what they held is given back",
          "[net][stream][memory]") {
    HttpServerOptions options;
    options.memory = std::make_shared<MemoryGovernor>(4'000'000);  // Of it 600'000 are for answers.
    StreamServer server(options);
    const std::string row(10'000, 'r');
    std::vector<std::unique_ptr<RawClient>> clients;
    std::vector<WriterPtr> writers;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.port()));
        clients.back()->send(kPost);
        writers.push_back(server.take_writer());
        writers.back()->start(200, {});
        for (int refused = 0; refused < 20; ++refused) {
            while (writers.back()->write(row)) refused = 0;
            std::this_thread::sleep_for(1ms);
        }
    }
    // The first took what there is; each of the others has its little all the same.
    const size_t held = options.memory->held(MemoryHolder::kAnswers);
    CHECK(held > 600'000);
    CHECK(held < 600'000 + 6 * 90'000);
    for (const auto& writer : writers) CHECK(writer->queued_bytes() > 50'000);
    for (const auto& writer : writers) writer->abort();
    writers.clear();
    for (int i = 0; i < 5'000 && options.memory->held() > 0; ++i) {
        std::this_thread::sleep_for(1ms);
    }
    CHECK(options.memory->held() == 0);
}

TEST_CASE("An aborted or dropped stream does not look complete", "[net][stream]") {
    StreamServer server;
    for (bool drop : {false, true}) {
        RawClient client(server.port());
        client.send(kPost);
        WriterPtr writer = server.take_writer();
        writer->start(200, {});
        CHECK(writer->write("row"));
        client.read_until("row\r\n");
        if (!drop) writer->abort();
        writer.reset();
        CHECK(client.read_all().empty());
    }
}

TEST_CASE("Requests sent during a stream wait for its end", "[net][stream]") {
    StreamServer server;
    RawClient client(server.port());
    client.send(kPost);
    WriterPtr writer = server.take_writer();
    writer->start(200, {});
    // More than the server keeps unparsed: reading pauses and goes on afterwards.
    const std::string body(200'000, 'b');
    std::thread sender([&] {
        client.send(fmt::format("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                                body.size(), body));
    });
    std::this_thread::sleep_for(50ms);
    writer->end();
    client.read_until("0\r\n\r\n");
    WriterPtr next = server.take_writer();
    next->reply(200, {}, "second");
    CHECK_THAT(client.read_until("second"), Catch::Matchers::EndsWith("second"));
    sender.join();
}
