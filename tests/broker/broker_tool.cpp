// What the broker tests do to a broker, and how they judge the results; see usage() below.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "tests/broker/fake_results.h"
#include "tests/broker/job_data.h"
#include "tests/broker/kafka_client.h"
#include "tests/broker/truth_check.h"

namespace job {
namespace {

constexpr const char* kUsage = R"(broker_tool BROKERS COMMAND ...
  topics                       names, one a line
  create TOPIC PARTITIONS [NAME=VALUE]
  remove TOPIC...              a name that ends in * takes all that begin so
  size TOPIC                   records from beginning to end, markers included
  users                        the job's users, to topic users
  clicks N [RATE]              the job's first N clicks, to topic raw_clicks, at most RATE a second
  produce TOPIC                lines KEY<tab>VALUE[<tab>TIMESTAMP] from stdin; \N is a null. With TOPIC "-" each
                               line begins with its topic and a tab
  dump TOPIC                   committed records up to the end: PARTITION<tab>TIMESTAMP<tab>KEY<tab>VALUE,
                               bytes that are no printable ASCII as \xNN
  follow TOPIC                 "MILLISECONDS COUNT AGE" whenever committed records come, from now on; AGE: of the
                               oldest of them, by its timestamp
  fake CLICKS FLAW             results without an engine, to try the judge with; see fake_results.h
  truth CLICKS exact|at-least-once [WAIT_SECONDS]
)";

int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void produce_clicks(const std::string& brokers, uint64_t count, double rate) {
    Producer producer(brokers);
    Click click;
    const int64_t began = now_ms();
    for (uint64_t i = 0; i < count; i++) {
        make_click(i, click);
        const bool null_value = click.kind == ClickKind::kNullValue;
        producer.send("raw_clicks", click.user_id,
                      null_value ? std::nullopt : std::optional<std::string_view>(click.value),
                      click.event_time);
        if (rate > 0 && i % 500 == 0) {
            const auto due = began + static_cast<int64_t>(static_cast<double>(i) * 1000.0 / rate);
            const int64_t early = due - now_ms();
            if (early > 0) std::this_thread::sleep_for(std::chrono::milliseconds(early));
        }
    }
    producer.flush();
    std::printf("%llu clicks in %.1f s\n", static_cast<unsigned long long>(count),
                static_cast<double>(now_ms() - began) / 1000.0);
}

void produce_users(const std::string& brokers) {
    Producer producer(brokers);
    User user;
    for (uint64_t i = 0; i < kUsers; i++) {
        if (!has_row(i)) continue;
        make_user(i, user);
        producer.send("users", user.user_id, user.value, user.timestamp_ms);
    }
    producer.flush();
}

void produce_lines(const std::string& brokers, const std::string& topic) {
    Producer producer(brokers);
    std::string line;
    while (std::getline(std::cin, line)) {
        std::vector<std::string> fields(1);
        for (const char c : line) {
            if (c == '\t') {
                fields.emplace_back();
            } else {
                fields.back() += c;
            }
        }
        const bool own_topic = topic == "-";
        const std::string to = own_topic ? fields.front() : topic;
        if (own_topic) fields.erase(fields.begin());
        if (fields.size() < 2) die("a line without a tab: " + line);
        const auto part = [&](size_t i) {
            return fields[i] == "\\N" ? std::nullopt : std::optional<std::string_view>(fields[i]);
        };
        producer.send(to, part(0), part(1), fields.size() > 2 ? std::stoll(fields[2]) : now_ms());
    }
    producer.flush();
}

std::string printable(std::optional<std::string_view> bytes) {
    if (!bytes) return "\\N";
    std::string out;
    for (const char c : *bytes) {
        if (c < 0x20 || c > 0x7e || c == '\\') {
            char hex[8];
            std::snprintf(hex, sizeof hex, "\\x%02x",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += hex;
        } else {
            out += c;
        }
    }
    return out;
}

void dump(const std::string& brokers, const std::string& topic) {
    Consumer consumer(brokers, {topic}, Isolation::kReadCommitted);
    while (!consumer.at_end()) {
        consumer.poll(100, [](const std::string&, const Record& record) {
            std::printf("%d\t%lld\t%s\t%s\n", record.partition,
                        static_cast<long long>(record.timestamp_ms), printable(record.key).c_str(),
                        printable(record.value).c_str());
        });
    }
}

[[noreturn]] void follow(const std::string& brokers, const std::string& topic) {
    Consumer consumer(brokers, {topic}, Isolation::kReadCommitted, From::kEnd);
    for (;;) {
        size_t count = 0;
        int64_t oldest_ms = std::numeric_limits<int64_t>::max();
        while (count == 0) {
            count = consumer.poll(10, [&](const std::string&, const Record& record) {
                oldest_ms = std::min(oldest_ms, record.timestamp_ms);
            });
        }
        const int64_t now = now_ms();
        std::printf("%lld %zu %lld\n", static_cast<long long>(now), count,
                    static_cast<long long>(now - oldest_ms));
        std::fflush(stdout);
    }
}

void remove(const std::string& brokers, const std::vector<std::string>& patterns) {
    Admin admin(brokers);
    std::vector<std::string> doomed;
    for (const std::string& topic : admin.topics()) {
        const bool matches =
            std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
                return pattern.back() == '*'
                           ? topic.rfind(pattern.substr(0, pattern.size() - 1), 0) == 0
                           : topic == pattern;
            });
        if (matches && topic.rfind("__", 0) != 0) doomed.push_back(topic);
    }
    admin.remove(doomed);
}

int run(const std::vector<std::string>& words) {
    const auto usage = [] {
        std::fputs(kUsage, stderr);
        return 2;
    };
    if (words.size() < 2) return usage();
    const std::string& brokers = words[0];
    const std::string& command = words[1];
    const std::vector<std::string> rest(words.begin() + 2, words.end());
    if (command == "topics") {
        for (const std::string& topic : Admin(brokers).topics()) std::puts(topic.c_str());
    } else if (command == "users") {
        produce_users(brokers);
    } else if (rest.empty()) {
        return usage();
    } else if (command == "create" && rest.size() >= 2) {
        Admin(brokers).create(rest[0], std::stoi(rest[1]), rest.size() > 2 ? rest[2] : "");
    } else if (command == "remove") {
        remove(brokers, rest);
    } else if (command == "size") {
        std::printf("%lld\n", static_cast<long long>(Admin(brokers).size(rest[0])));
    } else if (command == "clicks") {
        produce_clicks(brokers, std::stoull(rest[0]), rest.size() > 1 ? std::stod(rest[1]) : 0);
    } else if (command == "produce") {
        produce_lines(brokers, rest[0]);
    } else if (command == "dump") {
        dump(brokers, rest[0]);
    } else if (command == "follow") {
        follow(brokers, rest[0]);
    } else if (command == "fake" && rest.size() == 2) {
        write_fake_results(brokers, std::stoull(rest[0]), rest[1]);
    } else if (command == "truth" && rest.size() >= 2) {
        CheckOptions options;
        options.brokers = brokers;
        options.clicks = std::stoull(rest[0]);
        options.exact = rest[1] == "exact";
        if (rest.size() > 2) options.wait_seconds = std::stoi(rest[2]);
        return check_truth(options);
    } else {
        return usage();
    }
    return 0;
}

}  // namespace
}  // namespace job

int main(int argc, char** argv) {
    return job::run({argv + 1, argv + argc});
}
