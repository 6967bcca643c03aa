// The codecs below the operators, on raw bytes: stored rows, store keys, values of aggregates'
// states, and the embedded log's own pairs. What is read is written and read again as the same.
#include <cstddef>
#include <cstdint>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/exec/row_codec.h"
#include "engine/exec/store_key.h"
#include "engine/functions/value_codec.h"
#include "engine/log/embedded/rocksdb_keys.h"
#include "engine/types/key_encoding.h"
#include "tests/fuzz/rows.h"

using namespace millrace;

namespace {

/// `read` takes one value off the front, `write` appends it.
template <class Read, class Write>
void check_value(std::string_view bytes, const SqlType& type, const Read& read,
                 const Write& write) {
    ByteView in = bytes;
    std::string first, second;
    write(first, read(in, type), type);
    ByteView rest = first;
    write(second, read(rest, type), type);
    MR_CHECK(rest.empty(), "what is written is read to its end");
    MR_CHECK(first == second, "what is written reads as the same");
}

void check_row(std::string_view bytes) {
    static const exec::RowCodec codec = [] {
        std::vector<SqlTypePtr> types;
        for (const Field& field : fuzz::every_type().value) types.push_back(field.type);
        return exec::RowCodec(types);
    }();
    std::vector<Column> columns;
    std::vector<Column*> targets;
    for (const SqlTypePtr& type : codec.types()) columns.emplace_back(type);
    for (Column& column : columns) targets.push_back(&column);
    ByteView in = bytes, skipped = bytes;
    codec.decode(in, targets);
    codec.skip(skipped);
    MR_CHECK(in.data() == skipped.data(), "decode and skip go equally far");
}

void check_store_key(std::string_view bytes, WindowType window) {
    const exec::StoreKey key({{"K", SqlType::string()}, {"L", SqlType::bigint()}}, window, 1000);
    Column text(SqlType::string()), number(SqlType::bigint());
    Column* columns[] = {&text, &number};
    if (key.windowed()) key.read_window(bytes);
    key.read_columns(bytes, columns);
}

void check_log(std::string_view bytes) {
    LogRecord record;
    std::vector<Header> headers;
    rocksdb_keys::decode_record(bytes, record, headers);
    rocksdb_keys::decode_topic(bytes);
    rocksdb_keys::decode_offset(bytes, bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    static const Schema schema = fuzz::every_type();
    const SqlType& type = *schema.value[data[1] % schema.value.size()].type;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    try {
        switch (data[0] % 6) {
            case 0:
                check_row(bytes);
                break;
            case 1:
                check_value(bytes, type, exec::decode_value, exec::encode_value);
                break;
            case 2:
                check_value(bytes, type, functions::take_value, functions::put_value);
                break;
            case 3:
                check_value(bytes, type, decode_key_value, encode_key_value);
                break;
            case 4:
                check_store_key(bytes, static_cast<WindowType>(data[1] % 4));
                break;
            default:
                if (!bytes.empty()) check_log(bytes);
        }
    } catch (const DamagedBytes&) {
    }
    return 0;
}
