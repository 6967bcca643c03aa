#include "engine/session/known_topics.h"

#include <cstdlib>

#include "engine/base/error.h"

namespace millrace {

const TopicInfo* KnownTopics::find(const std::string& name) {
    auto answer = [](const std::optional<TopicInfo>& topic) { return topic ? &*topic : nullptr; };
    if (auto found = supposed_.find(name); found != supposed_.end()) return answer(found->second);
    if (auto found = asked_.find(name); found != asked_.end()) return answer(found->second);
    if (!may_ask_) throw NotAsked{};
    auto info = admin_.describe(name);
    if (!info && info.status().fault() != Fault::kNotFound) {
        refuse(ErrorKind::kServer, info.status().message());
    }
    return answer(asked_[name] = info ? std::optional(std::move(*info)) : std::nullopt);
}

const TopicEnd& KnownTopics::end_of(const std::string& name) {
    if (auto found = ends_.find(name); found != ends_.end()) return found->second;
    if (!may_ask_) throw NotAsked{};
    // What it is at this moment, not what this request knew of it before.
    auto info = admin_.describe(name);
    if (!info && info.status().fault() == Fault::kNotFound) return ends_[name] = {};
    if (!info) refuse(ErrorKind::kServer, info.status().message());
    std::vector<TopicPartition> partitions;
    for (size_t i = 0; i < info->replicas.size(); ++i)
        partitions.push_back({name, static_cast<int32_t>(i)});
    auto ranges = admin_.offsets_of(partitions);
    if (!ranges) refuse(ErrorKind::kServer, ranges.status().message());
    TopicEnd end{info->id, {}};
    for (const auto& [partition, range] : *ranges) end.offsets.push_back(range.end);
    return ends_[name] = std::move(end);
}

void KnownTopics::make(const plan::TopicRequest& request) {
    if (has(request)) return;
    Status status =
        admin_.create(request.name, {request.partitions, request.replicas, request.settings});
    if (!status) {
        refuse(ErrorKind::kServer,
               "Failed to create topic '" + request.name + "': " + status.message());
    }
    // What it has become, with the broker's own settings, is asked for again when it matters.
    asked_.erase(request.name);
    find(request.name);
}

Status KnownTopics::remove(const std::string& name) {
    asked_.erase(name);
    return admin_.remove(name);
}

void KnownTopics::suppose_made(const plan::TopicRequest& request) {
    if (has(request)) return;
    std::vector<int32_t> replicas(static_cast<size_t>(request.partitions), request.replicas);
    supposed_[request.name] = TopicInfo{request.name, {}, std::move(replicas), request.settings};
}

void KnownTopics::serve(plan::PlanningContext& context) {
    context.topic_partitions = [this](const std::string& name) -> std::optional<int32_t> {
        const auto* topic = find(name);
        if (topic == nullptr) return std::nullopt;
        return static_cast<int32_t>(topic->replicas.size());
    };
    context.topic_replicas = [this](const std::string& name) -> std::optional<int16_t> {
        const auto* topic = find(name);
        if (topic == nullptr || topic->replicas.empty()) return std::nullopt;
        return static_cast<int16_t>(topic->replicas.front());
    };
    context.topic_retention_ms = [this](const std::string& name) -> std::optional<int64_t> {
        const auto* topic = find(name);
        if (topic == nullptr) return std::nullopt;
        auto cleanup = topic->settings.find("cleanup.policy");
        // A topic that is only compacted keeps its records for ever, whatever else it says.
        if (cleanup != topic->settings.end() && cleanup->second == "compact") return -1;
        auto retention = topic->settings.find("retention.ms");
        if (retention == topic->settings.end()) return std::nullopt;
        return std::strtoll(retention->second.c_str(), nullptr, 10);
    };
}

}  // namespace millrace
