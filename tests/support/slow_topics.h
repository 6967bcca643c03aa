// A memory log whose broker takes its time to make one topic.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/log/embedded/embedded_log.h"

namespace millrace::test {

class SlowTopicLog final : public Log, private TopicAdmin {
public:
    explicit SlowTopicLog(std::string topic)
        : log_(open_memory_log(clock_)), slow_topic_(std::move(topic)) {}

    /// Returns when somebody waits for the topic.
    void wait_until_asked() { asked_.get_future().wait(); }
    /// From now on the topic is made at once.
    void answer() { answer_.set_value(); }

    std::unique_ptr<LogReader> reader(const ReaderOptions& options) override {
        return log_->reader(options);
    }
    std::unique_ptr<LogWriter> writer(const WriterOptions& options) override {
        return log_->writer(options);
    }
    std::unique_ptr<GroupMember> member(const MemberOptions& options) override {
        return log_->member(options);
    }
    TopicAdmin& topics() override { return *this; }
    std::string describe() const override { return log_->describe(); }

private:
    TopicAdmin& admin() { return log_->topics(); }
    Result<std::vector<TopicInfo>> list() override { return admin().list(); }
    Result<TopicInfo> describe(const std::string& topic) override {
        return admin().describe(topic);
    }
    Status create(const std::string& topic, const TopicConfig& config) override {
        if (topic == slow_topic_) {
            std::call_once(once_, [this] { asked_.set_value(); });
            answered_.wait();
        }
        return admin().create(topic, config);
    }
    Status remove(const std::string& topic) override { return admin().remove(topic); }
    Result<OffsetRange> offsets(const TopicPartition& partition) override {
        return admin().offsets(partition);
    }
    Result<std::map<TopicPartition, OffsetRange>> offsets_of(
        const std::vector<TopicPartition>& partitions) override {
        return admin().offsets_of(partitions);
    }
    Result<int64_t> offset_for_time(const TopicPartition& partition,
                                    int64_t timestamp_ms) override {
        return admin().offset_for_time(partition, timestamp_ms);
    }
    Status delete_records(const std::map<TopicPartition, int64_t>& before) override {
        return admin().delete_records(before);
    }
    Status publish_group_offsets(const std::string& publisher,
                                 const GroupOffsets& groups) override {
        return admin().publish_group_offsets(publisher, groups);
    }
    std::string cluster_id() override { return admin().cluster_id(); }
    Status ping(int64_t timeout_ms) override { return admin().ping(timeout_ms); }

    ManualClock clock_{1700000000000};
    std::unique_ptr<Log> log_;
    std::string slow_topic_;
    std::once_flag once_;
    std::promise<void> asked_;
    std::promise<void> answer_;
    std::shared_future<void> answered_ = answer_.get_future().share();
};

}  // namespace millrace::test
