// A JSON document as a tree that keeps what Jackson keeps: members in the order written, the last
// of equal names, and every number's own digits. For JSON functions, test files and the shell;
// records go through engine/serde, which makes no trees. A value type, no threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

struct JsonTree {
    enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
    Kind kind = Kind::kNull;
    std::string text;             ///< A string's value, a number as written, "true" or "false".
    std::vector<JsonTree> items;  ///< Of an array.
    std::vector<std::pair<std::string, JsonTree>> members;  ///< Of an object.

    static JsonTree of(Kind kind, std::string text = {});
    static JsonTree null() { return {}; }
    static JsonTree string(std::string value) { return of(Kind::kString, std::move(value)); }
    static JsonTree number(std::string digits) { return of(Kind::kNumber, std::move(digits)); }
    static JsonTree array() { return of(Kind::kArray); }
    static JsonTree object() { return of(Kind::kObject); }

    bool is_null() const { return kind == Kind::kNull; }
    bool is_number() const { return kind == Kind::kNumber; }
    bool is_string() const { return kind == Kind::kString; }
    bool is_array() const { return kind == Kind::kArray; }
    bool is_object() const { return kind == Kind::kObject; }
    /// A number written without point and exponent.
    bool is_integer() const;
    bool is_true() const { return kind == Kind::kBool && text == "true"; }

    /// Member of an object, or null pointer.
    const JsonTree* find(std::string_view name) const;
    /// The member, or a null value.
    const JsonTree& operator[](std::string_view name) const;
    /// Is there such a member, and is it not null?
    bool has(std::string_view name) const { return !(*this)[name].is_null(); }
    bool is_true(std::string_view name) const { return text_of(name) == "true"; }
    /// The member's text; empty when it is absent, null or no scalar.
    const std::string& text_of(std::string_view name) const { return (*this)[name].text; }
    /// Puts the member at the end, or in the place of the one of that name.
    JsonTree& add(std::string name, JsonTree value);

    /// A string's value, a number's digits, "true" or "false", else compact JSON.
    std::string as_text() const;
    int64_t as_long(int64_t otherwise) const;
    /// Compact JSON text.
    std::string dump() const;
};

/// Compact text; `write_number` appends a number its own way, by default as it was written.
void append_json(std::string& out, const JsonTree& tree,
                 void (*write_number)(std::string& out, const JsonTree& number) = nullptr);

/// A JSON number as java.math.BigDecimal prints it: 1.0E10 gives 1.0E+10, 1.0E-5 gives 0.000010.
std::string big_decimal_text(const std::string& number);

/// Nothing when the text is not one JSON document; `error` then says why.
std::optional<JsonTree> parse_json_tree(std::string_view text, std::string* error = nullptr);

/// The first value in the text, whatever follows, as Jackson's ObjectMapper reads. Nothing when the
/// text is blank. Throws RowError on what is no JSON or nested more than 1000 deep.
std::optional<JsonTree> first_json_value(std::string_view text);

}  // namespace millrace
