#include "engine/exec/repartition.h"

#include <algorithm>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/exec/row_columns.h"
#include "engine/exec/row_time.h"

namespace millrace::exec {

namespace {

// Flags of a record.
constexpr char kHasNew = 1;
constexpr char kHasOld = 2;
constexpr char kNullValue = 4;
constexpr char kPartial = 8;
constexpr char kLate = 16;
constexpr char kTimeMark = 32;  // Alone.

constexpr size_t kHeadsKept = 1024;
constexpr size_t kHeadBytes = 64;  // About what a head's strings take.

const plan::RepartitionStep& repartition_of(const plan::Step& step) {
    return *step.as<plan::RepartitionStep>();
}

std::vector<ColumnPtr> key_columns(const RecordBatch& batch, size_t num_keys) {
    const auto begin = batch.columns().begin();
    return {begin, begin + static_cast<std::ptrdiff_t>(num_keys)};
}

/// Behind flags that have kLate.
std::optional<int64_t> take_lateness(ByteView& in) {
    const auto late = take_varint(in);
    if (!late || *late > INT64_MAX) return std::nullopt;
    return static_cast<int64_t>(*late);
}

}  // namespace

std::string encode(const TimeMark& mark) {
    std::string value(1, kTimeMark);
    put_varint(value, static_cast<uint64_t>(mark.writer));
    put_be64(value, static_cast<uint64_t>(mark.time_ms));
    put_varint(value, mark.number);
    return value;
}

std::optional<TimeMark> read_time_mark(const LogRecord& record) {
    ByteView in = record.value.value_or(ByteView());
    if (in.empty() || in.front() != kTimeMark) return std::nullopt;
    in.remove_prefix(1);
    const auto writer = take_varint(in);
    if (!writer || *writer > INT32_MAX || in.size() < 8) return std::nullopt;
    const auto time_ms = static_cast<int64_t>(get_be64(in.data()));
    in.remove_prefix(8);
    const auto number = take_varint(in);
    if (!number || !in.empty()) return std::nullopt;
    return TimeMark{static_cast<int32_t>(*writer), time_ms, *number};
}

int64_t order_time(const LogRecord& record) {
    ByteView in = record.value.value_or(ByteView());
    if (in.empty() || (in.front() & kLate) == 0) return record.timestamp_ms;
    in.remove_prefix(1);
    int64_t order_ms = 0;
    const bool fits =
        !__builtin_add_overflow(record.timestamp_ms, take_lateness(in).value_or(0), &order_ms);
    return fits ? order_ms : record.timestamp_ms;
}

RepartitionWriter::RepartitionWriter(const plan::Step& step, const std::string& topic,
                                     const OperatorContext& context, RecordSink& sink)
    : step_(step),
      context_(context),
      sink_(sink),
      topic_(topic),
      codec_(all_types(step.schema)),
      key_codec_(types_of(step.schema.key)),
      held_back_(context.held_back) {
    if (!step.schema.key.empty()) {
        const FormatRegistry& formats = *context.formats;
        key_encoder_ = formats.encoder(
            formats.key_spec(repartition_of(step).key_format, step.schema.key, topic));
    }
}

void RepartitionWriter::write(const RecordBatch& batch) {
    if (groups_) return combine(batch);
    columns_.clear();
    for (const ColumnPtr& column : batch.columns()) columns_.push_back(column.get());
    keys_.clear();
    failures_.clear();
    if (key_encoder_) {
        key_encoder_->encode_all(key_columns(batch, step_.schema.key.size()), batch.num_rows(),
                                 keys_, failures_);
    } else {
        keys_.ends.assign(batch.num_rows(), 0);
        keys_.nulls.assign(batch.num_rows(), 1);
    }
    size_t next_failure = 0;
    auto failed = [&](size_t row) {
        while (next_failure < failures_.size() && failures_[next_failure].index < row)
            ++next_failure;
        return next_failure < failures_.size() && failures_[next_failure].index == row;
    };
    const auto& meta = batch.meta();
    for (size_t row = 0; row < batch.num_rows(); ++row) {
        if (failed(row)) {
            report_key(meta[row], failures_[next_failure].message);
            continue;
        }
        switch (meta[row].kind) {
            case RowKind::kInsert:
            case RowKind::kUpdateAfter:
                write_record(row, batch, row, std::nullopt);
                break;
            case RowKind::kDelete:
                if (!meta[row].null_value) write_record(row, batch, std::nullopt, row);
                break;
            case RowKind::kUpdateBefore:
                // One key: one record with both, so that the group is updated once. Else the old
                // group first.
                if (keys_.at(row) == keys_.at(row + 1)) {
                    write_record(row, batch, row + 1, row);
                    ++row;
                } else {
                    write_record(row, batch, std::nullopt, row);
                }
                break;
        }
    }
    send_errors();
}

void RepartitionWriter::report_key(const RowMeta& meta, std::string message) {
    RowErrorEntry entry;
    entry.kind = RowErrorKind::kSerialization;
    entry.message = std::move(message);
    entry.topic = topic_;
    entry.in_key = true;
    entry.partition = meta.partition;
    entry.offset = meta.offset;
    errors_.add(std::move(entry));
}

void RepartitionWriter::send_errors() {
    if (errors_.empty()) return;
    if (context_.report) context_.report(step_.name, errors_);
    errors_.clear();
}

void RepartitionWriter::combine(const RecordBatch& batch) {
    key_columns_ = key_columns(batch, step_.schema.key.size());
    groups_->add(
        batch, errors_, [&](size_t number, size_t row) { begin_group(number, batch, row); },
        [&](const PartialGroups::Group& group) { write_group(group); });
    tell_held();
    send_errors();
}

void RepartitionWriter::begin_group(size_t number, const RecordBatch& batch, size_t row) {
    const RowMeta& meta = batch.meta()[row];
    if (number == heads_.size()) heads_.emplace_back();
    GroupHead& head = heads_[number];
    head.unusable = false;
    head.key.reset();
    if (key_encoder_) {
        std::string key;
        try {
            if (key_encoder_->encode_row(key_columns_, row, key)) head.key = std::move(key);
        } catch (const RowError& error) {
            report_key(meta, error.what());
            head.unusable = true;
        }
    }
    head.value.clear();
    put_varint(head.value, static_cast<uint64_t>(meta.partition));
    put_varint(head.value, static_cast<uint64_t>(meta.offset));
    std::vector<const Column*> columns;
    for (const ColumnPtr& column : key_columns_) columns.push_back(column.get());
    key_codec_.encode(columns, row, head.value);
}

void RepartitionWriter::write_group(const PartialGroups::Group& group) {
    const GroupHead& head = heads_[group.number];
    if (head.unusable) return;
    // Those of one flush may change places: none of them closes a window of another.
    begin_value(kPartial, group.timestamp_ms(), std::max(order_ms_, group.stream_time_ms));
    value_.append(head.value);
    PartialGroups::append(group, value_);
    std::optional<ByteView> key;
    if (head.key) key = *head.key;
    sink_.write(key, value_, group.timestamp_ms(), std::nullopt, nullptr);
}

void RepartitionWriter::flush() {
    if (!groups_) return;
    groups_->write_all([&](const PartialGroups::Group& group) { write_group(group); });
    // Few are used again, many are not kept for a time that may not come.
    if (heads_.size() > kHeadsKept) std::vector<GroupHead>().swap(heads_);
    tell_held();
}

void RepartitionWriter::tell_held() {
    held_back_.set(groups_->bytes(sizeof(GroupHead) + kHeadBytes));
}

void RepartitionWriter::begin_value(int flags, int64_t timestamp_ms, int64_t order_ms) {
    const bool late = order_ms > timestamp_ms;
    value_.assign(1, static_cast<char>(late ? flags | kLate : flags));
    if (late) put_varint(value_, static_cast<uint64_t>(order_ms - timestamp_ms));
}

void RepartitionWriter::write_record(size_t key_row, const RecordBatch& batch,
                                     std::optional<size_t> new_row, std::optional<size_t> old_row) {
    const RowMeta& meta = batch.meta()[new_row.value_or(key_row)];
    int flags =
        (new_row ? kHasNew : 0) | (old_row ? kHasOld : 0) | (meta.null_value ? kNullValue : 0);
    order_ms_ = std::max({order_ms_, meta.stream_time_ms, meta.timestamp_ms});
    begin_value(flags, meta.timestamp_ms, order_ms_);
    put_varint(value_, static_cast<uint64_t>(meta.partition));
    put_varint(value_, static_cast<uint64_t>(meta.offset));
    if (new_row) codec_.encode(columns_, *new_row, value_);
    if (old_row) codec_.encode(columns_, *old_row, value_);
    const RowHeaders* headers = batch.headers().empty() ? nullptr : batch.headers()[key_row].get();
    sink_.write(keys_.at(key_row), value_, meta.timestamp_ms, std::nullopt, headers);
}

/// What the records so far have become.
struct RepartitionReader::Rows {
    explicit Rows(const std::vector<SqlTypePtr>& types, size_t records) {
        columns.reserve(types.size());
        for (const SqlTypePtr& type : types) {
            columns.emplace_back(type);
            columns.back().reserve(records);
            targets.push_back(&columns.back());
        }
        meta.reserve(records);
        offsets.reserve(records);
    }
    void end_row(const RowMeta& row, const LogRecord& record, RowHeadersPtr of_record) {
        meta.push_back(row);
        offsets.push_back(record.offset);
        any_headers = any_headers || of_record;
        headers.push_back(std::move(of_record));
    }
    /// Takes back what was added behind the first `size` rows.
    void shrink(size_t size) {
        for (Column& column : columns) column.resize(size);
        partials.resize(size);
        meta.resize(size);
        offsets.resize(size);
        headers.resize(size);
    }

    std::vector<Column> columns;
    std::vector<Column*> targets;
    Column partials{SqlType::bytes()};
    std::vector<RowMeta> meta;
    std::vector<int64_t> offsets;
    std::vector<RowHeadersPtr> headers;
    bool any_headers = false, any_partials = false;
};

RepartitionReader::RepartitionReader(const plan::Step& step, const OperatorContext& context,
                                     std::unique_ptr<PartialGroups> groups)
    : step_(step),
      context_(context),
      codec_(all_types(step.schema)),
      key_codec_(types_of(step.schema.key)),
      groups_(std::move(groups)) {}

Result<DecodedRows> RepartitionReader::decode(std::span<const LogRecord> records, int32_t partition,
                                              const std::string& topic, LogBatch*) {
    Rows rows(codec_.types(), records.size());
    for (const LogRecord& record : records) {
        const size_t before = rows.meta.size();
        try {
            add_record(record, rows);
        } catch (const DamagedBytes& damage) {
            rows.shrink(before);
            report(record, damage.what(), partition, topic);
        }
    }
    if (!errors_.empty()) {
        if (context_.report) context_.report(step_.name, errors_);
        errors_.clear();
    }
    std::vector<ColumnPtr> done = finished(rows.columns);
    if (rows.any_partials) {
        done.push_back(std::make_shared<const Column>(std::move(rows.partials)));
    }
    RecordBatch batch(std::move(done), std::move(rows.meta));
    if (rows.any_headers) batch.set_headers(std::move(rows.headers));
    return DecodedRows{std::move(batch), std::move(rows.offsets)};
}

void RepartitionReader::add_record(const LogRecord& record, Rows& rows) const {
    ByteView in = record.value.value_or(ByteView());
    need_intact(!in.empty(), "it is empty");
    const int flags = in.front() & ~kLate;
    const bool late = in.front() != flags;
    in.remove_prefix(1);
    need_intact(!late || take_lateness(in), "its lateness is none");
    const auto partition = take_varint(in);
    const auto offset = take_varint(in);
    need_intact(partition && *partition <= INT32_MAX && offset && *offset <= INT64_MAX,
                "its origin is none");
    need_intact(record.timestamp_ms <= kRowTimeMax, "its time is beyond all dates");
    RowMeta row;
    row.timestamp_ms = record.timestamp_ms;
    row.partition = static_cast<int32_t>(*partition);
    row.offset = static_cast<int64_t>(*offset);
    row.null_value = (flags & kNullValue) != 0;
    row.null_key = !record.key.has_value();
    const std::span targets(rows.targets);
    if (flags == kPartial) {
        const size_t num_keys = key_codec_.types().size();
        key_codec_.decode(in, targets.first(num_keys));
        need_intact(groups_ && groups_->is_group(in), "it is no group of its aggregate");
        for (Column* column : targets.subspan(num_keys)) column->append_null();
        rows.partials.append_text(in);
        rows.any_partials = true;
        rows.end_row(row, record, nullptr);
        return;
    }
    const bool has_new = (flags & kHasNew) != 0, has_old = (flags & kHasOld) != 0;
    need_intact((flags & ~(kHasNew | kHasOld | kNullValue)) == 0 && (has_new || has_old),
                "its kind is unknown");
    // Not every aggregate of a stream can take a row back.
    need_intact(!has_old || step_.is_table, "a stream has no rows that are taken back");
    auto append = [&](ByteView& from, RowKind kind) {
        codec_.decode(from, targets);
        rows.partials.append_null();
        row.kind = kind;
        rows.end_row(row, record, row_headers(record));
    };
    if (has_new && has_old) {
        // The record has the new row first; the pair goes on with the old one first.
        ByteView old_row = in;
        codec_.skip(old_row);
        append(old_row, RowKind::kUpdateBefore);
        append(in, RowKind::kUpdateAfter);
        in = old_row;
    } else {
        append(in, has_old ? RowKind::kDelete : RowKind::kInsert);
    }
    need_intact(in.empty(), "it has bytes left over");
}

void RepartitionReader::report(const LogRecord& record, const char* what, int32_t partition,
                               const std::string& topic) {
    RowErrorEntry entry;
    entry.kind = RowErrorKind::kDeserialization;
    entry.message = "Error deserializing message from topic: " + topic;
    entry.cause.push_back(std::string("The record was not written by this service: ") + what);
    entry.topic = topic;
    entry.partition = partition;
    entry.offset = record.offset;
    entry.record = std::string(record.value.value_or(ByteView()));
    errors_.add(std::move(entry));
}

}  // namespace millrace::exec
