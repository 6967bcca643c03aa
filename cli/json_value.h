// A JSON document as the shell needs it: members in the order sent and numbers with the very digits
// sent, so that a DECIMAL keeps its scale on the way to the screen. A value type, no threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

class JsonValue {
public:
    enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

    Kind kind = Kind::kNull;
    std::string text;                ///< Of a string, a number as written, or "true", "false".
    std::vector<JsonValue> items;    ///< Of an array, or the values of an object.
    std::vector<std::string> names;  ///< Of an object's members, beside `items`.

    bool is_null() const { return kind == Kind::kNull; }
    bool is_object() const { return kind == Kind::kObject; }
    bool is_array() const { return kind == Kind::kArray; }
    /// The member, or nothing; a null member is nothing too.
    const JsonValue* find(std::string_view name) const;
    /// The member, or a null value.
    const JsonValue& operator[](std::string_view name) const;
    /// The member's text, empty when it is absent, null or no scalar.
    const std::string& text_of(std::string_view name) const { return (*this)[name].scalar(); }
    bool is_true(std::string_view name) const { return text_of(name) == "true"; }
    const std::string& scalar() const;

    static JsonValue string(std::string text);
    static JsonValue object() { return of_kind(Kind::kObject); }
    static JsonValue array() { return of_kind(Kind::kArray); }
    JsonValue& add(std::string name, JsonValue value);

private:
    static JsonValue of_kind(Kind kind);
};

/// Nothing when `text` is not one JSON document.
std::optional<JsonValue> parse_json(std::string_view text);

/// On one line without blanks.
std::string compact_json(const JsonValue& value);
/// As ksqlDB's shell prints it: objects over lines, arrays along the line, `"a" : 1`.
std::string pretty_json(const JsonValue& value);
std::string quoted_json(std::string_view text);

/// Finds whole JSON objects in a stream of pieces such as `[{…},\n{…}]`, whatever the cuts.
class JsonObjectScanner {
public:
    /// Takes in a piece; gives the objects that are complete by now.
    std::vector<std::string> add(std::string_view piece);

private:
    std::string object_;
    int depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace millrace::cli
