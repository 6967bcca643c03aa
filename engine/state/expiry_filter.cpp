#include "engine/state/expiry_filter.h"

#include "engine/state/closing_index.h"

namespace millrace {

namespace {

constexpr size_t kPrefixBytes = 8;  // Store number and partition.

class ExpiryFilter final : public rocksdb::CompactionFilter {
public:
    explicit ExpiryFilter(std::map<StorePartition, Expiry> expiries)
        : expiries_(std::move(expiries)) {}

    const char* Name() const override { return "millrace.expiry"; }

    bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice&, std::string*,
                bool*) const override {
        if (key.size() <= kPrefixBytes) return false;
        // Keys come in order: the look-up is once a store partition.
        const uint64_t prefix = get_be64(key.data());
        if (prefix != prefix_) {
            prefix_ = prefix;
            const StorePartition where{static_cast<uint32_t>(prefix >> 32),
                                       static_cast<int32_t>(prefix & 0xffffffff)};
            auto found = expiries_.find(where);
            expiry_ = found == expiries_.end() ? Expiry{} : found->second;
        }
        if (expiry_.suffix_bytes == 0) return false;
        const auto time_ms = expiry_time({key.data() + kPrefixBytes, key.size() - kPrefixBytes},
                                         expiry_.suffix_bytes);
        return time_ms && *time_ms < expiry_.before_ms;
    }

private:
    std::map<StorePartition, Expiry> expiries_;
    mutable uint64_t prefix_ = 0;  // Store 0 is never windowed.
    mutable Expiry expiry_;
};

class ExpiryFilterFactory final : public rocksdb::CompactionFilterFactory {
public:
    explicit ExpiryFilterFactory(std::shared_ptr<ExpiryTable> expiries)
        : expiries_(std::move(expiries)) {}
    const char* Name() const override { return "millrace.expiry"; }
    std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
        const rocksdb::CompactionFilter::Context&) override {
        auto current = expiries_->current();
        if (current.empty()) return nullptr;
        return std::make_unique<ExpiryFilter>(std::move(current));
    }

private:
    std::shared_ptr<ExpiryTable> expiries_;
};

}  // namespace

void ExpiryTable::set(StorePartition where, Expiry expiry) {
    std::lock_guard lock(mutex_);
    Expiry& known = expiries_[where];
    if (known.suffix_bytes == 0 || known.before_ms < expiry.before_ms) known = expiry;
}

void ExpiryTable::forget(uint32_t store) {
    std::lock_guard lock(mutex_);
    std::erase_if(expiries_, [store](const auto& entry) { return entry.first.store == store; });
}

std::map<StorePartition, Expiry> ExpiryTable::current() const {
    std::lock_guard lock(mutex_);
    return expiries_;
}

std::shared_ptr<rocksdb::CompactionFilterFactory> make_expiry_filter_factory(
    std::shared_ptr<ExpiryTable> expiries) {
    return std::make_shared<ExpiryFilterFactory>(std::move(expiries));
}

}  // namespace millrace
