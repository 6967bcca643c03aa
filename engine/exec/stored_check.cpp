#include "engine/exec/stored_check.h"

#include "engine/base/damaged.h"
#include "engine/exec/joined_rows.h"
#include "engine/exec/row_columns.h"
#include "engine/exec/stored_table.h"
#include "engine/state/window_key.h"

namespace millrace::exec {

namespace {

/// Rows that are decoded for nothing but the looking, before their memory is given back.
constexpr size_t kRowsHeld = 256;

/// The step whose rows stand in the store, and whether as it keeps them itself or as a plain row.
struct Kept {
    const plan::Step* rows_of = nullptr;
    bool plain = false;
};

Kept kept_by(const plan::Step& step, const std::string& store) {
    if (const auto* source = step.as<plan::SourceStep>())
        return {source->store == store ? &step : nullptr};
    if (const auto* aggregate = step.as<plan::AggregateStep>())
        return {aggregate->store == store ? &step : nullptr};
    if (const auto* result = step.as<plan::ForeignKeyResultStep>())
        return {result->store == store ? &step : nullptr};
    if (const auto* join = step.as<plan::TableTableJoinStep>()) {
        if (join->left_store == store) return {step.inputs.at(kLeftSide).get(), true};
        if (join->right_store == store) return {step.inputs.at(kRightSide).get(), true};
    }
    if (const auto* join = step.as<plan::StreamTableJoinStep>())
        return {join->table_store == store ? step.inputs.at(1).get() : nullptr, true};
    if (const auto* lookup = step.as<plan::ForeignKeyLookupStep>())
        return {lookup->table_store == store ? step.inputs.at(1).get() : nullptr, true};
    return {};
}

Kept find_kept(const plan::Step& root, const std::string& store) {
    Kept kept = kept_by(root, store);
    for (size_t i = 0; i < root.inputs.size() && kept.rows_of == nullptr; ++i)
        kept = find_kept(*root.inputs[i], store);
    return kept;
}

}  // namespace

std::unique_ptr<StoredCheck> StoredCheck::of(const plan::Step& root, const std::string& store,
                                             const FunctionRegistry& functions,
                                             const EvalEnv& env) {
    const Kept kept = find_kept(root, store);
    if (kept.rows_of == nullptr) return nullptr;
    auto pairs = kept.plain ? make_row_reader(*kept.rows_of)
                            : make_pair_reader(*kept.rows_of, functions, env);
    return std::unique_ptr<StoredCheck>(new StoredCheck(std::move(pairs), *kept.rows_of));
}

StoredCheck::StoredCheck(std::unique_ptr<PairReader> pairs, const plan::Step& from)
    : pairs_(std::move(pairs)), from_(from) {
    begin();
}

StoredCheck::~StoredCheck() = default;

void StoredCheck::begin() {
    columns_ = new_columns(from_.schema);
    targets_.clear();
    for (Column& column : columns_) targets_.push_back(&column);
    num_rows_ = 0;
}

std::string StoredCheck::fault_of(ByteView key, ByteView value) {
    if (!key.empty() && key.front() == kReservedPrefix) return "";
    if (++num_rows_ > kRowsHeld) begin();
    try {
        if (pairs_->key().windowed()) pairs_->key().read_window(key);
        StoredValues values;
        values[0] = value;
        pairs_->read(key, values, targets_);
    } catch (const DamagedBytes& damage) {
        begin();  // Some of the columns may have a value more than the others.
        return damage.what();
    }
    return "";
}

}  // namespace millrace::exec
