#include "engine/exec/aggregate_base.h"

#include <algorithm>
#include <utility>

#include "engine/exec/retention.h"
#include "engine/exec/row_columns.h"
#include "engine/exec/row_report.h"

namespace millrace::exec {

namespace {

constexpr size_t kFlushRows = 4096;

/// Where an ordered aggregate keeps the number of its next row: 8 bytes, big-endian.
const std::string& row_number_key() {
    static const std::string key = std::string(1, kReservedPrefix) + "row-number";
    return key;
}
/// Above every number in states that were written before the store kept count.
constexpr int64_t kFirstNumber = int64_t{1} << 62;

}  // namespace

AggregateBase::AggregateBase(const plan::Step& step, const Binding& binding)
    : step_(step),
      calls_(*step.as<plan::AggregateStep>(), binding),
      layout_(step, *step.inputs.front(), calls_),
      variable_(calls_.num_variable()),
      unfinished_(step) {
    if (spec().emit_final && spec().window) closing_.emplace(*spec().window, layout_.key());
    begin_output();
}

void AggregateBase::open(OperatorContext& context) {
    context_ = &context;
    coalesce_ = context.coalesce;
    store_ = &context.store(spec().store);
}

void AggregateBase::process(size_t, RecordBatch batch, Emitter& output) {
    if (batch.empty()) return;
    load_rows(batch, true);
    UnfinishedRows::Rest rest = unfinished_.begin(0, std::move(batch));
    rest.row = add_rows(rest.rows, 0);
    end_rows(std::move(rest), output);
}

void AggregateBase::load_rows(const RecordBatch& batch, bool report) {
    calls_.load(batch, errors_, calls_.ordered() ? number_rows(batch.num_rows()) : 0);
    layout_.load(batch);
    if (report) report_rows(*context_, step_.name, batch, errors_);
    errors_.clear();
    last_cause_ = batch.meta().back();
}

void AggregateBase::go_on(Emitter& output) {
    UnfinishedRows::Rest rest = unfinished_.take();
    const RecordBatch& batch = rest.rows;
    // What is wrong with rows that come back from the store was told before.
    if (std::exchange(rest.read_back, false)) load_rows(batch, false);
    begin_row(batch, rest.row);
    if (emit_closed(batch.meta()[rest.row])) rest.row = add_rows(batch, rest.row + 1);
    end_rows(std::move(rest), output);
}

void AggregateBase::end_rows(UnfinishedRows::Rest rest, Emitter& output) {
    cause_headers_.reset();
    unfinished_.keep(std::move(rest));
    emit_output(output);
}

StateStore::Slot AggregateBase::add_row(StateStore::Slot slot, bool fresh, size_t row,
                                        int64_t timestamp_ms) {
    if (calls_.num_variable() > 0) {
        return rewrite(slot, fresh, row, timestamp_ms,
                       [&](char* fixed, auto& variable) { calls_.add(fixed, variable, row); });
    }
    char* fixed = slot.data + AggregateLayout::kFixedAt;
    if (fresh) {
        calls_.init(fixed, variable_);
        AggregateLayout::set_timestamp(slot.data, timestamp_ms);
    } else if (timestamp_ms > AggregateLayout::timestamp_of(slot.data)) {
        AggregateLayout::set_timestamp(slot.data, timestamp_ms);
    }
    calls_.add(fixed, variable_, row);
    if (layout_.head_only()) return slot;
    tail_.clear();
    layout_.append_row(row, tail_);
    const size_t size = layout_.head_bytes() + tail_.size();
    if (slot.size != size) slot = store_->resize(slot.key, size);
    tail_.copy(slot.data + layout_.head_bytes(), tail_.size());
    return slot;
}

void AggregateBase::before_change(const StateStore::Slot& slot) {
    // Once since it was read: what is changed in place must be as long as it says.
    if (slot.found && *slot.mark == 0) layout_.split({slot.data, slot.size}, split_);
    if (!coalesce_ || closing_) {
        *slot.mark = 1;
        image_existed_ = slot.found;
        image_.clear();
        if (slot.found && spec().pairs) image_.assign(slot.data, slot.size);
        return;
    }
    if (*slot.mark != 0) return;
    *slot.mark = 1;
    Touched touched{slot.key, slot.mark, images_.size(), 0, slot.found};
    if (slot.found && spec().pairs) {
        images_.append(slot.data, slot.size);
        touched.image_bytes = slot.size;
    }
    touched_.push_back(touched);
}

void AggregateBase::after_change(ByteView key, std::optional<ByteView> value,
                                 const RowMeta& cause) {
    if (closing_) {
        if (!value) closing_->remove(*store_, key);
        if (value && !image_existed_) closing_->add(*store_, key);
        return;
    }
    if (coalesce_) return;
    if (!value) {
        if (image_existed_) append_output(key, image_, RowKind::kDelete, cause);
        return;
    }
    const bool pair = image_existed_ && spec().pairs;
    if (pair) append_output(key, image_, RowKind::kUpdateBefore, cause);
    append_output(key, *value, pair ? RowKind::kUpdateAfter : RowKind::kInsert, cause);
    if (pair) out_meta_[out_meta_.size() - 2].timestamp_ms = out_meta_.back().timestamp_ms;
}

bool AggregateBase::emit_closed(const RowMeta& cause) {
    const size_t given = std::min(out_meta_.size(), context_->rows_max);
    return closing_->close(*store_, stream_time(), context_->rows_max - given, [&](ByteView key) {
        const auto value = store_->get(key);
        if (value) append_output(key, *value, RowKind::kInsert, cause);
    });
}

void AggregateBase::flush(Emitter& output) {
    if (closing_) {
        closing_->save(*store_);
        unfinished_.save(*store_);
    }
    if (next_number_) {
        std::string value;
        put_be64(value, static_cast<uint64_t>(*next_number_));
        store_->put(row_number_key(), value);
    }
    if (counts_stream_time() && stream_time_ && *stream_time_ != stored_stream_time_) {
        std::string value;
        put_be64(value, static_cast<uint64_t>(*stream_time_));
        store_->put(stream_time_key(), value);
        stored_stream_time_ = *stream_time_;
    }
    if (counts_stream_time() && stream_time_) last_cause_.stream_time_ms = *stream_time_;
    for (const Touched& touched : touched_) {
        *touched.mark = 0;
        const ByteView image = ByteView(images_).substr(touched.image_at, touched.image_bytes);
        const auto value = store_->get(touched.key);
        const bool pair = touched.existed && spec().pairs;
        if (value) {
            if (pair) append_output(touched.key, image, RowKind::kUpdateBefore, last_cause_);
            append_output(touched.key, *value, pair ? RowKind::kUpdateAfter : RowKind::kInsert,
                          last_cause_);
            if (pair) out_meta_[out_meta_.size() - 2].timestamp_ms = out_meta_.back().timestamp_ms;
        } else if (touched.existed) {
            append_output(touched.key, image, RowKind::kDelete, last_cause_);
        }
        if (out_meta_.size() >= kFlushRows) emit_output(output);
    }
    touched_.clear();
    images_.clear();
    if (images_.capacity() > (1 << 20)) images_.shrink_to_fit();
    emit_output(output);
}

int64_t AggregateBase::load_stream_time() {
    const auto value = store_->get(stream_time_key());
    stored_stream_time_ =
        value && value->size() == 8 ? static_cast<int64_t>(get_be64(value->data())) : -1;
    stream_time_ = stored_stream_time_;
    return *stream_time_;
}

int64_t AggregateBase::number_rows(size_t num_rows) {
    if (!next_number_) {
        const auto value = store_->get(row_number_key());
        next_number_ = value && value->size() == 8 ? static_cast<int64_t>(get_be64(value->data()))
                                                   : kFirstNumber;
    }
    const int64_t first = *next_number_;
    *next_number_ += static_cast<int64_t>(num_rows);
    return first;
}

void AggregateBase::expire(size_t suffix_bytes, int64_t newest_ms) {
    const int64_t before_ms = kept_from(*spec().window, newest_ms);
    if (before_ms <= expired_before_) return;
    expired_before_ = before_ms;
    store_->expire(suffix_bytes, before_ms);
}

void AggregateBase::begin_output() {
    out_columns_ = new_columns(step_.schema);
    out_targets_.clear();
    for (Column& column : out_columns_) out_targets_.push_back(&column);
    out_meta_.clear();
    out_windows_.clear();
    out_headers_.clear();
}

void AggregateBase::append_output(ByteView key, ByteView value, RowKind kind,
                                  const RowMeta& cause) {
    RowMeta meta = cause;
    meta.kind = kind;
    meta.null_value = meta.null_key = false;
    if (value.empty()) {
        // Deleted, and nobody asked for the old row: only its key is known.
        const size_t num_keys = step_.schema.key.size();
        if (layout_.key().readable()) {
            layout_.key().read_columns(key, std::span(out_targets_).first(num_keys));
        } else {
            for (size_t i = 0; i < num_keys; ++i) out_targets_[i]->append_null();
        }
        for (size_t i = num_keys; i < out_targets_.size(); ++i) out_targets_[i]->append_null();
        meta.null_value = true;
    } else {
        meta.timestamp_ms = layout_.read_group(key, value, out_targets_);
    }
    if (layout_.key().windowed()) {
        out_windows_.push_back(layout_.key().read_window(key));
        if (layout_.key().session() && spec().window)
            meta.timestamp_ms = out_windows_.back().end_ms;
    }
    if (cause_headers_) {
        out_headers_.resize(out_meta_.size());
        out_headers_.push_back(cause_headers_);
    }
    out_meta_.push_back(meta);
}

void AggregateBase::emit_output(Emitter& output) {
    if (out_meta_.empty()) return;
    if (!out_headers_.empty()) out_headers_.resize(out_meta_.size());
    RecordBatch batch(finished(out_columns_), std::move(out_meta_));
    batch.set_windows(std::move(out_windows_));
    batch.set_headers(std::move(out_headers_));
    begin_output();
    output.emit(std::move(batch));
}

}  // namespace millrace::exec
