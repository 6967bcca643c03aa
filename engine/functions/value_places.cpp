#include "engine/functions/value_places.h"

#include <algorithm>
#include <functional>
#include <string>

namespace millrace::functions {

namespace {

/// Equal values have equal ones.
size_t hash_of(const Value& value) {
    if (value.holds<bool>()) return value.as_bool() ? 1 : 2;
    if (value.holds<int32_t>()) return std::hash<int32_t>()(value.as_int());
    if (value.holds<int64_t>()) return std::hash<int64_t>()(value.as_long());
    if (value.holds<std::string>()) return std::hash<std::string>()(value.as_string());
    if (value.holds<double>()) {
        const double number = value.as_double();
        return number != number ? 3 : std::hash<double>()(number);
    }
    if (!value.is_list()) return 0;
    size_t all = value.as_list().size();
    for (const Value& element : value.as_list()) all = all * 31 + hash_of(element);
    return all;
}

}  // namespace

size_t ValuePlaces::Hash::operator()(const Value* value) const {
    return hash_of(*value);
}

std::optional<size_t> ValuePlaces::find(const Value& value) const {
    if (values_.size() > kSearchedMax) {
        auto found = places_.find(&value);
        return found == places_.end() ? std::nullopt : std::optional(found->second);
    }
    auto found = std::find_if(values_.begin(), values_.end(),
                              [&](const Value* known) { return *known == value; });
    if (found == values_.end()) return std::nullopt;
    return static_cast<size_t>(found - values_.begin());
}

std::pair<size_t, bool> ValuePlaces::add(const Value& value) {
    if (auto known = find(value)) return {*known, false};
    values_.push_back(&value);
    const size_t first = values_.size() == kSearchedMax + 1 ? 0 : values_.size() - 1;
    for (size_t i = first; values_.size() > kSearchedMax && i < values_.size(); ++i)
        places_.emplace(values_[i], i);
    return {values_.size() - 1, true};
}

}  // namespace millrace::functions
