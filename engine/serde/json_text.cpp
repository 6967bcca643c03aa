#include "engine/serde/json_text.h"

#include <charconv>
#include <cmath>

#include "engine/base/bytes.h"
#include "engine/types/casts.h"

namespace millrace {
namespace {

template <class T>
void append_number(std::string& out, T value) {
    char text[24];
    char* end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, end);
}

void append_double(std::string& out, double value) {
    if (std::isfinite(value)) {
        append_java_double(out, value);
        return;
    }
    out += '"';
    append_java_double(out, value);
    out += '"';
}

void append_quoted(std::string& out, const std::string& plain) {
    out += '"';
    out += plain;
    out += '"';
}

void append_int_as(std::string& out, int32_t value, BaseType base, JsonStyle style) {
    if (style == JsonStyle::kRest && base == BaseType::kDate) {
        append_quoted(out, format_date(value));
    } else if (style == JsonStyle::kRest && base == BaseType::kTime) {
        append_quoted(out, format_time(value));
    } else {
        append_number(out, value);
    }
}

void append_long_as(std::string& out, int64_t value, BaseType base, JsonStyle style) {
    if (style == JsonStyle::kRest && base == BaseType::kTimestamp) {
        append_quoted(out, format_timestamp(value));
    } else {
        append_number(out, value);
    }
}

void append_text_as(std::string& out, std::string_view value, BaseType base) {
    if (base == BaseType::kBytes) {
        append_quoted(out, base64_encode(value));
    } else {
        append_json_string(out, value);
    }
}

void append_list(std::string& out, const Value& value, const SqlType& type, JsonStyle style) {
    out += '[';
    bool first = true;
    for (const Value& element : value.as_list()) {
        if (!first) out += ',';
        first = false;
        append_json_value(out, element, *type.element(), style);
    }
    out += ']';
}

void append_map(std::string& out, const Value& value, const SqlType& type, JsonStyle style) {
    out += '{';
    bool first = true;
    for (const auto& [key, element] : value.as_map()) {
        if (!first) out += ',';
        first = false;
        append_json_string(out, value_to_text(key, *type.map_key()));
        out += ':';
        append_json_value(out, element, *type.map_value(), style);
    }
    out += '}';
}

void append_struct(std::string& out, const Value& value, const SqlType& type, JsonStyle style) {
    out += '{';
    const ValueList& fields = value.as_list();
    for (size_t i = 0; i < fields.size() && i < type.fields().size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, type.fields()[i].name);
        out += ':';
        append_json_value(out, fields[i], *type.fields()[i].type, style);
    }
    out += '}';
}

}  // namespace

void append_json_value(std::string& out, const Value& value, const SqlType& type, JsonStyle style) {
    if (value.is_null()) {
        out += "null";
        return;
    }
    switch (type.base()) {
        case BaseType::kBoolean:
            out += value.as_bool() ? "true" : "false";
            return;
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            append_int_as(out, value.as_int(), type.base(), style);
            return;
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            append_long_as(out, value.as_long(), type.base(), style);
            return;
        case BaseType::kDouble:
            append_double(out, value.as_double());
            return;
        case BaseType::kDecimal:
            out += style == JsonStyle::kRest ? value.as_decimal().to_plain_string()
                                             : value.as_decimal().to_string();
            return;
        case BaseType::kString:
        case BaseType::kBytes:
            append_text_as(out, value.as_string(), type.base());
            return;
        case BaseType::kArray:
            append_list(out, value, type, style);
            return;
        case BaseType::kMap:
            append_map(out, value, type, style);
            return;
        case BaseType::kStruct:
            append_struct(out, value, type, style);
            return;
    }
}

void append_json_cell(std::string& out, const Column& column, size_t row, JsonStyle style) {
    if (column.is_null(row)) {
        out += "null";
        return;
    }
    BaseType base = column.type().base();
    switch (column.physical()) {
        case PhysicalType::kBool:
            out += column.bool_at(row) != 0 ? "true" : "false";
            return;
        case PhysicalType::kInt:
            append_int_as(out, column.int_at(row), base, style);
            return;
        case PhysicalType::kLong:
            append_long_as(out, column.long_at(row), base, style);
            return;
        case PhysicalType::kDouble:
            append_double(out, column.double_at(row));
            return;
        case PhysicalType::kText:
            append_text_as(out, column.text_at(row), base);
            return;
        case PhysicalType::kValue:
            append_json_value(out, column.value_ref_at(row), column.type(), style);
            return;
    }
}

}  // namespace millrace
