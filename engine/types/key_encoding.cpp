#include "engine/types/key_encoding.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/types/stored_decimal.h"

namespace millrace {
namespace {

constexpr char kAbsent = '\x00';
constexpr char kPresent = '\x01';
// Inside ARRAY and MAP: an element follows, or the end. The end sorts first, so a prefix is
// smaller.
constexpr char kEnd = '\x00';
constexpr char kElement = '\x01';

void put_int(std::string& out, int32_t value) {
    put_be32(out, static_cast<uint32_t>(value) ^ 0x80000000u);
}
void put_long(std::string& out, int64_t value) {
    put_be64(out, static_cast<uint64_t>(value) ^ (uint64_t{1} << 63));
}

/// Positive numbers get the sign bit set, negative ones all bits inverted: then bytes sort as
/// numbers.
void put_double(std::string& out, double value) {
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
    uint64_t bits = std::bit_cast<uint64_t>(value);
    put_be64(out, (bits >> 63) != 0 ? ~bits : bits | (uint64_t{1} << 63));
}

void put_bytes(std::string& out, std::string_view bytes) {
    while (true) {
        size_t zero = bytes.find('\0');
        if (zero == std::string_view::npos) break;
        out.append(bytes.substr(0, zero));
        out.append("\x00\xff", 2);
        bytes.remove_prefix(zero + 1);
    }
    out.append(bytes);
    out.append("\x00\x01", 2);
}

void put_decimal(std::string& out, const Decimal& value, const SqlType& type) {
    auto scaled = value.with_scale(type.scale(), Rounding::kUnnecessary);
    need_intact(scaled.has_value(), "a DECIMAL key does not fit its type");
    __extension__ using UInt128 = unsigned __int128;
    UInt128 bits = static_cast<UInt128>(scaled->unscaled()) ^ (UInt128{1} << 127);
    put_be64(out, static_cast<uint64_t>(bits >> 64));
    put_be64(out, static_cast<uint64_t>(bits));
}

void put_map(std::string& out, const ValueMap& map, const SqlType& type) {
    // Entries in the order of their keys: equal maps have equal bytes.
    std::vector<std::pair<std::string, const Value*>> entries;
    entries.reserve(map.size());
    for (const auto& [key, value] : map) {
        std::string bytes;
        encode_key_value(bytes, key, *type.map_key());
        entries.emplace_back(std::move(bytes), &value);
    }
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [key, value] : entries) {
        out += kElement;
        out += key;
        encode_key_value(out, *value, *type.map_value());
    }
    out += kEnd;
}

void need(ByteView in, size_t bytes) {
    need_intact(in.size() >= bytes, "an encoded key is cut short");
}

char take_byte(ByteView& in) {
    need(in, 1);
    char byte = in.front();
    in.remove_prefix(1);
    return byte;
}
uint64_t take_u64(ByteView& in) {
    need(in, 8);
    uint64_t value = get_be64(in.data());
    in.remove_prefix(8);
    return value;
}
int32_t take_int(ByteView& in) {
    need(in, 4);
    uint32_t value = get_be32(in.data());
    in.remove_prefix(4);
    return static_cast<int32_t>(value ^ 0x80000000u);
}
int64_t take_long(ByteView& in) {
    return static_cast<int64_t>(take_u64(in) ^ (uint64_t{1} << 63));
}
double take_double(ByteView& in) {
    uint64_t bits = take_u64(in);
    bits = (bits >> 63) != 0 ? bits & ~(uint64_t{1} << 63) : ~bits;
    return std::bit_cast<double>(bits);
}
std::string take_bytes(ByteView& in) {
    std::string out;
    while (true) {
        size_t zero = in.find('\0');
        need_intact(zero != ByteView::npos && zero + 1 < in.size(), "an encoded key is cut short");
        out.append(in.substr(0, zero));
        char mark = in[zero + 1];
        in.remove_prefix(zero + 2);
        if (mark == '\x01') return out;
        out += '\0';
    }
}
Decimal take_decimal(ByteView& in, const SqlType& type) {
    __extension__ using UInt128 = unsigned __int128;
    UInt128 high = take_u64(in);
    UInt128 bits = (high << 64) | take_u64(in);
    return stored_decimal(static_cast<Int128>(bits ^ (UInt128{1} << 127)), type.scale(), type);
}

Value take_nested(ByteView& in, const SqlType& type) {
    if (type.is(BaseType::kStruct)) {
        ValueList fields;
        for (const auto& field : type.fields()) fields.push_back(decode_key_value(in, *field.type));
        return Value(std::move(fields));
    }
    if (type.is(BaseType::kArray)) {
        ValueList elements;
        while (take_byte(in) == kElement) elements.push_back(decode_key_value(in, *type.element()));
        return Value(std::move(elements));
    }
    ValueMap map;
    while (take_byte(in) == kElement) {
        Value key = decode_key_value(in, *type.map_key());
        map.emplace_back(std::move(key), decode_key_value(in, *type.map_value()));
    }
    return Value(std::move(map));
}

}  // namespace

void encode_key_value(std::string& out, const Value& value, const SqlType& type) {
    if (value.is_null()) {
        out += kAbsent;
        return;
    }
    out += kPresent;
    switch (type.base()) {
        case BaseType::kBoolean:
            out += value.as_bool() ? '\x01' : '\x00';
            return;
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            put_int(out, value.as_int());
            return;
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            put_long(out, value.as_long());
            return;
        case BaseType::kDouble:
            put_double(out, value.as_double());
            return;
        case BaseType::kDecimal:
            put_decimal(out, value.as_decimal(), type);
            return;
        case BaseType::kString:
        case BaseType::kBytes:
            put_bytes(out, value.as_string());
            return;
        case BaseType::kArray:
            for (const Value& element : value.as_list()) {
                out += kElement;
                encode_key_value(out, element, *type.element());
            }
            out += kEnd;
            return;
        case BaseType::kMap:
            put_map(out, value.as_map(), type);
            return;
        case BaseType::kStruct: {
            const ValueList& fields = value.as_list();
            MR_CHECK(fields.size() == type.fields().size(), "a STRUCT has a value for every field");
            for (size_t i = 0; i < fields.size(); ++i) {
                encode_key_value(out, fields[i], *type.fields()[i].type);
            }
            return;
        }
    }
}

void encode_key_column(std::string& out, const Column& column, size_t row) {
    if (column.is_null(row)) {
        out += kAbsent;
        return;
    }
    switch (column.physical()) {
        case PhysicalType::kBool:
            out += kPresent;
            out += column.bool_at(row) != 0 ? '\x01' : '\x00';
            return;
        case PhysicalType::kInt:
            out += kPresent;
            put_int(out, column.int_at(row));
            return;
        case PhysicalType::kLong:
            out += kPresent;
            put_long(out, column.long_at(row));
            return;
        case PhysicalType::kDouble:
            out += kPresent;
            put_double(out, column.double_at(row));
            return;
        case PhysicalType::kText:
            out += kPresent;
            put_bytes(out, column.text_at(row));
            return;
        case PhysicalType::kValue:
            encode_key_value(out, column.value_ref_at(row), column.type());
            return;
    }
}

Value decode_key_value(ByteView& in, const SqlType& type) {
    if (take_byte(in) == kAbsent) return {};
    switch (type.base()) {
        case BaseType::kBoolean:
            return take_byte(in) != '\0';
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            return take_int(in);
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            return take_long(in);
        case BaseType::kDouble:
            return take_double(in);
        case BaseType::kDecimal:
            return take_decimal(in, type);
        case BaseType::kString:
        case BaseType::kBytes:
            return take_bytes(in);
        default:
            return take_nested(in, type);
    }
}

void decode_key_into(ByteView& in, Column& column) {
    switch (column.physical()) {
        case PhysicalType::kInt:
            if (take_byte(in) == kAbsent) {
                column.append_null();
            } else {
                column.append_int(take_int(in));
            }
            return;
        case PhysicalType::kLong:
            if (take_byte(in) == kAbsent) {
                column.append_null();
            } else {
                column.append_long(take_long(in));
            }
            return;
        case PhysicalType::kText: {
            if (take_byte(in) == kAbsent) {
                column.append_null();
                return;
            }
            // Nearly always there is no escape, and the bytes can be taken as they stand.
            size_t zero = in.find('\0');
            if (zero != ByteView::npos && zero + 1 < in.size() && in[zero + 1] == '\x01') {
                column.append_text(in.substr(0, zero));
                in.remove_prefix(zero + 2);
            } else {
                column.append_text(take_bytes(in));
            }
            return;
        }
        default:
            column.append(decode_key_value(in, column.type()));
            return;
    }
}

}  // namespace millrace
