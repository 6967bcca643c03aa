#include "cli/datagen_sink.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "engine/base/text.h"
#include "engine/log/kafka/kafka_log.h"
#include "engine/log/log.h"
#include "server/net/http_client.h"
#include "server/net/url.h"

namespace millrace::cli {

namespace {

constexpr size_t kRequestBytes = size_t{512} * 1024;
constexpr int64_t kBrokerTimeoutMs = 30'000;

class RestSink final : public RowSink {
public:
    RestSink(net::Url server, net::ClientOptions options, std::string topic, int32_t partitions)
        : client_(std::move(server), std::move(options)),
          topic_(std::move(topic)),
          partitions_(partitions) {}

    Status send(const GeneratedRow& row) override {
        body_ += R"({"topic":)";
        append_json_string(body_, topic_);
        body_ += R"(,"key":)";
        if (row.key.empty()) {
            body_ += "null";
        } else {
            append_json_string(body_, row.key);
        }
        body_ += R"(,"value":)";
        append_json_string(body_, row.value);
        // The first row makes the topic.
        const int32_t partitions = std::exchange(partitions_, 0);
        if (partitions > 0)
            fmt::format_to(std::back_inserter(body_), ",\"partitions\":{}", partitions);
        fmt::format_to(std::back_inserter(body_), ",\"timestamp\":{}}}\n", row.timestamp_ms);
        return body_.size() < kRequestBytes ? Status::ok() : flush();
    }

    Status flush() override {
        if (body_.empty()) return Status::ok();
        net::ClientRequest request{.method = "POST",
                                   .path = "/millrace/produce",
                                   .headers = {{"Content-Type", "application/x-ndjson"}},
                                   .body = std::move(body_)};
        body_.clear();
        const Result<net::ClientResponse> answer = client_.send(request);
        if (!answer) {
            return {answer.status().fault(),
                    fmt::format("no answer from {} ({}); is the server running?",
                                client_.server().origin(), answer.status().message())};
        }
        if (answer->status != 200) {
            return {Fault::kFatal,
                    fmt::format("{} refused the rows with status {}: {}", client_.server().origin(),
                                answer->status, answer->body)};
        }
        return Status::ok();
    }

private:
    net::HttpClient client_;
    std::string topic_;
    int32_t partitions_;  ///< 0: the topic is there.
    std::string body_;
};

class KafkaSink final : public RowSink {
public:
    KafkaSink(std::unique_ptr<Log> log, std::string topic)
        : log_(std::move(log)),
          writer_(log_->writer({.client_id = "millrace-datagen",
                                .transactional_id = {},
                                .transaction_timeout_ms = 10'000,
                                .linger_ms = 10,
                                .idempotent = true})),
          topic_(std::move(topic)) {}

    Status send(const GeneratedRow& row) override {
        ProducedRecord record;
        record.topic = topic_;
        if (!row.key.empty()) record.key = row.key;
        record.value = row.value;
        record.timestamp_ms = row.timestamp_ms;
        return writer_->write(record);
    }
    Status flush() override { return writer_->flush(kBrokerTimeoutMs); }

private:
    std::unique_ptr<Log> log_;
    std::unique_ptr<LogWriter> writer_;
    std::string topic_;
};

}  // namespace

Result<std::unique_ptr<RowSink>> open_rest_sink(const std::string& url, const RestLogin& login,
                                                const std::string& topic, int32_t partitions) {
    Result<net::Url> parsed = net::parse_url(url);
    if (!parsed) return parsed.status();
    net::ClientOptions options;
    options.tls.trust.file = login.ca_file;
    const std::string& user = login.user.empty() ? parsed->user : login.user;
    const std::string& password = login.user.empty() ? parsed->password : login.password;
    if (!user.empty() && !login.token.empty())
        return Status(Fault::kFatal, "give either a user or a token");
    if (!user.empty()) {
        options.headers.push_back(net::basic_auth(user, password));
    } else {
        const LoginToken token = login.token.empty() ? token_of_environment() : login.token;
        if (Status used = use_token(token, options); !used) return used;
    }
    return std::unique_ptr<RowSink>(
        std::make_unique<RestSink>(std::move(*parsed), std::move(options), topic, partitions));
}

Result<std::unique_ptr<RowSink>> open_kafka_sink(const std::string& bootstrap_servers,
                                                 const std::string& topic, int32_t partitions) {
    Result<std::unique_ptr<Log>> log = open_kafka_log({{"bootstrap.servers", bootstrap_servers}});
    if (!log) return log.status();
    TopicAdmin& topics = (*log)->topics();
    if (Status reachable = topics.ping(kBrokerTimeoutMs); !reachable) {
        return Status(reachable.fault(), fmt::format("no Kafka broker answers at {}: {}",
                                                     bootstrap_servers, reachable.message()));
    }
    if (!topics.describe(topic)) {
        TopicConfig config;
        config.partitions = partitions;
        if (Status made = topics.create(topic, config); !made) return made;
    }
    return std::unique_ptr<RowSink>(std::make_unique<KafkaSink>(std::move(*log), topic));
}

}  // namespace millrace::cli
