// What tasks that begin have to know of the log, asked for many of them at once and beside the
// worker.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "engine/log/log.h"

namespace millrace {

class LogAnswers {
public:
    struct Questions {
        std::set<TopicPartition> ranges;
        std::set<std::string> outputs;  ///< Topics that will be written to.
        /// Topics that will be read, by the reader that will.
        std::map<std::shared_ptr<LogReader>, std::set<std::string>> readers;
    };

    /// Waits for the log.
    LogAnswers(TopicAdmin& topics, const Questions& questions);

    /// Of what was asked, as of then.
    Result<OffsetRange> range(const TopicPartition& partition) const {
        return ranges_.at(partition);
    }
    /// How many an output has.
    Result<int32_t> partitions(const std::string& topic) const { return partitions_.at(topic); }

private:
    std::map<TopicPartition, Result<OffsetRange>> ranges_;
    std::map<std::string, Result<int32_t>> partitions_;
};

}  // namespace millrace
