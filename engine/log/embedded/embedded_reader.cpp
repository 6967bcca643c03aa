#include "engine/log/embedded/embedded_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {

EmbeddedReader::EmbeddedReader(std::shared_ptr<EmbeddedCore> core, const ReaderOptions& options)
    : core_(std::move(core)), options_(options), seen_removals_(core_->removals()) {}

EmbeddedReader::~EmbeddedReader() {
    for (auto& [name, assigned] : assigned_) core_->unsubscribe(*assigned.partition, signal_);
}

Status EmbeddedReader::assign(const std::map<TopicPartition, int64_t>& starts) {
    for (const auto& [name, start] : starts) {
        TopicHandle topic = core_->find(name.topic);
        if (!topic || name.partition < 0 || name.partition >= topic->num_partitions()) {
            return {Fault::kNotFound, fmt::format("There is no partition {} of topic '{}' to read.",
                                                  name.partition, name.topic)};
        }
    }
    for (const auto& [name, start] : starts) {
        unassign({name});
        TopicHandle topic = core_->find(name.topic);
        if (!topic) return {Fault::kNotFound, fmt::format("Topic '{}' was removed.", name.topic)};
        EmbeddedPartition& partition = topic->at(name.partition);
        Assigned& assigned = assigned_[name];
        assigned.topic = std::move(topic);
        assigned.partition = &partition;
        assigned.cursor = core_->store().cursor(*partition.place);
        if (start == kOffsetEarliest) {
            assigned.position = partition.begin;
        } else {
            assigned.position = start == kOffsetLatest ? partition.end.load() : start;
        }
        core_->subscribe(partition, signal_);
        if (options_.tell_out_of_range && start >= 0 &&
            (start < partition.begin || start > partition.end)) {
            out_of_range_.push_back(name);
            assigned.position = std::max<int64_t>(assigned.position, partition.begin);
            signal_.set();
        }
        if (assigned.position < partition.end) signal_.set();
    }
    return Status::ok();
}

void EmbeddedReader::unassign(const std::vector<TopicPartition>& partitions) {
    for (const TopicPartition& name : partitions) {
        auto found = assigned_.find(name);
        if (found == assigned_.end()) continue;
        core_->unsubscribe(*found->second.partition, signal_);
        assigned_.erase(found);
        std::erase(out_of_range_, name);
    }
}

std::unique_ptr<LogBatch> EmbeddedReader::poll(const TopicPartition& partition,
                                               size_t max_records) {
    auto found = assigned_.find(partition);
    if (found == assigned_.end() || max_records == 0) return nullptr;
    Assigned& assigned = found->second;
    const OffsetRun run =
        core_->next_run(*assigned.partition, assigned.position, options_.read_committed);
    if (assigned.topic->removed) return nullptr;
    // Records that were to be read were deleted meanwhile.
    if (options_.tell_out_of_range && assigned.position < assigned.partition->begin) {
        out_of_range_.push_back(partition);
        signal_.set();
    }
    assigned.position = run.begin;
    if (run.empty()) return nullptr;
    auto batch = assigned.cursor->read(partition, run.begin, run.end, max_records,
                                       options_.partition_buffer_bytes);
    if (!batch) {
        errors_.emplace_back(partition, batch.status());
        return nullptr;
    }
    if (*batch != nullptr) assigned.position = (*batch)->records().back().offset + 1;
    // More is there: the next wait() must not sleep on it.
    if (assigned.position < assigned.partition->end) signal_.set();
    return std::move(*batch);
}

void EmbeddedReader::wait(int64_t timeout_ms) {
    signal_.wait(timeout_ms);
}

void EmbeddedReader::wake() {
    signal_.set();
}

bool EmbeddedReader::at_end(const TopicPartition& partition) {
    auto found = assigned_.find(partition);
    return found != assigned_.end() &&
           (found->second.topic->removed ||
            found->second.position >=
                core_->shown_end(*found->second.partition, options_.read_committed));
}

int64_t EmbeddedReader::position(const TopicPartition& partition) {
    auto found = assigned_.find(partition);
    return found == assigned_.end() ? -1 : found->second.position;
}

std::string EmbeddedReader::topic_id(const TopicPartition& partition) {
    auto found = assigned_.find(partition);
    return found == assigned_.end() ? "" : found->second.topic->id;
}

std::vector<TopicPartition> EmbeddedReader::take_out_of_range() {
    return std::exchange(out_of_range_, {});
}

std::vector<std::pair<TopicPartition, Status>> EmbeddedReader::take_errors() {
    if (int64_t removals = core_->removals(); removals != seen_removals_) {
        seen_removals_ = removals;
        for (auto& [name, assigned] : assigned_) {
            if (!assigned.topic->removed || assigned.gone) continue;
            assigned.gone = true;
            errors_.emplace_back(
                name, Status(Fault::kNotFound, fmt::format("Topic '{}' was removed.", name.topic)));
        }
    }
    return std::exchange(errors_, {});
}

}  // namespace millrace
