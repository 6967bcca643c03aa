// Which windows of an aggregate's store are still kept, and where the store notes its stream time.
#pragma once

#include <string>

#include "engine/plan/steps.h"
#include "engine/state/window_key.h"

namespace millrace::exec {

/// Windows that begin (sessions: end) before this time are gone once `newest_ms` has been stored.
/// By segments of half the retention, at least a minute, as Kafka Streams keeps them.
int64_t retained_from(const plan::WindowSpec& window, int64_t newest_ms);

/// The newest window start (sessions: end) that a store can hold at this stream time.
int64_t newest_window(const plan::WindowSpec& window, int64_t stream_time_ms);

/// Where an aggregate keeps its stream time in its store: 8 bytes, big-endian.
const std::string& stream_time_key();

}  // namespace millrace::exec
