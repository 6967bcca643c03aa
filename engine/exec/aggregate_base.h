// What windowed, unwindowed and session aggregates share: the store, the states, and how changed
// groups leave.
//
// With coalescing, a group that changes is remembered once, with its value as of the last flush
// where pairs are wanted; flush() emits one row (or pair) a group, in the order of their first
// change. Without, every change is emitted at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/exec/aggregate_calls.h"
#include "engine/exec/aggregate_layout.h"
#include "engine/exec/closing_windows.h"
#include "engine/exec/operator.h"
#include "engine/exec/unfinished_rows.h"

namespace millrace::exec {

class AggregateBase : public Operator {
public:
    AggregateBase(const plan::Step& step, const Binding& binding);
    void open(OperatorContext& context) override;
    void process(size_t input, RecordBatch batch, Emitter& output) final;
    bool may_pause() const override { return closing_.has_value(); }
    bool more() override { return closing_ && unfinished_.any(*store_); }
    void go_on(Emitter& output) override;
    void flush(Emitter& output) override;

protected:
    /// Takes the batch's rows in order, from this one on; the number of the row at which it
    /// stopped, as after_row() said, or of all rows. calls_ and layout_ are loaded with the batch.
    virtual size_t add_rows(const RecordBatch& batch, size_t from) = 0;

    /// Call before a group is changed: `slot` is its value, still as it was. Throws DamagedBytes
    /// when it is no group.
    void before_change(const StateStore::Slot& slot);
    /// Call after: `value` is what stands in the store now, nothing when the group was erased.
    void after_change(ByteView key, std::optional<ByteView> value, const RowMeta& cause);

    /// Adds a row to the open group: its states, its carried columns, its timestamp (the greater
    /// one). `fresh`: the group begins with this row.
    StateStore::Slot add_row(StateStore::Slot slot, bool fresh, size_t row, int64_t timestamp_ms);
    /// The same for states that do not lie in place; `change` gets fixed and variable states.
    template <class Change>
    StateStore::Slot rewrite(StateStore::Slot slot, bool fresh, std::optional<size_t> row,
                             int64_t timestamp_ms, const Change& change);

    /// Call before a row is dealt with: what changes because of it carries its headers.
    void begin_row(const RecordBatch& batch, size_t row) {
        cause_headers_ = batch.headers().empty() ? nullptr : batch.headers()[row];
    }
    /// Call when a windowed row has been dealt with, also when it was late: EMIT FINAL looks for
    /// windows that it has closed. False: they are more than a turn may give, and the next row has
    /// to wait.
    bool after_row(const RowMeta& cause) { return !closing_ || emit_closed(cause); }

    /// Stream time of this operator, over the rows that reached it; kept in the store.
    int64_t stream_time() { return stream_time_ ? *stream_time_ : load_stream_time(); }
    void advance_stream_time(int64_t timestamp_ms) {
        if (timestamp_ms > stream_time()) stream_time_ = timestamp_ms;
    }
    /// Lets windows out of retention go, some time after they are read no more.
    void expire(size_t suffix_bytes, int64_t newest_ms);

    const plan::AggregateStep& spec() const { return *step_.as<plan::AggregateStep>(); }
    bool counts_stream_time() const { return spec().window.has_value(); }

    const plan::Step& step_;
    AggregateCalls calls_;
    AggregateLayout layout_;
    StateStore* store_ = nullptr;
    std::vector<std::string> variable_;  ///< States at work.

private:
    /// A group that has changed since the last flush.
    struct Touched {
        ByteView key;  ///< The overlay's.
        uint32_t* mark;
        size_t image_at = 0, image_bytes = 0;
        bool existed = false;
    };
    int64_t load_stream_time();
    /// Numbers for the rows of a batch; the first one's.
    int64_t number_rows(size_t num_rows);
    void load_rows(const RecordBatch& batch, bool report);
    void end_rows(UnfinishedRows::Rest rest, Emitter& output);
    bool emit_closed(const RowMeta& cause);
    void append_output(ByteView key, ByteView value, RowKind kind, const RowMeta& cause);
    void emit_output(Emitter& output);
    void begin_output();

    OperatorContext* context_ = nullptr;
    bool coalesce_ = false;
    RowErrors errors_;

    std::optional<int64_t> stream_time_;
    int64_t stored_stream_time_ = -1;
    int64_t expired_before_ = 0;
    std::optional<int64_t> next_number_;  ///< Of rows, where calls_.ordered().

    std::optional<ClosingWindows> closing_;  ///< EMIT FINAL.
    UnfinishedRows unfinished_;              ///< The first one is added, and closes windows.
    std::vector<Touched> touched_;
    std::string images_;
    RowMeta last_cause_;

    std::vector<Column> out_columns_;
    std::vector<Column*> out_targets_;
    std::vector<RowMeta> out_meta_;
    std::vector<Window> out_windows_;
    std::vector<RowHeadersPtr> out_headers_;  ///< Empty, or up to the last row that has some.
    RowHeadersPtr cause_headers_;

    std::string tail_;
    std::vector<ByteView> split_;
    std::string image_;  ///< Without coalescing: the group before the change at hand.
    bool image_existed_ = false;
};

template <class Change>
StateStore::Slot AggregateBase::rewrite(StateStore::Slot slot, bool fresh,
                                        std::optional<size_t> row, int64_t timestamp_ms,
                                        const Change& change) {
    tail_.clear();
    if (fresh) {
        calls_.init(slot.data + AggregateLayout::kFixedAt, variable_);
        AggregateLayout::set_timestamp(slot.data, timestamp_ms);
    } else {
        layout_.split({slot.data, slot.size}, split_);
        for (size_t i = 0; i < split_.size(); ++i) variable_[i].assign(split_[i]);
        if (timestamp_ms > AggregateLayout::timestamp_of(slot.data)) {
            AggregateLayout::set_timestamp(slot.data, timestamp_ms);
        }
        if (!row) tail_.append(layout_.row_bytes({slot.data, slot.size}));
    }
    change(slot.data + AggregateLayout::kFixedAt, variable_);
    if (row) layout_.append_row(*row, tail_);
    layout_.append_variable(variable_, tail_);
    const size_t size = layout_.head_bytes() + tail_.size();
    if (slot.size != size) slot = store_->resize(slot.key, size);
    tail_.copy(slot.data + layout_.head_bytes(), tail_.size());
    return slot;
}

}  // namespace millrace::exec
