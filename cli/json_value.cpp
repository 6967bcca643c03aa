#include "cli/json_value.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/text.h"

namespace millrace::cli {

namespace {

const JsonValue kNull;
const std::string kEmpty;

/// Builds the tree from nlohmann's parse events, which alone tell a number's own digits.
class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override { return put(JsonValue::Kind::kNull, {}); }
    bool boolean(bool value) override {
        return put(JsonValue::Kind::kBool, value ? "true" : "false");
    }
    bool number_integer(int64_t value) override {
        return put(JsonValue::Kind::kNumber, std::to_string(value));
    }
    bool number_unsigned(uint64_t value) override {
        return put(JsonValue::Kind::kNumber, std::to_string(value));
    }
    bool number_float(double, const std::string& digits) override {
        return put(JsonValue::Kind::kNumber, digits);
    }
    bool string(std::string& value) override {
        return put(JsonValue::Kind::kString, std::move(value));
    }
    bool binary(binary_t&) override { return false; }
    bool start_object(size_t) override { return open(JsonValue::Kind::kObject); }
    bool key(std::string& name) override {
        open_.back().names.push_back(std::move(name));
        return true;
    }
    bool end_object() override { return close(); }
    bool start_array(size_t) override { return open(JsonValue::Kind::kArray); }
    bool end_array() override { return close(); }
    bool parse_error(size_t, const std::string&, const nlohmann::json::exception&) override {
        return false;
    }
    JsonValue take() { return std::move(root_); }

private:
    bool put(JsonValue::Kind kind, std::string text) {
        JsonValue value;
        value.kind = kind;
        value.text = std::move(text);
        return attach(std::move(value));
    }
    bool open(JsonValue::Kind kind) {
        open_.emplace_back();
        open_.back().kind = kind;
        return true;
    }
    bool close() {
        JsonValue done = std::move(open_.back());
        open_.pop_back();
        return attach(std::move(done));
    }
    bool attach(JsonValue value) {
        if (open_.empty()) {
            root_ = std::move(value);
        } else {
            open_.back().items.push_back(std::move(value));
        }
        return true;
    }

    std::vector<JsonValue> open_;
    JsonValue root_;
};

void append_compact(std::string& out, const JsonValue& value) {
    switch (value.kind) {
        case JsonValue::Kind::kNull:
            out += "null";
            return;
        case JsonValue::Kind::kBool:
        case JsonValue::Kind::kNumber:
            out += value.text;
            return;
        case JsonValue::Kind::kString:
            out += quoted_json(value.text);
            return;
        case JsonValue::Kind::kArray:
        case JsonValue::Kind::kObject:
            break;
    }
    out += value.is_object() ? '{' : '[';
    for (size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += ',';
        if (value.is_object()) out += quoted_json(value.names[i]) + ':';
        append_compact(out, value.items[i]);
    }
    out += value.is_object() ? '}' : ']';
}

void append_pretty(std::string& out, const JsonValue& value, size_t depth) {
    if (value.is_array()) {
        out += "[ ";
        for (size_t i = 0; i < value.items.size(); ++i) {
            if (i > 0) out += ", ";
            append_pretty(out, value.items[i], depth);
        }
        out += value.items.empty() ? "]" : " ]";
    } else if (value.is_object()) {
        if (value.items.empty()) {
            out += "{ }";
            return;
        }
        out += '{';
        for (size_t i = 0; i < value.items.size(); ++i) {
            out += i > 0 ? ",\n" : "\n";
            out.append(2 * (depth + 1), ' ');
            out += quoted_json(value.names[i]) + " : ";
            append_pretty(out, value.items[i], depth + 1);
        }
        out += '\n';
        out.append(2 * depth, ' ');
        out += '}';
    } else {
        append_compact(out, value);
    }
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
    for (size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return items[i].is_null() ? nullptr : &items[i];
    }
    return nullptr;
}

const JsonValue& JsonValue::operator[](std::string_view name) const {
    const JsonValue* found = find(name);
    return found ? *found : kNull;
}

const std::string& JsonValue::scalar() const {
    return is_array() || is_object() ? kEmpty : text;
}

JsonValue JsonValue::string(std::string text) {
    JsonValue value;
    value.kind = Kind::kString;
    value.text = std::move(text);
    return value;
}

JsonValue JsonValue::of_kind(Kind kind) {
    JsonValue value;
    value.kind = kind;
    return value;
}

JsonValue& JsonValue::add(std::string name, JsonValue value) {
    names.push_back(std::move(name));
    items.push_back(std::move(value));
    return *this;
}

std::optional<JsonValue> parse_json(std::string_view text) {
    TreeBuilder builder;
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
    return builder.take();
}

std::string compact_json(const JsonValue& value) {
    std::string out;
    append_compact(out, value);
    return out;
}

std::string pretty_json(const JsonValue& value) {
    std::string out;
    append_pretty(out, value, 0);
    return out;
}

std::string quoted_json(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::vector<std::string> JsonObjectScanner::add(std::string_view piece) {
    std::vector<std::string> done;
    for (char c : piece) {
        if (depth_ == 0 && c != '{') continue;  // Brackets, commas and line ends between objects.
        object_ += c;
        if (in_string_) {
            if (escaped_) {
                escaped_ = false;
            } else if (c == '\\') {
                escaped_ = true;
            } else if (c == '"') {
                in_string_ = false;
            }
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{') {
            ++depth_;
        } else if (c == '}' && --depth_ == 0) {
            done.push_back(std::exchange(object_, {}));
        }
    }
    return done;
}

}  // namespace millrace::cli
