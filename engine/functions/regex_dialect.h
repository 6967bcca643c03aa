// Java's regular expressions in words that RE2 and PCRE2 read the same way. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace millrace::functions {

struct PortablePattern {
    std::string text;
    bool has_lines = false;  ///< `.`, `^` or `$`: where lines end plays a part.
};

/// Rewrites what Java has and the engines read otherwise or not at all: \uXXXX, \p{Alpha} and its
/// kin, \s with its vertical tab, (?<name>…), classes in classes and their intersections. Throws
/// RowError when a class does not end. What is wrong otherwise is left to the engine to refuse.
PortablePattern portable_pattern(std::string_view java);

}  // namespace millrace::functions
