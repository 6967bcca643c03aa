#include "engine/exec/aggregate.h"

#include <algorithm>

#include "engine/state/window_key.h"

namespace millrace::exec {

int64_t first_window_start(int64_t timestamp_ms, int64_t size_ms, int64_t advance_ms) {
    return std::max<int64_t>(0, timestamp_ms - size_ms + advance_ms) / advance_ms * advance_ms;
}

AggregateOperator::AggregateOperator(const plan::Step& step, const Binding& binding)
    : AggregateBase(step, binding), window_(spec().window) {
    if (window_ && window_->kind == sql::WindowKind::kTumbling)
        window_->advance_ms = window_->size_ms;
}

void AggregateOperator::add_rows(const RecordBatch& batch) {
    const auto& meta = batch.meta();
    for (size_t row = 0; row < batch.num_rows(); ++row) {
        if (meta[row].null_value) continue;
        key_.clear();
        layout_.key().append_columns(batch, row, key_);
        if (window_) {
            add_windows(batch, row);
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
    if (window_)
        expire(kWindowSuffixBytes, stream_time() / window_->advance_ms * window_->advance_ms);
}

void AggregateOperator::add_windows(const RecordBatch& batch, size_t row) {
    const int64_t time = batch.meta()[row].timestamp_ms;
    advance_stream_time(time);
    const int64_t closed_at = stream_time() - window_->grace_ms;
    const size_t key_bytes = key_.size();
    for (int64_t start = first_window_start(time, window_->size_ms, window_->advance_ms);
         start <= time; start += window_->advance_ms) {
        // Each window is late by itself.
        if (start + window_->size_ms <= closed_at) continue;
        key_.resize(key_bytes);
        put_window_suffix(key_, start);
        add_to(key_, batch, row);
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
