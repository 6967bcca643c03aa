#include "engine/functions/json.h"

#include <algorithm>
#include <cmath>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

void append_number(std::string& out, const JsonTree& number) {
    if (number.is_integer()) {
        out += number.text == "-0" ? "0" : number.text;
    } else {
        out += big_decimal_text(number.text);
    }
}

}  // namespace

std::string json_text(const JsonTree& json) {
    std::string out;
    append_json(out, json, append_number);
    return out;
}

namespace {

/// An object with its names in alphabetical order.
void write_sorted(std::string& out, std::vector<std::pair<std::string, std::string>> members) {
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return compare_utf16(a.first, b.first) < 0; });
    out += '{';
    for (size_t i = 0; i < members.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, members[i].first);
        out += ':';
        out += members[i].second;
    }
    out += '}';
}

}  // namespace

void write_json_value(std::string& out, const Value& value, const SqlType& type) {
    if (value.is_null()) {
        out += "null";
        return;
    }
    switch (type.base()) {
        case BaseType::kString:
            return append_json_string(out, value.as_string());
        case BaseType::kBytes:
            return append_json_string(out, base64_encode(value.as_string()));
        case BaseType::kDate:
        case BaseType::kTime:
        case BaseType::kTimestamp:
            return append_json_string(out, value_to_text(value, type));
        case BaseType::kDecimal:
            out += value.as_decimal().to_plain_string();
            return;
        case BaseType::kDouble:
            if (!std::isfinite(value.as_double()))
                return append_json_string(out, java_double(value.as_double()));
            return append_java_double(out, value.as_double());
        case BaseType::kArray: {
            out += '[';
            bool first = true;
            for (const Value& item : value.as_list()) {
                if (!first) out += ',';
                first = false;
                write_json_value(out, item, *type.element());
            }
            out += ']';
            return;
        }
        case BaseType::kMap: {
            std::vector<std::pair<std::string, std::string>> members;
            for (const auto& [key, item] : value.as_map()) {
                std::string text;
                write_json_value(text, item, *type.map_value());
                members.emplace_back(value_to_text(key, *type.map_key()), std::move(text));
            }
            return write_sorted(out, std::move(members));
        }
        case BaseType::kStruct: {
            std::vector<std::pair<std::string, std::string>> members;
            for (size_t i = 0; i < type.fields().size(); ++i) {
                std::string text;
                write_json_value(text, value.as_list()[i], *type.fields()[i].type);
                members.emplace_back(type.fields()[i].name, std::move(text));
            }
            return write_sorted(out, std::move(members));
        }
        default:
            out += value_to_text(value, type);
    }
}

}  // namespace millrace::functions
