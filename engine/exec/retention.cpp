#include "engine/exec/retention.h"

#include <algorithm>

namespace millrace::exec {

namespace {
constexpr int64_t kSegmentMsMin = 60000;
}

int64_t retention_of(const plan::WindowSpec& window) {
    return std::max(window.retention_ms, window.size_ms + window.grace_ms);
}

int64_t readable_from(const plan::WindowSpec& window, int64_t newest_ms) {
    const int64_t retention_ms = retention_of(window);
    return newest_ms < retention_ms ? 0 : newest_ms - retention_ms + 1;
}

int64_t kept_from(const plan::WindowSpec& window, int64_t newest_ms) {
    const int64_t segment_ms = std::max(retention_of(window) / 2, kSegmentMsMin);
    const int64_t retention_ms = retention_of(window);
    return newest_ms <= retention_ms ? 0 : (newest_ms - retention_ms) / segment_ms * segment_ms;
}

int64_t newest_window(const plan::WindowSpec& window, int64_t stream_time_ms) {
    if (window.kind == sql::WindowKind::kSession || stream_time_ms < 0) return stream_time_ms;
    const int64_t advance_ms =
        window.kind == sql::WindowKind::kTumbling ? window.size_ms : window.advance_ms;
    return stream_time_ms / advance_ms * advance_ms;
}

const std::string& stream_time_key() {
    static const std::string key = std::string(1, kReservedPrefix) + "stream-time";
    return key;
}

}  // namespace millrace::exec
