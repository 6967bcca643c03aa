// All that a catalog holds, as text to compare.
#pragma once

#include <string>

#include "engine/plan/steps_json.h"
#include "engine/session/command_fold.h"

namespace millrace::test {

inline std::string catalog_text(const Catalog& catalog) {
    std::string text = "next=" + std::to_string(catalog.next_query_number()) + "\n";
    for (const auto& source : catalog.sources()) {
        Command command;
        command.action = Command::Action::kPutSource;
        command.source = source;
        text += "source " + command.to_json() + "\n";
    }
    for (const auto& [name, type] : catalog.types())
        text += "type " + name + "=" + type->to_string() + "\n";
    for (const auto& query : catalog.queries()) {
        text += "query " + query.id + " made_at=" + std::to_string(query.made_at) +
                (query.paused ? " paused" : "");
        for (const auto& [name, value] : query.overrides) text += " " + name + "=" + value;
        for (const auto& [topic, end] : query.starts.value_or(QueryStarts()))
            for (int64_t offset : end.offsets)
                text += " " + topic + "(" + end.topic_id + ")@" + std::to_string(offset);
        text += " " + plan::plan_to_json(*query.plan) + "\n";
    }
    for (const auto& [name, value] : catalog.system_properties())
        text += "system " + name + "=" + value + "\n";
    return text;
}

}  // namespace millrace::test
