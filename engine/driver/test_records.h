// Records of test files: from their JSON to bytes, by what the catalogue says of the topic, and
// back to compare.
#pragma once

#include <optional>
#include <string>

#include "engine/catalog/catalog.h"
#include "engine/driver/json_match.h"
#include "engine/driver/test_record.h"

namespace millrace {

/// Bytes of an input record {"topic","key","value","timestamp","window","headers"} in the source's
/// formats. Throws StatementError when the format cannot hold it or is not there.
TestRecord record_from_json(const JsonTree& json, const Source& source);

/// What is wrong with the actual record; empty: it meets the expectation. `exact`: see
/// json_matches. `any_zero_time`: an expected timestamp of 0 matches anything.
std::string compare_record(const JsonTree& expected, const TestRecord& actual, const Source& source,
                           bool exact, bool any_zero_time);

/// The record as it would stand in a test file, for messages.
std::string record_text(const TestRecord& record, const Source& source);

}  // namespace millrace
