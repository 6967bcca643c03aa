// The order in which ksqlDB goes through a map, where an answer hangs on it.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/types/value.h"

namespace millrace::functions {

/// Indexes of the entries by the buckets of a Java HashMap made for so many, in each as they came.
/// Keys whose hash is not a matter of their value alone stay as they are.
std::vector<size_t> hash_map_order(const ValueMap& map, BaseType key);

}  // namespace millrace::functions
