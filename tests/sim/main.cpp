// sim: runs seeds, each in a process of its own, so that one that aborts or hangs is a result like
// any other. See README.md.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <stdexcept>

#include "engine/base/log.h"
#include "tests/sim/known_failures.h"
#include "tests/sim/simulation.h"

namespace millrace::sim {
namespace {

constexpr const char* kUsage =
    "sim [--seed N | --seeds A..B] [--queries N] [--seconds N | --minutes N] [--servers N]\n"
    "    [--known FILE] [--jobs N] [--limit-seconds N] [--events N] [--log] [--twice] [--quiet]\n";

struct Arguments {
    SimOptions sim;
    uint64_t first = 1, last = 1;
    std::string known;
    size_t jobs = 1;
    unsigned limit_seconds = 120;  ///< Real ones; a run that takes longer hangs.
    bool log = false, twice = false, quiet = false;
};

Arguments read_arguments(int argc, char** argv) {
    Arguments arguments;
    auto number = [](const std::string& text) {
        size_t end = 0;
        const uint64_t value = std::stoull(text, &end);
        if (end != text.size()) throw std::invalid_argument(text);
        return value;
    };
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--log") {
            arguments.log = true;
        } else if (name == "--twice") {
            arguments.twice = true;
        } else if (name == "--quiet") {
            arguments.quiet = true;
        } else if (i + 1 == argc) {
            throw std::invalid_argument(name);
        } else if (const std::string value = argv[++i]; name == "--seed") {
            arguments.first = arguments.last = number(value);
        } else if (name == "--seeds") {
            const size_t dots = value.find("..");
            arguments.first = number(value.substr(0, dots));
            arguments.last = number(value.substr(std::min(dots, value.size() - 2) + 2));
        } else if (name == "--queries") {
            arguments.sim.queries = static_cast<int>(number(value));
        } else if (name == "--seconds") {
            arguments.sim.seconds = static_cast<int>(number(value));
        } else if (name == "--minutes") {
            arguments.sim.seconds = 60 * static_cast<int>(number(value));
        } else if (name == "--servers") {
            arguments.sim.servers = static_cast<int>(number(value));
        } else if (name == "--known") {
            arguments.known = value;
        } else if (name == "--jobs") {
            arguments.jobs = number(value);
        } else if (name == "--limit-seconds") {
            arguments.limit_seconds = static_cast<unsigned>(number(value));
        } else if (name == "--events") {
            arguments.sim.shown_max = number(value);
        } else {
            throw std::invalid_argument(name);
        }
    }
    return arguments;
}

std::string report(const Outcome& outcome) {
    std::string text = outcome.failure->detail + "\nlast events (ms, what):\n";
    for (const auto& event : outcome.last_events) text += "  " + event + "\n";
    return text + outcome.summary + "\n";
}

/// In the child: first line the kind of failure or "ok", then the report.
void run_child(const Arguments& arguments, uint64_t seed, FILE* output) {
    alarm(arguments.limit_seconds);
    set_log_level(arguments.log ? LogLevel::kInfo : LogLevel::kOff);
    SimOptions options = arguments.sim;
    options.seed = seed;
    Outcome outcome = simulate(options);
    if (arguments.twice) {
        const Outcome again = simulate(options);
        if (again.digest != outcome.digest)
            outcome.failure = Failure{"indefinite", "the same seed took another way"};
    }
    const std::string text = outcome.failure
                                 ? outcome.failure->kind + "\n" + report(outcome)
                                 : fmt::format("ok\n{:016x} {}\n", outcome.digest, outcome.summary);
    std::fputs(text.c_str(), output);
    std::fflush(output);
    std::fflush(stdout);
    _exit(0);
}

struct Child {
    pid_t pid = 0;
    uint64_t seed = 0;
    FILE* output = nullptr;
};

Child start_child(const Arguments& arguments, uint64_t seed) {
    Child child{0, seed, std::tmpfile()};
    if (child.output == nullptr) throw std::runtime_error("no temporary file");
    child.pid = fork();
    if (child.pid != 0) return child;
    if (!arguments.log) dup2(fileno(child.output), STDERR_FILENO);  // What a check says.
    run_child(arguments, seed, child.output);
    return child;
}

class Runner {
public:
    Runner(const Arguments& arguments, KnownFailures known)
        : arguments_(arguments), known_(std::move(known)) {}

    int run() {
        std::set<uint64_t> seeds;
        for (uint64_t seed = arguments_.first; seed <= arguments_.last; ++seed) seeds.insert(seed);
        for (const auto& [seed, failure] : known_) seeds.insert(seed);
        for (uint64_t seed : seeds) {
            if (children_.size() >= arguments_.jobs) take_result();
            children_.push_back(start_child(arguments_, seed));
        }
        while (!children_.empty()) take_result();
        fmt::print("{} seeds, {} passed\n", seeds.size(), num_passed_);
        for (const auto& [kind, failed] : by_kind_) {
            fmt::print("{:>6} {}: seeds", failed.size(), kind);
            for (size_t i = 0; i < std::min<size_t>(failed.size(), 12); ++i)
                fmt::print(" {}", failed[i]);
            fmt::print("\n");
        }
        if (num_wrong_ > 0) fmt::print("{} not as known\n", num_wrong_);
        return num_wrong_ == 0 ? 0 : 1;
    }

private:
    void take_result() {
        int status = 0;
        const Child child = children_.front();
        children_.erase(children_.begin());
        waitpid(child.pid, &status, 0);
        std::rewind(child.output);
        std::string text;
        char buffer[4096];
        for (size_t n = 0; (n = fread(buffer, 1, sizeof buffer, child.output)) > 0;)
            text.append(buffer, n);
        std::fclose(child.output);
        std::string kind = text.substr(0, text.find('\n'));
        if (WIFSIGNALED(status)) kind = WTERMSIG(status) == SIGALRM ? "hangs" : "aborts";
        judge(child.seed, kind, text);
    }

    void judge(uint64_t seed, const std::string& kind, const std::string& text) {
        const bool passed = kind == "ok";
        if (passed) ++num_passed_;
        if (!passed) by_kind_[kind].push_back(seed);
        auto known = known_.find(seed);
        const std::string expected = known == known_.end() ? "ok" : known->second.kind;
        if (kind == expected) {
            if (!arguments_.quiet && arguments_.first == arguments_.last)
                fmt::print("seed {}: {}\n", seed, text);
            return;
        }
        ++num_wrong_;
        if (arguments_.quiet) return;
        if (passed) {
            fmt::print("seed {} passes now: take its line out of {}\n", seed, arguments_.known);
        } else {
            fmt::print("seed {} fails: {}\n{}\n", seed, kind, text);
        }
        std::fflush(stdout);
    }

    const Arguments& arguments_;
    const KnownFailures known_;
    std::vector<Child> children_;
    std::map<std::string, std::vector<uint64_t>> by_kind_;
    size_t num_passed_ = 0, num_wrong_ = 0;
};

}  // namespace
}  // namespace millrace::sim

int main(int argc, char** argv) {
    using namespace millrace::sim;
    try {
        const Arguments arguments = read_arguments(argc, argv);
        KnownFailures known;
        if (!arguments.known.empty()) known = read_known_failures(arguments.known);
        return Runner(arguments, std::move(known)).run();
    } catch (const std::invalid_argument& error) {
        fmt::print(stderr, "sim: what is '{}'?\n{}", error.what(), kUsage);
    } catch (const std::exception& error) {
        fmt::print(stderr, "sim: {}\n", error.what());
    }
    return 2;
}
