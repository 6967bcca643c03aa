#include "server/net/tls.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/base/clock.h"
#include "raw_client.h"
#include "server/net/http_client.h"
#include "server/net/http_server.h"
#include "test_certificates.h"

using namespace millrace;
using namespace millrace::net;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

const TestCertificates& certificates() {
    static const TestCertificates made;
    static const bool issued = [] {
        made.issue("server", "DNS:localhost,IP:127.0.0.1");
        made.issue("other", "DNS:elsewhere.example");
        made.issue("client", "DNS:client");
        return true;
    }();
    (void)issued;
    return made;
}

TlsOptions server_tls(const std::string& name = "server") {
    TlsOptions options;
    options.keys.file = certificates().path(name + ".pem");
    return options;
}

ClientOptions trusting() {
    ClientOptions options;
    options.tls.trust.file = certificates().path("ca.pem");
    return options;
}

/// Answers with its body's length, or a long stream for /stream.
void answer(const std::shared_ptr<Request>& request,
            const std::shared_ptr<ResponseWriter>& writer) {
    if (request->path == "/stream") {
        writer->start(200, {});
        for (int i = 0; i < 50; ++i) (void)writer->write(std::string(10'000, 'x'));
        writer->end("end");
        return;
    }
    writer->reply(200, {},
                  fmt::format("{} {} {}", request->secure, request->path, request->body.size()));
}

struct TlsRunning {
    explicit TlsRunning(const TlsOptions& tls = server_tls(), HttpServerOptions options = {})
        : context(TlsServer::open(tls).value()), server(with(std::move(options)), answer) {
        REQUIRE(server.start().is_ok());
    }
    HttpServerOptions with(HttpServerOptions options) const {
        options.listen = {{"127.0.0.1", 0, true}};
        options.tls = context;
        return options;
    }
    Url url(const std::string& host = "127.0.0.1") const {
        return parse_url(fmt::format("https://{}:{}", host, server.port())).value();
    }
    std::shared_ptr<TlsServer> context;
    HttpServer server;
};

std::string refusal(const TlsOptions& options) {
    return TlsServer::open(options).status().message();
}

}  // namespace

TEST_CASE("requests and long answers go over TLS, on one connection", "[net][tls]") {
    TlsRunning running;
    HttpClient client(running.url(), trusting());
    auto first = client.send({"GET", "/a"});
    INFO(first.status().message());
    REQUIRE(first.is_ok());
    CHECK(first->body == "true /a 0");
    auto second = client.send({"POST", "/b", {}, std::string(3'000'000, 'y')});
    REQUIRE(second.is_ok());
    CHECK(second->body == "true /b 3000000");
    CHECK(running.server.num_connections() == 1);
    size_t got = 0;
    auto third = client.stream({"GET", "/stream"}, [&](std::string_view piece) {
        got += piece.size();
        return true;
    });
    REQUIRE(third.is_ok());
    CHECK(third->complete);
    CHECK(got == 500'003);
    auto last = client.send({"GET", "/c", {{"Connection", "close"}}});
    REQUIRE(last.is_ok());
    CHECK(last->body == "true /c 0");
    CHECK(client.send({"GET", "/d"})->body == "true /d 0");
}

TEST_CASE("a client refuses certificates that are not the server's", "[net][tls]") {
    TlsRunning running;
    HttpClient by_name(running.url("localhost"), trusting());
    CHECK(by_name.send({}).is_ok());
    HttpClient of_the_machine(running.url());
    CHECK_THAT(of_the_machine.send({}).status().message(), Contains("its certificate is refused"));
    TlsRunning other(server_tls("other"));
    HttpClient wrong_name(other.url(), trusting());
    CHECK_THAT(wrong_name.send({}).status().message(), Contains("its certificate is refused"));
    ClientOptions any_name = trusting();
    any_name.tls.verify_host = false;
    HttpClient told(other.url(), any_name);
    CHECK(told.send({}).is_ok());
}

TEST_CASE("certificates of clients are asked for", "[net][tls]") {
    TlsOptions tls = server_tls();
    tls.trust.file = certificates().path("ca.pem");
    ClientOptions with_key = trusting();
    with_key.tls.keys.file = certificates().path("client.pem");
    {
        tls.clients = ClientCertificates::kRequired;
        TlsRunning running(tls);
        CHECK_FALSE(HttpClient(running.url(), trusting()).send({}).is_ok());
        CHECK(HttpClient(running.url(), with_key).send({}).is_ok());
    }
    {
        tls.clients = ClientCertificates::kRequested;
        TlsRunning running(tls);
        CHECK(HttpClient(running.url(), trusting()).send({}).is_ok());
        CHECK(HttpClient(running.url(), with_key).send({}).is_ok());
    }
}

TEST_CASE("who does not speak TLS, or says nothing, does not stay", "[net][tls]") {
    HttpServerOptions options;
    options.handshake_timeout = 200ms;
    TlsRunning running(server_tls(), options);
    RawClient silent(running.server.port());
    RawClient plain(running.server.port());
    plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(plain.closed_within_ms(2000));
    RawClient half(running.server.port());
    half.send(std::string("\x16\x03\x01\x02", 4));
    CHECK(silent.closed_within_ms(3000));
    CHECK(half.closed_within_ms(3000));
    // None of them holds up who comes meanwhile.
    CHECK(HttpClient(running.url(), trusting()).send({}).is_ok());
}

TEST_CASE("connections with TLS hold no more than half of the memory for answers", "[net][tls]") {
    HttpServerOptions options;
    options.memory = std::make_shared<MemoryGovernor>(2'000'000);  // Of it 300'000 are for answers.
    TlsRunning running(server_tls(), options);
    {
        HttpClient first(running.url(), trusting());
        CHECK(first.send({}).is_ok());
        CHECK(options.memory->held(MemoryHolder::kAnswers) >= 80'000);
        CHECK_FALSE(HttpClient(running.url(), trusting()).send({}).is_ok());
        CHECK(first.send({}).is_ok());
    }
    for (int i = 0; i < 100 && running.server.num_connections() > 0; ++i)
        std::this_thread::sleep_for(10ms);
    CHECK(HttpClient(running.url(), trusting()).send({}).is_ok());
}

TEST_CASE("a stop does not wait for who has not agreed on TLS yet", "[net][tls]") {
    TlsRunning running;
    RawClient silent(running.server.port());
    for (int i = 0; i < 100 && running.server.num_connections() == 0; ++i)
        std::this_thread::sleep_for(10ms);
    const int64_t began = steady_ms();
    running.server.stop();
    CHECK(steady_ms() - began < 2000);
}

TEST_CASE("a changed certificate counts for new connections", "[net][tls]") {
    TestCertificates made;
    made.issue("a", "IP:127.0.0.1");
    TlsOptions tls;
    tls.keys.file = made.path("a.pem");
    auto server = TlsServer::open(tls).value();
    const TlsContextPtr before = server->context();
    server->refresh();
    CHECK(server->context() == before);
    std::ofstream(made.path("a.pem")) << "junk";
    server->refresh();
    CHECK(server->context() == before);
    made.issue("a", "IP:127.0.0.1");
    server->refresh();
    CHECK(server->context() != before);
}

TEST_CASE("keys are read out of PEM and PKCS12, with and without a password", "[net][tls]") {
    const TestCertificates& made = certificates();
    made.run("pkcs12 -export -in server.pem -out server.p12 -passout pass:geheim");
    made.run("pkey -in server.key -aes256 -passout pass:geheim -out sealed.key");
    TlsOptions tls;
    tls.keys = {made.path("server.p12"), true, "geheim", ""};
    CHECK(refusal(tls) == "");
    tls.keys.password = "falsch";
    CHECK_THAT(refusal(tls), Contains("cannot be opened (is the password right?)"));
    tls.keys = {made.path("server.pem"), true, "", ""};
    CHECK_THAT(refusal(tls), Contains("is no PKCS12 file"));
    auto text = [&](const std::string& name) {
        std::ifstream in(made.path(name));
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    tls.keys = {"", false, "", text("sealed.key") + text("server.crt")};
    CHECK_THAT(refusal(tls), Contains("it is encrypted, ssl.key.password opens it"));
    tls.key_password = "geheim";
    CHECK(refusal(tls) == "");
    tls.key_password.clear();
    // The authority ahead of the server's own.
    tls.keys.pem = text("ca.pem") + text("server.crt") + text("server.key");
    CHECK(refusal(tls) == "");
    tls.keys.pem = text("server.crt");
    CHECK_THAT(refusal(tls), Contains("has no private key"));
    tls.keys.pem = text("server.key");
    CHECK_THAT(refusal(tls), Contains("has no certificate"));
    tls.keys.pem = text("other.crt") + text("server.key");
    CHECK_THAT(refusal(tls), Contains("no certificate in it is that of its private key"));
    tls.keys = {"/no/such.pem", false, "", ""};
    CHECK(refusal(tls) == "Cannot read /no/such.pem: No such file or directory");
}

TEST_CASE("versions and ciphers are those that are named", "[net][tls]") {
    TlsOptions tls = server_tls();
    tls.protocols = {"TLSv1.1"};
    CHECK(refusal(tls) == "ssl.enabled.protocols: 'TLSv1.1' is none of TLSv1.2 and TLSv1.3");
    tls.protocols = {"TLSv1.3"};
    TlsRunning running(tls);
    ClientOptions old = trusting();
    old.tls.protocols = {"TLSv1.2"};
    CHECK_FALSE(HttpClient(running.url(), old).send({}).is_ok());
    CHECK(HttpClient(running.url(), trusting()).send({}).is_ok());
    tls.protocols = {};
    tls.ciphers = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"};
    CHECK(refusal(tls) == "");
    tls.ciphers = {"NO_SUCH"};
    CHECK_THAT(refusal(tls), Contains("ssl.cipher.suites"));
    tls = server_tls();
    tls.clients = ClientCertificates::kRequired;
    CHECK_THAT(refusal(tls), Contains("set ssl.truststore.location"));
}
