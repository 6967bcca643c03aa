#include "engine/session/topic_rules.h"

#include <re2/re2.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/plan/internal_topics.h"
#include "engine/runtime/processing_log.h"

namespace millrace {

TopicRules::TopicRules(const Config& config)
    : command_topic_(plan::command_topic(config.get<"ksql.service.id">())),
      slots_topic_(plan::slots_topic(config.get<"ksql.service.id">())),
      internal_prefix_(plan::internal_prefix(config.get<"ksql.service.id">())),
      processing_log_(processing_log_options(config).topic),
      hidden_(compile("ksql.hidden.topics", config.get<"ksql.hidden.topics">())),
      read_only_(compile("ksql.readonly.topics", config.get<"ksql.readonly.topics">())) {}

TopicRules::~TopicRules() = default;

TopicRules::Patterns TopicRules::compile(const char* property,
                                         const std::vector<std::string>& texts) {
    Patterns patterns;
    for (const auto& text : texts) {
        patterns.push_back(std::make_unique<re2::RE2>(text, re2::RE2::Quiet));
        if (patterns.back()->ok()) continue;
        refuse(ErrorKind::kGeneral, std::string("Invalid value ") + text + " for configuration " +
                                        property +
                                        ": Not a regular expression: " + patterns.back()->error());
    }
    return patterns;
}

bool TopicRules::any_match(const Patterns& patterns, const std::string& topic) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const auto& pattern) { return re2::RE2::FullMatch(topic, *pattern); });
}

bool TopicRules::is_internal(std::string_view topic) const {
    if (topic == command_topic_ || topic == slots_topic_) return true;
    if (!topic.starts_with(internal_prefix_)) return false;
    topic.remove_prefix(internal_prefix_.size());
    // More exactly than by the prefix: of a service with a longer id nothing is ours.
    const bool of_query = topic.starts_with("query_") || topic.starts_with("transient_");
    return of_query && (topic.ends_with("-changelog") || topic.ends_with("-repartition"));
}

bool TopicRules::is_writable(const std::string& topic) const {
    return !is_internal(topic) && topic != processing_log_ && !any_match(read_only_, topic) &&
           !any_match(hidden_, topic);
}

std::optional<std::string> TopicRules::refusal(TopicUse use, const std::string& topic) const {
    switch (use) {
        case TopicUse::kList:
            if (!is_internal(topic) && !any_match(hidden_, topic)) return std::nullopt;
            return "Topic is hidden: " + topic;
        case TopicUse::kSource:
            if (!is_internal(topic)) return std::nullopt;
            return "Cannot read from internal topic: " + topic +
                   ". No stream or table can be declared over what the server keeps for itself; "
                   "PRINT shows what is in it.";
        case TopicUse::kSink:
            if (is_writable(topic)) return std::nullopt;
            return "Cannot insert into read-only topic: " + topic;
        case TopicUse::kInsert:
            if (is_writable(topic)) return std::nullopt;
            return "Cannot insert values into read-only topic: " + topic;
        case TopicUse::kMake:
            if (is_writable(topic)) return std::nullopt;
            return "Cannot create read-only topic: " + topic;
        case TopicUse::kDelete:
            if (is_writable(topic)) return std::nullopt;
            return "Cannot delete read-only topic: " + topic;
    }
    return std::nullopt;
}

void TopicRules::check(TopicUse use, const std::string& topic) const {
    if (auto why = refusal(use, topic)) refuse(*why);
}

}  // namespace millrace
