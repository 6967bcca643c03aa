#include <algorithm>
#include <map>
#include <optional>

#include "engine/state/closing_index.h"
#include "engine/state/overlay_table.h"
#include "engine/state/state_store.h"

namespace millrace {

struct Overlay::Layers {
    StateBackend& backend;
    std::shared_ptr<OverlayTotals> totals;
    std::map<StorePartition, std::shared_ptr<OverlayTable>> tables;
    std::vector<StateChange> changes;  // Used again by every apply.
};

namespace {

/// Pairs of both layers in key order; the overlay's pair stands for the backend's of the same key.
class MergedCursor final : public StoreCursor {
public:
    MergedCursor(std::shared_ptr<OverlayTable> table, ByteView from, ByteView to)
        : table_(std::move(table)),
          local_(is_local_key(from)),
          from_(from),
          to_(to),
          below_(table_->backend().scan(table_->where(), from, to)) {
        version_ = table_->version();
        order_ = table_->ordered(local_);
        if (order_) above_ = order_->lower_bound(ByteView(from_));
        settle();
    }

    bool valid() const override { return valid_; }
    ByteView key() const override { return current_ ? current_->key() : below_->key(); }
    ByteView value() const override { return current_ ? current_->value() : below_->value(); }

    void next() override {
        from_.assign(key());
        seek_overlay_past_from();
        if (below_->valid() && below_->key() == ByteView(from_)) below_->next();
        settle();
    }

private:
    void seek_overlay_past_from() {
        if (version_ == table_->version()) {
            if (current_) ++above_;
            return;
        }
        version_ = table_->version();
        order_ = table_->ordered(local_);
        if (order_) above_ = order_->upper_bound(ByteView(from_));
    }
    bool overlay_in_range() const {
        return order_ && above_ != order_->end() &&
               (to_.empty() || (*above_)->key() < ByteView(to_));
    }
    void settle() {
        for (;;) {
            const bool above = overlay_in_range();
            valid_ = above || below_->valid();
            if (!valid_) return;
            current_ = nullptr;
            if (!above) return;
            const int order = below_->valid() ? (*above_)->key().compare(below_->key()) : -1;
            if (order > 0) return;
            if (!(*above_)->erased) {
                current_ = *above_;
                return;
            }
            if (order == 0) below_->next();
            ++above_;
        }
    }

    std::shared_ptr<OverlayTable> table_;
    const bool local_;
    std::string from_, to_;
    std::unique_ptr<StoreCursor> below_;
    const OverlayTable::Ordered* order_ = nullptr;
    OverlayTable::Ordered::const_iterator above_;
    uint64_t version_ = 0;
    // The overlay's entry at the cursor; null: the pair is the backend's. Outlives changes of the
    // index.
    const OverlayTable::Entry* current_ = nullptr;
    bool valid_ = false;
};

class OverlayStore final : public StateStore {
public:
    explicit OverlayStore(std::shared_ptr<OverlayTable> table) : table_(std::move(table)) {}

    std::optional<ByteView> get(ByteView key) override {
        if (const auto* entry = table_->find(key)) {
            if (entry->erased) return std::nullopt;
            return entry->value();
        }
        if (!table_->backend().read(table_->where(), key, buffer_)) return std::nullopt;
        return buffer_;
    }

    void put(ByteView key, ByteView value) override {
        bool is_new = false;
        table_->set(*table_->find_or_add(key, value.size(), is_new), value);
    }

    void erase(ByteView key) override {
        bool is_new = false;
        auto* entry = table_->find_or_add(key, 0, is_new);
        entry->erased = true;
        entry->value_size = 0;
    }

    std::unique_ptr<StoreCursor> scan(ByteView from, ByteView to) override {
        return std::make_unique<MergedCursor>(table_, from, to);
    }

    Slot edit(ByteView key, size_t size_if_new) override {
        bool is_new = false;
        auto* entry = table_->find_or_add(key, size_if_new, is_new);
        bool found = !entry->erased;
        if (is_new && table_->backend().read(table_->where(), key, buffer_)) {
            table_->set(*entry, buffer_);
            found = true;
        } else if (!found) {
            entry->value_size = 0;
            table_->resize(*entry, size_if_new);
            entry->erased = false;
        }
        return {entry->value_data, entry->value_size, found, &entry->mark, entry->key()};
    }

    Slot resize(ByteView key, size_t size) override {
        auto* entry = table_->find(key);
        MR_CHECK(entry && !entry->erased, "resize of a value that is not open");
        table_->resize(*entry, size);
        return {entry->value_data, entry->value_size, true, &entry->mark, entry->key()};
    }

    void expire(size_t suffix_bytes, int64_t before_ms) override {
        // Said along with writes, so that an abort takes it back with them.
        if (table_->empty()) return;
        if (!table_->expiry || table_->expiry->before_ms < before_ms) {
            table_->expiry = Expiry{suffix_bytes, before_ms};
        }
    }

private:
    std::shared_ptr<OverlayTable> table_;
    std::string buffer_;
};

}  // namespace

Overlay::Overlay(StateBackend& backend)
    : layers_(new Layers{backend, std::make_shared<OverlayTotals>(), {}, {}}) {}
Overlay::~Overlay() = default;

std::unique_ptr<StateStore> Overlay::store(StorePartition where) {
    auto& table = layers_->tables[where];
    if (!table) table = std::make_shared<OverlayTable>(layers_->backend, where, layers_->totals);
    return std::make_unique<OverlayStore>(table);
}

size_t Overlay::bytes() const {
    return layers_->totals->bytes;
}

bool Overlay::empty() const {
    return layers_->totals->written.empty();
}

void Overlay::visit_changes(const std::function<void(const Change&)>& visit) const {
    auto& written = layers_->totals->written;
    std::sort(written.begin(), written.end(),
              [](const OverlayTable* a, const OverlayTable* b) { return a->where() < b->where(); });
    for (const OverlayTable* table : written) {
        for (const auto* entry : table->entries()) {
            Change change{table->where(), entry->key(), std::nullopt};
            if (!entry->erased) change.value = entry->value();
            visit(change);
        }
    }
}

Status Overlay::apply(const std::map<StorePartition, int64_t>& changelog_offsets) {
    auto& changes = layers_->changes;
    changes.clear();
    visit_changes([&](const Change& change) { changes.push_back(change); });
    if (!changes.empty() || !changelog_offsets.empty()) {
        Status applied = layers_->backend.apply_changes(changes, changelog_offsets);
        if (!applied) return applied;
    }
    for (const OverlayTable* table : layers_->totals->written) {
        if (table->expiry) layers_->backend.expire(table->where(), *table->expiry);
    }
    clear();
    return Status::ok();
}

void Overlay::clear() {
    const std::vector<OverlayTable*> written = layers_->totals->written;
    for (OverlayTable* table : written) table->clear();
    layers_->changes.clear();
}

void Overlay::adopt(Overlay& from, StorePartition where) {
    auto found = from.layers_->tables.find(where);
    if (found == from.layers_->tables.end()) return;
    found->second->move_to(layers_->totals);
    layers_->tables[where] = std::move(found->second);
    from.layers_->tables.erase(found);
}

void Overlay::forget(StorePartition where) {
    auto found = layers_->tables.find(where);
    if (found == layers_->tables.end()) return;
    found->second->clear();
    // A store may still point at the table; it then finds it empty.
    if (found->second.use_count() == 1) layers_->tables.erase(found);
}

}  // namespace millrace
