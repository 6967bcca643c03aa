#include "engine/log/embedded/log_cleaner.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <unordered_map>

#include "engine/base/guard.h"
#include "engine/base/log.h"

namespace millrace {

namespace {

constexpr auto kCleanEvery = std::chrono::seconds(10);
constexpr size_t kScanRecords = 4096;
constexpr size_t kScanBytes = 1 << 20;
constexpr size_t kEraseRecords = 1024;
/// Arrivals are noted so often in a time of retention.
constexpr int64_t kArrivalsNoted = 32;
constexpr int64_t kArrivalMsMin = 1000;
/// Of keys that are held at a time.
constexpr size_t kKeyBytesMax = 32 << 20;
constexpr size_t kKeyOverhead = 64;

/// Calls for the records in [from, end) until it says false.
Status scan(EmbeddedCore& core, const TopicHandle& topic, int32_t partition, int64_t from,
            int64_t end, const std::function<bool(const LogRecord&)>& visit) {
    const TopicPartition source{topic->name, partition};
    auto cursor = core.store().cursor(*topic->at(partition).place);
    while (from < end) {
        auto batch = cursor->read(source, from, end, kScanRecords, kScanBytes);
        if (!batch) return batch.status();
        if (*batch == nullptr) return Status::ok();
        for (const LogRecord& record : (*batch)->records()) {
            if (!visit(record)) return Status::ok();
        }
        from = (*batch)->records().back().offset + 1;
    }
    return Status::ok();
}

int64_t bytes_of(const LogRecord& record) {
    return static_cast<int64_t>((record.key ? record.key->size() : 0) +
                                (record.value ? record.value->size() : 0));
}

}  // namespace

// ---- what is kept ----

std::string CleanerNote::encode() const {
    std::string bytes;
    put_be64(bytes, static_cast<uint64_t>(compacted_to));
    for (const Arrival& arrival : arrivals) {
        put_be64(bytes, static_cast<uint64_t>(arrival.at_ms));
        put_be64(bytes, static_cast<uint64_t>(arrival.end));
    }
    return bytes;
}

CleanerNote CleanerNote::decode(ByteView bytes) {
    CleanerNote note;
    if (bytes.size() % 16 != 8) return note;
    note.compacted_to = static_cast<int64_t>(get_be64(bytes.data()));
    for (size_t at = 8; at < bytes.size(); at += 16) {
        note.arrivals.push_back({static_cast<int64_t>(get_be64(bytes.data() + at)),
                                 static_cast<int64_t>(get_be64(bytes.data() + at + 8))});
    }
    return note;
}

int64_t CleanerNote::arrived_before(int64_t time_ms) const {
    int64_t end = 0;
    for (const Arrival& arrival : arrivals) {
        if (arrival.at_ms <= time_ms) end = arrival.end;
    }
    return end;
}

// ---- the turns ----

LogCleaner::~LogCleaner() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void LogCleaner::start() {
    thread_ = std::thread([this] {
        std::unique_lock lock(mutex_);
        while (!wake_.wait_for(lock, kCleanEvery, [this] { return stopping_; })) {
            lock.unlock();
            guarded("log.cleaner", "a turn", [this] { clean(); });
            lock.lock();
        }
    });
}

void LogCleaner::clean() {
    for (const TopicHandle& topic : core_->topics()) {
        for (int32_t partition = 0; partition < topic->num_partitions(); ++partition) {
            if (!topic->removed) clean(topic, partition);
        }
    }
}

void LogCleaner::clean(const TopicHandle& topic, int32_t partition) {
    const TopicLimits& limits = topic->limits;
    const bool by_time = limits.removes && limits.retention_ms >= 0;
    if (!by_time && !limits.compacts && !(limits.removes && limits.retention_bytes >= 0)) return;
    EmbeddedPartition& target = topic->at(partition);
    CleanerNote note = CleanerNote::decode(target.note);
    const int64_t now_ms = core_->clock().now_ms();
    const int64_t longest_ms = std::max(by_time ? limits.retention_ms : 0,
                                        limits.compacts ? limits.delete_retention_ms : 0);
    auto& arrivals = note.arrivals;
    const int64_t apart_ms = std::max(longest_ms / kArrivalsNoted, kArrivalMsMin);
    const bool news = target.end > (arrivals.empty() ? 0 : arrivals.back().end);
    if (news && (arrivals.empty() || now_ms - arrivals.back().at_ms >= apart_ms)) {
        arrivals.push_back({now_ms, target.end});
        // The newest of those that are past all times stands for the others.
        while (arrivals.size() > 1 && arrivals[1].at_ms <= now_ms - longest_ms)
            arrivals.erase(arrivals.begin());
    }
    Status status;
    if (const int64_t begin = beginning_kept(topic, partition, note); begin > target.begin)
        status = core_->truncate({topic->name, partition}, begin);
    if (status && limits.compacts) status = compact(topic, partition, note);
    std::string bytes = note.encode();
    if (status && bytes != target.note)
        status = core_->keep_note(topic, partition, std::move(bytes));
    if (!status && status.fault() != Fault::kNotFound) {
        log_warn("log.cleaner", "topic={} partition={} is not cleaned: {}", topic->name, partition,
                 status.message());
    }
}

int64_t LogCleaner::beginning_kept(const TopicHandle& topic, int32_t partition,
                                   const CleanerNote& note) {
    const TopicLimits& limits = topic->limits;
    EmbeddedPartition& target = topic->at(partition);
    int64_t begin = target.begin;
    if (!limits.removes) return begin;
    const int64_t end = target.end;
    if (limits.retention_ms >= 0) {
        const int64_t before_ms = core_->clock().now_ms() - limits.retention_ms;
        const int64_t arrived = std::min(end, note.arrived_before(before_ms));
        (void)scan(*core_, topic, partition, begin, arrived, [&](const LogRecord& record) {
            if (record.timestamp_ms >= before_ms) return false;
            begin = record.offset + 1;
            return true;
        });
    }
    if (limits.retention_bytes >= 0 && end - begin > 1) {
        int64_t excess = core_->store().size_of(*target.place, begin, end) - limits.retention_bytes;
        if (excess <= 0) return begin;
        (void)scan(*core_, topic, partition, begin, end - 1, [&](const LogRecord& record) {
            if (excess <= 0) return false;
            excess -= bytes_of(record);
            begin = record.offset + 1;
            return true;
        });
    }
    return begin;
}

/// Once what has come since the last time is as much as what was left by it.
Status LogCleaner::compact(const TopicHandle& topic, int32_t partition, CleanerNote& note) {
    EmbeddedPartition& target = topic->at(partition);
    const int64_t begin = target.begin;
    const int64_t last = target.end - 1;  // Stays, for it tells where the partition ends.
    const int64_t from = std::max(begin, note.compacted_to);
    LogStore& store = core_->store();
    if (last <= from ||
        store.size_of(*target.place, from, last) < store.size_of(*target.place, begin, from)) {
        return Status::ok();
    }
    std::unordered_map<std::string, int64_t> newest;
    size_t key_bytes = 0;
    int64_t to = from;
    Status status = scan(*core_, topic, partition, from, last, [&](const LogRecord& record) {
        to = record.offset + 1;
        if (!record.key) return true;
        if (newest.insert_or_assign(std::string(*record.key), record.offset).second)
            key_bytes += record.key->size() + kKeyOverhead;
        return key_bytes < kKeyBytesMax;
    });
    const int64_t old_tombstones =
        note.arrived_before(core_->clock().now_ms() - topic->limits.delete_retention_ms);
    std::vector<int64_t> gone;
    auto erase = [&] {
        Status erased = core_->erase(topic, partition, gone);
        gone.clear();
        return erased;
    };
    if (status) {
        Status read = scan(*core_, topic, partition, begin, to, [&](const LogRecord& record) {
            auto found = record.key ? newest.find(std::string(*record.key)) : newest.end();
            const bool replaced = found != newest.end() && found->second > record.offset;
            if (replaced || (record.key && !record.value && record.offset < old_tombstones))
                gone.push_back(record.offset);
            if (gone.size() >= kEraseRecords) status = erase();
            return status.is_ok();
        });
        if (status) status = read;
    }
    if (status && !gone.empty()) status = erase();
    if (status) note.compacted_to = to;
    return status;
}

}  // namespace millrace
