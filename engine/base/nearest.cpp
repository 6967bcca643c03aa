#include "engine/base/nearest.h"

#include <algorithm>

#include "engine/base/text.h"

namespace millrace {
namespace {

/// Letters that may be wrong in a word of this length before a suggestion is more puzzling than
/// helpful.
size_t tolerated_distance(size_t length) {
    return std::max<size_t>(1, (length + 1) / 3);
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view wanted,
                                       const std::vector<std::string>& names, size_t max) {
    const std::string word = upper_ascii(wanted);
    std::vector<std::pair<size_t, const std::string*>> near;
    for (const std::string& name : names) {
        // Long before the table is filled, the lengths tell that two words are far apart.
        const size_t longer = std::max(name.size(), word.size());
        const size_t shorter = std::min(name.size(), word.size());
        if (longer - shorter > tolerated_distance(word.size())) continue;
        const size_t distance = edit_distance(word, upper_ascii(name));
        if (distance <= tolerated_distance(word.size())) near.emplace_back(distance, &name);
    }
    std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : *a.second < *b.second;
    });
    std::vector<std::string> out;
    for (size_t i = 0; i < near.size() && i < max; ++i) out.push_back(*near[i].second);
    return out;
}

}  // namespace millrace
