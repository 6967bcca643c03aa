// The bytes of an embedded log's RocksDB. First byte of a key:
//   m NAME                              a fact about the whole: format, cluster id, next topic id
//   t TOPIC                             → topic id, partitions, replicas, settings
//   b ID PARTITION                      → first offset that is still there
//   a ID PARTITION                      → what the cleaner knows (log_cleaner.h)
//   r ID PARTITION OFFSET               → a record: timestamp, flags, [key], [headers], [value]
//   g LEN(GROUP) GROUP TOPIC PARTITION  → offset, metadata
// ID and PARTITION are 4 bytes, OFFSET 8, big-endian; lengths and counts are varints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/log/embedded/log_store.h"

namespace millrace::rocksdb_keys {

std::string meta_key(std::string_view name);
std::string topic_key(std::string_view topic);
/// Of 'a', 'b' and 'r' keys: the partition's part.
std::string partition_prefix(char kind, uint32_t topic_id, int32_t partition);
std::string topic_prefix(char kind, uint32_t topic_id);
/// The first key after all that begin with `prefix`.
std::string after_prefix(std::string prefix);
std::string offset_key(const StoredOffset& offset);

struct RecordKey {
    uint32_t topic_id = 0;
    int32_t partition = 0;
    int64_t offset = 0;
};
/// Nothing when it is no key of a record.
std::optional<RecordKey> decode_record_key(ByteView key);

std::string encode_topic(uint32_t topic_id, const TopicConfig& config);
struct DecodedTopic {
    uint32_t id = 0;
    TopicConfig config;
};
std::optional<DecodedTopic> decode_topic(ByteView bytes);

std::string encode_offset(const GroupOffset& offset);
std::optional<StoredOffset> decode_offset(ByteView key, ByteView value);

/// All of a record but its value, which follows.
void encode_record_head(const LogRecord& record, std::string& out);
/// The views point into `bytes`; headers go to `headers`. False when the bytes are damaged.
bool decode_record(ByteView bytes, LogRecord& record, std::vector<Header>& headers);

}  // namespace millrace::rocksdb_keys
