// Keys as their issuer publishes them, fetched by a thread of its own: at the start, at an
// interval, and for a token whose key is not known. Those of before stay while the issuer does not
// answer. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/bearer/key_source.h"
#include "server/net/http_client.h"
#include "server/net/url.h"

namespace millrace::bearer {

struct KeyUrlOptions {
    net::Url url;
    std::string ca_file = {};  ///< PEM file of authorities; empty: the machine's.
    int64_t refresh_ms = 600'000;
    int64_t answer_ms_max = 10'000;  ///< For a whole answer.
    /// Unknown keys make the issuer be asked at most every so often.
    int64_t ask_again_ms = 10'000;
    int64_t retry_ms = 1000;  ///< After a failure; doubled with each, up to a minute.
};

class KeyUrl final : public KeySource {
public:
    explicit KeyUrl(KeyUrlOptions options);
    ~KeyUrl() override;

    JwkSetPtr keys() const override;
    bool is_stale() override { return false; }
    void refresh(bool) override {}
    bool look_again(std::function<void()> then) override;
    void start() override;
    void stop() override;

private:
    using Waiting = std::vector<std::function<void()>>;
    void run();
    Status fetch();
    Result<std::string> ask();
    /// How long until it asks again by itself.
    int64_t pause_ms(bool is_good);

    const KeyUrlOptions options_;
    const std::string name_;  ///< Without what logs in there.
    net::CancelSource cancel_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    JwkSetPtr keys_;
    std::string text_;  ///< Of keys_; the thread's own.
    bool is_stopped_ = false;
    bool is_asking_ = false;
    bool is_asked_ = false;
    int64_t answered_ms_ = 0;
    int64_t retry_ms_;
    Waiting waiting_;
    std::thread thread_;
};

}  // namespace millrace::bearer
