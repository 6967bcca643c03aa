#include "engine/exec/replaced_table.h"

#include "engine/base/error.h"
#include "engine/exec/row_columns.h"
#include "engine/state/window_key.h"

namespace millrace::exec {

namespace {

constexpr uint32_t kNone = UINT32_MAX;  ///< There is no such row.

std::string reserved_key(const char* name) {
    return std::string(1, kReservedPrefix) + name;
}
const std::string& told_plan_key() {
    static const std::string key = reserved_key("told-plan");
    return key;
}
const std::string& reread_key() {
    static const std::string key = reserved_key("reread-to");
    return key;
}

int64_t read_number(StateStore& store, const std::string& key, int64_t otherwise) {
    const auto value = store.get(key);
    return value && value->size() == 8 ? static_cast<int64_t>(get_be64(value->data())) : otherwise;
}
void write_number(StateStore& store, const std::string& key, int64_t number) {
    std::string value;
    put_be64(value, static_cast<uint64_t>(number));
    store.put(key, value);
}

const plan::Step& output_of(const plan::Materialization& table) {
    return table.transforms.empty() ? *table.from : *table.transforms.back();
}

/// The same rows once more.
RecordBatch copy_of(const RecordBatch& batch) {
    RecordBatch copy(batch.columns(), batch.meta());
    copy.set_windows(batch.windows());
    return copy;
}

}  // namespace

int64_t told_plan(StateStore& store) {
    return read_number(store, told_plan_key(), -1);
}
void note_told_plan(StateStore& store, int64_t number) {
    write_number(store, told_plan_key(), number);
}
int64_t reread_to(StateStore& store) {
    return read_number(store, reread_key(), 0);
}
void note_reread_to(StateStore& store, int64_t offset) {
    write_number(store, reread_key(), offset);
}

/// What a plan makes of stored rows.
class ReplacedTable::View {
public:
    View(const plan::Materialization& table, const FunctionRegistry& functions,
         OperatorContext& context)
        : operators_(make_transforms(table, functions, *context.env)) {
        for (const OperatorPtr& op : operators_) op->open(context);
    }

    RecordBatch rows(RecordBatch batch) {
        for (const OperatorPtr& op : operators_) {
            Last last;
            if (!batch.empty()) op->process(0, std::move(batch), last);
            batch = std::move(last.batch);
        }
        return batch;
    }

private:
    struct Last final : Emitter {
        void emit(RecordBatch emitted) override { batch = std::move(emitted); }
        RecordBatch batch;
    };
    std::vector<OperatorPtr> operators_;
};

ReplacedTable::ReplacedTable(const Replacing& replacing, const FunctionRegistry& functions,
                             OperatorContext context, RecordSink& sink)
    : context_(std::move(context)),
      number_(replacing.number),
      store_(context_.store(replacing.now->materialization->store)),
      from_(*replacing.now->materialization->from),
      pairs_(make_pair_reader(from_, functions, *context_.env)),
      encoder_(*replacing.now->root, context_, sink) {
    const plan::Materialization& now = *replacing.now->materialization;
    now_ = std::make_unique<View>(now, functions, context_);
    if (!replacing.before) return;
    const plan::Materialization& before = *replacing.before->materialization;
    // Its row errors have been reported when they were news.
    quiet_ = context_;
    quiet_.report = [](const std::string&, RowErrors& errors) { errors.clear(); };
    try {
        before_ = std::make_unique<View>(before, functions, quiet_);
    } catch (const StatementError&) {
        return;  // It names a function that is no more: as if it were not known.
    }
    same_columns_ = output_of(before).schema == output_of(now).schema;
}

ReplacedTable::~ReplacedTable() = default;

size_t ReplacedTable::step(size_t max_rows) {
    const RecordBatch stored = read(max_rows);
    if (!stored.empty()) {
        RecordBatch before = before_ ? before_->rows(copy_of(stored)) : RecordBatch();
        write_difference(before, now_->rows(copy_of(stored)), stored);
    }
    if (done_) note_told_plan(store_, number_);
    return stored.num_rows();
}

RecordBatch ReplacedTable::read(size_t max_rows) {
    std::vector<Column> columns = new_columns(from_.schema);
    std::vector<Column*> targets;
    for (Column& column : columns) targets.push_back(&column);
    std::vector<RowMeta> meta;
    std::vector<Window> windows;
    done_ = true;
    for (auto cursor = store_.scan(next_key_, ByteView(&kReservedPrefix, 1)); cursor->valid();
         cursor->next()) {
        if (meta.size() >= max_rows) {
            next_key_.assign(cursor->key());
            done_ = false;
            break;
        }
        const auto time_ms = pairs_->read(cursor->key(), {cursor->value()}, targets);
        if (!time_ms) continue;
        RowMeta row;
        row.offset = static_cast<int64_t>(meta.size());  // Which of these rows it is.
        row.partition = context_.partition;
        row.timestamp_ms = *time_ms;
        row.stream_time_ms = row.timestamp_ms;
        if (pairs_->key().windowed()) windows.push_back(pairs_->key().read_window(cursor->key()));
        meta.push_back(row);
    }
    RecordBatch batch(finished(columns), std::move(meta));
    batch.set_windows(std::move(windows));
    return batch;
}

void ReplacedTable::write_difference(const RecordBatch& before, const RecordBatch& now,
                                     const RecordBatch& stored) {
    std::vector<uint32_t> was(stored.num_rows(), before_ ? kNone : 0), is(stored.num_rows(), kNone);
    for (uint32_t row = 0; row < before.num_rows(); ++row)
        was[static_cast<size_t>(before.meta()[row].offset)] = row;
    for (uint32_t row = 0; row < now.num_rows(); ++row)
        is[static_cast<size_t>(now.meta()[row].offset)] = row;
    // In the order of the store, whatever the split.
    std::vector<Column> columns = new_columns(encoder_.schema());
    const size_t num_keys = encoder_.schema().key.size();
    std::vector<RowMeta> meta;
    std::vector<Window> windows;
    for (uint32_t row = 0; row < stored.num_rows(); ++row) {
        const bool gone = is[row] == kNone;
        if (gone ? was[row] == kNone : same(before, was[row], now, is[row])) continue;
        for (size_t c = 0; c < columns.size(); ++c) {
            if (!gone) {
                columns[c].append_from(now.column(c), is[row]);
            } else if (c < num_keys) {
                columns[c].append_from(stored.column(c), row);
            } else {
                columns[c].append_null();
            }
        }
        meta.push_back(stored.meta()[row]);
        if (gone) meta.back().kind = RowKind::kDelete;
        if (stored.windowed()) windows.push_back(stored.windows()[row]);
    }
    if (meta.empty()) return;
    RecordBatch batch(finished(columns), std::move(meta));
    batch.set_windows(std::move(windows));
    encoder_.write(batch);
}

bool ReplacedTable::same(const RecordBatch& before, uint32_t was, const RecordBatch& now,
                         uint32_t is) const {
    if (!before_ || !same_columns_ || was == kNone) return false;
    for (size_t c = 0; c < now.num_columns(); ++c) {
        if (!(now.column(c).get(is) == before.column(c).get(was))) return false;
    }
    return true;
}

}  // namespace millrace::exec
