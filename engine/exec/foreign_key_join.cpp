#include "engine/exec/foreign_key_join.h"

#include <algorithm>

#include "engine/base/damaged.h"
#include "engine/exec/row_columns.h"
#include "engine/exec/table_change.h"
#include "engine/types/key_encoding.h"

namespace millrace::exec {

namespace {

/// What a message asks for.
constexpr int32_t kForget = 0;           ///< End the subscription, no answer.
constexpr int32_t kForgetAndAnswer = 1;  ///< End it; the answer is that there is no right row.
constexpr int32_t kAnswer = 2;           ///< Subscribe; answer also when there is no right row.
constexpr int32_t kAnswerIfFound = 3;    ///< Subscribe; answer when there is one.
constexpr int32_t kActionMask = 3;
constexpr int32_t kLeftGone = 4;  ///< With any of them: the left row was deleted.

constexpr size_t kVersionBytes = 8;

RecordBatch finish(std::vector<Column>& columns, std::vector<RowMeta>& meta) {
    RecordBatch batch(finished(columns), std::move(meta));
    meta.clear();
    return batch;
}

}  // namespace

// ---- subscribe ----

ForeignKeySubscribeOperator::ForeignKeySubscribeOperator(const plan::Step& step)
    : left_join_(step.as<plan::ForeignKeySubscribeStep>()->left_join), schema_(step.schema) {
    const Schema& input = step.inputs.at(0)->schema;
    const std::string& name = step.as<plan::ForeignKeySubscribeStep>()->foreign_key;
    foreign_key_ = input.key.size();
    while (input.value.at(foreign_key_ - input.key.size()).name != name) ++foreign_key_;
}

void ForeignKeySubscribeOperator::process(size_t, RecordBatch batch, Emitter& output) {
    columns_ = new_columns(schema_);
    columns_[0].hold_all(batch.column(foreign_key_));
    for (size_t i = 0, to = 1; i < batch.num_columns(); ++i) {
        if (i != foreign_key_) columns_[to++].hold_all(batch.column(i));
    }
    for (size_t row = 0; row < batch.num_rows(); ++row) {
        const RowMeta& meta = batch.meta()[row];
        switch (meta.kind) {
            case RowKind::kInsert:
            case RowKind::kUpdateAfter:
                change(batch, std::nullopt, row);
                break;
            case RowKind::kUpdateBefore:
                change(batch, row, row + 1);
                ++row;
                break;
            case RowKind::kDelete:
                if (!meta.null_value) change(batch, row, std::nullopt);
                break;
        }
    }
    if (!meta_.empty()) output.emit(finish(columns_, meta_));
}

void ForeignKeySubscribeOperator::change(const RecordBatch& batch, std::optional<size_t> before,
                                         std::optional<size_t> after) {
    const Column& keys = batch.column(foreign_key_);
    const bool had = before && !keys.is_null(*before);
    const bool has = after && !keys.is_null(*after);
    const int32_t gone = after ? 0 : kLeftGone;
    const size_t row = after ? *after : *before;
    if (had) {
        old_key_.clear();
        encode_key_column(old_key_, keys, *before);
        if (!has && !left_join_) return send(batch, *before, kForgetAndAnswer | gone);
        if (has) {
            new_key_.clear();
            encode_key_column(new_key_, keys, *after);
        }
        const bool moved = !has || old_key_ != new_key_;
        if (moved) send(batch, *before, kForget);
        if (has && moved) return send(batch, row, kAnswer);
    }
    if (has) return send(batch, row, left_join_ ? kAnswer : kAnswerIfFound);
    if (left_join_) send(batch, row, kAnswer | gone, true);
}

void ForeignKeySubscribeOperator::send(const RecordBatch& batch, size_t row, int32_t action,
                                       bool to_nobody) {
    if (to_nobody) {
        columns_[0].append_null();
    } else {
        columns_[0].append_from(batch.column(foreign_key_), row);
    }
    size_t to = 1;
    for (size_t i = 0; i < batch.num_columns(); ++i) {
        if (i != foreign_key_) columns_[to++].append_from(batch.column(i), row);
    }
    columns_[to++].append_int(action);
    RowMeta meta = batch.meta()[row];
    columns_[to].append_long(meta.offset);
    meta.kind = RowKind::kInsert;
    meta.null_value = false;
    meta.null_key = to_nobody;
    meta_.push_back(meta);
}

// ---- look up ----

namespace {

/// The left row's columns of a message: behind the foreign key, ahead of action and version.
std::vector<SqlTypePtr> left_types(const Schema& messages) {
    std::vector<SqlTypePtr> types;
    for (size_t i = 0; i + 2 < messages.value.size(); ++i) types.push_back(messages.value[i].type);
    return types;
}

}  // namespace

ForeignKeyLookupOperator::ForeignKeyLookupOperator(const plan::Step& step)
    : lookup_(*step.as<plan::ForeignKeyLookupStep>()),
      right_rows_(*step.inputs.at(1)),
      num_left_keys_(step.schema.key.size()),
      num_left_(step.inputs.at(0)->schema.value.size() - 2),
      left_codec_(left_types(step.inputs.at(0)->schema)),
      schema_(step.schema),
      unfinished_(step) {
    begin();
}

void ForeignKeyLookupOperator::open(OperatorContext& context) {
    subscriptions_ = &context.store(lookup_.subscription_store);
    rights_ = &context.store(lookup_.table_store);
    rows_max_ = context.rows_max;
}

void ForeignKeyLookupOperator::begin() {
    columns_ = new_columns(schema_);
    targets_.clear();
    for (Column& column : columns_) targets_.push_back(&column);
}

void ForeignKeyLookupOperator::process(size_t input, RecordBatch batch, Emitter& output) {
    if (input != 0) return take_right(unfinished_.begin(input, std::move(batch)), output);
    left_.clear();
    for (size_t i = 0; i < num_left_; ++i) {
        columns_[i].hold_all(batch.column(1 + i));
        left_.push_back(&batch.column(1 + i));
    }
    for (size_t row = 0; row < batch.num_rows(); ++row) answer(batch, row);
    emit_rows(output);
}

void ForeignKeyLookupOperator::take_right(UnfinishedRows::Rest rest, Emitter& output) {
    const RecordBatch& batch = rest.rows;
    for (; rest.row < batch.num_rows(); ++rest.row) {
        if (batch.meta()[rest.row].kind == RowKind::kUpdateBefore) continue;
        if (has_null_key(batch, rest.row, 1)) continue;
        if (!tell_subscribers(batch, rest.row, rest.cursor)) break;
        rest.cursor.clear();
    }
    unfinished_.keep(std::move(rest));
    emit_rows(output);
}

void ForeignKeyLookupOperator::emit_rows(Emitter& output) {
    const bool any = !meta_.empty();
    RecordBatch out = any ? finish(columns_, meta_) : RecordBatch();
    begin();
    if (any) output.emit(std::move(out));
}

void ForeignKeyLookupOperator::add_right(std::optional<ByteView> found) {
    const auto right = std::span(targets_).subspan(num_left_, targets_.size() - num_left_ - 1);
    if (found) {
        right_rows_.read_values(*found, right);
        return;
    }
    for (Column* column : right) column->append_null();
}

void ForeignKeyLookupOperator::end_row(RowMeta meta, int64_t version, bool gone) {
    columns_.back().append_long(version);
    meta.kind = gone ? RowKind::kDelete : RowKind::kInsert;
    meta.null_value = meta.null_key = false;
    meta_.push_back(meta);
}

void ForeignKeyLookupOperator::answer(const RecordBatch& batch, size_t row) {
    RowMeta meta = batch.meta()[row];
    const int32_t told = batch.column(1 + num_left_).int_at(row);
    const int64_t version = batch.column(2 + num_left_).long_at(row);
    const int32_t action = told & kActionMask;
    std::optional<ByteView> found;
    if (!batch.column(0).is_null(row)) {
        key_.clear();
        encode_key_column(key_, batch.column(0), row);
        subscription_.assign(key_);
        for (size_t i = 0; i < num_left_keys_; ++i)
            encode_key_column(subscription_, batch.column(1 + i), row);
        if (action == kForget || action == kForgetAndAnswer) {
            subscriptions_->erase(subscription_);
        } else {
            value_.clear();
            put_be64(value_, static_cast<uint64_t>(version));
            left_codec_.encode(left_, row, value_);
            subscriptions_->put(subscription_, value_);
            found = rights_->get(key_);
        }
    }
    if (action == kForget || (action == kAnswerIfFound && !found)) return;
    for (size_t i = 0; i < num_left_; ++i) columns_[i].append_from(batch.column(1 + i), row);
    if (found) {
        meta.timestamp_ms = std::max(meta.timestamp_ms, StoredRows::timestamp_of(*found));
    }
    add_right(found);
    const bool inner = lookup_.type == sql::JoinType::kInner;
    end_row(meta, version, (told & kLeftGone) != 0 || (!found && inner));
}

bool ForeignKeyLookupOperator::tell_subscribers(const RecordBatch& batch, size_t row,
                                                std::string& cursor_at) {
    const RowMeta& meta = batch.meta()[row];
    const bool deletes = is_deletion(meta);
    key_.clear();
    right_rows_.key().append(batch, row, key_);
    right_rows_.keep(*rights_, key_, batch, row, value_);
    std::string to = key_ + '\xff';
    const bool gone = deletes && lookup_.type == sql::JoinType::kInner;
    // Behind the last one told.
    const std::string from = cursor_at.empty() ? key_ : cursor_at + '\0';
    for (auto cursor = subscriptions_->scan(from, to); cursor->valid(); cursor->next()) {
        if (meta_.size() >= rows_max_) return false;
        cursor_at.assign(cursor->key());
        ByteView in = cursor->value();
        need_intact(in.size() >= kVersionBytes, "a subscription is cut short");
        const auto version = static_cast<int64_t>(get_be64(in.data()));
        in.remove_prefix(kVersionBytes);
        left_codec_.decode(in, std::span(targets_).first(num_left_));
        need_intact(in.empty(), "a subscription has bytes left over");
        add_right(deletes ? std::nullopt : std::optional<ByteView>(value_));
        end_row(meta, version, gone);
    }
    return true;
}

// ---- result ----

namespace {
constexpr size_t kResultHeadBytes = kVersionBytes + 1;  ///< Version; 1: a row follows.
}

ForeignKeyResultOperator::ForeignKeyResultOperator(const plan::Step& step)
    : rows_(step),
      num_keys_(step.schema.key.size()),
      num_columns_(step.schema.key.size() + step.schema.value.size()),
      schema_(step.schema),
      store_name_(step.as<plan::ForeignKeyResultStep>()->store) {}

void ForeignKeyResultOperator::begin(const RecordBatch* batch) {
    columns_ = new_columns(schema_);
    values_.clear();
    for (size_t i = 0; i < num_columns_; ++i) {
        if (batch) columns_[i].hold_all(batch->column(i));
        if (i >= num_keys_) values_.push_back(&columns_[i]);
    }
}

void ForeignKeyResultOperator::process(size_t, RecordBatch batch, Emitter& output) {
    begin(&batch);
    for (size_t row = 0; row < batch.num_rows(); ++row) apply(batch, row);
    if (!meta_.empty()) output.emit(finish(columns_, meta_));
}

std::optional<ByteView> ForeignKeyResultOperator::row_of(ByteView stored) {
    need_intact(stored.size() >= kResultHeadBytes, "a joined row is cut short");
    if (stored[kVersionBytes] == 0) return std::nullopt;
    return stored.substr(kResultHeadBytes);
}

void ForeignKeyResultOperator::apply(const RecordBatch& batch, size_t row) {
    RowMeta meta = batch.meta()[row];
    const int64_t version = batch.column(num_columns_).long_at(row);
    const bool is = meta.kind != RowKind::kDelete;
    key_.clear();
    rows_.key().append(batch, row, key_);
    bool was = false;
    if (const auto stored = store_->get(key_)) {
        const auto joined = row_of(*stored);
        // The left row has changed since: this answer is late.
        if (static_cast<int64_t>(get_be64(stored->data())) > version) return;
        was = joined.has_value();
        if (was) old_.assign(*joined);
    }
    value_.clear();
    put_be64(value_, static_cast<uint64_t>(version));
    value_.push_back(is ? 1 : 0);
    if (is) rows_.encode(batch, row, meta.timestamp_ms, value_);
    store_->put(key_, value_);

    meta.null_key = false;
    add_change(meta, was, is, [&](bool old, const RowMeta& told) {
        const size_t shared = old ? num_keys_ : num_columns_;
        for (size_t i = 0; i < shared; ++i) columns_[i].append_from(batch.column(i), row);
        if (old && was) {
            rows_.read_values(old_, values_);
        } else if (old) {
            for (Column* column : values_) column->append_null();
        }
        meta_.push_back(told);
    });
}

}  // namespace millrace::exec
