#include "engine/runtime/log_answers.h"

#include <vector>

#include "engine/runtime/topic_lookup.h"

namespace millrace {

LogAnswers::LogAnswers(TopicAdmin& topics, const Questions& questions) {
    for (const auto& [reader, names] : questions.readers)
        reader->expect({names.begin(), names.end()});
    TopicLookup outputs(topics);
    for (const std::string& topic : questions.outputs)
        partitions_.emplace(topic, outputs.partitions(topic));
    const std::vector<TopicPartition> all(questions.ranges.begin(), questions.ranges.end());
    auto ranges = topics.offsets_of(all);
    // One of them is not there: each is asked for by itself, and fails alone.
    const bool apart = ranges.status().fault() == Fault::kNotFound;
    for (const TopicPartition& partition : all) {
        ranges_.emplace(partition, ranges  ? Result<OffsetRange>(ranges->at(partition))
                                   : apart ? topics.offsets(partition)
                                           : Result<OffsetRange>(ranges.status()));
    }
}

}  // namespace millrace
