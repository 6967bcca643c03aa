// A log whose topics have as many partitions as they were made with, of which only the first is
// ever written to: what ksqlDB's suite assumes, where all rows of a query meet in one task, in the
// order of the file. Slots keep their partitions. One owner; threads as the log underneath.
#pragma once

#include <memory>
#include <string>

#include "engine/log/log.h"

namespace millrace {

class OnePartitionLog final : public Log {
public:
    OnePartitionLog(std::unique_ptr<Log> log, std::string slots_topic)
        : log_(std::move(log)), slots_topic_(std::move(slots_topic)) {}

    std::unique_ptr<LogReader> reader(const ReaderOptions& options) override {
        return log_->reader(options);
    }
    std::unique_ptr<LogWriter> writer(const WriterOptions& options) override;
    std::unique_ptr<GroupMember> member(const MemberOptions& options) override {
        return log_->member(options);
    }
    TopicAdmin& topics() override { return log_->topics(); }
    std::string describe() const override { return log_->describe(); }

private:
    const std::unique_ptr<Log> log_;
    const std::string slots_topic_;
};

}  // namespace millrace
