#include "engine/functions/value_codec.h"

#include <bit>

#include "engine/base/damaged.h"
#include "engine/types/stored_decimal.h"

namespace millrace::functions {
namespace {

void put_decimal(std::string& out, const Decimal& decimal) {
    auto bits = static_cast<unsigned __int128>(decimal.unscaled());
    put_be64(out, static_cast<uint64_t>(bits >> 64));
    put_be64(out, static_cast<uint64_t>(bits));
    put_varint(out, static_cast<uint64_t>(decimal.scale()));
}

void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out += text;
}

std::string_view take(ByteView& in, size_t size) {
    need_intact(in.size() >= size, "an aggregate's state is cut short");
    std::string_view out = in.substr(0, size);
    in.remove_prefix(size);
    return out;
}

size_t take_count(ByteView& in) {
    auto count = take_varint(in);
    need_intact(count.has_value(), "an aggregate's state is cut short");
    return static_cast<size_t>(*count);
}

/// A number of items, each of which is `item_bytes` long at least.
size_t take_items(ByteView& in, size_t item_bytes) {
    const size_t count = take_count(in);
    need_intact(count <= in.size() / item_bytes, "an aggregate's state is cut short");
    return count;
}

}  // namespace

void put_value(std::string& out, const Value& value, const SqlType& type) {
    if (value.is_null()) {
        out += '\0';
        return;
    }
    out += '\1';
    switch (type.base()) {
        case BaseType::kBoolean:
            out += value.as_bool() ? '\1' : '\0';
            break;
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            put_be32(out, static_cast<uint32_t>(value.as_int()));
            break;
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            put_be64(out, static_cast<uint64_t>(value.as_long()));
            break;
        case BaseType::kDouble:
            put_be64(out, std::bit_cast<uint64_t>(value.as_double()));
            break;
        case BaseType::kDecimal:
            put_decimal(out, value.as_decimal());
            break;
        case BaseType::kString:
        case BaseType::kBytes:
            put_text(out, value.as_string());
            break;
        case BaseType::kArray:
            put_varint(out, value.as_list().size());
            for (const Value& item : value.as_list()) put_value(out, item, *type.element());
            break;
        case BaseType::kMap:
            put_varint(out, value.as_map().size());
            for (const auto& [key, item] : value.as_map()) {
                put_value(out, key, *type.map_key());
                put_value(out, item, *type.map_value());
            }
            break;
        case BaseType::kStruct:
            for (size_t i = 0; i < type.fields().size(); ++i)
                put_value(out, value.as_list()[i], *type.fields()[i].type);
            break;
    }
}

void put_column_value(std::string& out, const Column& column, size_t row) {
    if (column.is_null(row)) {
        out += '\0';
        return;
    }
    switch (column.physical()) {
        case PhysicalType::kBool:
            out += '\1';
            out += column.bool_at(row) ? '\1' : '\0';
            break;
        case PhysicalType::kInt:
            out += '\1';
            put_be32(out, static_cast<uint32_t>(column.int_at(row)));
            break;
        case PhysicalType::kLong:
            out += '\1';
            put_be64(out, static_cast<uint64_t>(column.long_at(row)));
            break;
        case PhysicalType::kDouble:
            out += '\1';
            put_be64(out, std::bit_cast<uint64_t>(column.double_at(row)));
            break;
        case PhysicalType::kText:
            out += '\1';
            put_text(out, column.text_at(row));
            break;
        case PhysicalType::kValue:
            put_value(out, column.value_ref_at(row), column.type());
            break;
    }
}

Value take_value(ByteView& in, const SqlType& type) {
    if (take(in, 1)[0] == '\0') return {};
    switch (type.base()) {
        case BaseType::kBoolean:
            return take(in, 1)[0] != '\0';
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            return static_cast<int32_t>(get_be32(take(in, 4).data()));
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            return static_cast<int64_t>(get_be64(take(in, 8).data()));
        case BaseType::kDouble:
            return std::bit_cast<double>(get_be64(take(in, 8).data()));
        case BaseType::kDecimal: {
            uint64_t high = get_be64(take(in, 8).data());
            uint64_t low = get_be64(take(in, 8).data());
            auto bits = (static_cast<unsigned __int128>(high) << 64) | low;
            const auto scale = static_cast<int32_t>(take_count(in));
            return stored_decimal(static_cast<Int128>(bits), scale, type);
        }
        case BaseType::kString:
        case BaseType::kBytes:
            return Value(take(in, take_count(in)));
        case BaseType::kArray: {
            ValueList list(take_items(in, 1));
            for (Value& item : list) item = take_value(in, *type.element());
            return Value(std::move(list));
        }
        case BaseType::kMap: {
            ValueMap map(take_items(in, 2));
            for (auto& [key, item] : map) {
                key = take_value(in, *type.map_key());
                item = take_value(in, *type.map_value());
            }
            return Value(std::move(map));
        }
        case BaseType::kStruct: {
            ValueList list;
            for (const auto& field : type.fields()) list.push_back(take_value(in, *field.type));
            return Value(std::move(list));
        }
    }
    return {};
}

Value take_present(ByteView& in, const SqlType& type) {
    Value value = take_value(in, type);
    need_intact(!value.is_null(), "an aggregate's state has a NULL where there is none");
    return value;
}

uint64_t take_number(ByteView& in) {
    return get_be64(take(in, 8).data());
}

ByteView skip_value(ByteView& in, const SqlType& type) {
    ByteView from = in;
    switch (type.base()) {
        case BaseType::kArray:
        case BaseType::kMap:
        case BaseType::kStruct:
        case BaseType::kDecimal:
            take_value(in, type);
            break;
        default: {
            if (take(in, 1)[0] == '\0') break;
            size_t size = type.is(BaseType::kBoolean) ? 1
                          : type.is(BaseType::kInteger) || type.is(BaseType::kDate) ||
                                  type.is(BaseType::kTime)
                              ? 4
                          : type.is(BaseType::kString) || type.is(BaseType::kBytes) ? take_count(in)
                                                                                    : 8;
            take(in, size);
        }
    }
    return from.substr(0, from.size() - in.size());
}

void take_last_into(ByteView in, Column& column) {
    if (column.physical() == PhysicalType::kText && !in.empty() && in[0] != '\0') {
        take(in, 1);
        column.append_text(take(in, take_count(in)));
    } else {
        column.append(take_value(in, column.type()));
    }
    need_intact(in.empty(), "an aggregate's state has bytes left over");
}

}  // namespace millrace::functions
