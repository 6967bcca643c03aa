#include "engine/exec/unfinished_rows.h"

#include <algorithm>
#include <utility>

#include "engine/base/damaged.h"
#include "engine/exec/row_columns.h"
#include "engine/state/window_key.h"

namespace millrace::exec {

namespace {

constexpr size_t kMetaBytes = 8 + 8 + 8 + 4 + 1 + 1;
constexpr uint8_t kNullValue = 1, kNullKey = 2, kWindowed = 4, kHeaders = 8;

const std::string& unfinished_key() {
    static const std::string key = std::string(1, kReservedPrefix) + "unfinished";
    return key;
}

std::string unfinished_row_key(uint32_t number) {
    std::string key = std::string(1, kReservedPrefix) + "unfinished-row";
    put_be32(key, number);
    return key;
}

void put_long(std::string& out, int64_t value) {
    put_be64(out, static_cast<uint64_t>(value));
}

int64_t take_long(ByteView& in) {
    need_intact(in.size() >= 8, "an unfinished row is cut short");
    const auto value = static_cast<int64_t>(get_be64(in.data()));
    in.remove_prefix(8);
    return value;
}

std::string take_bytes(ByteView& in) {
    const auto size = take_varint(in);
    need_intact(size && *size <= in.size(), "an unfinished row is cut short");
    std::string bytes(in.substr(0, *size));
    in.remove_prefix(*size);
    return bytes;
}

void append_headers(const RowHeaders& headers, std::string& out) {
    put_varint(out, headers.entries.size());
    for (const auto& [name, value] : headers.entries) {
        put_varint(out, name.size());
        out.append(name);
        out.push_back(value ? 1 : 0);
        if (!value) continue;
        put_varint(out, value->size());
        out.append(*value);
    }
}

RowHeadersPtr take_headers(ByteView& in) {
    const auto count = take_varint(in);
    need_intact(count && *count <= in.size(), "an unfinished row is cut short");
    auto headers = std::make_shared<RowHeaders>();
    for (uint64_t i = 0; i < *count; ++i) {
        std::string name = take_bytes(in);
        need_intact(!in.empty(), "an unfinished row is cut short");
        const bool has_value = in.front() != 0;
        in.remove_prefix(1);
        std::optional<std::string> value;
        if (has_value) value = take_bytes(in);
        headers->entries.emplace_back(std::move(name), std::move(value));
    }
    return headers;
}

/// What stands ahead of a row's columns.
void append_meta(const RecordBatch& rows, size_t row, std::string& out) {
    const RowMeta& meta = rows.meta()[row];
    const bool headers = !rows.headers().empty() && rows.headers()[row] != nullptr;
    put_long(out, meta.timestamp_ms);
    put_long(out, meta.stream_time_ms);
    put_long(out, meta.offset);
    put_be32(out, static_cast<uint32_t>(meta.partition));
    out.push_back(static_cast<char>(meta.kind));
    out.push_back(static_cast<char>((meta.null_value ? kNullValue : 0) |
                                    (meta.null_key ? kNullKey : 0) |
                                    (rows.windowed() ? kWindowed : 0) | (headers ? kHeaders : 0)));
    if (rows.windowed()) {
        put_long(out, rows.windows()[row].start_ms);
        put_long(out, rows.windows()[row].end_ms);
    }
    if (headers) append_headers(*rows.headers()[row], out);
}

/// Rows of a batch in the making.
struct ReadBack {
    explicit ReadBack(const Schema& schema)
        : columns(new_columns(schema)), codec(all_types(schema)) {
        for (Column& column : columns) targets.push_back(&column);
    }

    void add(ByteView in) {
        need_intact(in.size() >= kMetaBytes, "an unfinished row is cut short");
        RowMeta row;
        row.timestamp_ms = take_long(in);
        row.stream_time_ms = take_long(in);
        row.offset = take_long(in);
        row.partition = static_cast<int32_t>(get_be32(in.data()));
        const auto kind = static_cast<uint8_t>(in[4]), flags = static_cast<uint8_t>(in[5]);
        need_intact(kind <= static_cast<uint8_t>(RowKind::kDelete), "an unfinished row is damaged");
        in.remove_prefix(6);
        row.kind = static_cast<RowKind>(kind);
        row.null_value = (flags & kNullValue) != 0;
        row.null_key = (flags & kNullKey) != 0;
        if ((flags & kWindowed) != 0) {
            const int64_t start_ms = take_long(in);
            windows.push_back({start_ms, take_long(in)});
        }
        headers.push_back((flags & kHeaders) != 0 ? take_headers(in) : nullptr);
        any_headers = any_headers || headers.back() != nullptr;
        meta.push_back(row);
        codec.decode(in, targets);
        need_intact(in.empty(), "an unfinished row has bytes left over");
    }

    RecordBatch finish() {
        need_intact(windows.empty() || windows.size() == meta.size(),
                    "some of the unfinished rows have no window");
        RecordBatch rows(finished(columns), std::move(meta));
        rows.set_windows(std::move(windows));
        if (any_headers) rows.set_headers(std::move(headers));
        return rows;
    }

    std::vector<Column> columns;
    std::vector<Column*> targets;
    RowCodec codec;
    std::vector<RowMeta> meta;
    std::vector<Window> windows;
    std::vector<RowHeadersPtr> headers;
    bool any_headers = false;
};

}  // namespace

bool has_unfinished_rows(StateBackend& state, StorePartition where) {
    return state.get(where, unfinished_key()).has_value();
}

UnfinishedRows::UnfinishedRows(const plan::Step& step) : step_(step) {}

bool UnfinishedRows::any(StateStore& store) {
    if (!loaded_) load(store);
    return rest_.has_value();
}

UnfinishedRows::Rest UnfinishedRows::take() {
    Rest rest = std::move(*rest_);
    rest_.reset();
    return rest;
}

UnfinishedRows::Rest UnfinishedRows::begin(size_t input, RecordBatch rows) const {
    return {input, std::move(rows), 0, {}, false, stored_to_};
}

void UnfinishedRows::keep(Rest rest) {
    if (rest.row < rest.rows.num_rows()) rest_ = std::move(rest);
}

void UnfinishedRows::save(StateStore& store) {
    if (!rest_ && !stored_) return;
    const uint32_t from = rest_ ? rest_->number + static_cast<uint32_t>(rest_->row) : stored_to_;
    for (; stored_from_ < std::min(from, stored_to_); ++stored_from_)
        store.erase(unfinished_row_key(stored_from_));
    stored_ = rest_.has_value();
    if (!rest_) {
        store.erase(unfinished_key());
        return;
    }
    stored_to_ = std::max(stored_to_, from);
    const RecordBatch& rows = rest_->rows;
    std::vector<const Column*> columns;
    std::vector<SqlTypePtr> types;
    for (const ColumnPtr& column : rows.columns()) {
        columns.push_back(column.get());
        types.push_back(column->type_ptr());
    }
    const RowCodec codec(std::move(types));
    std::string value;
    for (size_t row = stored_to_ - rest_->number; row < rows.num_rows(); ++row) {
        value.clear();
        append_meta(rows, row, value);
        codec.encode(columns, row, value);
        store.put(unfinished_row_key(stored_to_++), value);
    }
    stored_from_ = from;
    value.clear();
    put_varint(value, rest_->input);
    put_be32(value, stored_from_);
    put_be32(value, stored_to_);
    value.append(rest_->cursor);
    store.put(unfinished_key(), value);
}

void UnfinishedRows::load(StateStore& store) {
    loaded_ = true;
    std::string head;
    if (const auto value = store.get(unfinished_key())) head.assign(*value);
    if (head.empty()) return;
    ByteView in = head;
    const auto input = take_varint(in);
    need_intact(input && *input < step_.inputs.size() && in.size() >= 8,
                "what stands for unfinished rows is cut short");
    stored_from_ = get_be32(in.data());
    stored_to_ = get_be32(in.data() + 4);
    need_intact(stored_from_ < stored_to_, "what stands for unfinished rows is damaged");
    ReadBack rows(step_.inputs[*input]->schema);
    for (uint32_t number = stored_from_; number < stored_to_; ++number) {
        const auto value = store.get(unfinished_row_key(number));
        need_intact(value.has_value(), "an unfinished row is missing");
        rows.add(*value);
    }
    rest_ = Rest{*input, rows.finish(), 0, std::string(in.substr(8)), true, stored_from_};
    stored_ = true;
}

}  // namespace millrace::exec
