#include "engine/runtime/slot_table.h"

#include <charconv>

#include "engine/base/clock.h"

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
    return query_id + "/" + std::to_string(piece) + "/" + source.topic + "/" +
           std::to_string(source.partition);
}

std::optional<PositionKey> PositionKey::decode(ByteView text) {
    size_t first = text.find('/');
    size_t second = first == ByteView::npos ? first : text.find('/', first + 1);
    size_t last = text.rfind('/');
    if (second == ByteView::npos || last <= second) return std::nullopt;
    auto piece = parse_number<int>(text.substr(first + 1, second - first - 1));
    auto partition = parse_number<int32_t>(text.substr(last + 1));
    if (!piece || !partition) return std::nullopt;
    PositionKey key;
    key.query_id = std::string(text.substr(0, first));
    key.piece = *piece;
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
    if (!offset || !time) return std::nullopt;
    return InputPosition{*offset, *time};
}

Result<int64_t> read_to_end(Log& log, const TopicPartition& partition, int64_t from,
                            int64_t timeout_ms,
                            const std::function<void(const LogRecord&)>& visit) {
    auto range = log.topics().offsets(partition);
    if (!range) return range.status();
    const int64_t end = range->end;
    int64_t next = std::max(from, range->begin);
    if (next >= end) return next;
    ReaderOptions options;
    options.client_id = "restore";
    options.read_committed = true;
    options.partition_buffer_bytes = 16U << 20;
    auto reader = log.reader(options);
    Status status = reader->assign({{partition, next}});
    if (!status) return status;
    const int64_t deadline = steady_ms() + timeout_ms;
    // The end is the high watermark taken before: commit markers reach partitions one by one, so a
    // reader that stops at the last stable offset can miss what is already committed.
    while (next < end) {
        auto batch = reader->poll(partition, 10000);
        if (batch && !batch->records().empty()) {
            for (const auto& record : batch->records()) {
                visit(record);
                next = record.offset + 1;
            }
            continue;
        }
        for (auto& [where, error] : reader->take_errors()) {
            if (error.fault() != Fault::kRetriable) return error;
        }
        if (reader->at_end(partition)) {
            // Markers and aborted records carry no data: at the end of the log there is nothing
            // more to come.
            auto now = log.topics().offsets(partition);
            if (now && now->end <= end) return end;
            if (now && next >= end) return next;
        }
        if (steady_ms() > deadline) {
            return Status(Fault::kRetriable,
                          "reading " + partition.topic + "-" + std::to_string(partition.partition) +
                              " to offset " + std::to_string(end) + " took too long");
        }
        reader->wait(20);
    }
    return next;
}

}  // namespace millrace
