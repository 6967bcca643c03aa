#include "server/bearer/key_file.h"

#include <cerrno>
#include <cstring>

#include "engine/base/clock.h"
#include "engine/base/file_stamp.h"
#include "engine/base/log.h"
#include "engine/base/read_file.h"

namespace millrace::bearer {

namespace {
constexpr int64_t kLookEveryMs = 1000;
}

void log_new_keys(const JwkSet& keys, const std::string& where) {
    log_info(kKeyLogger, "event=keys_read from={} keys={}", where, keys.size());
    for (const std::string& reason : keys.left_out())
        log_warn(kKeyLogger, "event=key_left_out from={} reason=\"{}\"", where, reason);
}

Status KeyFile::load() {
    const std::string stamp = file_stamp(path_);
    const auto text = read_file(path_);
    const int error = errno;
    auto keys = text ? JwkSet::parse(*text) : Status(Fault::kRefused, std::strerror(error));
    const bool is_read = keys.is_ok();
    Status status;
    if (!is_read)
        status = {Fault::kFatal,
                  "Cannot use the keys of " + path_ + ": " + keys.status().message()};
    std::lock_guard lock(mutex_);
    stamp_ = stamp;
    if (!is_read) return status;
    keys_ = std::make_shared<const JwkSet>(std::move(*keys));
    log_new_keys(*keys_, path_);
    return status;
}

bool KeyFile::has_changed() const {
    const std::string stamp = file_stamp(path_);
    std::lock_guard lock(mutex_);
    return stamp != stamp_;
}

bool KeyFile::is_stale() {
    const int64_t now = steady_ms();
    int64_t looked = looked_ms_.load();
    if (now - looked < kLookEveryMs || !looked_ms_.compare_exchange_strong(looked, now))
        return false;
    if (!has_changed()) return false;
    looked_ms_ = 0;  // Whoever reads it looks again.
    return true;
}

void KeyFile::refresh(bool now) {
    if (!(now ? has_changed() : is_stale())) return;
    if (Status status = load(); !status) {
        log_error(kKeyLogger, "event=keys_not_read reason=\"{}\" still=\"the keys of before\"",
                  status.message());
    }
}

JwkSetPtr KeyFile::keys() const {
    std::lock_guard lock(mutex_);
    return keys_;
}

}  // namespace millrace::bearer
