#include "engine/plan/stored_json.h"

namespace millrace::plan {

Json parse_stored(const std::string& text) {
    const auto keep_all = [](int depth, Json::parse_event_t, const Json&) {
        if (depth > kStoredNestingMax) {
            throw DamagedBytes("it nests more than " + std::to_string(kStoredNestingMax) +
                               " levels");
        }
        return true;
    };
    try {
        return Json::parse(text, keep_all);
    } catch (const Json::exception& error) {
        throw DamagedBytes(error.what());
    }
}

int64_t stored_integer(const Json& json) {
    need_intact(json.is_number_integer(), "a number is none, or no whole one");
    const bool large = json.is_number_unsigned() && json.get<uint64_t>() > INT64_MAX;
    need_intact(!large, "a number is too large");
    return json.get<int64_t>();
}

}  // namespace millrace::plan
