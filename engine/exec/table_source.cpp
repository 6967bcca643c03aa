#include "engine/exec/table_source.h"

#include "engine/base/damaged.h"
#include "engine/exec/row_columns.h"
#include "engine/exec/table_change.h"

namespace millrace::exec {

namespace {

std::vector<Column> empty_columns(const RecordBatch& like) {
    std::vector<Column> columns;
    for (const ColumnPtr& column : like.columns()) {
        columns.emplace_back(column->type_ptr());
        columns.back().reserve(2 * like.num_rows());
        columns.back().hold_all(*column);
    }
    return columns;
}

}  // namespace

StoredRows::StoredRows(const plan::Step& step)
    : key_(step.schema.key, step.window, step.window_size_ms),
      num_keys_(step.schema.key.size()),
      key_codec_(types_of(step.schema.key)),
      value_codec_(types_of(step.schema.value)) {}

void StoredRows::encode(const RecordBatch& batch, size_t row, int64_t timestamp_ms,
                        std::string& out) const {
    put_be64(out, static_cast<uint64_t>(timestamp_ms));
    const Column* columns[64];
    std::vector<const Column*> many;
    const Column** at = columns;
    if (batch.num_columns() > std::size(columns)) {
        many.resize(batch.num_columns());
        at = many.data();
    }
    for (size_t i = 0; i < batch.num_columns(); ++i) at[i] = &batch.column(i);
    if (!key_.readable()) key_codec_.encode({at, num_keys_}, row, out);
    value_codec_.encode({at + num_keys_, batch.num_columns() - num_keys_}, row, out);
}

void StoredRows::keep(StateStore& store, ByteView key, const RecordBatch& batch, size_t row,
                      std::string& value) const {
    value.clear();
    const RowMeta& meta = batch.meta()[row];
    if (is_deletion(meta)) {
        store.erase(key);
        return;
    }
    encode(batch, row, meta.timestamp_ms, value);
    store.put(key, value);
}

int64_t StoredRows::timestamp_of(ByteView value) {
    need_intact(value.size() >= 8, "a stored row is cut short");
    return static_cast<int64_t>(get_be64(value.data()));
}

int64_t StoredRows::read_values(ByteView value, std::span<Column* const> columns) const {
    const int64_t timestamp_ms = timestamp_of(value);
    value.remove_prefix(8);
    if (!key_.readable()) key_codec_.skip(value);
    value_codec_.decode(value, columns);
    need_intact(value.empty(), "a stored row has bytes left over");
    return timestamp_ms;
}

int64_t StoredRows::read_row(ByteView key, ByteView value, std::span<Column* const> columns) const {
    if (key_.readable()) {
        key_.read_columns(key, columns.first(num_keys_));
        return read_values(value, columns.subspan(num_keys_));
    }
    const int64_t timestamp_ms = read_values(value, columns.subspan(num_keys_));
    value.remove_prefix(8);
    key_codec_.decode(value, columns.first(num_keys_));
    return timestamp_ms;
}

TableSourceOperator::TableSourceOperator(const plan::Step& step, std::string store)
    : rows_(step), num_keys_(step.schema.key.size()), store_name_(std::move(store)) {}

void TableSourceOperator::process(size_t, RecordBatch batch, Emitter& output) {
    std::vector<Column> columns = empty_columns(batch);
    std::vector<Column*> values;
    for (size_t i = num_keys_; i < columns.size(); ++i) values.push_back(&columns[i]);
    std::vector<RowMeta> meta;
    std::vector<Window> windows;
    std::vector<RowHeadersPtr> headers;
    meta.reserve(2 * batch.num_rows());
    for (size_t row = 0; row < batch.num_rows(); ++row) {
        // Where a change brings its old row along, the store's goes before it.
        if (batch.meta()[row].kind == RowKind::kUpdateBefore) continue;
        key_.clear();
        rows_.key().append(batch, row, key_);
        const auto stored = store_->get(key_);
        const bool deletes = is_deletion(batch.meta()[row]);
        // The old row's ROWTIME is the new record's, as when it is replayed through the source.
        add_change(batch.meta()[row], stored.has_value(), !deletes,
                   [&](bool old, const RowMeta& told) {
                       const bool restored = old && stored;
                       const size_t shared = restored ? num_keys_ : columns.size();
                       for (size_t i = 0; i < shared; ++i)
                           columns[i].append_from(batch.column(i), row);
                       if (restored) rows_.read_values(*stored, values);
                       meta.push_back(told);
                       if (batch.windowed()) windows.push_back(batch.windows()[row]);
                       if (!batch.headers().empty()) headers.push_back(batch.headers()[row]);
                   });
        if (stored || !deletes) rows_.keep(*store_, key_, batch, row, value_);
    }

    RecordBatch out(finished(columns), std::move(meta));
    out.set_windows(std::move(windows));
    out.set_headers(std::move(headers));
    output.emit(std::move(out));
}

}  // namespace millrace::exec
