#include <algorithm>
#include <numeric>

#include "engine/base/text.h"
#include "engine/sql/parser.h"

namespace millrace::sql {
namespace {

/// Letters that may be wrong in a word of this length before a suggestion is more puzzling than
/// helpful.
size_t tolerated_distance(size_t length) {
    return std::max<size_t>(1, (length + 1) / 3);
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

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

}  // namespace millrace::sql
