// An input as a list of changes to something good: what is good by itself is hard to come by
// through changes of nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::fuzz {

/// Takes the input apart, four bytes a number at most. After its end everything is 0.
class Script {
public:
    Script(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

    bool done() const { return rest_.empty(); }
    size_t below(size_t bound) {
        if (bound <= 1) return 0;
        size_t number = byte();
        if (bound > 256) number = number << 8 | byte();
        return number % bound;
    }
    uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto value = static_cast<uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::string bytes(size_t size_max) {
        const std::string_view taken = rest_.substr(0, below(size_max + 1));
        rest_.remove_prefix(taken.size());
        return std::string(taken);
    }

private:
    std::string_view rest_;
};

/// One change of some bytes.
inline void edit(std::string& bytes, Script& script) {
    const size_t at = script.below(bytes.size() + 1);
    switch (script.below(6)) {
        case 0:
            bytes.resize(at);
            break;
        case 1:
            bytes.insert(at, script.bytes(16));
            break;
        case 2:
            bytes.erase(at, 1 + script.below(8));
            break;
        case 3:
            bytes.insert(at, bytes.substr(at, 1 + script.below(16)));
            break;
        default: {
            static constexpr uint8_t kTelling[] = {0, 1, 2, 8, 9, 0x7f, 0x80, 0xff};
            if (at == bytes.size()) break;
            const uint8_t byte = script.byte();
            bytes[at] = static_cast<char>(byte < 128 ? kTelling[byte % 8] : script.byte());
        }
    }
}

}  // namespace millrace::fuzz
