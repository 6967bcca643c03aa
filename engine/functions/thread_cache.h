// What is costly to make from a text (a compiled pattern, a date format) kept for the thread that
// made it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace millrace::functions {

/// At most about `EntriesMax` are kept. What is asked for again and again stays, however many
/// others come between: those of a query's text are made once a thread, while those of records
/// come and go.
template <class T, size_t EntriesMax = 256>
class ThreadCache {
public:
    /// The T made from `text`, valid until the next call on this thread. T(text) may throw.
    static const T& get(std::string_view text) {
        thread_local ThreadCache cache;
        return cache.find(text);
    }

private:
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    using Entries =
        std::unordered_map<std::string, std::unique_ptr<const T>, Hash, std::equal_to<>>;

    const T& find(std::string_view text) {
        if (last_ && last_->first == text) return *last_->second;
        auto found = recent_.find(text);
        if (found == recent_.end()) found = add(text);
        last_ = &*found;
        return *found->second;
    }
    typename Entries::iterator add(std::string_view text) {
        std::unique_ptr<const T> made;
        if (auto before = earlier_.find(text); before != earlier_.end()) {
            made = std::move(before->second);
            earlier_.erase(before);
        } else {
            made = std::make_unique<const T>(text);
        }
        last_ = nullptr;
        if (recent_.size() >= EntriesMax / 2) earlier_ = std::exchange(recent_, {});
        return recent_.emplace(std::string(text), std::move(made)).first;
    }

    Entries recent_;   ///< Asked for since the last time that it was full.
    Entries earlier_;  ///< Before that; what is not asked for until the next time goes.
    const typename Entries::value_type* last_ = nullptr;
};

}  // namespace millrace::functions
