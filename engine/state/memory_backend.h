// State in memory: for tests and the driver. Thread-safe; a snapshot shares the maps and the next
// write to one of them copies it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/state/state_store.h"

namespace millrace {

class MemoryBackend final : public StateBackend {
public:
    using Pairs = std::map<std::string, std::string, std::less<>>;
    using PairsPtr = std::shared_ptr<const Pairs>;
    using Partitions = std::map<StorePartition, PairsPtr>;

    uint32_t store_number(const std::string& name) override;
    std::vector<std::string> store_names() override;
    Status drop_store(const std::string& name) override;
    std::optional<std::string> get(StorePartition where, ByteView key) override;
    bool read(StorePartition where, ByteView key, std::string& value) override;
    std::unique_ptr<StoreCursor> scan(StorePartition where, ByteView from, ByteView to) override;
    Status apply_changes(std::span<const StateChange> changes,
                         const std::map<StorePartition, int64_t>& changelog_offsets) override;
    void expire(StorePartition where, Expiry expiry) override;
    std::optional<int64_t> changelog_offset(StorePartition where) override;
    Status clear(StorePartition where, const std::string& origin) override;
    std::string origin(StorePartition where) override;
    Status set_origin(StorePartition where, const std::string& origin) override;
    std::shared_ptr<const StateSnapshot> snapshot() override;
    std::optional<std::string> get_meta(const std::string& key) override;
    Status put_meta(const std::string& key, const std::string& value) override;
    size_t bytes() override;

private:
    Pairs& writable(StorePartition where);

    std::mutex mutex_;
    Partitions partitions_;
    size_t bytes_ = 0;
    std::map<StorePartition, int64_t> offsets_;
    std::map<StorePartition, std::string> origins_;
    std::map<StorePartition, Expiry> expiries_;
    std::map<std::string, uint32_t> numbers_;
    uint32_t next_number_ = 1;
    std::map<std::string, std::string> meta_;
};

}  // namespace millrace
