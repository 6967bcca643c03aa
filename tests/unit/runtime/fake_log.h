// A log whose every answer a test decides: what its writers are asked is noted, and its partitions
// have a last stable offset and a high watermark of their own.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace millrace::test {

struct FakePartition {
    /// Committed records, by offset. Offsets without one are markers or aborted records.
    std::map<int64_t, std::pair<std::string, std::string>> records;
    std::set<int64_t> keyless;  ///< Those of them that have no key.
    int64_t begin = 0;
    int64_t stable = 0;  ///< A read_committed reader comes as far as this.
    int64_t high_watermark = 0;
};

class FakeLog final : public Log, private TopicAdmin {
public:
    std::unique_ptr<LogReader> reader(const ReaderOptions& options) override;
    std::unique_ptr<LogWriter> writer(const WriterOptions& options) override;
    std::unique_ptr<GroupMember> member(const MemberOptions&) override { return nullptr; }
    TopicAdmin& topics() override { return *this; }
    std::string describe() const override { return "fake"; }

    FakePartition& at(const TopicPartition& partition) { return partitions_[partition]; }
    std::string cluster = "fake";
    std::string life = "1";  ///< Of every topic.
    /// Where readers were told to start, in order.
    std::vector<int64_t> starts;

    /// "init", "begin", "write TOPIC KEY", "offsets SLOTS", "commit", "abort", "flush", "mark",
    /// "acknowledged", "gone", in order.
    std::vector<std::string> calls;
    /// The next answers of a call, by its first word; ok when there is none.
    std::map<std::string, std::deque<Status>> answers;
    Status answer(const std::string& call, const std::string& rest = "");
    /// Whose offsets were published, a string a call; and what happens meanwhile.
    std::vector<std::string> published;
    std::function<void()> while_publishing = [] {};
    /// What writers say next of records that were refused.
    std::vector<Refusal> refusals;

private:
    Result<std::vector<TopicInfo>> list() override { return std::vector<TopicInfo>{}; }
    Result<TopicInfo> describe(const std::string&) override { return none(); }
    Status create(const std::string&, const TopicConfig&) override { return none(); }
    Status remove(const std::string&) override { return none(); }
    Result<OffsetRange> offsets(const TopicPartition& partition) override {
        return OffsetRange{at(partition).begin, at(partition).high_watermark};
    }
    Result<std::map<TopicPartition, OffsetRange>> offsets_of(
        const std::vector<TopicPartition>&) override {
        return none();
    }
    Result<int64_t> offset_for_time(const TopicPartition&, int64_t) override { return none(); }
    Status delete_records(const std::map<TopicPartition, int64_t>&) override { return none(); }
    Status publish_group_offsets(const std::string&, const GroupOffsets& groups) override;
    std::string topic_id(const std::string&) override { return life; }
    std::string cluster_id() override { return cluster; }
    Status ping(int64_t) override { return none(); }
    static Status none() { return {Fault::kFatal, "the fake log does not do this"}; }

    std::map<TopicPartition, FakePartition> partitions_;
};

}  // namespace millrace::test
