// What is costly to make from a text (a compiled pattern, a date format) kept for the thread that
// made it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace millrace::functions {

template <class T>
class ThreadCache {
public:
    static constexpr size_t kEntriesMax = 256;

    /// The T made from `text`, valid until the next call on this thread. T(text) may throw.
    static const T& get(std::string_view text) {
        thread_local std::unordered_map<std::string, std::unique_ptr<const T>> entries;
        thread_local const T* last = nullptr;
        thread_local std::string last_text;
        if (last && last_text == text) return *last;
        auto found = entries.find(std::string(text));
        if (found == entries.end()) {
            auto made = std::make_unique<const T>(text);
            if (entries.size() >= kEntriesMax) entries.clear();
            found = entries.emplace(std::string(text), std::move(made)).first;
        }
        last = found->second.get();
        last_text = text;
        return *last;
    }
};

}  // namespace millrace::functions
