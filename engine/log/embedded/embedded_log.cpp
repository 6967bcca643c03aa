#include "engine/log/embedded/embedded_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/log/embedded/embedded_core.h"
#include "engine/log/embedded/embedded_member.h"
#include "engine/log/embedded/embedded_reader.h"
#include "engine/log/embedded/embedded_writer.h"
#include "engine/log/embedded/log_cleaner.h"
#include "engine/log/embedded/memory_store.h"
#include "engine/log/embedded/rocksdb_store.h"

namespace millrace {

namespace {

constexpr size_t kScanBytes = 1 << 20;
constexpr size_t kScanRecords = 4096;

class EmbeddedAdmin final : public TopicAdmin {
public:
    explicit EmbeddedAdmin(std::shared_ptr<EmbeddedCore> core) : core_(std::move(core)) {}

    Result<std::vector<TopicInfo>> list() override {
        std::vector<TopicInfo> infos;
        for (const TopicHandle& topic : core_->topics()) infos.push_back(info_of(*topic));
        return infos;
    }
    Result<TopicInfo> describe(const std::string& topic) override {
        TopicHandle handle = core_->find(topic);
        if (!handle) return no_topic(topic);
        TopicInfo info = info_of(*handle);
        info.settings = handle->config.settings;
        // What a broker would answer for settings that were not given.
        info.settings.emplace("cleanup.policy", "delete");
        info.settings.emplace("retention.ms", std::to_string(handle->limits.retention_ms));
        info.settings.emplace("max.message.bytes",
                              std::to_string(handle->limits.max_message_bytes));
        return info;
    }
    std::string topic_id(const std::string& topic) override {
        TopicHandle handle = core_->find(topic);
        return handle ? handle->id : std::string();
    }
    Status create(const std::string& topic, const TopicConfig& config) override {
        Status created = core_->create(topic, config);
        return created ? core_->store().make_durable() : created;
    }
    Status remove(const std::string& topic) override {
        Status removed = core_->remove(topic);
        return removed ? core_->store().make_durable() : removed;
    }

    Result<OffsetRange> offsets(const TopicPartition& partition) override {
        auto found = find(partition);
        if (!found) return found.status();
        EmbeddedPartition& target = (*found)->at(partition.partition);
        return OffsetRange{target.begin, target.end};
    }

    Result<std::map<TopicPartition, OffsetRange>> offsets_of(
        const std::vector<TopicPartition>& partitions) override {
        std::map<TopicPartition, OffsetRange> ranges;
        for (const TopicPartition& partition : partitions) {
            auto range = offsets(partition);
            if (!range) return range.status();
            ranges[partition] = *range;
        }
        return ranges;
    }

    Result<int64_t> offset_for_time(const TopicPartition& partition,
                                    int64_t timestamp_ms) override {
        auto found = find(partition);
        if (!found) return found.status();
        EmbeddedPartition& target = (*found)->at(partition.partition);
        auto cursor = core_->store().cursor(*target.place);
        int64_t position = target.begin;
        const int64_t end = target.end;
        while (position < end) {
            auto batch = cursor->read(partition, position, end, kScanRecords, kScanBytes);
            if (!batch) return batch.status();
            if (*batch == nullptr) {
                position = std::max(position + 1, target.begin.load());
                continue;
            }
            for (const LogRecord& record : (*batch)->records()) {
                if (record.timestamp_ms >= timestamp_ms) return record.offset;
            }
            position = (*batch)->records().back().offset + 1;
        }
        return end;
    }

    Status delete_records(const std::map<TopicPartition, int64_t>& before) override {
        for (const auto& [partition, offset] : before) {
            if (Status done = core_->truncate(partition, offset); !done) return done;
        }
        return Status::ok();
    }
    Status publish_group_offsets(const std::string&, const GroupOffsets& groups) override {
        for (const auto& [group, offsets] : groups) {
            if (Status done = core_->publish_offsets(group, offsets); !done) return done;
        }
        return Status::ok();
    }
    std::string cluster_id() override { return core_->store().cluster_id(); }
    Status ping(int64_t) override { return Status::ok(); }

private:
    static TopicInfo info_of(const EmbeddedTopic& topic) {
        return {topic.name,
                topic.id,
                std::vector<int32_t>(topic.partitions.size(),
                                     std::max<int32_t>(topic.config.replicas, 1)),
                {}};
    }
    static Status no_topic(const std::string& topic) {
        return {Fault::kNotFound, fmt::format("Topic '{}' does not exist.", topic)};
    }
    Result<TopicHandle> find(const TopicPartition& partition) {
        TopicHandle topic = core_->find(partition.topic);
        if (!topic) return no_topic(partition.topic);
        if (partition.partition < 0 || partition.partition >= topic->num_partitions()) {
            return Status(Fault::kNotFound, fmt::format("Topic '{}' has no partition {}.",
                                                        partition.topic, partition.partition));
        }
        return topic;
    }

    const std::shared_ptr<EmbeddedCore> core_;
};

class EmbeddedLog final : public Log {
public:
    explicit EmbeddedLog(std::shared_ptr<EmbeddedCore> core)
        : core_(std::move(core)), admin_(core_) {}
    void clean_by_itself() {
        cleaner_ = std::make_unique<LogCleaner>(core_);
        cleaner_->start();
    }

    std::unique_ptr<LogReader> reader(const ReaderOptions& options) override {
        return std::make_unique<EmbeddedReader>(core_, options);
    }
    std::unique_ptr<LogWriter> writer(const WriterOptions& options) override {
        return std::make_unique<EmbeddedWriter>(core_, options);
    }
    std::unique_ptr<GroupMember> member(const MemberOptions& options) override {
        return std::make_unique<EmbeddedMember>(core_, options);
    }
    TopicAdmin& topics() override { return admin_; }
    std::string describe() const override { return core_->store().describe(); }

private:
    const std::shared_ptr<EmbeddedCore> core_;
    EmbeddedAdmin admin_;
    std::unique_ptr<LogCleaner> cleaner_;
};

}  // namespace

std::unique_ptr<Log> make_embedded_log(std::shared_ptr<EmbeddedCore> core) {
    return std::make_unique<EmbeddedLog>(std::move(core));
}

std::unique_ptr<Log> open_memory_log(const Clock& clock) {
    return make_embedded_log(
        std::make_shared<EmbeddedCore>(clock, std::shared_ptr<LogStore>(make_memory_store())));
}

Result<std::unique_ptr<Log>> open_rocksdb_log(const std::string& dir, const Clock& clock,
                                              const DiskLogOptions& options) {
    auto store = open_rocksdb_store(dir, options);
    if (!store) return store.status();
    auto core = std::make_shared<EmbeddedCore>(clock, std::shared_ptr<LogStore>(std::move(*store)));
    if (Status loaded = core->load(); !loaded) return loaded;
    auto log = std::make_unique<EmbeddedLog>(std::move(core));
    log->clean_by_itself();
    return std::unique_ptr<Log>(std::move(log));
}

}  // namespace millrace
