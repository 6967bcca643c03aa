#include "engine/exec/store_key.h"

#include "engine/base/damaged.h"
#include "engine/state/window_key.h"
#include "engine/types/key_encoding.h"

namespace millrace::exec {

StoreKey::StoreKey(const std::vector<Field>& key, WindowType window,
                   std::optional<int64_t> window_size_ms)
    : window_(window), window_size_ms_(window_size_ms.value_or(0)) {
    for (const Field& field : key) {
        types_.push_back(field.type);
        if (field.type->is_nested()) readable_ = false;
    }
}

size_t StoreKey::suffix_bytes() const {
    return suffix_bytes_of(window_);
}

void StoreKey::append_columns(const RecordBatch& batch, size_t row, std::string& out) const {
    for (size_t i = 0; i < types_.size(); ++i) encode_key_column(out, batch.column(i), row);
}

void StoreKey::append_values(const std::vector<Value>& values, std::string& out) const {
    for (size_t i = 0; i < types_.size(); ++i) encode_key_value(out, values[i], *types_[i]);
}

void StoreKey::append_window(const Window& window, std::string& out) const {
    switch (window_) {
        case WindowType::kNone:
            return;
        case WindowType::kSession:
            put_session_suffix(out, window.start_ms, window.end_ms);
            return;
        default:
            put_window_suffix(out, window.start_ms);
            return;
    }
}

void StoreKey::append(const RecordBatch& batch, size_t row, std::string& out) const {
    append_columns(batch, row, out);
    if (windowed()) append_window(batch.windows()[row], out);
}

void StoreKey::read_columns(ByteView key, std::span<Column* const> columns) const {
    need_intact(key.size() >= suffix_bytes(), "a windowed key is cut short");
    key.remove_suffix(suffix_bytes());
    for (size_t i = 0; i < types_.size(); ++i) decode_key_into(key, *columns[i]);
    need_intact(key.empty(), "a stored key has bytes left over");
}

Window StoreKey::read_window(ByteView key) const {
    need_intact(key.size() >= suffix_bytes(), "a windowed key is cut short");
    if (session()) return {session_start_of(key), session_end_of(key)};
    const int64_t start = window_start_of(key);
    return {start, start > INT64_MAX - window_size_ms_ ? INT64_MAX : start + window_size_ms_};
}

}  // namespace millrace::exec
