// JSON text as a tree that keeps every number's digits: test files compare decimals by value and
// scale.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

struct JsonTree {
    enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
    Kind kind = Kind::kNull;
    bool boolean = false;
    std::string text;  ///< Strings: their value; numbers: as written.
    std::vector<JsonTree> items;
    std::vector<std::pair<std::string, JsonTree>> members;

    static JsonTree null() { return {}; }
    static JsonTree string(std::string value);
    static JsonTree number(std::string digits);

    bool is_null() const { return kind == Kind::kNull; }
    bool is_string() const { return kind == Kind::kString; }
    /// Member of an object, or null pointer.
    const JsonTree* find(std::string_view name) const;
    /// A string's value, a number's digits, "true"/"false".
    std::string as_text() const;
    int64_t as_long(int64_t otherwise) const;
    /// Compact JSON text.
    std::string dump() const;
};

/// Nothing when the text is no JSON; `error` then says why.
std::optional<JsonTree> parse_json_tree(std::string_view text, std::string* error = nullptr);

/// Does `actual` (as read from a topic) meet `expected` (from a test file)? Rules: numbers by value
/// and scale, integers cut to the actual's width, objects field by field, names as written or in
/// upper case. With `exact` off numbers with a fraction are compared as doubles.
bool json_matches(const JsonTree& expected, const JsonTree& actual, bool exact = true);

}  // namespace millrace
