#include "engine/exec/aggregate_layout.h"

#include "engine/base/damaged.h"

namespace millrace::exec {

namespace {

constexpr const char* kLeftOver = "a stored group has bytes left over";

/// Columns of the input that a group's row keeps: keys that the store key does not give back, then
/// those carried.
std::vector<size_t> stored_columns(const plan::Step& aggregate, const plan::Step& input,
                                   bool with_keys) {
    std::vector<size_t> columns;
    const size_t num_keys = input.schema.key.size();
    for (size_t i = 0; with_keys && i < num_keys; ++i) columns.push_back(i);
    for (const std::string& name : aggregate.as<plan::AggregateStep>()->carried) {
        size_t found = SIZE_MAX;
        for (size_t i = 0; i < input.schema.value.size() && found == SIZE_MAX; ++i) {
            if (input.schema.value[i].name == name) found = num_keys + i;
        }
        for (size_t i = 0; i < num_keys && found == SIZE_MAX; ++i) {
            if (input.schema.key[i].name == name) found = i;
        }
        need_intact(found != SIZE_MAX, "a plan carries a column that its input does not have");
        columns.push_back(found);
    }
    return columns;
}

std::vector<SqlTypePtr> types_of(const Schema& schema, const std::vector<size_t>& columns) {
    std::vector<SqlTypePtr> types;
    for (size_t column : columns) {
        types.push_back(column < schema.key.size() ? schema.key[column].type
                                                   : schema.value[column - schema.key.size()].type);
    }
    return types;
}

}  // namespace

AggregateLayout::AggregateLayout(const plan::Step& aggregate, const plan::Step& input,
                                 const AggregateCalls& calls)
    : calls_(calls),
      key_(aggregate.schema.key, aggregate.window, aggregate.window_size_ms),
      num_keys_(aggregate.schema.key.size()),
      row_columns_(stored_columns(aggregate, input, !key_.readable())),
      row_codec_(types_of(input.schema, row_columns_)) {}

void AggregateLayout::set_timestamp(char* value, int64_t timestamp_ms) {
    const auto bits = static_cast<uint64_t>(timestamp_ms);
    for (int i = 0; i < 8; ++i) value[i] = static_cast<char>(bits >> (56 - 8 * i));
}

void AggregateLayout::load(const RecordBatch& batch) {
    sources_.clear();
    for (size_t column : row_columns_) sources_.push_back(&batch.column(column));
}

void AggregateLayout::append_variable(const std::vector<std::string>& states,
                                      std::string& out) const {
    for (const std::string& state : states) {
        put_varint(out, state.size());
        out.append(state);
    }
}

const char* AggregateLayout::fixed_of(ByteView value) const {
    need_intact(value.size() >= head_bytes(), "a stored group is cut short");
    return value.data() + kFixedAt;
}

ByteView AggregateLayout::row_bytes(ByteView value) const {
    fixed_of(value);
    ByteView rest = value.substr(head_bytes());
    if (row_columns_.empty()) return rest.substr(0, 0);
    const ByteView from = rest;
    row_codec_.skip(rest);
    return from.substr(0, from.size() - rest.size());
}

void AggregateLayout::split(ByteView value, std::vector<ByteView>& variable) const {
    variable.clear();
    ByteView rest = value.substr(head_bytes() + row_bytes(value).size());
    for (size_t i = 0; i < calls_.num_variable(); ++i) {
        const auto size = take_varint(rest);
        need_intact(size && *size <= rest.size(), "a stored group is cut short");
        variable.push_back(rest.substr(0, *size));
        rest.remove_prefix(*size);
    }
    need_intact(rest.empty(), kLeftOver);
}

int64_t AggregateLayout::read_group(ByteView store_key, ByteView value,
                                    std::span<Column* const> columns) const {
    const char* fixed = fixed_of(value);
    if (key_.readable()) {
        key_.read_columns(store_key, columns.first(num_keys_));
    }
    ByteView row = value.substr(head_bytes());
    const size_t kept_keys = key_.readable() ? 0 : num_keys_;
    const auto row_targets = columns.subspan(key_.readable() ? num_keys_ : 0, row_columns_.size());
    if (!row_columns_.empty()) row_codec_.decode(row, row_targets);
    if (calls_.num_variable() > 0) {
        split(value, variable_);
    } else {
        need_intact(row.empty(), kLeftOver);
    }
    const size_t carried = row_columns_.size() - kept_keys;
    calls_.results(fixed, variable_, columns.subspan(num_keys_ + carried));
    return timestamp_of(value.data());
}

}  // namespace millrace::exec
