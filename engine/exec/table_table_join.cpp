#include "engine/exec/table_table_join.h"

#include <algorithm>

#include "engine/exec/table_change.h"

namespace millrace::exec {

TableTableJoinOperator::TableTableJoinOperator(const plan::Step& step)
    : join_(*step.as<plan::TableTableJoinStep>()),
      sides_{Side(*step.inputs.at(0)), Side(*step.inputs.at(1))},
      out_(step) {
    const sql::JoinType type = join_.type;
    sides_[kLeftSide].needed = type == sql::JoinType::kInner || type == sql::JoinType::kLeft;
    sides_[kRightSide].needed = type == sql::JoinType::kInner || type == sql::JoinType::kRight;
}

void TableTableJoinOperator::open(OperatorContext& context) {
    sides_[kLeftSide].store = &context.store(join_.left_store);
    sides_[kRightSide].store = &context.store(join_.right_store);
}

void TableTableJoinOperator::process(size_t input, RecordBatch batch, Emitter& output) {
    out_.begin(batch, input);
    for (size_t row = 0; row < batch.num_rows(); ++row) {
        // The old row is in the store.
        if (batch.meta()[row].kind == RowKind::kUpdateBefore) continue;
        if (has_null_key(batch, row, sides_[input].num_keys)) continue;
        change(input, batch, row);
    }
    out_.emit(output);
}

void TableTableJoinOperator::change(size_t input, const RecordBatch& batch, size_t row) {
    const size_t opposite = 1 - input;
    const Side& own = sides_[input];
    const Side& other = sides_[opposite];
    RowMeta meta = batch.meta()[row];
    const bool deletes = is_deletion(meta);
    key_.clear();
    own.rows.key().append(batch, row, key_);
    const auto stored = own.store->get(key_);
    const bool existed = stored.has_value();
    if (existed) old_.assign(*stored);
    own.rows.keep(*own.store, key_, batch, row, value_);

    const auto found = other.store->get(key_);
    if (!found && (other.needed || (deletes && !existed))) return;
    // A row that only completes the other side's says nothing when there is no such row.
    auto exists = [&](bool with_own) {
        if (own.needed && !with_own) return false;
        return with_own || found.has_value();
    };
    const bool was = exists(existed), is = exists(!deletes);
    // The old and the new row share the time of the change.
    if (found) {
        const auto other_ms = StoredRows::timestamp_of(*found);
        meta.timestamp_ms = std::max(meta.timestamp_ms, other_ms);
    }
    add_change(meta, was, is, [&](bool old, const RowMeta& told) {
        out_.key_from(batch, row);
        if (old ? !(was && existed) : deletes) {
            out_.side_null(input);
        } else if (old) {
            out_.side_from(input, own.rows, old_);
        } else {
            out_.side_from(input, batch, row);
        }
        if (found) {
            out_.side_from(opposite, other.rows, *found);
        } else {
            out_.side_null(opposite);
        }
        out_.end_row(told, window_of(batch, row), headers_of(batch, row));
    });
}

}  // namespace millrace::exec
