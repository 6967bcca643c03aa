// JSON as commands and plans are kept in: read back out of a topic, where anybody may have written.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "engine/base/damaged.h"

namespace millrace::plan {

using Json = nlohmann::ordered_json;

/// Whoever walks what is read calls itself level by level, and so do nlohmann's copy and dump().
inline constexpr int kStoredNestingMax = 1000;

/// Throws DamagedBytes when the text is no JSON, or nests deeper than that.
Json parse_stored(const std::string& text);

// Throw DamagedBytes unless the value is a whole number that the type holds.

int64_t stored_integer(const Json& json);
template <class T>
T stored_number(const Json& json) {
    const int64_t number = stored_integer(json);
    need_intact(std::in_range<T>(number), "a number is too large");
    return static_cast<T>(number);
}

}  // namespace millrace::plan
