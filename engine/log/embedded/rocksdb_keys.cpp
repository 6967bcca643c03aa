#include "engine/log/embedded/rocksdb_keys.h"

namespace millrace::rocksdb_keys {

namespace {

constexpr uint8_t kHasKey = 1;
constexpr uint8_t kHasValue = 2;
constexpr uint8_t kHasHeaders = 4;
constexpr size_t kRecordHeadSize = 9;  // Timestamp and flags.

void put_text(std::string& out, ByteView text) {
    put_varint(out, text.size());
    out.append(text);
}

std::optional<ByteView> take_text(ByteView& in) {
    auto size = take_varint(in);
    if (!size || *size > in.size()) return std::nullopt;
    ByteView text = in.substr(0, *size);
    in.remove_prefix(*size);
    return text;
}

}  // namespace

std::string meta_key(std::string_view name) {
    return "m" + std::string(name);
}

std::string topic_key(std::string_view topic) {
    return "t" + std::string(topic);
}

std::string topic_prefix(char kind, uint32_t topic_id) {
    std::string key(1, kind);
    put_be32(key, topic_id);
    return key;
}

std::string partition_prefix(char kind, uint32_t topic_id, int32_t partition) {
    std::string key = topic_prefix(kind, topic_id);
    put_be32(key, static_cast<uint32_t>(partition));
    return key;
}

std::string after_prefix(std::string prefix) {
    while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
    if (!prefix.empty()) ++prefix.back();
    return prefix;
}

std::optional<RecordKey> decode_record_key(ByteView key) {
    if (key.size() != 17 || key.front() != 'r') return std::nullopt;
    return RecordKey{get_be32(key.data() + 1), static_cast<int32_t>(get_be32(key.data() + 5)),
                     static_cast<int64_t>(get_be64(key.data() + 9))};
}

std::string offset_key(const StoredOffset& offset) {
    std::string key = "g";
    put_text(key, offset.group);
    key += offset.partition.topic;
    put_be32(key, static_cast<uint32_t>(offset.partition.partition));
    return key;
}

std::string encode_topic(uint32_t topic_id, const TopicConfig& config) {
    std::string out;
    put_be32(out, topic_id);
    put_be32(out, static_cast<uint32_t>(config.partitions));
    put_be32(out, static_cast<uint32_t>(config.replicas));
    put_varint(out, config.settings.size());
    for (const auto& [name, value] : config.settings) {
        put_text(out, name);
        put_text(out, value);
    }
    return out;
}

std::optional<DecodedTopic> decode_topic(ByteView bytes) {
    if (bytes.size() < 12) return std::nullopt;
    DecodedTopic topic;
    topic.id = get_be32(bytes.data());
    topic.config.partitions = static_cast<int32_t>(get_be32(bytes.data() + 4));
    topic.config.replicas = static_cast<int16_t>(get_be32(bytes.data() + 8));
    bytes.remove_prefix(12);
    auto count = take_varint(bytes);
    if (!count) return std::nullopt;
    for (uint64_t i = 0; i < *count; ++i) {
        auto name = take_text(bytes);
        auto value = name ? take_text(bytes) : std::nullopt;
        if (!value) return std::nullopt;
        topic.config.settings.emplace(*name, *value);
    }
    if (topic.config.partitions < 1 || !bytes.empty()) return std::nullopt;
    return topic;
}

std::string encode_offset(const GroupOffset& offset) {
    std::string out;
    put_be64(out, static_cast<uint64_t>(offset.offset));
    out += offset.metadata;
    return out;
}

std::optional<StoredOffset> decode_offset(ByteView key, ByteView value) {
    key.remove_prefix(1);
    auto group = take_text(key);
    if (!group || key.size() < 4 || value.size() < 8) return std::nullopt;
    StoredOffset stored;
    stored.group = *group;
    stored.partition.topic = key.substr(0, key.size() - 4);
    stored.partition.partition = static_cast<int32_t>(get_be32(key.data() + key.size() - 4));
    stored.offset.offset = static_cast<int64_t>(get_be64(value.data()));
    stored.offset.metadata = value.substr(8);
    return stored;
}

void encode_record_head(const LogRecord& record, std::string& out) {
    uint8_t flags = 0;
    if (record.key) flags |= kHasKey;
    if (record.value) flags |= kHasValue;
    if (record.headers != nullptr && !record.headers->empty()) flags |= kHasHeaders;
    put_be64(out, static_cast<uint64_t>(record.timestamp_ms));
    out.push_back(static_cast<char>(flags));
    if (record.key) put_text(out, *record.key);
    if ((flags & kHasHeaders) == 0) return;
    put_varint(out, record.headers->size());
    for (const Header& header : *record.headers) {
        put_text(out, header.key);
        // 0 is null, otherwise the length plus one.
        put_varint(out, header.value ? header.value->size() + 1 : 0);
        if (header.value) out += *header.value;
    }
}

bool decode_record(ByteView bytes, LogRecord& record, std::vector<Header>& headers) {
    if (bytes.size() < kRecordHeadSize) return false;
    record.timestamp_ms = static_cast<int64_t>(get_be64(bytes.data()));
    const auto flags = static_cast<uint8_t>(bytes[8]);
    bytes.remove_prefix(kRecordHeadSize);
    if ((flags & kHasKey) != 0) {
        record.key = take_text(bytes);
        if (!record.key) return false;
    }
    if ((flags & kHasHeaders) != 0) {
        auto count = take_varint(bytes);
        if (!count) return false;
        for (uint64_t i = 0; i < *count; ++i) {
            auto name = take_text(bytes);
            auto size = name ? take_varint(bytes) : std::nullopt;
            if (!size || (*size > 0 && *size - 1 > bytes.size())) return false;
            Header& header = headers.emplace_back();
            header.key = *name;
            if (*size == 0) continue;
            header.value = bytes.substr(0, *size - 1);
            bytes.remove_prefix(*size - 1);
        }
    }
    if ((flags & kHasValue) != 0) record.value = bytes;
    return true;
}

}  // namespace millrace::rocksdb_keys
