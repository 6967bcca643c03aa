#include "engine/exec/session_aggregate.h"

#include <algorithm>
#include <limits>

#include "engine/exec/retention.h"
#include "engine/state/window_key.h"

namespace millrace::exec {

SessionAggregateOperator::SessionAggregateOperator(const plan::Step& step, const Binding& binding)
    : AggregateBase(step, binding),
      gap_ms_(spec().window->size_ms),
      grace_ms_(spec().window->grace_ms) {}

size_t SessionAggregateOperator::add_rows(const RecordBatch& batch, size_t from) {
    for (size_t row = from; row < batch.num_rows(); ++row) {
        if (batch.meta()[row].null_value) continue;
        begin_row(batch, row);
        key_.clear();
        layout_.key().append_columns(batch, row, key_);
        add_session_row(batch, row);
        if (!after_row(batch.meta()[row])) return row;
    }
    expire(kSessionSuffixBytes, stream_time());
    return batch.num_rows();
}

void SessionAggregateOperator::find_sessions(int64_t timestamp_ms, int64_t oldest_end_ms) {
    num_found_ = 0;
    from_ = to_ = key_;
    put_time(from_, std::max(timestamp_ms - gap_ms_, oldest_end_ms));
    put_time(to_, std::numeric_limits<int64_t>::max());
    for (auto cursor = store_->scan(from_, to_); cursor->valid(); cursor->next()) {
        const ByteView key = cursor->key();
        const Window window = layout_.key().read_window(key);
        if (window.start_ms > timestamp_ms + gap_ms_) {
            // Sessions of one key do not overlap: later ends have later starts.
            break;
        }
        if (num_found_ == found_.size()) found_.emplace_back();
        Session& session = found_[num_found_++];
        session.window = window;
        session.key.assign(key);
        session.value.assign(cursor->value());
    }
}

void SessionAggregateOperator::add_session_row(const RecordBatch& batch, size_t row) {
    const RowMeta& meta = batch.meta()[row];
    const int64_t time = meta.timestamp_ms;
    // The store forgets by the ends put so far: this row's is not among them yet.
    const int64_t oldest_end_ms = readable_from(*spec().window, stream_time());
    advance_stream_time(time);
    find_sessions(time, oldest_end_ms);

    Window merged{time, time};
    for (size_t i = 0; i < num_found_; ++i) {
        merged.start_ms = std::min(merged.start_ms, found_[i].window.start_ms);
        merged.end_ms = std::max(merged.end_ms, found_[i].window.end_ms);
    }
    if (merged.end_ms < stream_time() - grace_ms_ - gap_ms_) return;

    if (merged != Window{time, time}) {
        for (size_t i = 0; i < num_found_; ++i) {
            // A tombstone for each absorbed session, also where the merged one has the same bounds.
            const auto slot = store_->edit(found_[i].key, 0);
            before_change(slot);
            store_->erase(found_[i].key);
            after_change(found_[i].key, std::nullopt, meta);
        }
    }
    layout_.key().append_window(merged, key_);
    auto slot = store_->edit(key_, layout_.head_bytes());
    before_change(slot);
    const bool has_old = num_found_ > 0;
    if (!has_old) {
        slot = add_row(slot, true, row, merged.end_ms);
    } else {
        // From the initial value: the found sessions in their order, the new row last.
        if (slot.size != layout_.head_bytes()) slot = store_->resize(key_, layout_.head_bytes());
        slot = rewrite(slot, true, row, merged.end_ms, [&](char* fixed, auto& variable) {
            for (size_t i = 0; i < num_found_; ++i) {
                if (calls_.num_variable() > 0) layout_.split(found_[i].value, other_);
                calls_.merge(fixed, variable, layout_.fixed_of(found_[i].value), other_);
            }
            calls_.add(fixed, variable, row);
        });
    }
    after_change(slot.key, ByteView(slot.data, slot.size), meta);
}

}  // namespace millrace::exec
