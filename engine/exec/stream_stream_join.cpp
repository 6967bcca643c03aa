#include "engine/exec/stream_stream_join.h"

#include <algorithm>

#include "engine/base/damaged.h"
#include "engine/state/window_key.h"

namespace millrace::exec {

namespace {

constexpr int64_t kSegmentMsMin = 60000;
constexpr size_t kNumberBytes = 8;
constexpr size_t kSideSuffixBytes = 8 + kNumberBytes;  ///< Time, number.
constexpr size_t kHeldPrefixBytes = 8 + 1;             ///< Time, side.

constexpr char kAtExpired = 'x', kAtMatch = 'm';

const std::string& progress_key() {
    static const std::string key = std::string(1, kReservedPrefix) + "join-progress";
    return key;
}

}  // namespace

StreamStreamJoinOperator::StreamStreamJoinOperator(const plan::Step& step)
    : join_(*step.as<plan::StreamStreamJoinStep>()),
      sides_{Side(*step.inputs.at(0)), Side(*step.inputs.at(1))},
      primary_(join_.type == sql::JoinType::kRight ? kRightSide : kLeftSide),
      grace_ms_(join_.grace_ms),
      retention_ms_(join_retention(join_)),
      segment_ms_(std::max(retention_ms_ / 2, kSegmentMsMin)),
      out_(step),
      unfinished_(step) {
    Side& primary = sides_[primary_];
    Side& other = sides_[1 - primary_];
    primary.look_back_ms = other.look_ahead_ms = join_.before_ms;
    primary.look_ahead_ms = other.look_back_ms = join_.after_ms;
    primary.outer = join_.type != sql::JoinType::kInner;
    other.outer = join_.type == sql::JoinType::kOuter;
}

void StreamStreamJoinOperator::open(OperatorContext& context) {
    sides_[kLeftSide].store = &context.store(join_.left_store);
    sides_[kRightSide].store = &context.store(join_.right_store);
    if (join_.held_store) held_ = &context.store(*join_.held_store);
    rows_max_ = context.rows_max;
}

void StreamStreamJoinOperator::process(size_t input, RecordBatch batch, Emitter& output) {
    load();
    join_rows(unfinished_.begin(input, std::move(batch)), output);
}

void StreamStreamJoinOperator::go_on(Emitter& output) {
    load();
    join_rows(unfinished_.take(), output);
}

void StreamStreamJoinOperator::join_rows(UnfinishedRows::Rest rest, Emitter& output) {
    cursor_ = std::move(rest.cursor);
    out_.begin(rest.rows, rest.input);
    for (; rest.row < rest.rows.num_rows(); ++rest.row) {
        if (!join_row(rest.input, rest.rows, rest.row)) break;
        cursor_.clear();
    }
    out_.emit(output);
    rest.cursor = cursor_;
    unfinished_.keep(std::move(rest));
}

bool StreamStreamJoinOperator::join_row(size_t input, const RecordBatch& batch, size_t row) {
    const Side& own = sides_[input];
    const RowMeta& meta = batch.meta()[row];
    // Time moves also with rows that are then left out.
    now_.stream_time_ms = std::max(now_.stream_time_ms, meta.timestamp_ms);
    if (meta.null_value) return true;
    if (has_null_key(batch, row, own.num_keys)) {
        // No match is possible (KIP-962); such a row is not kept either.
        if (own.outer) add_alone(input, batch, row);
        return true;
    }
    bool found = is_at(kAtMatch);
    const bool newest = held_ != nullptr && meta.timestamp_ms == now_.stream_time_ms;
    if (newest && !found && !emit_expired(input, batch, row)) return false;
    key_.clear();
    own.rows.key().append(batch, row, key_);
    if (!add_matches(input, batch, row, found)) return false;
    if (!found && own.outer) {
        const bool open = meta.timestamp_ms + own.look_ahead_ms >= now_.stream_time_ms;
        if (held_ != nullptr && open) {
            hold(input, batch, row);
        } else {
            add_alone(input, batch, row);
        }
    }
    keep(input, batch, row);
    return true;
}

bool StreamStreamJoinOperator::add_matches(size_t input, const RecordBatch& batch, size_t row,
                                           bool& found) {
    const size_t opposite = 1 - input;
    const Side& own = sides_[input];
    const Side& other = sides_[opposite];
    const RowMeta& meta = batch.meta()[row];
    const int64_t first_ms = std::max({meta.timestamp_ms - own.look_back_ms, int64_t{0},
                                       now_.newest_ms[opposite] - retention_ms_ + 1});
    const int64_t last_ms = meta.timestamp_ms + own.look_ahead_ms;
    if (now_.newest_ms[opposite] < first_ms || last_ms < first_ms) return true;
    from_.assign(key_);
    put_time(from_, first_ms);
    if (is_at(kAtMatch)) from_ = cursor_.substr(1) + '\0';
    to_.assign(key_);
    put_time(to_, last_ms + 1);
    for (auto cursor = other.store->scan(from_, to_); cursor->valid(); cursor->next()) {
        const ByteView at = cursor->key();
        if (at.size() != key_.size() + kSideSuffixBytes) continue;
        if (out_.num_rows() >= rows_max_) return false;
        found = true;
        cursor_.assign(1, kAtMatch);
        cursor_.append(at);
        const int64_t time_ms = get_time(at.data() + key_.size());
        out_.key_from(batch, row);
        out_.side_from(input, batch, row);
        out_.side_from(opposite, other.rows, cursor->value());
        RowMeta joined = meta;
        joined.timestamp_ms = std::max(meta.timestamp_ms, time_ms);
        out_.end_row(joined, window_of(batch, row), headers_of(batch, row));
        if (held_ != nullptr && other.outer) release(opposite, time_ms);
    }
    return true;
}

void StreamStreamJoinOperator::add_alone(size_t input, const RecordBatch& batch, size_t row) {
    out_.key_from(batch, row);
    out_.side_from(input, batch, row);
    out_.side_null(1 - input);
    out_.end_row(batch.meta()[row], window_of(batch, row), headers_of(batch, row));
}

void StreamStreamJoinOperator::hold(size_t input, const RecordBatch& batch, size_t row) {
    const int64_t time_ms = batch.meta()[row].timestamp_ms;
    from_.clear();
    put_time(from_, time_ms);
    from_.push_back(side_byte(input));
    from_.append(key_);
    put_be64(from_, now_.next_number++);
    value_.clear();
    sides_[input].rows.encode(batch, row, time_ms, value_);
    held_->put(from_, value_);
    if (now_.held_from_ms) now_.held_from_ms = std::min(*now_.held_from_ms, time_ms);
}

void StreamStreamJoinOperator::release(size_t side, int64_t time_ms) {
    std::string from;
    put_time(from, time_ms);
    from.push_back(side_byte(side));
    from.append(key_);
    std::string to = from;
    to.append(kNumberBytes + 1, '\xff');
    std::vector<std::string> matched;
    for (auto cursor = held_->scan(from, to); cursor->valid(); cursor->next()) {
        if (cursor->key().size() == from.size() + kNumberBytes) matched.emplace_back(cursor->key());
    }
    for (const std::string& key : matched) held_->erase(key);
}

/// Rows whose window and grace stream time has left behind, in the order of time. The scan goes on
/// until an open row of either side has been met, as Kafka Streams does: which of the later ones go
/// out with this row depends on it. False: a turn has given enough, and there are more; those that
/// are out are not held any more.
bool StreamStreamJoinOperator::emit_expired(size_t input, const RecordBatch& batch, size_t row) {
    const int64_t time_ms = now_.stream_time_ms;
    const bool begun = is_at(kAtExpired);
    need_intact(!begun || cursor_.size() >= 2, "what a join has come to is cut short");
    if (!begun && now_.held_from_ms &&
        *now_.held_from_ms + sides_[input].look_ahead_ms + grace_ms_ >= time_ms) {
        return true;
    }
    now_.held_from_ms.reset();
    bool open[2] = {begun && (cursor_[1] & 1) != 0, begun && (cursor_[1] & 2) != 0};
    bool full = false;
    from_ = begun ? cursor_.substr(2) + '\0' : std::string();
    std::vector<std::string> expired;
    for (auto cursor = held_->scan(from_, {}); cursor->valid(); cursor->next()) {
        if (open[0] && open[1]) break;
        const ByteView at = cursor->key();
        need_intact(at.size() >= kHeldPrefixBytes + kNumberBytes, "a held row's key is cut short");
        const int64_t held_ms = get_time(at.data());
        now_.held_from_ms = held_ms;
        const size_t side = at[8] == side_byte(kLeftSide) ? kLeftSide : kRightSide;
        const Side& own = sides_[side];
        if (held_ms + own.look_ahead_ms + grace_ms_ >= time_ms) {
            open[side] = true;
            continue;
        }
        if (out_.num_rows() >= rows_max_) {
            full = true;
            break;
        }
        const ByteView key =
            at.substr(kHeldPrefixBytes, at.size() - kHeldPrefixBytes - kNumberBytes);
        out_.key_and_side_from(side, own.rows, key, cursor->value());
        out_.side_null(1 - side);
        RowMeta meta = batch.meta()[row];
        meta.timestamp_ms = held_ms;
        std::optional<Window> window;
        if (own.rows.key().windowed()) window = own.rows.key().read_window(key);
        out_.end_row(meta, window, headers_of(batch, row));
        expired.emplace_back(at);
    }
    cursor_.clear();
    if (full) {
        cursor_ = {kAtExpired, static_cast<char>((open[0] ? 1 : 0) | (open[1] ? 2 : 0))};
        cursor_.append(expired.empty() ? from_ : expired.back());
    }
    for (const std::string& key : expired) held_->erase(key);
    return !full;
}

void StreamStreamJoinOperator::keep(size_t input, const RecordBatch& batch, size_t row) {
    Side& own = sides_[input];
    const int64_t time_ms = batch.meta()[row].timestamp_ms;
    int64_t& newest_ms = now_.newest_ms[input];
    newest_ms = std::max(newest_ms, time_ms);
    // Kept by segments of time: what falls in one that is out of retention is not kept at all.
    const int64_t first_segment = (newest_ms - retention_ms_) / segment_ms_;
    if (time_ms / segment_ms_ < first_segment) return;
    put_time(key_, time_ms);
    put_be64(key_, now_.next_number++);
    value_.clear();
    own.rows.encode(batch, row, time_ms, value_);
    own.store->put(key_, value_);
    if (first_segment > 0) own.store->expire(kSideSuffixBytes, first_segment * segment_ms_);
}

void StreamStreamJoinOperator::load() {
    if (loaded_) return;
    loaded_ = true;
    now_ = {};
    if (const auto value = sides_[kLeftSide].store->get(progress_key())) {
        need_intact(value->size() == 48, "a join's progress is cut short");
        auto number = [&](size_t i) { return get_be64(value->data() + 8 * i); };
        now_.stream_time_ms = static_cast<int64_t>(number(0));
        now_.newest_ms[0] = static_cast<int64_t>(number(1));
        now_.newest_ms[1] = static_cast<int64_t>(number(2));
        now_.next_number = number(3);
        if (number(4) != 0) now_.held_from_ms = static_cast<int64_t>(number(5));
    }
    saved_ = now_;
}

void StreamStreamJoinOperator::flush(Emitter&) {
    unfinished_.save(*sides_[kLeftSide].store);
    if (!loaded_ || now_ == saved_) return;
    std::string value;
    put_be64(value, static_cast<uint64_t>(now_.stream_time_ms));
    put_be64(value, static_cast<uint64_t>(now_.newest_ms[0]));
    put_be64(value, static_cast<uint64_t>(now_.newest_ms[1]));
    put_be64(value, now_.next_number);
    put_be64(value, now_.held_from_ms ? 1 : 0);
    put_be64(value, static_cast<uint64_t>(now_.held_from_ms.value_or(0)));
    sides_[kLeftSide].store->put(progress_key(), value);
    saved_ = now_;
}

}  // namespace millrace::exec
