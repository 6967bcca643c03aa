#include "engine/exec/partial_groups.h"

#include <algorithm>

#include "engine/base/damaged.h"
#include "engine/exec/aggregate.h"
#include "engine/state/window_key.h"

namespace millrace::exec {

namespace {
constexpr size_t kGroupsMax = 1 << 16;
}

PartialGroups::PartialGroups(const plan::Step& aggregate, const Binding& binding)
    : spec_(*aggregate.as<plan::AggregateStep>()),
      calls_(spec_, binding),
      layout_(aggregate, *aggregate.inputs.front(), calls_),
      is_table_(aggregate.inputs.front()->is_table) {}

bool PartialGroups::possible() const {
    if (is_table_ || spec_.emit_final || !calls_.merges_exactly()) return false;
    if (!spec_.window) return true;
    if (spec_.window->kind == sql::WindowKind::kSession) return false;
    // Rows of one pane, an advance wide, are in the same windows: only then one group stands for
    // them.
    return spec_.window->kind == sql::WindowKind::kTumbling ||
           spec_.window->size_ms % spec_.window->advance_ms == 0;
}

void PartialGroups::append(const Group& group, std::string& out) {
    put_be64(out, static_cast<uint64_t>(group.pane_ms));
    out.append(group.value);
}

bool PartialGroups::is_group(ByteView bytes) const {
    if (bytes.size() < 8 + layout_.head_bytes()) return false;
    const auto pane_ms = static_cast<int64_t>(get_be64(bytes.data()));
    const ByteView value = bytes.substr(8);
    // A window is opened for each advance between its pane and its time.
    if (pane_ms < 0 || pane_ms > AggregateLayout::timestamp_of(value.data())) return false;
    try {
        return layout_.row_bytes(value).size() == value.size() - layout_.head_bytes();
    } catch (const DamagedBytes&) {
        return false;
    }
}

void PartialGroups::add(const RecordBatch& batch, RowErrors& errors, const MakeGroup& made,
                        const WriteGroup& write) {
    calls_.load(batch, errors);
    layout_.load(batch);
    for (size_t row = 0; row < batch.num_rows(); ++row) {
        const RowMeta& meta = batch.meta()[row];
        if (meta.null_value) continue;
        key_.clear();
        layout_.key().append_columns(batch, row, key_);
        if (groups_.size() >= kGroupsMax) write_all(write);
        if (!spec_.window) {
            add_to(0, row, meta, made);
            continue;
        }
        const plan::WindowSpec& window = *spec_.window;
        const bool tumbling = window.kind == sql::WindowKind::kTumbling;
        const int64_t advance_ms = tumbling ? window.size_ms : window.advance_ms;
        const int64_t first_ms = first_window_start(meta.timestamp_ms, window.size_ms, advance_ms);
        const int64_t newest_ms = std::max(newest_ms_, meta.timestamp_ms);
        const int64_t end_ms = std::min(first_end_ms_, first_ms + window.size_ms);
        if (end_ms <= newest_ms - window.grace_ms) write_all(write);
        newest_ms_ = std::max(newest_ms_, meta.timestamp_ms);
        first_end_ms_ = std::min(first_end_ms_, first_ms + window.size_ms);
        const int64_t pane_ms = meta.timestamp_ms / advance_ms * advance_ms;
        put_window_suffix(key_, pane_ms);
        add_to(pane_ms, row, meta, made);
    }
}

void PartialGroups::add_to(int64_t pane_ms, size_t row, const RowMeta& meta,
                           const MakeGroup& made) {
    const int64_t timestamp_ms = meta.timestamp_ms;
    auto [place, is_new] = groups_.try_emplace(key_);
    Group& group = place->second;
    if (is_new) {
        group.value.resize(layout_.head_bytes());
        group.pane_ms = pane_ms;
        group.number = next_number_++;
        order_.push_back(&group);
        calls_.init(group.value.data() + AggregateLayout::kFixedAt, no_variable_);
        AggregateLayout::set_timestamp(group.value.data(), timestamp_ms);
        made(group.number, row);
        group_bytes_ += key_.size() + layout_.head_bytes();
    } else if (timestamp_ms > group.timestamp_ms()) {
        AggregateLayout::set_timestamp(group.value.data(), timestamp_ms);
    }
    group.stream_time_ms = meta.stream_time_ms;
    calls_.add(group.value.data() + AggregateLayout::kFixedAt, no_variable_, row);
    if (layout_.head_only()) return;
    tail_.clear();
    layout_.append_row(row, tail_);
    group_bytes_ += layout_.head_bytes() + tail_.size() - group.value.size();
    group.value.resize(layout_.head_bytes());
    group.value.append(tail_);
}

void PartialGroups::write_all(const WriteGroup& write) {
    for (const Group* group : order_) write(*group);
    clear();
}

void PartialGroups::clear() {
    groups_.clear();
    order_.clear();
    group_bytes_ = 0;
    next_number_ = 0;
    newest_ms_ = -1;
    first_end_ms_ = INT64_MAX;
}

}  // namespace millrace::exec
