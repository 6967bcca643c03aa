// Which windows of an aggregate's store are still kept, and where the store notes its stream time.
#pragma once

#include <string>

#include "engine/plan/steps.h"
#include "engine/state/window_key.h"

namespace millrace::exec {

/// RETENTION, or what windows need to be closed by.
int64_t retention_of(const plan::WindowSpec& window);

/// Windows that begin (sessions: end) before this time are read no more once `newest_ms` has been
/// stored, whether or not they still lie there: newest - RETENTION + 1, as of Kafka Streams 3.5
/// (KAFKA-12960).
int64_t readable_from(const plan::WindowSpec& window, int64_t newest_ms);

/// Those before this time need not be kept. By segments of half the retention, at least a minute,
/// so that the store is seldom told.
int64_t kept_from(const plan::WindowSpec& window, int64_t newest_ms);

/// The newest window start (sessions: end) that a store can hold at this stream time.
int64_t newest_window(const plan::WindowSpec& window, int64_t stream_time_ms);

/// Where an aggregate keeps its stream time in its store: 8 bytes, big-endian.
const std::string& stream_time_key();

}  // namespace millrace::exec
