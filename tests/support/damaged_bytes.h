// Bytes near good ones: every beginning of them, with bytes behind, with some changed, and others
// that have nothing to do with them. Always the same ones.
#pragma once

#include <functional>
#include <random>
#include <string>

namespace millrace::test {

inline std::string random_bytes(std::mt19937& random, size_t size_max) {
    std::string bytes(random() % (size_max + 1), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

/// Calls `attempt` with each. Whatever it throws ends the test.
inline void for_each_damaged(const std::string& good,
                             const std::function<void(const std::string&)>& attempt) {
    std::mt19937 random(20260101);
    for (size_t size = 0; size < good.size(); ++size) attempt(good.substr(0, size));
    attempt(good + '\0');
    attempt(good + "xxxxxxxx");
    for (int i = 0; i < 2000; ++i) {
        std::string bytes = good;
        for (size_t n = 1 + random() % 4; n > 0 && !bytes.empty(); --n)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        attempt(bytes);
        attempt(random_bytes(random, 64));
    }
    for (char byte : {'\0', '\1', 'x', '\xff'})
        for (size_t size : {1, 8, 16, 300}) attempt(std::string(size, byte));
}

}  // namespace millrace::test
