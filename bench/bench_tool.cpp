// The compiled half of bench/run; see usage.
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "bench/data.h"
#include "bench/loop.h"
#include "bench/watch.h"
#include "tests/broker/kafka_client.h"

namespace bench {
namespace {

constexpr const char* kUsage = R"(bench_tool BROKERS COMMAND ...
  fill TOPIC N              the first N clicks into a new topic of 4 partitions, keyed by user_id; nothing
                            when the topic holds N records already
  create TOPIC              4 partitions
  remove TOPIC...
  topics
  loop consume|filter|users|pages TOPIC THREADS [SINK]
  watch SINK WANTED FIELD|- SECONDS -- COMMAND...
bench_tool - matches N      how many of the first N clicks the filter keeps
)";

int fill_topic(const std::string& brokers, const std::string& topic, uint64_t count) {
    job::Admin admin(brokers);
    if (admin.partitions(topic) != 0) {
        if (admin.size(topic) == static_cast<int64_t>(count)) return 0;
        admin.remove({topic});
    }
    admin.create(topic, 4);
    job::Producer producer(brokers);
    std::array<char, 512> value{};
    for (uint64_t i = 0; i < count; i++) {
        const Click click = click_at(i);
        const size_t length = write_value(click, value);
        producer.send(topic, user_key(click), std::string_view(value.data(), length), click.ts);
    }
    producer.flush();
    return 0;
}

int usage() {
    std::fputs(kUsage, stderr);
    return 2;
}

int loop(const std::string& brokers, const std::vector<std::string>& rest) {
    static const std::map<std::string, LoopMode> kModes{{"consume", LoopMode::kConsume},
                                                        {"filter", LoopMode::kFilter},
                                                        {"users", LoopMode::kCountUsers},
                                                        {"pages", LoopMode::kCountPages}};
    const auto mode = kModes.find(rest[0]);
    if (mode == kModes.end() || rest.size() < 3) return usage();
    if (mode->second == LoopMode::kFilter && rest.size() < 4) return usage();
    return run_loop(
        {brokers, mode->second, rest[1], rest.size() > 3 ? rest[3] : "", std::stoi(rest[2])});
}

int run(const std::vector<std::string>& words) {
    if (words.size() < 2) return usage();
    const std::string& brokers = words[0];
    const std::string& command = words[1];
    const std::vector<std::string> rest(words.begin() + 2, words.end());
    if (command == "topics") {
        for (const std::string& topic : job::Admin(brokers).topics()) std::puts(topic.c_str());
        return 0;
    }
    if (rest.empty()) return usage();
    if (command == "matches") {
        uint64_t matches = 0;
        for (uint64_t i = 0; i < std::stoull(rest[0]); i++) matches += click_at(i).is_mobile();
        std::printf("%llu\n", static_cast<unsigned long long>(matches));
        return 0;
    }
    if (command == "fill" && rest.size() == 2)
        return fill_topic(brokers, rest[0], std::stoull(rest[1]));
    if (command == "create") {
        job::Admin(brokers).create(rest[0], 4);
        return 0;
    }
    if (command == "remove") {
        job::Admin(brokers).remove(rest);
        return 0;
    }
    if (command == "loop") return loop(brokers, rest);
    if (command == "watch" && rest.size() > 5 && rest[4] == "--") {
        WatchOptions options{.brokers = brokers,
                             .sink = rest[0],
                             .sum_field = rest[2] == "-" ? "" : rest[2],
                             .wanted = std::stoull(rest[1]),
                             .limit_s = std::stod(rest[3]),
                             .command = {rest.begin() + 5, rest.end()}};
        return run_watch(options);
    }
    return usage();
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
    return bench::run({argv + 1, argv + argc});
}
