#include "bench/watch.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "tests/broker/kafka_client.h"

namespace bench {

namespace {

double seconds_now() {
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// CPU seconds of all threads of a process so far; nothing when it is gone.
std::optional<double> cpu_seconds(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    // utime and stime are the 12th and 13th words after the name, which ends with the last ')'.
    std::istringstream words(line.substr(line.rfind(')') + 2));
    std::string word;
    double ticks = 0;
    for (int i = 1; i <= 13 && words >> word; i++) {
        if (i >= 12) ticks += std::stod(word);
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double peak_memory_mb(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("VmHWM:", 0) == 0) return std::atof(line.c_str() + 6) / 1024.0;
    }
    return 0;
}

pid_t launch(const std::vector<std::string>& command) {
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
        // What the engine says goes to stderr, which bench/run keeps as its log; stdout is the
        // result line.
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(words[0], words.data());
        _exit(127);
    }
    return pid;
}

void end(pid_t pid) {
    kill(pid, SIGTERM);
    for (int i = 0; i < 200; i++) {
        if (waitpid(pid, nullptr, WNOHANG) == pid) return;
        usleep(100'000);
    }
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
}

/// What has come of the output so far.
class Progress {
public:
    explicit Progress(const std::string& field)
        : field_('"' + field + "\":"), sums_(!field.empty()) {}

    void take(const job::Record& record) {
        records_++;
        if (!sums_) return;
        uint64_t number = 0;
        if (record.value) {
            const auto* at = static_cast<const char*>(
                memmem(record.value->data(), record.value->size(), field_.data(), field_.size()));
            if (at != nullptr) number = std::strtoull(at + field_.size(), nullptr, 10);
        }
        uint64_t& latest = latest_[std::string(record.key.value_or(""))];
        sum_ += number - latest;
        latest = number;
    }
    uint64_t got() const { return sums_ ? sum_ : records_; }
    uint64_t records() const { return records_; }
    size_t keys() const { return latest_.size(); }

private:
    std::string field_;
    bool sums_;
    uint64_t records_ = 0;
    uint64_t sum_ = 0;
    std::unordered_map<std::string, uint64_t> latest_;
};

}  // namespace

int run_watch(const WatchOptions& options) {
    job::Consumer consumer(options.brokers, {options.sink}, job::Isolation::kReadCommitted);
    Progress progress(options.sum_field);
    const double began = seconds_now();
    const pid_t pid = launch(options.command);
    double first = 0;
    double done = 0;
    double cpu = 0;
    double memory = 0;
    double sampled = 0;
    bool gone = false;
    while (done == 0 && seconds_now() - began < options.limit_s) {
        consumer.poll(
            20, [&](const std::string&, const job::Record& record) { progress.take(record); });
        const double now = seconds_now();
        if (now - sampled > 0.02) {
            sampled = now;
            if (!gone && waitpid(pid, nullptr, WNOHANG) == pid) gone = true;
            if (gone) break;
            cpu = cpu_seconds(pid).value_or(cpu);
            memory = std::max(memory, peak_memory_mb(pid));
        }
        if (first == 0 && progress.records() > 0) first = now - began;
        if (progress.got() >= options.wanted) done = now - began;
    }
    if (!gone) {
        cpu = cpu_seconds(pid).value_or(cpu);
        end(pid);
    }
    const bool complete = done > 0 && progress.got() == options.wanted;
    std::printf(
        "{\"complete\":%s,\"got\":%llu,\"wanted\":%llu,\"wall_s\":%.3f,\"first_output_s\":%.3f,"
        "\"cpu_s\":%.3f,\"rss_MB\":%.0f,\"out_records\":%llu,\"keys\":%zu}\n",
        complete ? "true" : "false", static_cast<unsigned long long>(progress.got()),
        static_cast<unsigned long long>(options.wanted), done > 0 ? done : seconds_now() - began,
        first, cpu, memory, static_cast<unsigned long long>(progress.records()), progress.keys());
    return complete ? 0 : 1;
}

}  // namespace bench
