// What Kafka's consumers are told under their own prefixes goes before what is for all clients.
// Stateless.
#pragma once

#include <optional>
#include <string>

#include "engine/config/config.h"

namespace millrace {

std::optional<std::string> consumer_isolation(const Config& config);
std::optional<std::string> consumer_offset_reset(const Config& config);

/// Throws StatementError(kGeneral) where they contradict the guarantee.
void check_consumer_settings(const Config& config);

}  // namespace millrace
