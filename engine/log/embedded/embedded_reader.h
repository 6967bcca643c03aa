// Reads an embedded log. Waits on one signal that appends to any of its partitions set. One thread.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "engine/log/embedded/embedded_core.h"

namespace millrace {

class EmbeddedReader final : public LogReader {
public:
    EmbeddedReader(std::shared_ptr<EmbeddedCore> core, const ReaderOptions& options);
    ~EmbeddedReader() override;

    Status assign(const std::map<TopicPartition, int64_t>& starts) override;
    void unassign(const std::vector<TopicPartition>& partitions) override;
    std::unique_ptr<LogBatch> poll(const TopicPartition& partition, size_t max_records) override;
    void wait(int64_t timeout_ms) override;
    void wake() override;
    bool at_end(const TopicPartition& partition) override;
    int64_t position(const TopicPartition& partition) override;
    std::string topic_id(const TopicPartition& partition) override;
    std::vector<std::pair<TopicPartition, Status>> take_errors() override;
    std::vector<TopicPartition> take_out_of_range() override;

private:
    struct Assigned {
        TopicHandle topic;
        EmbeddedPartition* partition = nullptr;
        std::unique_ptr<StoreCursor> cursor;
        int64_t position = 0;
        bool gone = false;  ///< The removal of its topic has been told.
    };

    const std::shared_ptr<EmbeddedCore> core_;
    const ReaderOptions options_;
    WaitSignal signal_;
    std::map<TopicPartition, Assigned> assigned_;
    std::vector<std::pair<TopicPartition, Status>> errors_;
    std::vector<TopicPartition> out_of_range_;
    int64_t seen_removals_;
};

}  // namespace millrace
