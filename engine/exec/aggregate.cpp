#include "engine/exec/aggregate.h"

#include <algorithm>

#include "engine/exec/retention.h"

namespace millrace::exec {

int64_t first_window_start(int64_t timestamp_ms, int64_t size_ms, int64_t advance_ms) {
    return std::max<int64_t>(0, timestamp_ms - size_ms + advance_ms) / advance_ms * advance_ms;
}

AggregateOperator::AggregateOperator(const plan::Step& step, const Binding& binding)
    : AggregateBase(step, binding),
      window_(spec().window),
      num_input_columns_(step.inputs.front()->schema.key.size() +
                         step.inputs.front()->schema.value.size()) {
    if (window_ && window_->kind == sql::WindowKind::kTumbling)
        window_->advance_ms = window_->size_ms;
}

size_t AggregateOperator::add_rows(const RecordBatch& batch, size_t from) {
    const auto& meta = batch.meta();
    const Column* partials =
        batch.num_columns() > num_input_columns_ ? &batch.column(num_input_columns_) : nullptr;
    for (size_t row = from; row < batch.num_rows(); ++row) {
        if (meta[row].null_value) continue;
        begin_row(batch, row);
        key_.clear();
        layout_.key().append_columns(batch, row, key_);
        if (partials && !partials->is_null(row)) {
            merge_partial(partials->text_at(row), meta[row]);
            continue;
        }
        if (window_) {
            const int64_t time_ms = meta[row].timestamp_ms;
            for_open_windows(time_ms, time_ms, [&] { add_to(key_, batch, row); });
            if (!after_row(meta[row])) return row;
            continue;
        }
        if (layout_.key().windowed()) layout_.key().append_window(batch.windows()[row], key_);
        switch (meta[row].kind) {
            case RowKind::kInsert:
            case RowKind::kUpdateAfter:
                add_to(key_, batch, row);
                break;
            case RowKind::kUpdateBefore:
                replace(key_, row, row + 1, batch);
                ++row;
                break;
            case RowKind::kDelete:
                replace(key_, row, std::nullopt, batch);
                break;
        }
    }
    if (window_) expire(kWindowSuffixBytes, newest_window(*window_, stream_time()));
    return batch.num_rows();
}

void AggregateOperator::merge_partial(ByteView partial, const RowMeta& meta) {
    const ByteView group = partial.substr(8);
    if (!window_) return merge_into(key_, group, meta);
    const auto pane_ms = static_cast<int64_t>(get_be64(partial.data()));
    for_open_windows(meta.timestamp_ms, pane_ms, [&] { merge_into(key_, group, meta); });
}

void AggregateOperator::merge_into(ByteView key, ByteView group, const RowMeta& meta) {
    auto slot = store_->edit(key, layout_.head_bytes());
    before_change(slot);
    char* fixed = slot.data + AggregateLayout::kFixedAt;
    const int64_t time_ms = AggregateLayout::timestamp_of(group.data());
    if (!slot.found) {
        group.copy(slot.data, layout_.head_bytes());
    } else {
        calls_.merge(fixed, variable_, group.data() + AggregateLayout::kFixedAt, {});
        if (time_ms > AggregateLayout::timestamp_of(slot.data)) {
            AggregateLayout::set_timestamp(slot.data, time_ms);
        }
    }
    // The carried columns are those of the latest row.
    if (slot.size != group.size()) slot = store_->resize(slot.key, group.size());
    const ByteView tail = group.substr(layout_.head_bytes());
    tail.copy(slot.data + layout_.head_bytes(), tail.size());
    after_change(slot.key, ByteView(slot.data, slot.size), meta);
}

template <class Do>
void AggregateOperator::for_open_windows(int64_t newest_ms, int64_t time_ms, const Do& act) {
    advance_stream_time(newest_ms);
    int64_t closed_to;  // Windows that begin here or before are closed; each is late by itself.
    if (__builtin_sub_overflow(stream_time() - window_->grace_ms, window_->size_ms, &closed_to))
        closed_to = INT64_MIN;
    const size_t key_bytes = key_.size();
    for (int64_t start = first_window_start(time_ms, window_->size_ms, window_->advance_ms);
         start <= time_ms; start += window_->advance_ms) {
        if (start > closed_to) {
            key_.resize(key_bytes);
            put_window_suffix(key_, start);
            act();
        }
        if (start > INT64_MAX - window_->advance_ms) break;  // The end of time.
    }
}

void AggregateOperator::add_to(ByteView key, const RecordBatch& batch, size_t row) {
    auto slot = store_->edit(key, layout_.head_bytes());
    before_change(slot);
    slot = add_row(slot, !slot.found, row, batch.meta()[row].timestamp_ms);
    after_change(slot.key, ByteView(slot.data, slot.size), batch.meta()[row]);
}

void AggregateOperator::replace(ByteView key, std::optional<size_t> before,
                                std::optional<size_t> after, const RecordBatch& batch) {
    // Nothing can be taken back from a group that is not there.
    if (!store_->get(key)) {
        if (after) add_to(key, batch, *after);
        return;
    }
    const size_t last = after.value_or(*before);
    auto slot = store_->edit(key, layout_.head_bytes());
    before_change(slot);
    slot = rewrite(slot, false, last, batch.meta()[last].timestamp_ms,
                   [&](char* fixed, auto& variable) {
                       calls_.remove(fixed, variable, *before);
                       if (after) calls_.add(fixed, variable, *after);
                   });
    after_change(slot.key, ByteView(slot.data, slot.size), batch.meta()[last]);
}

}  // namespace millrace::exec
