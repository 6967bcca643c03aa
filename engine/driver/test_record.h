// A record as tests write and expect it: owned bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace millrace {

struct TestRecord {
    std::optional<std::string> key, value;
    int64_t timestamp_ms = 0;
    std::vector<Header> headers;
};

}  // namespace millrace
