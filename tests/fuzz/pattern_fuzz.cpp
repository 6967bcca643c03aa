// Patterns as records may bring them: regular expressions in Java's dialect, date patterns of both
// kinds, LIKE. An input is a pattern, a tab and a text. A pattern is refused with RowError, or its
// matches come one behind the other within the text, and the same once more.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/exec/expression/like_pattern.h"
#include "engine/functions/date_format.h"
#include "engine/functions/fast_date_format.h"
#include "engine/functions/regex.h"

using namespace millrace;
using functions::Regex;

namespace {

std::vector<Regex::Match> matches(const Regex& regex, std::string_view text, int groups) {
    std::vector<Regex::Match> all;
    Regex::Walk walk(regex, text, groups);
    while (const Regex::Match* match = walk.next()) all.push_back(*match);
    return all;
}

void check_regex(std::string_view pattern, std::string_view text) {
    const Regex regex(pattern);
    const auto all = matches(regex, text, regex.num_groups());
    const auto alone = matches(regex, text, 0);
    MR_CHECK(all.size() == alone.size(), "as many with groups as without");
    size_t from = 0;
    for (size_t i = 0; i < all.size(); ++i) {
        MR_CHECK(all[i][0] == alone[i][0], "the same with groups as without");
        const auto [begin, end] = all[i][0].value();
        MR_CHECK(from <= begin && begin <= end && end <= text.size(), "one behind the other");
        from = end;
        for (const Regex::Span& group : all[i]) {
            if (group)
                MR_CHECK(group->first <= group->second && group->second <= text.size(),
                         "a group is in the text");
        }
    }
}

template <class Check>
void may_refuse(const Check& check) {
    try {
        check();
    } catch (const RowError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const size_t tab = input.find('\t');
    const std::string_view pattern = input.substr(0, tab);
    const std::string_view text = tab == std::string_view::npos ? "" : input.substr(tab + 1);
    may_refuse([&] { check_regex(pattern, text); });
    may_refuse([&] { functions::DateFormat(pattern).parse(text); });
    may_refuse([&] { functions::FastDateFormat(pattern).parse_ms(text, 2024); });
    may_refuse([&] { exec::LikePattern(pattern, "!").matches(text); });
    return 0;
}
