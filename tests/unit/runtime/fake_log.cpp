#include "tests/unit/runtime/fake_log.h"

#include <algorithm>
#include <utility>

#include "engine/runtime/local_topic.h"

namespace millrace::test {

namespace {

class FakeReader final : public LogReader {
public:
    explicit FakeReader(FakeLog& log) : log_(log) {}

    Status assign(const std::map<TopicPartition, int64_t>& starts) override {
        for (const auto& [partition, start] : starts) {
            log_.starts.push_back(start);
            positions_[partition] = start;
        }
        return Status::ok();
    }
    void unassign(const std::vector<TopicPartition>& partitions) override {
        for (const auto& partition : partitions) positions_.erase(partition);
    }
    std::unique_ptr<LogBatch> poll(const TopicPartition& partition, size_t max_records) override {
        int64_t& position = positions_.at(partition);
        const FakePartition& from = log_.at(partition);
        auto batch = std::make_unique<LocalBatch>(partition);
        for (auto it = from.records.lower_bound(position);
             it != from.records.end() && it->first < from.stable &&
             batch->records().size() < max_records;
             ++it) {
            std::optional<ByteView> key;
            if (from.keyless.count(it->first) == 0) key = it->second.first;
            batch->add(key, it->second.second, 0, it->first);
            position = it->first + 1;
        }
        if (!batch->records().empty()) return batch;
        position = std::max(position, from.stable);
        return nullptr;
    }
    void wait(int64_t) override {}
    void wake() override {}
    bool at_end(const TopicPartition& partition) override {
        return positions_.at(partition) >= log_.at(partition).stable;
    }
    int64_t position(const TopicPartition& partition) override {
        auto found = positions_.find(partition);
        return found == positions_.end() ? -1 : found->second;
    }
    std::vector<std::pair<TopicPartition, Status>> take_errors() override { return {}; }

private:
    FakeLog& log_;
    std::map<TopicPartition, int64_t> positions_;
};

class FakeWriter final : public LogWriter {
public:
    explicit FakeWriter(FakeLog& log) : log_(log) {}
    ~FakeWriter() override { log_.calls.push_back("gone"); }

    Status init_transactions(int64_t) override { return log_.answer("init"); }
    Status begin() override { return log_.answer("begin"); }
    void expect(const std::vector<std::string>& topics) override {
        for (const std::string& topic : topics) log_.calls.push_back("expect " + topic);
    }
    Status write(const ProducedRecord& record) override {
        return log_.answer("write", std::string(record.topic) + " " +
                                        std::string(record.key.value_or("")) +
                                        (record.value ? "" : " gone"));
    }
    Status write(const ProducedRecord& record, std::function<void(int64_t)>) override {
        return write(record);
    }
    Status send_offsets(const std::string&, const std::map<int32_t, GroupOffset>& offsets,
                        const GroupMetadata&, int64_t) override {
        std::string slots;
        for (const auto& [slot, offset] : offsets)
            slots += std::to_string(slot) + "@" + std::to_string(offset.offset) + " ";
        if (!slots.empty()) slots.pop_back();
        return log_.answer("offsets", slots);
    }
    Status commit(int64_t) override { return log_.answer("commit"); }
    Status abort(int64_t) override { return log_.answer("abort"); }
    Status flush(int64_t) override { return log_.answer("flush"); }
    void mark() override { log_.calls.push_back("mark"); }
    Status acknowledged() override { return log_.answer("acknowledged"); }
    void poll() override {}
    std::vector<Refusal> take_refusals() override { return std::exchange(log_.refusals, {}); }

private:
    FakeLog& log_;
};

}  // namespace

std::unique_ptr<LogReader> FakeLog::reader(const ReaderOptions&) {
    return std::make_unique<FakeReader>(*this);
}

std::unique_ptr<LogWriter> FakeLog::writer(const WriterOptions&) {
    return std::make_unique<FakeWriter>(*this);
}

Status FakeLog::answer(const std::string& call, const std::string& rest) {
    calls.push_back(rest.empty() ? call : call + " " + rest);
    auto& next = answers[call];
    if (next.empty()) return Status::ok();
    Status status = next.front();
    next.pop_front();
    return status;
}

Status FakeLog::publish_group_offsets(const std::string&, const GroupOffsets& groups) {
    std::string& all = published.emplace_back();
    for (const auto& [group, offsets] : groups) all += (all.empty() ? "" : " ") + group;
    while_publishing();
    auto& next = answers["publish"];
    if (next.empty()) return Status::ok();
    Status status = next.front();
    next.pop_front();
    return status;
}

}  // namespace millrace::test
