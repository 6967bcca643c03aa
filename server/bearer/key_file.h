// Keys out of a file, read again when it has changed. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "server/bearer/key_source.h"

namespace millrace::bearer {

class KeyFile final : public KeySource {
public:
    explicit KeyFile(std::string path) : path_(std::move(path)) {}

    /// Reads it; the failure names the file and what is wrong with it.
    Status load();

    JwkSetPtr keys() const override;
    /// Looks at the file at most once a second.
    bool is_stale() override;
    /// What cannot be read is told in the log and changes nothing.
    void refresh(bool now) override;
    bool look_again(std::function<void()>) override { return false; }

private:
    bool has_changed() const;

    const std::string path_;
    std::atomic<int64_t> looked_ms_{0};
    mutable std::mutex mutex_;
    JwkSetPtr keys_;
    std::string stamp_;  ///< Of the last try to read it.
};

/// What an operator should know of keys that have just come, from `where`, to the log.
void log_new_keys(const JwkSet& keys, const std::string& where);

inline constexpr const char* kKeyLogger = "access";

}  // namespace millrace::bearer
