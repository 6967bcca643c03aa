// What is wrong with a configuration beyond single values: looked at by a start before it touches
// anything, and by --check-config. Stateless.
#pragma once

#include "engine/base/status.h"
#include "engine/config/config.h"

namespace millrace::server {

/// Talks to nobody. kFatal, with all of a kind that is wrong, a line each.
Status check_start(const Config& config);

}  // namespace millrace::server
