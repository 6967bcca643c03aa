// Values by equality, in the order in which they were met: few are searched, many are hashed. What
// sets and maps of a row are made with, where looking through all for each would take the square of
// their number. Decimals and maps are searched however many there are. One thread.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/types/value.h"

namespace millrace::functions {

class ValuePlaces {
public:
    /// The value's place, and whether it is new. REQUIRES: the value outlives this.
    std::pair<size_t, bool> add(const Value& value);
    std::optional<size_t> find(const Value& value) const;

private:
    struct Hash {
        size_t operator()(const Value* value) const;
    };
    struct Equal {
        bool operator()(const Value* a, const Value* b) const { return *a == *b; }
    };
    static constexpr size_t kSearchedMax = 32;

    std::vector<const Value*> values_;
    std::unordered_map<const Value*, size_t, Hash, Equal> places_;  ///< Once there are many.
};

}  // namespace millrace::functions
