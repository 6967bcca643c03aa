// JSON in text columns.
#include <algorithm>
#include <cctype>

#include "engine/base/unicode.h"
#include "engine/functions/families.h"
#include "engine/functions/json.h"
#include "engine/functions/scalar.h"
#include "engine/functions/thread_cache.h"

namespace millrace::functions {
namespace {

/// $.name[0]["quoted name"].
class JsonPath {
public:
    explicit JsonPath(std::string_view text) {
        auto fail = [&] { throw RowError("Invalid JSON path: " + std::string(text)); };
        if (text.empty() || text[0] != '$') fail();
        for (size_t at = 1; at < text.size();) {
            Step step;
            if (text[at] == '.') {
                size_t from = ++at;
                while (at < text.size() && is_name(text[at])) ++at;
                if (at == from) fail();
                step.name = text.substr(from, at - from);
            } else if (text[at] == '[') {
                size_t close = text.find(']', at);
                if (close == std::string_view::npos) fail();
                std::string_view inside = text.substr(at + 1, close - at - 1);
                if (inside.starts_with("\"")) {
                    size_t quote = text.find('"', at + 2);
                    if (quote == std::string_view::npos || text.substr(quote + 1, 1) != "]") fail();
                    step.name = text.substr(at + 2, quote - at - 2);
                    close = quote + 1;
                } else {
                    bool number = !inside.empty() && inside.size() < 10;
                    for (char c : inside) number = number && c >= '0' && c <= '9';
                    if (!number) fail();
                    step.index = std::stoi(std::string(inside));
                }
                at = close + 1;
            } else {
                fail();
            }
            steps_.push_back(std::move(step));
        }
    }

    const JsonTree* find(const JsonTree& root) const {
        const JsonTree* at = &root;
        for (const Step& step : steps_) {
            if (step.index >= 0) {
                auto index = static_cast<size_t>(step.index);
                at = at->is_array() && index < at->items.size() ? &at->items[index] : nullptr;
            } else {
                at = at->find(step.name);
            }
            if (!at) return nullptr;
        }
        return at;
    }

private:
    struct Step {
        std::string name;
        int index = -1;
    };
    static bool is_name(char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':' || c == '@' ||
               static_cast<unsigned char>(c) >= 0x80;
    }
    std::vector<Step> steps_;
};

std::string node_text(const JsonTree& json) {
    return json.is_string() ? json.text : json_text(json);
}

std::optional<std::string> extract(std::string_view text, std::string_view path) {
    const JsonPath& parsed = ThreadCache<JsonPath>::get(path);
    auto json = first_json_value(text);
    const JsonTree* found = json ? parsed.find(*json) : nullptr;
    if (!found) return std::nullopt;
    return node_text(*found);
}

bool is_json(std::optional<std::string_view> text) {
    if (!text) return false;
    try {
        return first_json_value(*text).has_value();
    } catch (const RowError&) {
        return false;
    }
}

bool item_equals(const JsonTree& item, const std::optional<Value>& value, const SqlType& type) {
    if (!value) return item.is_null();
    switch (type.base()) {
        case BaseType::kInteger:
            return item.is_integer() && item.text == std::to_string(value->as_int());
        case BaseType::kBigint:
            return item.is_integer() && item.text == std::to_string(value->as_long());
        case BaseType::kDouble:
            return item.is_number() && !item.is_integer() &&
                   std::strtod(item.text.c_str(), nullptr) == value->as_double();
        case BaseType::kDecimal: {
            auto number = Decimal::parse(item.text);
            return item.is_number() && !item.is_integer() && number &&
                   number->compare(value->as_decimal()) == 0;
        }
        case BaseType::kString:
            return item.is_string() && item.text == value->as_string();
        case BaseType::kBoolean:
            return item.kind == JsonTree::Kind::kBool && item.is_true() == value->as_bool();
        default:
            return false;
    }
}

bool array_contains(const CallSite& site, Required<std::string_view> text,
                    std::optional<Value> value) {
    std::optional<JsonTree> json;
    try {
        json = first_json_value(text.value);
    } catch (const RowError&) {
        return false;
    }
    if (!json || !json->is_array()) return false;
    return std::any_of(json->items.begin(), json->items.end(), [&](const JsonTree& item) {
        return item_equals(item, value, site.argument(1));
    });
}

std::optional<int32_t> array_length(std::string_view text) {
    auto json = first_json_value(text);
    if (!json || !json->is_array()) return std::nullopt;
    return static_cast<int32_t>(json->items.size());
}

std::optional<std::string> concat(Rest<std::string_view> texts) {
    std::vector<JsonTree> values;
    for (size_t i = 0; i < texts.size(); ++i) {
        if (texts.is_null(i)) return std::nullopt;
        auto json = first_json_value(texts[i]);
        if (!json) return std::nullopt;
        values.push_back(*std::move(json));
    }
    if (values.empty()) return std::nullopt;
    bool objects = std::all_of(values.begin(), values.end(),
                               [](const JsonTree& json) { return json.is_object(); });
    JsonTree out;
    out.kind = objects ? JsonTree::Kind::kObject : JsonTree::Kind::kArray;
    for (JsonTree& json : values) {
        if (objects) {
            for (auto& [name, member] : json.members) out.add(name, std::move(member));
        } else if (json.is_array()) {
            for (JsonTree& item : json.items) out.items.push_back(std::move(item));
        } else {
            out.items.push_back(std::move(json));
        }
    }
    return json_text(out);
}

Value items(std::string_view text) {
    auto json = first_json_value(text);
    if (!json || !json->is_array()) throw RowError("JSON_ITEMS needs a JSON array");
    ValueList out;
    for (const JsonTree& item : json->items) out.emplace_back(json_text(item));
    return Value(std::move(out));
}

Value keys(std::string_view text) {
    auto json = first_json_value(text);
    if (!json || !json->is_object()) return {};
    ValueList out;
    for (const auto& member : json->members) out.emplace_back(member.first);
    return Value(std::move(out));
}

Value records(std::string_view text) {
    auto json = first_json_value(text);
    if (!json || !json->is_object()) return {};
    ValueMap out;
    for (const auto& [name, member] : json->members)
        out.emplace_back(Value(name), Value(node_text(member)));
    return Value(std::move(out));
}

std::string to_json(const CallSite& site, std::optional<Value> value) {
    std::string out;
    write_json_value(out, value ? *value : Value(), site.argument(0));
    return out;
}

}  // namespace

void add_json_functions(FunctionRegistry& registry) {
    Family f(registry, "JSON");
    f.scalar("EXTRACTJSONFIELD", "The value at a path.", &extract, {"input", "path"});
    f.scalar("IS_JSON_STRING", "Is the text JSON?", &is_json, {"input"});
    f.generic("JSON_ARRAY_CONTAINS", "Is a value among an array's items?",
              "(STRING jsonArray, T val) -> BOOLEAN", &array_contains);
    f.scalar("JSON_ARRAY_LENGTH", "Number of items of an array.", &array_length, {"jsonArray"});
    f.scalar("JSON_CONCAT", "Objects merged, or arrays joined.", &concat, {"jsonStrings"});
    f.generic("JSON_ITEMS", "The items of an array as texts.",
              "(STRING jsonItems) -> ARRAY<STRING>", &items);
    f.generic("JSON_KEYS", "The names of an object's members.", "(STRING jsonObj) -> ARRAY<STRING>",
              &keys);
    f.generic("JSON_RECORDS", "An object's members as texts.",
              "(STRING jsonObj) -> MAP<STRING, STRING>", &records);
    f.generic("TO_JSON_STRING", "Any value as JSON.", "(T val) -> STRING", &to_json);
}

}  // namespace millrace::functions
