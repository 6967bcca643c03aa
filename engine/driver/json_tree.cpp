#include "engine/driver/json_tree.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/types/decimal.h"

namespace millrace {

namespace {

using nlohmann::json;

/// Builds the tree from parse events, which still have the numbers' text.
class Builder final : public nlohmann::json_sax<json> {
public:
    bool null() override { return add({}); }
    bool boolean(bool value) override {
        JsonTree tree;
        tree.kind = JsonTree::Kind::kBool;
        tree.boolean = value;
        return add(std::move(tree));
    }
    bool number_integer(number_integer_t value) override {
        return add(JsonTree::number(std::to_string(value)));
    }
    bool number_unsigned(number_unsigned_t value) override {
        return add(JsonTree::number(std::to_string(value)));
    }
    bool number_float(number_float_t /*value*/, const string_t& text) override {
        return add(JsonTree::number(text));
    }
    bool string(string_t& value) override { return add(JsonTree::string(std::move(value))); }
    bool binary(binary_t& /*value*/) override { return false; }
    bool start_object(std::size_t /*count*/) override { return open(JsonTree::Kind::kObject); }
    bool key(string_t& name) override {
        key_ = name;
        return true;
    }
    bool end_object() override { return close(); }
    bool start_array(std::size_t /*count*/) override { return open(JsonTree::Kind::kArray); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                     const json::exception& error) override {
        error_ = error.what();
        return false;
    }

    JsonTree root;
    const std::string& error() const { return error_; }

private:
    struct Level {
        JsonTree tree;
        std::string name;
    };
    bool open(JsonTree::Kind kind) {
        Level level;
        level.tree.kind = kind;
        level.name = std::move(key_);
        stack_.push_back(std::move(level));
        return true;
    }
    bool close() {
        Level level = std::move(stack_.back());
        stack_.pop_back();
        key_ = std::move(level.name);
        return add(std::move(level.tree));
    }
    bool add(JsonTree tree) {
        if (stack_.empty()) {
            root = std::move(tree);
        } else if (stack_.back().tree.kind == JsonTree::Kind::kArray) {
            stack_.back().tree.items.push_back(std::move(tree));
        } else {
            stack_.back().tree.members.emplace_back(std::move(key_), std::move(tree));
        }
        return true;
    }
    std::vector<Level> stack_;
    std::string key_;
    std::string error_;
};

bool is_integer_text(const std::string& digits) {
    return digits.find_first_of(".eE") == std::string::npos;
}

/// Low 64 bits of a number cut to an integer, or nothing when it does not fit 38 digits.
std::optional<int64_t> cut(const std::string& digits) {
    auto decimal = Decimal::parse(digits);
    if (!decimal) return std::nullopt;
    return decimal->to_int64();
}

bool number_matches(const JsonTree& expected, const std::string& actual, bool exact) {
    if (is_integer_text(actual)) {
        int64_t value = 0;
        auto [end, error] = std::from_chars(actual.data(), actual.data() + actual.size(), value);
        if (error != std::errc() || end != actual.data() + actual.size()) return false;
        auto wanted = cut(expected.text);
        if (!wanted) return false;
        if (value >= INT32_MIN && value <= INT32_MAX && *wanted != value) {
            return static_cast<int32_t>(*wanted) == value;
        }
        return *wanted == value;
    }
    if (!exact) {
        double a = std::strtod(actual.c_str(), nullptr);
        double e = std::strtod(expected.text.c_str(), nullptr);
        return std::fabs(a - e) < 0.000001;
    }
    auto got = Decimal::parse(actual);
    auto wanted = Decimal::parse(expected.text);
    if (!got || !wanted)
        return std::strtod(actual.c_str(), nullptr) == std::strtod(expected.text.c_str(), nullptr);
    if (is_integer_text(expected.text)) return got->scale() <= 0 && got->compare(*wanted) == 0;
    return got->scale() == wanted->scale() && got->compare(*wanted) == 0;
}

}  // namespace

JsonTree JsonTree::string(std::string value) {
    JsonTree tree;
    tree.kind = Kind::kString;
    tree.text = std::move(value);
    return tree;
}

JsonTree JsonTree::number(std::string digits) {
    JsonTree tree;
    tree.kind = Kind::kNumber;
    tree.text = std::move(digits);
    return tree;
}

const JsonTree* JsonTree::find(std::string_view name) const {
    for (const auto& [key, value] : members) {
        if (key == name) return &value;
    }
    return nullptr;
}

std::string JsonTree::as_text() const {
    if (kind == Kind::kBool) return boolean ? "true" : "false";
    if (kind == Kind::kString || kind == Kind::kNumber) return text;
    return dump();
}

int64_t JsonTree::as_long(int64_t otherwise) const {
    if (kind != Kind::kNumber && kind != Kind::kString) return otherwise;
    int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

std::string JsonTree::dump() const {
    switch (kind) {
        case Kind::kNull:
            return "null";
        case Kind::kBool:
            return boolean ? "true" : "false";
        case Kind::kNumber:
            return text;
        case Kind::kString:
            return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
        case Kind::kArray: {
            std::string out = "[";
            for (const auto& item : items) out += (out.size() > 1 ? "," : "") + item.dump();
            return out + "]";
        }
        default:
            break;
    }
    std::string out = "{";
    for (const auto& [name, value] : members) {
        out += (out.size() > 1 ? "," : "") + JsonTree::string(name).dump() + ":" + value.dump();
    }
    return out + "}";
}

std::optional<JsonTree> parse_json_tree(std::string_view text, std::string* error) {
    Builder builder;
    if (!json::sax_parse(text.begin(), text.end(), &builder)) {
        if (error != nullptr) *error = builder.error();
        return std::nullopt;
    }
    return std::move(builder.root);
}

bool json_matches(const JsonTree& expected, const JsonTree& actual, bool exact) {
    using Kind = JsonTree::Kind;
    switch (expected.kind) {
        case Kind::kNull:
            return actual.kind == Kind::kNull;
        case Kind::kBool:
            return actual.kind == Kind::kBool && actual.boolean == expected.boolean;
        case Kind::kString:
            if (actual.kind == Kind::kNumber && !is_integer_text(actual.text)) {
                auto wanted = Decimal::parse(expected.text);
                auto got = Decimal::parse(actual.text);
                return wanted && got && *wanted == *got;
            }
            return actual.kind == Kind::kString && actual.text == expected.text;
        case Kind::kNumber:
            return actual.kind == Kind::kNumber && number_matches(expected, actual.text, exact);
        case Kind::kArray:
            return actual.kind == Kind::kArray &&
                   std::equal(expected.items.begin(), expected.items.end(), actual.items.begin(),
                              actual.items.end(), [&](const JsonTree& e, const JsonTree& a) {
                                  return json_matches(e, a, exact);
                              });
        default:
            break;
    }
    if (actual.kind != Kind::kObject || actual.members.size() != expected.members.size())
        return false;
    for (const auto& [name, value] : expected.members) {
        const JsonTree* field = actual.find(name);
        if (field == nullptr || field->is_null()) {
            if (const JsonTree* other = actual.find(upper_ascii(name))) field = other;
        }
        if (!json_matches(value, field == nullptr ? JsonTree::null() : *field, exact)) return false;
    }
    return true;
}

}  // namespace millrace
