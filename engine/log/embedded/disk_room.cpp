#include "engine/log/embedded/disk_room.h"

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"

namespace millrace {

namespace {

constexpr uint64_t kAskEveryBytes = 1 << 20;
constexpr int64_t kAskEveryMs = 100;

}  // namespace

Status DiskRoom::take(uint64_t num_bytes) {
    const int64_t now_ms = steady_ms();
    if (!is_full_ && num_bytes <= unasked_bytes_ && now_ms - asked_ms_ < kAskEveryMs) {
        unasked_bytes_ -= num_bytes;
        return Status::ok();
    }
    uint64_t free_bytes = 0;
    const bool known = env_.GetFreeSpace(dir_, &free_bytes).ok();
    if (known && free_bytes < reserve_bytes_ + num_bytes) {
        Status full(Fault::kRetriable,
                    fmt::format("Log in {}: no room on the disk, {} bytes are free of which {} are "
                                "kept in reserve (millrace.disk.reserve.bytes). It goes on by "
                                "itself when there is room.",
                                dir_, free_bytes, reserve_bytes_));
        if (!is_full_) log_error("log", "{}", full.message());
        is_full_ = true;
        return full;
    }
    if (is_full_) log_info("log", "Log in {}: there is room on the disk again", dir_);
    is_full_ = false;
    unasked_bytes_ = kAskEveryBytes;
    asked_ms_ = now_ms;
    return Status::ok();
}

}  // namespace millrace
