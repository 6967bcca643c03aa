// What was meant by a name that means nothing: one answer for the server's file, SET, requests and
// ALTER SYSTEM. Stateless; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/config/property.h"

namespace millrace {

/// Letters that may be wrong before a suggestion puzzles more than it helps.
size_t suggested_distance(std::string_view name);

/// The known name that is nearest to this one, as it would be written in its place (under the same
/// client's prefix, with or without `ksql.streams.`), among the rows that `accepts` lets through;
/// letter case does not count. Empty: none within `tolerated` letters.
std::string nearest_property(std::string_view name, size_t tolerated,
                             bool (*accepts)(const Property& row));

}  // namespace millrace
