// Changes of inputs for the replay programs: bytes, numbers, tokens of a dictionary and of the
// corpus itself, splices of two inputs. The same seed gives the same inputs.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::fuzz {

/// A token: a word or number, a run of blanks, or one other byte. [from, to) of a text.
using Span = std::pair<size_t, size_t>;

inline bool is_word_byte(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

inline std::vector<Span> tokens_of(std::string_view text) {
    std::vector<Span> spans;
    for (size_t at = 0; at < text.size();) {
        size_t end = at + 1;
        if (is_word_byte(text[at]))
            while (end < text.size() && is_word_byte(text[end])) ++end;
        spans.emplace_back(at, end);
        at = end;
    }
    return spans;
}

class Mutator {
public:
    /// `words`: the dictionary, to which come the tokens of `inputs`. REQUIRES: inputs not empty.
    Mutator(const std::vector<std::string>& inputs, const std::vector<std::string>& words,
            uint64_t seed)
        : inputs_(inputs), random_(seed) {
        std::set<std::string> all(words.begin(), words.end());
        for (const std::string& input : inputs)
            for (const auto& [from, to] : tokens_of(input))
                if (to - from <= 32) all.insert(input.substr(from, to - from));
        words_.assign(all.begin(), all.end());
    }

    std::string next() {
        std::string text = one_of(inputs_);
        for (size_t i = 1 + below(below(4) == 0 ? 12 : 4); i > 0; --i) change(text);
        if (text.size() > kBytesMax) text.resize(kBytesMax);
        return text;
    }

private:
    static constexpr size_t kBytesMax = 16U << 10;

    size_t below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }
    const std::string& one_of(const std::vector<std::string>& from) {
        return from[below(from.size())];
    }

    void change(std::string& text) {
        switch (below(3)) {
            case 0:
                change_bytes(text);
                break;
            case 1:
                change_tokens(text);
                break;
            default:
                splice(text);
        }
    }

    void change_bytes(std::string& text) {
        const size_t at = below(text.size() + 1);
        const size_t length = below(std::min<size_t>(text.size() - at, 16) + 1);
        switch (below(6)) {
            case 0:
                text.erase(at, length);
                break;
            case 1:
                text.insert(at, text.substr(at, length));
                break;
            case 2:
                text.insert(at, 1, static_cast<char>(below(256)));
                break;
            case 3:
                if (at < text.size()) text[at] = "()[]<>{}'`\"-;,.:=$ \n1aE"[below(23)];
                break;
            case 4:
                if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
                break;
            default: {  // What a length or a count could be, in binary.
                static constexpr uint8_t kTelling[] = {0, 1, 2, 8, 0x7f, 0x80, 0xfe, 0xff};
                const auto byte = static_cast<char>(kTelling[below(8)]);
                for (size_t i = 0; i < (size_t{1} << below(4)) && at + i < text.size(); ++i)
                    text[at + i] = byte;
            }
        }
    }

    void change_tokens(std::string& text) {
        const std::vector<Span> spans = tokens_of(text);
        if (spans.empty()) {
            text = one_of(words_);
            return;
        }
        const auto [from, to] = spans[below(spans.size())];
        switch (below(6)) {
            case 0:
                text.erase(from, to - from);
                break;
            case 1:
                text.insert(from, one_of(words_));
                break;
            case 2: {  // One of its own tokens again, elsewhere.
                const auto [first, last] = spans[below(spans.size())];
                text.insert(from, text.substr(first, last - first));
                break;
            }
            case 3: {  // The same again and again: depth and length.
                const std::string token = text.substr(from, to - from);
                for (size_t i = size_t{1} << below(7); i > 0; --i) text.insert(from, token);
                break;
            }
            case 4:
                text.replace(from, to - from, extreme());
                break;
            default:
                text.replace(from, to - from, one_of(words_));
        }
    }

    std::string extreme() {
        static const char* const kNumbers[] = {"0",
                                               "-1",
                                               "2147483647",
                                               "2147483648",
                                               "-2147483648",
                                               "9223372036854775807",
                                               "9223372036854775808",
                                               "-9223372036854775808",
                                               "18446744073709551616",
                                               "1e308",
                                               "1e-400",
                                               "00",
                                               "0.1",
                                               "99999999999999999999999999999999999999",
                                               "NaN",
                                               "Infinity",
                                               "ffffffffffffffff",
                                               "''"};
        return kNumbers[below(std::size(kNumbers))];
    }

    /// A piece of another input, from token to token, in the place of a piece of this one.
    void splice(std::string& text) {
        const std::string& other = one_of(inputs_);
        const std::vector<Span> theirs = tokens_of(other), ours = tokens_of(text);
        if (theirs.empty() || ours.empty()) return;
        const size_t first = below(theirs.size());
        const size_t last = std::min(theirs.size() - 1, first + below(below(3) == 0 ? 64 : 8));
        const size_t from = below(ours.size());
        const size_t to = std::min(ours.size() - 1, from + below(8));
        const size_t replaced = below(2) == 0 ? 0 : ours[to].second - ours[from].first;
        text.replace(ours[from].first, replaced,
                     other.substr(theirs[first].first, theirs[last].second - theirs[first].first));
    }

    const std::vector<std::string>& inputs_;
    std::vector<std::string> words_;
    std::mt19937_64 random_;
};

}  // namespace millrace::fuzz
