// Stands in for libFuzzer: runs a target over its corpus, then over random changes of it. Always
// the same ones: a failure is found again by running it again.
//   <target> ROUNDS FILE_OR_FOLDER...
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

/// A file holds one input a line, so that a corpus of texts stays readable.
void read_inputs(const fs::path& path, std::vector<std::string>& inputs) {
    if (fs::is_directory(path)) {
        std::vector<fs::path> entries(fs::directory_iterator(path), fs::directory_iterator{});
        std::sort(entries.begin(), entries.end());
        for (const fs::path& entry : entries) read_inputs(entry, inputs);
        return;
    }
    std::ifstream in(path, std::ios::binary);
    for (std::string line; std::getline(in, line);) inputs.push_back(line);
}

void run(const std::string& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

class Mutator {
public:
    explicit Mutator(const std::vector<std::string>& inputs) : inputs_(inputs) {}

    std::string next() {
        std::string text = inputs_[below(inputs_.size())];
        for (size_t i = 1 + below(4); i > 0; --i) change(text);
        return text;
    }

private:
    size_t below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }

    void change(std::string& text) {
        const size_t at = below(text.size() + 1);
        const size_t length = below(std::min<size_t>(text.size() - at, 16) + 1);
        switch (below(5)) {
            case 0:
                text.erase(at, length);
                break;
            case 1:
                text.insert(at, text.substr(at, length));
                break;
            case 2:
                text.insert(at, 1, static_cast<char>(below(256)));
                break;
            case 3: {  // A piece of another input.
                const std::string& other = inputs_[below(inputs_.size())];
                const size_t from = below(other.size() + 1);
                text.insert(at, other.substr(from, below(24)));
                break;
            }
            default:
                if (at < text.size()) text[at] = "()[]<>'`\"-;,.:=$ \n1aE"[below(21)];
        }
    }

    const std::vector<std::string>& inputs_;
    std::mt19937 random_{20260101};
};

}  // namespace

int main(int argc, char** argv) {
    const long rounds = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0;
    std::vector<std::string> inputs;
    for (int i = 2; i < argc; ++i) read_inputs(argv[i], inputs);
    if (inputs.empty()) {
        std::fprintf(stderr, "no inputs\n");
        return 1;
    }
    for (const std::string& input : inputs) run(input);
    Mutator mutator(inputs);
    for (long i = 0; i < rounds; ++i) run(mutator.next());
    std::printf("%zu inputs, %ld changes\n", inputs.size(), rounds);
    return 0;
}
