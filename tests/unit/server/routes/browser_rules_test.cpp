#include "server/routes/browser_rules.h"

#include <catch2/catch.hpp>
#include <map>
#include <optional>

using namespace millrace;
using namespace millrace::server;

namespace {

using Properties = std::map<std::string, std::string>;

constexpr const char* kOpen = "http://0.0.0.0:8088";

/// The status with which a request is refused; 0: it is not.
int refused(const Properties& properties, net::Headers headers, const char* method = "POST",
            const char* path = "/ksql") {
    net::Request request;
    request.method = method;
    request.path = path;
    request.headers = std::move(headers);
    if (!request.header("Host")) request.headers.emplace_back("Host", "localhost:8088");
    const auto error = BrowserRules(Config(properties), "box.lan").refusal(request);
    return error ? error->status : 0;
}

struct Answer {
    int status = 0;
    net::Headers headers;
    std::string header(const char* name) const {
        return std::string(net::find_header(headers, name).value_or(""));
    }
};

class KeptWriter final : public net::ResponseWriter {
public:
    explicit KeptWriter(Answer& answer) : answer_(answer) {}
    void reply(int status, net::Headers headers, std::string /*body*/) override {
        answer_ = {status, std::move(headers)};
    }
    void start(int status, net::Headers headers) override {
        answer_ = {status, std::move(headers)};
    }
    bool write(std::string_view /*chunk*/) override { return true; }
    void end(std::string_view /*last_chunk*/) override {}
    void abort() override {}
    bool started() const override { return answer_.status != 0; }
    bool closed() const override { return false; }
    void limit_queue(size_t /*bytes_max*/) override {}
    size_t queued_bytes() const override { return 0; }
    void on_close(std::function<void()> /*callback*/) override {}
    void on_drain(std::function<void()> /*callback*/) override {}

private:
    Answer& answer_;
};

}  // namespace

TEST_CASE("A host is one of this server's, or no name that a page can have", "[routes][hosts]") {
    auto allows = [](const Properties& properties, std::string_view host) {
        return AllowedHosts(Config(properties), "Box.lan").allows(host);
    };
    for (const char* host : {"localhost", "LOCALHOST:8088", "localhost.", "a.localhost:1",
                             "127.0.0.1", "127.0.0.1:8088", "[::1]:8088", "10.1.2.3:80"}) {
        INFO(host);
        CHECK(allows({}, host));
    }
    for (const char* host : {"evil.example", "evil.example:8088", "evil", "box.lan", "",
                             "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost",
                             "evil.example:8088@localhost", "[evil.example]", "[", ":8088"}) {
        INFO(host);
        CHECK_FALSE(allows({}, host));
    }
    CHECK(allows({{"listeners", kOpen}}, "box.lan:8088"));
    CHECK(allows({{"listeners", "http://[::]:8088"}}, "BOX.lan"));
    CHECK(allows({{"listeners", kOpen}}, "ksqldb-server:8088"));
    CHECK_FALSE(allows({{"listeners", kOpen}}, "evil.example"));
    CHECK(allows({{"listeners", "http://db.lan:8088"}}, "db.lan"));
    CHECK(allows({{"ksql.advertised.listener", "http://db.lan:8088"}}, "db.lan:9"));
    const Properties more = {{"millrace.http.allowed.hosts", "ksql.example.com, *.k8s.local"}};
    CHECK(allows(more, "KSQL.example.com:443"));
    CHECK(allows(more, "a.b.k8s.local"));
    CHECK_FALSE(allows(more, "k8s.local"));
    CHECK_FALSE(allows(more, "evilk8s.local"));
    CHECK(allows({{"millrace.http.allowed.hosts", "*"}}, "evil.example"));
}

TEST_CASE("A page of another origin is refused, a program is not", "[routes][origin]") {
    CHECK(refused({}, {}) == 0);
    for (const char* type : {"application/json", "application/vnd.ksql.v1+json; charset=utf-8",
                             "application/vnd.ksqlapi.delimited.v1", "text/plain",
                             "application/x-www-form-urlencoded"}) {
        CHECK(refused({}, {{"Content-Type", type}}) == 0);  // curl --data sends the last.
        CHECK(refused({}, {{"Content-Type", type}, {"Origin", "http://evil.example"}}) == 403);
    }
    for (const char* origin : {"http://evil.example", "null", "", "http://localhost:3000",
                               "http://localhost", "http://localhost:8088.evil.example"}) {
        INFO(origin);
        CHECK(refused({}, {{"Origin", origin}}) == 403);
        CHECK(refused({}, {{"Origin", origin}}, "GET", "/info") == 403);
        CHECK(refused({}, {{"Origin", origin}}, "OPTIONS") == 403);
        CHECK(refused({}, {{"Origin", origin}}, "GET", "/chc/live") == 0);
    }
    CHECK(refused({}, {{"Host", "evil.example:8088"}, {"Origin", "http://evil.example:8088"}}) ==
          421);
    CHECK(refused({}, {{"Sec-Fetch-Site", "cross-site"}}) == 403);
    CHECK(refused({}, {{"Sec-Fetch-Site", "cross-site"}}, "GET", "/info") == 0);  // A link.
    // The server's own origin, or that of the proxy ahead of it.
    CHECK(refused({}, {{"Origin", "http://localhost:8088"}}) == 0);
    CHECK(refused({}, {{"Origin", "https://localhost:8088"}, {"Content-Type", "text/plain"}}) ==
          415);
    CHECK(refused({}, {{"Sec-Fetch-Site", "same-origin"},
                       {"Content-Type", "multipart/form-data"}}) == 415);
}

TEST_CASE("Pages that CORS names may ask", "[routes][origin]") {
    const Properties some = {
        {"access.control.allow.origin", "https://ui.example.com, http://*.lan:3000"}};
    CHECK(refused(some, {{"Origin", "https://ui.example.com"}, {"Content-Type", "text/plain"}}) ==
          0);
    CHECK(refused(some, {{"Origin", "http://a.lan:3000"}}) == 0);
    CHECK(refused(some, {{"Origin", "https://uiXexample.com"}}) == 403);
    CHECK(refused(some, {{"Origin", "https://ui.example.com.evil.example"}}) == 403);
    CHECK(refused(some, {{"Origin", "http://a.lan:30000"}}) == 403);
    CHECK(refused({{"access.control.allow.origin", "*"}}, {{"Origin", "null"}}) == 0);
}

TEST_CASE("A browser is told what it asks ahead of a request", "[routes][origin]") {
    const BrowserRules rules(
        Config(Properties{{"access.control.allow.origin", "https://ui.example.com"},
                          {"access.control.allow.headers", "Authorization,Content-Type"}}),
        "box");
    auto answer = [&](const char* method, net::Headers headers) {
        net::Request request;
        request.method = method;
        request.path = "/ksql";
        request.headers = std::move(headers);
        Answer given;
        auto writer = rules.writer_for(request, std::make_shared<KeptWriter>(given));
        if (writer) writer->reply(200, {{"content-type", "application/json"}}, "");
        return given;
    };
    const Answer asked = answer("OPTIONS", {{"Origin", "https://ui.example.com"},
                                            {"Access-Control-Request-Method", "POST"}});
    CHECK(asked.status == 204);
    CHECK(asked.header("access-control-allow-origin") == "https://ui.example.com");
    CHECK(asked.header("access-control-allow-credentials") == "true");
    CHECK(asked.header("access-control-allow-methods") == "GET,POST,HEAD");
    CHECK(asked.header("access-control-allow-headers") == "Authorization,Content-Type");
    const Answer read = answer("POST", {{"Origin", "https://ui.example.com"}});
    CHECK(read.status == 200);
    CHECK(read.header("access-control-allow-origin") == "https://ui.example.com");
    CHECK(read.header("vary") == "origin");
    CHECK(answer("POST", {}).headers.size() == 1);
}
