#include "server/routes/cors.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "engine/base/wildcard.h"
#include "engine/config/get.h"

namespace millrace::server {

namespace {

std::string by_comma(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
}

/// ksqlDB allows credentials, so browsers want the origin itself and no star.
net::Headers origin_headers(std::string_view origin) {
    return {{"access-control-allow-origin", std::string(origin)},
            {"access-control-allow-credentials", "true"},
            {"vary", "origin"}};
}

/// Passes everything on and adds headers.
class ReadableWriter final : public net::ResponseWriter {
public:
    ReadableWriter(net::Headers added, std::shared_ptr<net::ResponseWriter> writer)
        : added_(std::move(added)), writer_(std::move(writer)) {}

    void reply(int status, net::Headers headers, std::string body) override {
        writer_->reply(status, with_added(std::move(headers)), std::move(body));
    }
    void start(int status, net::Headers headers) override {
        writer_->start(status, with_added(std::move(headers)));
    }
    bool write(std::string_view chunk) override { return writer_->write(chunk); }
    void end(std::string_view last_chunk) override { writer_->end(last_chunk); }
    void abort() override { writer_->abort(); }
    bool started() const override { return writer_->started(); }
    bool closed() const override { return writer_->closed(); }
    void limit_queue(size_t bytes_max) override { writer_->limit_queue(bytes_max); }
    size_t queued_bytes() const override { return writer_->queued_bytes(); }
    void on_close(std::function<void()> callback) override {
        writer_->on_close(std::move(callback));
    }
    void on_drain(std::function<void()> callback) override {
        writer_->on_drain(std::move(callback));
    }

private:
    net::Headers with_added(net::Headers headers) const {
        headers.insert(headers.end(), added_.begin(), added_.end());
        return headers;
    }

    const net::Headers added_;
    const std::shared_ptr<net::ResponseWriter> writer_;
};

}  // namespace

Cors::Cors(const Config& config) {
    const std::string origins = config.get<"access.control.allow.origin">();
    for (std::string_view origin : split(origins, ',')) {
        if (!origin.empty()) origins_.emplace_back(origin);
    }
    methods_ = upper_ascii(by_comma(config.get<"access.control.allow.methods">()));
    headers_ = by_comma(config.get<"access.control.allow.headers">());
    if (methods_.empty()) methods_ = "GET,POST,HEAD";
    if (headers_.empty()) headers_ = "X-Requested-With,Content-Type,Accept,Origin";
}

bool Cors::allows(std::string_view origin) const {
    return std::any_of(origins_.begin(), origins_.end(), [&](const std::string& pattern) {
        return matches_wildcard(pattern, origin);
    });
}

bool Cors::is_preflight(const net::Request& request) {
    return request.method == "OPTIONS" && request.header("Access-Control-Request-Method");
}

void Cors::answer_preflight(std::string_view origin, net::ResponseWriter& writer) const {
    net::Headers headers = origin_headers(origin);
    headers.emplace_back("access-control-allow-methods", methods_);
    headers.emplace_back("access-control-allow-headers", headers_);
    writer.reply(204, std::move(headers), "");
}

std::shared_ptr<net::ResponseWriter> Cors::readable_by(
    std::string_view origin, std::shared_ptr<net::ResponseWriter> writer) {
    return std::make_shared<ReadableWriter>(origin_headers(origin), std::move(writer));
}

}  // namespace millrace::server
