#include "server/bearer/key_url.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "server/bearer/key_file.h"

namespace millrace::bearer {

using std::chrono::milliseconds;

namespace {
constexpr size_t kWaitingMax = 100;
constexpr int64_t kRetryMsMax = 60'000;

void call_all(const std::vector<std::function<void()>>& waiting) {
    for (const auto& then : waiting) {
        try {
            then();
        } catch (const std::exception& error) {  // There is no memory to let the request go on.
            log_error(kKeyLogger, "event=request_lost reason=\"{}\"", error.what());
        }
    }
}

}  // namespace

KeyUrl::KeyUrl(KeyUrlOptions options)
    : options_(std::move(options)),
      name_(options_.url.origin() + options_.url.path.substr(0, options_.url.path.find('?'))),
      retry_ms_(options_.retry_ms) {}

KeyUrl::~KeyUrl() {
    stop();
}

void KeyUrl::start() {
    std::lock_guard lock(mutex_);
    if (is_stopped_ || thread_.joinable()) return;
    is_asking_ = true;  // Who comes before the first answer waits for it.
    thread_ = std::thread([this] { run(); });
}

void KeyUrl::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopped_ = true;
    }
    wake_.notify_all();
    cancel_.cancel();
    if (thread_.joinable()) thread_.join();
    std::unique_lock lock(mutex_);
    const Waiting waiting = std::exchange(waiting_, {});
    lock.unlock();
    call_all(waiting);
}

JwkSetPtr KeyUrl::keys() const {
    std::lock_guard lock(mutex_);
    return keys_;
}

bool KeyUrl::look_again(std::function<void()> then) {
    std::lock_guard lock(mutex_);
    if (is_stopped_ || !thread_.joinable() || waiting_.size() >= kWaitingMax) return false;
    const bool is_recent = steady_ms() - answered_ms_ < options_.ask_again_ms;
    if (!is_asking_ && is_recent) return false;
    waiting_.push_back(std::move(then));
    is_asked_ = true;
    wake_.notify_all();
    return true;
}

void KeyUrl::run() {
    std::unique_lock lock(mutex_);
    while (!is_stopped_) {
        is_asking_ = true;
        is_asked_ = false;
        lock.unlock();
        const Status fetched = fetch();
        lock.lock();
        is_asking_ = false;
        is_asked_ = false;
        answered_ms_ = steady_ms();
        if (is_stopped_) return;
        if (!fetched) {
            log_error(kKeyLogger, "event=keys_not_read from={} reason=\"{}\" still=\"{}\"", name_,
                      fetched.message(), keys_ ? "the keys of before" : "none");
        }
        const Waiting waiting = std::exchange(waiting_, {});
        lock.unlock();
        call_all(waiting);
        lock.lock();
        wake_.wait_for(lock, milliseconds(pause_ms(fetched.is_ok())),
                       [this] { return is_stopped_ || is_asked_; });
    }
}

int64_t KeyUrl::pause_ms(bool is_good) {
    if (is_good) {
        retry_ms_ = options_.retry_ms;
        return options_.refresh_ms;
    }
    const int64_t pause = std::min(retry_ms_, options_.refresh_ms);
    retry_ms_ = std::min(retry_ms_ * 2, kRetryMsMax);
    return pause;
}

/// No exception leaves: an answer may ask for more memory than there is.
Status KeyUrl::fetch() {
    try {
        auto text = ask();
        if (!text) return text.status();
        if (*text == text_) return Status::ok();
        auto keys = JwkSet::parse(*text);
        if (!keys) return keys.status();
        auto made = std::make_shared<const JwkSet>(std::move(*keys));
        log_new_keys(*made, name_);
        text_ = std::move(*text);
        std::lock_guard lock(mutex_);
        keys_ = std::move(made);
        return Status::ok();
    } catch (const std::exception& error) {
        return {Fault::kRetriable, error.what()};
    }
}

Result<std::string> KeyUrl::ask() {
    net::ClientOptions client_options;
    client_options.connect_timeout = milliseconds(options_.answer_ms_max);
    client_options.body_bytes_max = kJwksBytesMax;
    client_options.tls.trust.file = options_.ca_file;
    if (!options_.url.user.empty())
        client_options.headers.push_back(net::basic_auth(options_.url.user, options_.url.password));
    net::HttpClient client(options_.url, std::move(client_options));
    net::ClientRequest request;
    request.path = options_.url.path;
    request.headers = {{"Accept", "application/json"}, {"Connection", "close"}};
    std::string body;
    auto collect = [&](std::string_view piece) {
        body += piece;
        return true;
    };
    const auto answer =
        client.stream(request, collect, {&cancel_, milliseconds(options_.answer_ms_max)});
    if (!answer) return answer.status();
    if (!answer->complete) {
        return Status(Fault::kRetriable,
                      "no whole answer within " + std::to_string(options_.answer_ms_max) + " ms");
    }
    if (answer->status == 200) return body;
    return Status(
        Fault::kRetriable,
        "the answer is " + std::to_string(answer->status) +
            (answer->status / 100 == 3 ? ": redirections are not followed" : ", and no keys"));
}

}  // namespace millrace::bearer
