#include "tests/broker/truth_check.h"

#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "tests/broker/kafka_client.h"
#include "tests/broker/truth.h"

namespace job {

namespace {

constexpr const char* kMobileClicks = "MOBILE_CLICKS";
constexpr const char* kPageViews = "HOURLY_PAGE_VIEWS";
constexpr const char* kEnriched = "ENRICHED";
constexpr const char* kVisits = "VISITS";
constexpr size_t kSamples = 5;

double now_seconds() {
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

int64_t big_endian(std::string_view bytes) {
    uint64_t number = 0;
    for (const char byte : bytes) number = (number << 8) | static_cast<unsigned char>(byte);
    return static_cast<int64_t>(number);
}

/// A result stream against the rows it must hold.
class StreamCheck {
public:
    StreamCheck(std::string name, const Rows& truth) : name_(std::move(name)), left_(truth) {
        for (const auto& [row, count] : truth) missing_ += count;
    }
    void take(const std::string& row) {
        records_++;
        const auto entry = left_.find(row);
        if (entry == left_.end()) {
            if (wrong_++ < kSamples) samples_ += "\n    not in the truth: " + row;
        } else if (entry->second > 0) {
            entry->second--;
            missing_--;
        } else if (repeated_++ < kSamples) {
            samples_ += "\n    once more than it should be: " + row;
        }
    }
    bool broken(bool exact) const { return wrong_ > 0 || (exact && repeated_ > 0); }
    bool complete() const { return missing_ == 0; }
    void report() const {
        std::printf("  %-18s %9lld records, %lld missing, %llu repeated, %llu wrong%s\n",
                    name_.c_str(), static_cast<long long>(records_),
                    static_cast<long long>(missing_), static_cast<unsigned long long>(repeated_),
                    static_cast<unsigned long long>(wrong_), samples_.c_str());
        if (missing_ == 0) return;
        size_t shown = 0;
        for (const auto& [row, count] : left_) {
            if (count > 0 && shown++ < kSamples) std::printf("    missing: %s\n", row.c_str());
        }
    }

private:
    std::string name_;
    Rows left_;
    int64_t missing_ = 0;
    int64_t records_ = 0;
    uint64_t repeated_ = 0;
    uint64_t wrong_ = 0;
    std::string samples_;
};

/// A result table: the latest value of each key against the rows it must hold.
class TableCheck {
public:
    TableCheck(std::string name, const Table& truth) : name_(std::move(name)), truth_(truth) {}

    void take(const std::string& key, std::optional<std::string> value) {
        records_++;
        right_ -= is_right(key);
        if (value) {
            latest_[key] = std::move(*value);
        } else {
            latest_.erase(key);
        }
        right_ += is_right(key);
    }
    bool complete() const { return right_ == truth_.size() && latest_.size() == truth_.size(); }
    void report() const {
        std::printf("  %-18s %9lld records, %zu keys, %zu of %zu right\n", name_.c_str(),
                    static_cast<long long>(records_), latest_.size(), right_, truth_.size());
        size_t shown = 0;
        for (const auto& [key, value] : truth_) {
            const auto entry = latest_.find(key);
            if (entry != latest_.end() && entry->second == value) continue;
            if (shown++ == kSamples) break;
            std::printf("    %s: should be %s, is %s\n", key.c_str(), value.c_str(),
                        entry == latest_.end() ? "absent" : entry->second.c_str());
        }
        for (const auto& [key, value] : latest_) {
            if (truth_.count(key) != 0) continue;
            if (shown++ >= 2 * kSamples) break;
            std::printf("    %s: should be absent, is %s\n", key.c_str(), value.c_str());
        }
    }

private:
    size_t is_right(const std::string& key) const {
        const auto wanted = truth_.find(key);
        const auto found = latest_.find(key);
        return wanted != truth_.end() && found != latest_.end() && wanted->second == found->second
                   ? 1
                   : 0;
    }

    std::string name_;
    const Table& truth_;
    Table latest_;
    size_t right_ = 0;
    int64_t records_ = 0;
};

Truth read_truth(const CheckOptions& options) {
    TruthBuilder builder;
    Consumer input(options.brokers, {"users", "raw_clicks"}, Isolation::kReadCommitted);
    uint64_t clicks = 0;
    const double until = now_seconds() + options.wait_seconds;
    while (!(input.at_end() && clicks >= options.clicks)) {
        input.poll(100, [&](const std::string& topic, const Record& record) {
            if (topic == "users") {
                builder.add_user(record.key, record.value);
            } else {
                builder.add_click(record.value);
                clicks++;
            }
        });
        if (now_seconds() > until) {
            die("only " + std::to_string(clicks) + " of " + std::to_string(options.clicks) +
                " clicks came");
        }
    }
    return builder.finish();
}

/// The results, as they come.
class Results {
public:
    explicit Results(const Truth& truth)
        : mobile_(kMobileClicks, truth.mobile_clicks),
          enriched_(kEnriched, truth.enriched),
          pages_(kPageViews, truth.hourly_page_views),
          visits_(kVisits, truth.visits) {}

    void take(const std::string& topic, const Record& record) {
        const std::string_view key = record.key.value_or("");
        simdjson::dom::element row;
        if (record.value && parser_.parse(record.value->data(), record.value->size()).get(row)) {
            die(topic + ": a value that is no JSON: " + std::string(*record.value));
        }
        if (topic == kMobileClicks) {
            if (record.key) die(topic + ": a record with a key");
            mobile_.take(mobile_click_row(text(row, "USER_ID"), text(row, "PAGE"),
                                          number(row, "EVENT_TIME"), record.timestamp_ms));
        } else if (topic == kEnriched) {
            std::string_view tier;
            const bool has_tier = row["TIER"].get(tier) == simdjson::SUCCESS;
            enriched_.take(
                enriched_row(key, text(row, "PAGE"),
                             has_tier ? std::optional<std::string_view>(tier) : std::nullopt,
                             record.timestamp_ms));
        } else if (topic == kPageViews) {
            if (key.size() < 9) die(topic + ": a key without a window");
            const int64_t start = big_endian(key.substr(key.size() - 8));
            std::optional<std::string> value;
            if (record.value) {
                value = page_views_value(number(row, "VIEWS"), number(row, "WINDOW_START"),
                                         record.timestamp_ms);
            }
            pages_.take(page_views_key(key.substr(0, key.size() - 8), start), std::move(value));
        } else {
            if (key.size() < 17) die(topic + ": a key without a session");
            const int64_t end = big_endian(key.substr(key.size() - 16, 8));
            const int64_t start = big_endian(key.substr(key.size() - 8));
            std::optional<std::string> value;
            if (record.value) value = visit_value(number(row, "N"), record.timestamp_ms);
            visits_.take(visit_key(key.substr(0, key.size() - 16), start, end), std::move(value));
        }
    }
    bool complete() const {
        return mobile_.complete() && enriched_.complete() && pages_.complete() &&
               visits_.complete();
    }
    bool broken(bool exact) const { return mobile_.broken(exact) || enriched_.broken(exact); }
    void report() const {
        mobile_.report();
        pages_.report();
        enriched_.report();
        visits_.report();
    }

private:
    static std::string_view text(const simdjson::dom::element& row, const char* field) {
        std::string_view value;
        if (row[field].get(value)) return "(no text)";
        return value;
    }
    static int64_t number(const simdjson::dom::element& row, const char* field) {
        int64_t value = 0;
        if (row[field].get(value)) return -1;
        return value;
    }

    simdjson::dom::parser parser_;
    StreamCheck mobile_, enriched_;
    TableCheck pages_, visits_;
};

}  // namespace

int check_truth(const CheckOptions& options) {
    const double began = now_seconds();
    const Truth truth = read_truth(options);
    std::printf(
        "truth: %llu clicks (%llu good), %llu users with a row, %zu distinct rows enriched, %zu "
        "hourly "
        "counts, %zu visits\n",
        static_cast<unsigned long long>(truth.clicks_read),
        static_cast<unsigned long long>(truth.clicks_good),
        static_cast<unsigned long long>(truth.users), truth.enriched.size(),
        truth.hourly_page_views.size(), truth.visits.size());
    std::fflush(stdout);

    const std::vector<std::string> topics{kMobileClicks, kPageViews, kEnriched, kVisits};
    {
        Admin admin(options.brokers);
        for (const std::string& topic : topics) {
            while (admin.partitions(topic) == 0) {
                if (now_seconds() - began > options.wait_seconds) die("no topic " + topic);
                std::this_thread::sleep_for(std::chrono::milliseconds(200));
            }
        }
    }
    Results results(truth);
    Consumer consumer(options.brokers, topics, Isolation::kReadCommitted);
    double right_since = 0;
    double last_record = now_seconds();
    for (;;) {
        const size_t records = consumer.poll(
            100,
            [&](const std::string& topic, const Record& record) { results.take(topic, record); });
        const double now = now_seconds();
        if (records > 0) last_record = now;
        const bool right = results.complete() && !results.broken(options.exact);
        if (!right || records > 0) right_since = 0;
        if (right && right_since == 0) right_since = now;
        if (right && now - right_since >= options.quiet_seconds) break;
        if (results.broken(options.exact) || (!right && now - began > options.wait_seconds)) {
            results.report();
            std::printf("WRONG after %.1f s (last record %.1f s ago)\n", now - began,
                        now - last_record);
            return 1;
        }
    }
    results.report();
    std::printf("right: every row of every result (seen complete %.1f s after the check began)\n",
                right_since - began);
    return 0;
}

}  // namespace job
