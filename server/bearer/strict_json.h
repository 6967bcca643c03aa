// JSON of which two readers cannot make two things. Stateless; any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "engine/base/status.h"

namespace millrace::bearer {

/// An object in which no member stands twice (RFC 7515, section 4), at most 32 levels deep. The
/// failure says what is wrong, and shows nothing of the text.
Result<nlohmann::json> parse_strict_object(std::string_view text);

}  // namespace millrace::bearer
