#include "server/bearer/key_url.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "server/net/http_server.h"
#include "token_maker.h"

using namespace millrace;
using namespace millrace::bearer;
using namespace std::chrono_literals;

namespace {

constexpr auto kLongEnough = 20s;

/// An issuer that answers as it is told.
class Issuer {
public:
    enum class Mood { kKeys, kNothing, kSilent, kDrip, kHuge, kHugeError, kMoved, kError, kNoKeys };

    Issuer()
        : server_({}, [this](const std::shared_ptr<net::Request>&,
                             const std::shared_ptr<net::ResponseWriter>& writer) {
              ++num_asked;
              answer(writer);
          }) {
        REQUIRE(server_.start().is_ok());
    }
    ~Issuer() {
        is_over_ = true;
        server_.stop();
        for (auto& thread : threads_) thread.join();
    }
    net::Url url() const {
        return net::parse_url("http://127.0.0.1:" + std::to_string(server_.port()) + "/keys")
            .value();
    }
    void publish(std::string text) {
        std::lock_guard lock(mutex_);
        text_ = std::move(text);
    }

    std::atomic<Mood> mood = Mood::kKeys;
    std::atomic<int> num_asked = 0;

private:
    void answer(const std::shared_ptr<net::ResponseWriter>& writer) {
        std::lock_guard lock(mutex_);
        switch (mood.load()) {
            case Mood::kKeys:
                return writer->reply(200, {}, text_);
            case Mood::kNothing:
                return writer->abort();
            case Mood::kSilent:
                held_.push_back(writer);
                return;
            case Mood::kDrip:
                threads_.emplace_back([this, writer] { drip(*writer); });
                return;
            case Mood::kHuge:
                return writer->reply(200, {}, std::string(kJwksBytesMax + 1, ' '));
            case Mood::kHugeError:
                return writer->reply(500, {}, std::string(kJwksBytesMax + 1, ' '));
            case Mood::kMoved:
                return writer->reply(302, {{"Location", "/elsewhere"}}, text_);
            case Mood::kError:
                return writer->reply(500, {}, text_);
            case Mood::kNoKeys:
                return writer->reply(200, {}, "<html>");
        }
    }
    void drip(net::ResponseWriter& writer) {
        writer.start(200, {});
        while (!is_over_ && !writer.closed()) {
            (void)writer.write(" ");
            std::this_thread::sleep_for(5ms);
        }
    }

    std::mutex mutex_;
    std::string text_;
    std::vector<std::shared_ptr<net::ResponseWriter>> held_;
    std::atomic<bool> is_over_ = false;
    std::vector<std::thread> threads_;
    net::HttpServer server_;
};

/// Waits until it has looked; false: it does not look.
bool look(KeyUrl& keys) {
    auto done = std::make_shared<std::promise<void>>();
    if (!keys.look_again([done] { done->set_value(); })) return false;
    REQUIRE(done->get_future().wait_for(kLongEnough) == std::future_status::ready);
    return true;
}

std::string keys_named(const std::string& id) {
    return jwks({TestKey::ec(id, "P-256").jwk()});
}

}  // namespace

TEST_CASE("keys come from their issuer, and newer ones for a token that needs them", "[bearer]") {
    Issuer issuer;
    issuer.publish(keys_named("a"));
    KeyUrl keys({.url = issuer.url(), .ask_again_ms = 0});
    CHECK(keys.keys() == nullptr);
    CHECK_FALSE(keys.look_again([] {}));  // Not begun.
    keys.start();
    REQUIRE(look(keys));
    REQUIRE(keys.keys());
    CHECK(keys.keys()->has("a"));
    const JwkSetPtr before = keys.keys();
    REQUIRE(look(keys));
    CHECK(keys.keys() == before);  // The same text is the same keys.
    issuer.publish(keys_named("b"));
    REQUIRE(look(keys));
    CHECK(keys.keys()->has("b"));
    CHECK_FALSE(keys.keys()->has("a"));
    keys.stop();
    CHECK_FALSE(keys.look_again([] {}));
}

TEST_CASE("unknown keys make the issuer be asked once in a while only", "[bearer]") {
    Issuer issuer;
    issuer.publish(keys_named("a"));
    KeyUrl keys({.url = issuer.url(), .ask_again_ms = 3'600'000});
    keys.start();
    look(keys);  // Joins the first fetch, unless that is over.
    REQUIRE(issuer.num_asked == 1);
    for (int i = 0; i < 1000; ++i) CHECK_FALSE(keys.look_again([] {}));
    CHECK(issuer.num_asked == 1);
}

TEST_CASE("an issuer that does not answer well gives no keys and takes none away", "[bearer]") {
    using Mood = Issuer::Mood;
    for (const Mood mood : {Mood::kNothing, Mood::kSilent, Mood::kDrip, Mood::kHuge,
                            Mood::kHugeError, Mood::kMoved, Mood::kError, Mood::kNoKeys}) {
        INFO(static_cast<int>(mood));
        Issuer issuer;
        issuer.publish(keys_named("a"));
        issuer.mood = mood;
        KeyUrl keys(
            {.url = issuer.url(), .answer_ms_max = 300, .ask_again_ms = 0, .retry_ms = 60'000});
        keys.start();
        REQUIRE(look(keys));
        CHECK(keys.keys() == nullptr);
        issuer.mood = Mood::kKeys;
        for (int i = 0; i < 20 && !keys.keys(); ++i) REQUIRE(look(keys));
        const JwkSetPtr before = keys.keys();
        REQUIRE(before);
        issuer.mood = mood;
        issuer.publish(keys_named("b"));
        REQUIRE(look(keys));
        CHECK(keys.keys() == before);
    }
}

TEST_CASE("an issuer that is away is asked again until it is there", "[bearer]") {
    net::Url url;
    {
        Issuer gone;
        url = gone.url();
    }
    KeyUrl away({.url = url, .retry_ms = 1});
    away.start();
    look(away);
    CHECK(away.keys() == nullptr);

    Issuer issuer;
    issuer.mood = Issuer::Mood::kError;
    issuer.publish(keys_named("a"));
    KeyUrl keys({.url = issuer.url(), .retry_ms = 1});
    keys.start();
    while (issuer.num_asked < 3) std::this_thread::sleep_for(1ms);
    issuer.mood = Issuer::Mood::kKeys;
    for (int i = 0; i < 20'000 && !keys.keys(); ++i) std::this_thread::sleep_for(1ms);
    CHECK(keys.keys());
}

TEST_CASE("an end does not wait for an issuer that is silent", "[bearer]") {
    Issuer issuer;
    issuer.mood = Issuer::Mood::kSilent;
    KeyUrl keys({.url = issuer.url(), .answer_ms_max = 3'600'000});
    keys.start();
    while (issuer.num_asked == 0) std::this_thread::sleep_for(1ms);
    bool is_called = false;
    REQUIRE(keys.look_again([&] { is_called = true; }));
    keys.stop();
    CHECK(is_called);  // Who waits is told.
    CHECK(keys.keys() == nullptr);
}
