// Stands in for libFuzzer: runs a target over its corpus, then over random changes of it.
//
//   <target> [ROUNDS | --seconds N] [--seed N] [--dictionary FILE] FILE_OR_FOLDER...
//
// With rounds they are the same changes each time. With seconds the seed is another one each time,
// and printed; --seed runs that one again. MILLRACE_FUZZ_SECONDS in the environment stands for
// --seconds. An input that ends the program, or takes two minutes, is left in <target>.failed, or
// where MILLRACE_FUZZ_FAILED says.
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/mutator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Of the processor's time: how busy the machine is does not count.
constexpr time_t kInputSecondsMax = 120;

/// What runs now, for who has to tell of its end.
const std::string* running = nullptr;
std::string failed_path;

extern "C" void keep_failed_input(int signal) {
    // Nothing here may allocate: the heap can be what is broken.
    if (std::FILE* out = running ? std::fopen(failed_path.c_str(), "wb") : nullptr) {
        std::fwrite(running->data(), 1, running->size(), out);
        std::fclose(out);
        std::fprintf(stderr, "%s: the input is in %s\n",
                     signal == SIGVTALRM ? "took too long" : "failed", failed_path.c_str());
    }
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

/// `\r`, `\n`, `\xNN` and `\\` as the bytes that they stand for.
std::string unescaped(const std::string& line) {
    std::string out;
    for (size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\\' || i + 1 == line.size()) {
            out += line[i];
            continue;
        }
        const char kind = line[++i];
        if (kind == 'x' && i + 2 < line.size()) {
            out += static_cast<char>(std::strtol(line.substr(i + 1, 2).c_str(), nullptr, 16));
            i += 2;
        } else {
            out += kind == 'r' ? '\r' : kind == 'n' ? '\n' : kind;
        }
    }
    return out;
}

/// A file holds one input a line, so that a corpus of texts stays readable; in one whose name ends
/// in .escaped an input may have line breaks of its own. A .failed file is one input.
void read_inputs(const fs::path& path, std::vector<std::string>& inputs) {
    if (fs::is_directory(path)) {
        std::vector<fs::path> entries(fs::directory_iterator(path), fs::directory_iterator{});
        std::sort(entries.begin(), entries.end());
        for (const fs::path& entry : entries) read_inputs(entry, inputs);
        return;
    }
    std::ifstream in(path, std::ios::binary);
    if (path.extension() == ".failed") {
        inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        return;
    }
    const bool escaped = path.extension() == ".escaped";
    for (std::string line; std::getline(in, line);)
        inputs.push_back(escaped ? unescaped(line) : line);
}

/// libFuzzer's form: a "token" a line; blanks and lines with # aside.
void read_dictionary(const fs::path& path, std::vector<std::string>& words) {
    std::ifstream in(path, std::ios::binary);
    for (std::string line; std::getline(in, line);) {
        const size_t from = line.find('"'), to = line.rfind('"');
        if (line.starts_with('#') || from == std::string::npos || to <= from) continue;
        words.push_back(unescaped(line.substr(from + 1, to - from - 1)));
    }
}

void run(const std::string& input) {
    running = &input;
    const itimerval limit{{0, 0}, {kInputSecondsMax, 0}};
    setitimer(ITIMER_VIRTUAL, &limit, nullptr);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
    running = nullptr;
}

struct Plan {
    long rounds = 0;
    long seconds = 0;
    uint64_t seed = 20260101;
    std::vector<std::string> inputs, words;
};

Plan read_plan(int argc, char** argv) {
    Plan plan;
    bool has_seed = false;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const char* value = i + 1 < argc ? argv[i + 1] : "";
        if (word == "--seconds") {
            plan.seconds = std::strtol(value, nullptr, 10);
        } else if (word == "--seed") {
            plan.seed = std::strtoull(value, nullptr, 10);
            has_seed = true;
        } else if (word == "--dictionary") {
            read_dictionary(value, plan.words);
        } else if (!fs::exists(word) && word.find_first_not_of("0123456789") == std::string::npos) {
            plan.rounds = std::strtol(word.c_str(), nullptr, 10);
            continue;
        } else {
            read_inputs(word, plan.inputs);
            continue;
        }
        ++i;
    }
    const char* wanted = std::getenv("MILLRACE_FUZZ_SECONDS");
    if (wanted != nullptr && plan.seconds == 0) plan.seconds = std::strtol(wanted, nullptr, 10);
    const char* seed = std::getenv("MILLRACE_FUZZ_SEED");
    if (seed != nullptr && !has_seed) {
        plan.seed = std::strtoul(seed, nullptr, 10);
    } else if (plan.seconds > 0 && !has_seed) {
        plan.seed = std::random_device()();
    }
    return plan;
}

}  // namespace

int main(int argc, char** argv) {
    const Plan plan = read_plan(argc, argv);
    if (plan.inputs.empty()) {
        std::fprintf(stderr, "no inputs\n");
        return 1;
    }
    const char* wanted = std::getenv("MILLRACE_FUZZ_FAILED");
    failed_path = wanted ? wanted : std::string(argv[0]) + ".failed";
    std::signal(SIGABRT, keep_failed_input);
    std::signal(SIGVTALRM, keep_failed_input);
    std::printf("seed %llu\n", static_cast<unsigned long long>(plan.seed));
    std::fflush(stdout);
    for (const std::string& input : plan.inputs) run(input);
    millrace::fuzz::Mutator mutator(plan.inputs, plan.words, plan.seed);
    const auto end = Clock::now() + std::chrono::seconds(plan.seconds);
    long done = 0;
    while (plan.seconds > 0 ? Clock::now() < end : done < plan.rounds) {
        run(mutator.next());
        ++done;
    }
    std::printf("%zu inputs, %ld changes\n", plan.inputs.size(), done);
    return 0;
}
