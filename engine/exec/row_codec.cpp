#include "engine/exec/row_codec.h"

#include <bit>
#include <cstring>

#include "engine/base/damaged.h"
#include "engine/types/stored_decimal.h"

namespace millrace::exec {

static_assert(std::endian::native == std::endian::little, "fixed-size values are little-endian");

namespace {

template <class T>
void put_fixed(std::string& out, T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.append(bytes, sizeof(T));
}

template <class T>
T take_fixed(ByteView& in) {
    need_intact(in.size() >= sizeof(T), "a stored row is cut short");
    T value;
    std::memcpy(&value, in.data(), sizeof(T));
    in.remove_prefix(sizeof(T));
    return value;
}

void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out.append(text);
}

uint64_t take_size(ByteView& in) {
    auto size = take_varint(in);
    need_intact(size.has_value(), "a stored row is cut short");
    return *size;
}

/// A number of items, each of which is `item_bytes` long at least: what is made room for is bounded
/// by the bytes that are there.
uint64_t take_count(ByteView& in, size_t item_bytes) {
    const uint64_t count = take_size(in);
    need_intact(count <= in.size() / item_bytes, "a stored row is cut short");
    return count;
}

std::string_view take_text(ByteView& in) {
    const uint64_t size = take_size(in);
    need_intact(in.size() >= size, "a stored row is cut short");
    std::string_view text = in.substr(0, size);
    in.remove_prefix(size);
    return text;
}

void put_decimal(std::string& out, const Decimal& decimal) {
    put_fixed(out, static_cast<int32_t>(decimal.scale()));
    put_fixed(out, decimal.unscaled());
}

Decimal take_decimal(ByteView& in, const SqlType& type) {
    const auto scale = take_fixed<int32_t>(in);
    const auto unscaled = take_fixed<Int128>(in);
    return stored_decimal(unscaled, scale, type);
}

/// The value behind a presence that has already been told.
void put_present(std::string& out, const Value& value, const SqlType& type) {
    switch (type.base()) {
        case BaseType::kBoolean:
            out.push_back(value.as_bool() ? 1 : 0);
            return;
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            put_fixed(out, value.as_int());
            return;
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            put_fixed(out, value.as_long());
            return;
        case BaseType::kDouble:
            put_fixed(out, value.as_double());
            return;
        case BaseType::kString:
        case BaseType::kBytes:
            put_text(out, value.as_string());
            return;
        case BaseType::kDecimal:
            put_decimal(out, value.as_decimal());
            return;
        case BaseType::kArray:
            put_varint(out, value.as_list().size());
            for (const Value& element : value.as_list())
                encode_value(out, element, *type.element());
            return;
        case BaseType::kStruct:
            for (size_t i = 0; i < type.fields().size(); ++i) {
                encode_value(out, value.as_list()[i], *type.fields()[i].type);
            }
            return;
        case BaseType::kMap:
            put_varint(out, value.as_map().size());
            for (const auto& [key, entry] : value.as_map()) {
                encode_value(out, key, *type.map_key());
                encode_value(out, entry, *type.map_value());
            }
            return;
    }
}

Value take_present(ByteView& in, const SqlType& type) {
    switch (type.base()) {
        case BaseType::kBoolean:
            return take_fixed<char>(in) != 0;
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            return take_fixed<int32_t>(in);
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            return take_fixed<int64_t>(in);
        case BaseType::kDouble:
            return take_fixed<double>(in);
        case BaseType::kString:
        case BaseType::kBytes:
            return Value(take_text(in));
        case BaseType::kDecimal:
            return take_decimal(in, type);
        case BaseType::kArray: {
            ValueList list(take_count(in, 1));
            for (Value& element : list) element = decode_value(in, *type.element());
            return Value(std::move(list));
        }
        case BaseType::kStruct: {
            ValueList list(type.fields().size());
            for (size_t i = 0; i < list.size(); ++i) {
                list[i] = decode_value(in, *type.fields()[i].type);
            }
            return Value(std::move(list));
        }
        case BaseType::kMap: {
            ValueMap map(take_count(in, 2));
            for (auto& [key, entry] : map) {
                key = decode_value(in, *type.map_key());
                entry = decode_value(in, *type.map_value());
            }
            return Value(std::move(map));
        }
    }
    return {};
}

}  // namespace

void encode_value(std::string& out, const Value& value, const SqlType& type) {
    out.push_back(value.is_null() ? 0 : 1);
    if (!value.is_null()) put_present(out, value, type);
}

Value decode_value(ByteView& in, const SqlType& type) {
    if (take_fixed<char>(in) == 0) return {};
    return take_present(in, type);
}

RowCodec::RowCodec(std::vector<SqlTypePtr> types) : types_(std::move(types)) {
    for (const SqlTypePtr& type : types_) physical_.push_back(physical_type(type->base()));
}

void RowCodec::encode(std::span<const Column* const> columns, size_t row, std::string& out) const {
    const size_t bits_at = out.size();
    out.append((types_.size() + 7) / 8, '\0');
    for (size_t i = 0; i < types_.size(); ++i) {
        const Column& column = *columns[i];
        if (column.is_null(row)) continue;
        out[bits_at + i / 8] = static_cast<char>(out[bits_at + i / 8] | (1 << (i % 8)));
        switch (physical_[i]) {
            case PhysicalType::kBool:
                out.push_back(column.bool_at(row) != 0 ? 1 : 0);
                break;
            case PhysicalType::kInt:
                put_fixed(out, column.int_at(row));
                break;
            case PhysicalType::kLong:
                put_fixed(out, column.long_at(row));
                break;
            case PhysicalType::kDouble:
                put_fixed(out, column.double_at(row));
                break;
            case PhysicalType::kText:
                put_text(out, column.text_at(row));
                break;
            case PhysicalType::kValue:
                put_present(out, column.value_ref_at(row), *types_[i]);
                break;
        }
    }
}

void RowCodec::decode(ByteView& in, std::span<Column* const> columns) const {
    const size_t bits_size = (types_.size() + 7) / 8;
    need_intact(in.size() >= bits_size, "a stored row is cut short");
    const char* bits = in.data();
    in.remove_prefix(bits_size);
    for (size_t i = 0; i < types_.size(); ++i) {
        Column& column = *columns[i];
        if ((bits[i / 8] >> (i % 8) & 1) == 0) {
            column.append_null();
            continue;
        }
        switch (physical_[i]) {
            case PhysicalType::kBool:
                column.append_bool(take_fixed<char>(in) != 0);
                break;
            case PhysicalType::kInt:
                column.append_int(take_fixed<int32_t>(in));
                break;
            case PhysicalType::kLong:
                column.append_long(take_fixed<int64_t>(in));
                break;
            case PhysicalType::kDouble:
                column.append_double(take_fixed<double>(in));
                break;
            case PhysicalType::kText:
                column.append_text(take_text(in));
                break;
            case PhysicalType::kValue:
                column.append_ref(take_present(in, *types_[i]));
                break;
        }
    }
}

void RowCodec::skip(ByteView& in) const {
    const size_t bits_size = (types_.size() + 7) / 8;
    need_intact(in.size() >= bits_size, "a stored row is cut short");
    const char* bits = in.data();
    in.remove_prefix(bits_size);
    for (size_t i = 0; i < types_.size(); ++i) {
        if ((bits[i / 8] >> (i % 8) & 1) == 0) continue;
        switch (physical_[i]) {
            case PhysicalType::kBool:
                take_fixed<char>(in);
                break;
            case PhysicalType::kInt:
                take_fixed<int32_t>(in);
                break;
            case PhysicalType::kLong:
            case PhysicalType::kDouble:
                take_fixed<int64_t>(in);
                break;
            case PhysicalType::kText:
                take_text(in);
                break;
            case PhysicalType::kValue:
                take_present(in, *types_[i]);
                break;
        }
    }
}

}  // namespace millrace::exec
