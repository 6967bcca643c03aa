#include "engine/session/record_formatter.h"

#include <cstring>
#include <limits>

#include "engine/base/error.h"
#include "engine/base/json_tree.h"
#include "engine/serde/utf8.h"
#include "engine/types/value.h"

namespace millrace {

namespace {

constexpr size_t kBoundBytes = 8;
constexpr const char* kNull = "<null>";
constexpr const char* kUnreadable = "<Failed to deserialize>";
constexpr const char* kNothingSeen = "¯\\_(ツ)_/¯ - no data processed";
/// What decoders put where bytes are no text: a text that has it counts as damaged.
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

using Text = std::optional<std::string>;

bool is_text(ByteView bytes) {
    return !bytes.empty() && is_valid_utf8(bytes) && bytes.find(kReplacement) == ByteView::npos;
}

/// The original text, when a JSON value stands at its beginning.
Text read_json(ByteView bytes) {
    if (!is_text(bytes)) return std::nullopt;
    std::optional<JsonTree> value;
    try {
        value = first_json_value(bytes);
    } catch (const RowError&) {
    }
    if (!value) return std::nullopt;
    if (value->is_number()) {
        // A number ends at a space or nowhere: "12ab" is none.
        size_t first = bytes.find_first_not_of(" \t\r\n");
        size_t end = bytes.find_first_not_of("+-.0123456789eE", first);
        if (end != ByteView::npos && std::strchr(" \t\r\n", bytes[end]) == nullptr)
            return std::nullopt;
    }
    return std::string(bytes);
}

Text read_int(ByteView bytes) {
    if (bytes.size() != sizeof(uint32_t)) return std::nullopt;
    return std::to_string(static_cast<int32_t>(get_be32(bytes.data())));
}

Text read_bigint(ByteView bytes) {
    if (bytes.size() != sizeof(uint64_t)) return std::nullopt;
    return std::to_string(static_cast<int64_t>(get_be64(bytes.data())));
}

Text read_double(ByteView bytes) {
    if (bytes.size() != sizeof(uint64_t)) return std::nullopt;
    uint64_t bits = get_be64(bytes.data());
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return java_double(value);
}

Text read_string(ByteView bytes) {
    return is_text(bytes) ? Text(bytes) : std::nullopt;
}

int64_t bound_at(ByteView bytes, size_t from_end) {
    return static_cast<int64_t>(get_be64(bytes.data() + bytes.size() - from_end));
}

template <class Read>
Text read_time_windowed(ByteView bytes, const Read& read) {
    if (bytes.size() < kBoundBytes) return std::nullopt;
    const int64_t start = bound_at(bytes, kBoundBytes);
    if (start < 0 || start == std::numeric_limits<int64_t>::max()) return std::nullopt;
    auto key = read(bytes.substr(0, bytes.size() - kBoundBytes));
    // The size of the window is not in the key, so neither is its end.
    return key ? Text("[" + *key + "@" + std::to_string(start) + "/-]") : std::nullopt;
}

template <class Read>
Text read_session_windowed(ByteView bytes, const Read& read) {
    if (bytes.size() < 2 * kBoundBytes) return std::nullopt;
    const int64_t end = bound_at(bytes, 2 * kBoundBytes);
    const int64_t start = bound_at(bytes, kBoundBytes);
    if (start < 0 || end < start) return std::nullopt;
    auto key = read(bytes.substr(0, bytes.size() - 2 * kBoundBytes));
    if (!key) return std::nullopt;
    return "[" + *key + "@" + std::to_string(start) + "/" + std::to_string(end) + "]";
}

}  // namespace

RecordFormatter::RecordFormatter(bool keys) {
    auto add = [&](const std::string& name, Text (*read)(ByteView)) {
        if (keys) {
            auto session = [read](ByteView bytes) { return read_session_windowed(bytes, read); };
            auto time = [read](ByteView bytes) { return read_time_windowed(bytes, read); };
            candidates_.push_back({"SESSION(" + name + ")", session});
            candidates_.push_back({"HOPPING(" + name + ")", time});
            candidates_.push_back({"TUMBLING(" + name + ")", time});
        }
        candidates_.push_back({name, read});
    };
    // Formats of a schema registry would be tried ahead of JSON and behind it; without a registry
    // no bytes can be theirs.
    add("JSON", read_json);
    add("KAFKA_INT", read_int);
    add("KAFKA_BIGINT", read_bigint);
    add("KAFKA_DOUBLE", read_double);
    add("KAFKA_STRING", read_string);
}

bool RecordFormatter::try_format(const std::vector<std::optional<ByteView>>& records,
                                 std::vector<std::string>& out) {
    out.clear();
    for (const auto& record : records) {
        if (!record) {
            out.emplace_back(kNull);
            continue;
        }
        seen_data_ = true;
        std::optional<std::string> shown;
        const std::string active = candidates_.empty() ? "" : candidates_.front().name;
        std::erase_if(candidates_, [&](const Candidate& candidate) {
            auto text = candidate.read(*record);
            if (text && !shown) shown = std::move(text);
            return !text;
        });
        if (!active.empty() && (candidates_.empty() || candidates_.front().name != active)) {
            return false;
        }
        out.push_back(shown ? std::move(*shown) : kUnreadable);
    }
    return true;
}

std::vector<std::string> RecordFormatter::format(
    const std::vector<std::optional<ByteView>>& records) {
    std::vector<std::string> out;
    // Each round that fails has lost a candidate, so this ends.
    while (!try_format(records, out)) {
    }
    return out;
}

std::string RecordFormatter::formats() const {
    if (!seen_data_) return kNothingSeen;
    std::string out;
    for (const auto& candidate : candidates_) {
        out += (out.empty() ? "" : " or ") + candidate.name;
    }
    return out;
}

}  // namespace millrace
