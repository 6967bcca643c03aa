// How test files compare JSON: decimals by value and scale, names in either case.
#pragma once

#include "engine/base/json_tree.h"

namespace millrace {

/// Does `actual` (as read from a topic) meet `expected` (from a test file)? Rules: numbers by value
/// and scale, integers cut to the actual's width, objects field by field, names as written or in
/// upper case. With `exact` off numbers with a fraction are compared as doubles.
bool json_matches(const JsonTree& expected, const JsonTree& actual, bool exact = true);

}  // namespace millrace
