// REGEXP_EXTRACT, REGEXP_EXTRACT_ALL, REGEXP_REPLACE, REGEXP_SPLIT_TO_ARRAY.
#include <cctype>

#include "engine/base/row_meter.h"
#include "engine/base/unicode.h"
#include "engine/functions/families.h"
#include "engine/functions/regex.h"
#include "engine/functions/scalar.h"
#include "engine/functions/text_room.h"
#include "engine/functions/thread_cache.h"

namespace millrace::functions {
namespace {

/// What is kept of patterns that come with records is bounded: each may take kRe2BytesMax.
const Regex& compiled(std::string_view pattern) {
    constexpr size_t kPatternsMax = 64;
    return ThreadCache<Regex, kPatternsMax>::get(pattern);
}

std::string_view group_text(std::string_view text, const Regex::Span& span) {
    return text.substr(span->first, span->second - span->first);
}

std::optional<std::string_view> extract3(std::string_view pattern, std::string_view text,
                                         int32_t group) {
    const Regex& regex = compiled(pattern);
    if (group < 0) throw RowError("No group " + std::to_string(group));
    if (group > regex.num_groups()) return std::nullopt;
    Regex::Walk walk(regex, text, group);
    const Regex::Match* match = walk.next();
    if (!match || !(*match)[static_cast<size_t>(group)]) return std::nullopt;
    return group_text(text, (*match)[static_cast<size_t>(group)]);
}
std::optional<std::string_view> extract2(std::string_view pattern, std::string_view text) {
    return extract3(pattern, text, 0);
}

Value extract_all3(std::string_view pattern, std::string_view text, int32_t group) {
    const Regex& regex = compiled(pattern);
    if (group < 0) throw RowError("No group " + std::to_string(group));
    if (group > regex.num_groups()) return {};
    ValueList out;
    Regex::Walk walk(regex, text, group);
    while (const Regex::Match* match = walk.next()) {
        const Regex::Span& span = (*match)[static_cast<size_t>(group)];
        out.push_back(span ? Value(group_text(text, span)) : Value());
    }
    return Value(std::move(out));
}
Value extract_all2(std::string_view pattern, std::string_view text) {
    return extract_all3(pattern, text, 0);
}

/// Java's replacement text: $1, ${name}, and \ before what shall stand for itself.
void append_replacement(std::string& out, std::string_view replacement, std::string_view text,
                        const Regex& regex, const Regex::Match& match) {
    for (size_t i = 0; i < replacement.size(); ++i) {
        char c = replacement[i];
        if (c == '\\') {
            if (++i == replacement.size()) throw RowError("character to be escaped is missing");
            out += replacement[i];
            continue;
        }
        if (c != '$') {
            out += c;
            continue;
        }
        if (++i == replacement.size())
            throw RowError("Illegal group reference: group index is missing");
        int group = -1;
        if (replacement[i] == '{') {
            size_t close = replacement.find('}', i);
            if (close == std::string_view::npos)
                throw RowError("named capturing group is missing trailing '}'");
            std::string name(replacement.substr(i + 1, close - i - 1));
            group = regex.group_of(name);
            if (group < 0) throw RowError("No group with name {" + name + "}");
            i = close;
        } else {
            if (!std::isdigit(static_cast<unsigned char>(replacement[i])))
                throw RowError("Illegal group reference");
            group = replacement[i] - '0';
            if (group > regex.num_groups()) throw RowError("No group " + std::to_string(group));
            while (i + 1 < replacement.size() &&
                   std::isdigit(static_cast<unsigned char>(replacement[i + 1]))) {
                int longer = group * 10 + (replacement[i + 1] - '0');
                if (longer > regex.num_groups()) break;
                group = longer;
                ++i;
            }
        }
        const Regex::Span& span = match[static_cast<size_t>(group)];
        if (span) out += group_text(text, span);
    }
}

std::string replace(std::string_view text, std::string_view pattern, std::string_view replacement) {
    const Regex& regex = compiled(pattern);
    // Without a reference in it no group's place is of interest.
    const bool refers = replacement.find('$') != std::string_view::npos;
    Regex::Walk walk(regex, text, refers ? regex.num_groups() : 0);
    std::string out;
    size_t from = 0;
    while (const Regex::Match* match = walk.next()) {
        out += text.substr(from, (*match)[0]->first - from);
        const size_t before = out.size();
        append_replacement(out, replacement, text, regex, *match);
        from = (*match)[0]->second;
        RowMeter::here().grow(out.size() - before);
        need_room(out);
    }
    out += text.substr(from);
    return out;
}

Value split(std::string_view text, std::string_view pattern) {
    const Regex& regex = compiled(pattern);
    const bool matches_nothing = pattern.empty() || Regex::Walk(regex, "", 0).next() != nullptr;
    ValueList out;
    size_t from = 0;
    Regex::Walk walk(regex, text, 0);
    while (const Regex::Match* match = walk.next()) {
        auto [begin, end] = *(*match)[0];
        if (matches_nothing && end == 0) continue;  // As Java's split.
        if (matches_nothing && begin == end && begin == text.size()) continue;
        out.emplace_back(text.substr(from, begin - from));
        from = end;
    }
    out.emplace_back(text.substr(from));
    if (matches_nothing)
        while (out.size() > 1 && out.back().as_string().empty()) out.pop_back();
    return Value(std::move(out));
}

}  // namespace

void add_regex_functions(FunctionRegistry& registry) {
    Family f(registry, "REGULAR EXPRESSION");
    std::vector<std::string> names = {"pattern", "input", "group"};
    f.scalar("REGEXP_EXTRACT", "The first part of a text that matches.", &extract2, names);
    f.scalar("REGEXP_EXTRACT", "A group of the first part that matches.", &extract3, names);
    f.generic("REGEXP_EXTRACT_ALL", "All parts of a text that match.",
              "(STRING pattern, STRING input) -> ARRAY<STRING>", &extract_all2);
    f.generic("REGEXP_EXTRACT_ALL", "A group of all parts that match.",
              "(STRING pattern, STRING input, INT group) -> ARRAY<STRING>", &extract_all3);
    f.scalar("REGEXP_REPLACE", "All parts that match, replaced.", &replace,
             {"str", "pattern", "newStr"});
    f.generic("REGEXP_SPLIT_TO_ARRAY", "The parts of a text between matches.",
              "(STRING string, STRING regexp) -> ARRAY<STRING>", &split);
}

}  // namespace millrace::functions
