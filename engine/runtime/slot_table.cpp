#include "engine/runtime/slot_table.h"

#include <fmt/format.h>

#include <charconv>

#include "engine/base/log.h"

namespace millrace {

namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::string PositionKey::encode() const {
    return query_id + "/" + std::to_string(subtopology) + "/" + source.topic + "/" +
           std::to_string(source.partition);
}

std::optional<PositionKey> PositionKey::decode(ByteView text) {
    size_t first = text.find('/');
    size_t second = first == ByteView::npos ? first : text.find('/', first + 1);
    size_t last = text.rfind('/');
    if (second == ByteView::npos || last <= second) return std::nullopt;
    auto subtopology = parse_number<int>(text.substr(first + 1, second - first - 1));
    auto partition = parse_number<int32_t>(text.substr(last + 1));
    if (!subtopology || !partition || *subtopology < 0 || *partition < 0) return std::nullopt;
    PositionKey key;
    key.query_id = std::string(text.substr(0, first));
    key.subtopology = *subtopology;
    key.source = {std::string(text.substr(second + 1, last - second - 1)), *partition};
    return key;
}

std::string encode_position(const InputPosition& position) {
    return std::to_string(position.next_offset) + "," + std::to_string(position.stream_time_ms);
}

std::optional<InputPosition> decode_position(ByteView text) {
    size_t comma = text.find(',');
    if (comma == ByteView::npos) return std::nullopt;
    auto offset = parse_number<int64_t>(text.substr(0, comma));
    auto time = parse_number<int64_t>(text.substr(comma + 1));
    if (!offset || !time || *offset < 0) return std::nullopt;
    return InputPosition{*offset, *time};
}

std::string encode_ahead(const InputPosition& position) {
    std::string out;
    int64_t at = position.next_offset;
    for (const OffsetSpan& span : position.ahead) {
        put_varint(out, static_cast<uint64_t>(span.begin - at));
        put_varint(out, static_cast<uint64_t>(span.end - span.begin));
        at = span.end;
    }
    return out;
}

namespace {

/// Bytes that are none leave nothing done.
std::vector<OffsetSpan> decode_ahead(ByteView text, int64_t at) {
    std::vector<OffsetSpan> ahead;
    while (!text.empty()) {
        const auto gap = take_varint(text), length = take_varint(text);
        OffsetSpan span;
        if (!gap || !length || *gap > INT64_MAX || *length > INT64_MAX ||
            __builtin_add_overflow(at, static_cast<int64_t>(*gap), &span.begin) ||
            __builtin_add_overflow(span.begin, static_cast<int64_t>(*length), &span.end)) {
            return {};
        }
        ahead.push_back(span);
        at = span.end;
    }
    return ahead;
}

}  // namespace

std::string encode_whole(const InputPosition& position) {
    // By name, so that one more member does not compile before it is written here.
    const auto& [next_offset, stream_time_ms, topic_id, ahead] = position;
    const std::string spans = encode_ahead(position);
    return fmt::format("{},{};{};{}{}", next_offset, stream_time_ms, spans.size(), spans, topic_id);
}

std::optional<InputPosition> decode_whole(ByteView text) {
    const size_t first = text.find(';');
    const size_t second = first == ByteView::npos ? first : text.find(';', first + 1);
    if (second == ByteView::npos) return std::nullopt;
    auto position = decode_position(text.substr(0, first));
    const auto size = parse_number<size_t>(text.substr(first + 1, second - first - 1));
    const ByteView rest = text.substr(second + 1);
    if (!position || !size || *size > rest.size()) return std::nullopt;
    position->ahead = decode_ahead(rest.substr(0, *size), position->next_offset);
    position->topic_id = rest.substr(*size);
    return position;
}

void apply_position(const LogRecord& record, int32_t slot, PositionMap& positions) {
    const auto key = PositionKey::decode(record.key.value_or(""));
    auto position = key && record.value ? decode_position(*record.value) : std::nullopt;
    if (position) {
        for (size_t i = 0; record.headers != nullptr && i < record.headers->size(); ++i) {
            const Header& header = (*record.headers)[i];
            if (header.key == kTopicIdHeader) position->topic_id = header.value.value_or("");
            if (header.key == kAheadHeader)
                position->ahead = decode_ahead(header.value.value_or(""), position->next_offset);
        }
        positions[*key] = *position;
    } else if (key && !record.value) {
        positions.erase(*key);
    } else {
        log_warn("runtime.slots", "slot={} offset={} record is no position: skipped", slot,
                 record.offset);
    }
}

}  // namespace millrace
