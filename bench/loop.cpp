#include "bench/loop.h"

#include <librdkafka/rdkafka.h>
#include <simdjson.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/data.h"
#include "tests/broker/kafka_client.h"

namespace bench {

namespace {

constexpr size_t kBatch = 1000;

double loop_seconds() {
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

rd_kafka_t* open_handle(rd_kafka_type_t type, const std::string& brokers,
                        const std::vector<std::pair<const char*, const char*>>& settings) {
    char error[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), error, sizeof error);
    for (const auto& [key, value] : settings) {
        if (rd_kafka_conf_set(conf, key, value, error, sizeof error) != RD_KAFKA_CONF_OK)
            job::die(error);
    }
    rd_kafka_t* handle = rd_kafka_new(type, conf, error, sizeof error);
    if (handle == nullptr) job::die(error);
    return handle;
}

/// One thread's share of the partitions, with a consumer (and a producer) of its own.
class LoopThread {
public:
    LoopThread(const LoopOptions& options, int partitions, int me) : options_(options) {
        // A queue too large to fill: librdkafka 2.0.2 stops fetching for a second when it is full.
        consumer_ = open_handle(RD_KAFKA_CONSUMER, options.brokers,
                                {{"group.id", "millrace-bench"},
                                 {"enable.auto.commit", "false"},
                                 {"enable.partition.eof", "true"},
                                 {"queued.min.messages", "2000000"},
                                 {"queued.max.messages.kbytes", "524288"},
                                 {"fetch.message.max.bytes", "4194304"},
                                 {"check.crcs", "false"}});
        rd_kafka_poll_set_consumer(consumer_);
        auto* list = rd_kafka_topic_partition_list_new(partitions);
        for (int p = me; p < partitions; p += options.threads, open_partitions_++) {
            rd_kafka_topic_partition_list_add(list, options.topic.c_str(), p)->offset =
                RD_KAFKA_OFFSET_BEGINNING;
        }
        rd_kafka_assign(consumer_, list);
        rd_kafka_topic_partition_list_destroy(list);
        queue_ = rd_kafka_queue_get_consumer(consumer_);
        if (options.mode == LoopMode::kFilter) {
            producer_ = open_handle(RD_KAFKA_PRODUCER, options.brokers,
                                    {{"linger.ms", "20"},
                                     {"batch.size", "1000000"},
                                     {"enable.idempotence", "true"},
                                     {"queue.buffering.max.messages", "200000"},
                                     {"partitioner", "murmur2_random"},
                                     {"log_level", "3"}});
            sink_ = rd_kafka_topic_new(producer_, options.sink.c_str(), nullptr);
        }
    }
    ~LoopThread() {
        if (sink_ != nullptr) rd_kafka_topic_destroy(sink_);
        if (producer_ != nullptr) rd_kafka_destroy(producer_);
        rd_kafka_queue_destroy(queue_);
        rd_kafka_destroy_flags(consumer_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    void run() {
        std::vector<rd_kafka_message_t*> batch(kBatch);
        while (open_partitions_ > 0) {
            const ssize_t count = rd_kafka_consume_batch_queue(queue_, 100, batch.data(), kBatch);
            for (ssize_t i = 0; i < count; i++) {
                take(*batch[static_cast<size_t>(i)]);
                rd_kafka_message_destroy(batch[static_cast<size_t>(i)]);
            }
            if (producer_ != nullptr) rd_kafka_poll(producer_, 0);
        }
        if (producer_ != nullptr) rd_kafka_flush(producer_, 60'000);
        for (const auto& [key, group] : groups_) matches_ += group.count;
    }
    uint64_t records() const { return records_; }
    uint64_t matches() const { return matches_; }

private:
    struct Group {
        uint64_t count = 0;
        int64_t sum = 0;
    };

    void take(const rd_kafka_message_t& message) {
        if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            open_partitions_--;
            return;
        }
        if (message.err) job::die(rd_kafka_message_errstr(&message));
        records_++;
        if (options_.mode == LoopMode::kConsume) return;
        if (padded_.size() < message.len + simdjson::SIMDJSON_PADDING) {
            padded_.resize(2 * message.len + simdjson::SIMDJSON_PADDING);
        }
        std::memcpy(padded_.data(), message.payload, message.len);
        std::memset(padded_.data() + message.len, 0, simdjson::SIMDJSON_PADDING);
        auto row = parser_.iterate(padded_.data(), message.len, padded_.size());
        if (options_.mode == LoopMode::kFilter) {
            filter(message, row);
        } else {
            count(row);
        }
    }

    void filter(const rd_kafka_message_t& message,
                simdjson::simdjson_result<simdjson::ondemand::document>& row) {
        std::string_view user;
        std::string_view page;
        if (row["user_id"].get(user) || row["page"].get(page))
            job::die("a record that cannot be read");
        if (page.substr(0, 8) != "/mobile/") return;
        matches_++;
        text_.assign("{\"USER_ID\":\"")
            .append(user)
            .append("\",\"PAGE\":\"")
            .append(page)
            .append("\"}");
        while (rd_kafka_produce(sink_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, text_.data(),
                                text_.size(), message.key, message.key_len, nullptr) < 0) {
            rd_kafka_poll(producer_, 5);
        }
    }

    void count(simdjson::simdjson_result<simdjson::ondemand::document>& row) {
        std::string_view key;
        int64_t ts = 0;
        int64_t duration = 0;
        const char* field = options_.mode == LoopMode::kCountUsers ? "user_id" : "page";
        if (row[field].get(key) || row["ts"].get(ts) || row["duration_ms"].get(duration)) {
            job::die("a record that cannot be read");
        }
        const int64_t hour = ts / kHourMs;
        text_.assign(key).append(reinterpret_cast<const char*>(&hour), sizeof hour);
        Group& group = groups_[text_];
        group.count++;
        group.sum += duration;
    }

    const LoopOptions& options_;
    rd_kafka_t* consumer_ = nullptr;
    rd_kafka_queue_t* queue_ = nullptr;
    rd_kafka_t* producer_ = nullptr;
    rd_kafka_topic_t* sink_ = nullptr;
    int open_partitions_ = 0;
    uint64_t records_ = 0;
    uint64_t matches_ = 0;
    simdjson::ondemand::parser parser_;
    std::vector<char> padded_;
    std::string text_;
    std::unordered_map<std::string, Group> groups_;
};

}  // namespace

int run_loop(const LoopOptions& options) {
    const int partitions = job::Admin(options.brokers).partitions(options.topic);
    if (partitions == 0) job::die("no topic " + options.topic);
    rusage before{};
    getrusage(RUSAGE_SELF, &before);
    const double began = loop_seconds();
    std::atomic<uint64_t> records{0};
    std::atomic<uint64_t> matches{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < options.threads; i++) {
        threads.emplace_back([&, i] {
            LoopThread loop(options, partitions, i);
            loop.run();
            records += loop.records();
            matches += loop.matches();
        });
    }
    for (auto& thread : threads) thread.join();
    const double wall = loop_seconds() - began;
    rusage after{};
    getrusage(RUSAGE_SELF, &after);
    const auto cpu = [](const rusage& usage) {
        return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    };
    std::printf(
        "{\"complete\":true,\"records\":%llu,\"got\":%llu,\"wall_s\":%.3f,\"cpu_s\":%.3f,\"rss_"
        "MB\":%.0f}\n",
        static_cast<unsigned long long>(records.load()),
        static_cast<unsigned long long>(matches.load()), wall, cpu(after) - cpu(before),
        static_cast<double>(after.ru_maxrss) / 1024.0);
    return 0;
}

}  // namespace bench
