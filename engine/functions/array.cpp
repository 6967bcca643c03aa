// Arrays. Elements are equal as values are; NULL equals NULL here.
#include <algorithm>

#include "engine/base/row_meter.h"
#include "engine/base/unicode.h"
#include "engine/functions/families.h"
#include "engine/functions/scalar.h"
#include "engine/functions/value_places.h"

namespace millrace::functions {
namespace {

bool contains(const ValueList& list, const Value& value) {
    RowMeter::here().work(list.size());
    return std::find(list.begin(), list.end(), value) != list.end();
}

std::optional<Value> array_concat(std::optional<Value> left, std::optional<Value> right) {
    if (!left) return right;
    if (!right) return left;
    ValueList out = left->as_list();
    out.insert(out.end(), right->as_list().begin(), right->as_list().end());
    return Value(std::move(out));
}
bool array_contains(std::optional<Value> list, std::optional<Value> value) {
    return list && contains(list->as_list(), value ? *value : Value());
}
Value array_distinct(const ValueList& list) {
    ValueList out;
    ValuePlaces places;
    for (const Value& value : list)
        if (places.add(value).second) out.push_back(value);
    return Value(std::move(out));
}
Value array_except(const ValueList& left, const ValueList& right) {
    ValueList out;
    ValuePlaces places, others;
    for (const Value& value : right) others.add(value);
    for (const Value& value : left)
        if (!others.find(value) && places.add(value).second) out.push_back(value);
    return Value(std::move(out));
}
Value array_intersect(const ValueList& left, const ValueList& right) {
    ValueList out;
    ValuePlaces places, others;
    for (const Value& value : right) others.add(value);
    for (const Value& value : left)
        if (others.find(value) && places.add(value).second) out.push_back(value);
    return Value(std::move(out));
}
Value array_union(const ValueList& left, const ValueList& right) {
    ValueList out;
    ValuePlaces places;
    for (const ValueList* list : {&left, &right})
        for (const Value& value : *list)
            if (places.add(value).second) out.push_back(value);
    return Value(std::move(out));
}
int32_t array_length(const ValueList& list) {
    return static_cast<int32_t>(list.size());
}
Value array_remove(Value list, std::optional<Value> victim) {
    Value wanted = victim ? *victim : Value();
    ValueList out;
    for (const Value& value : list.as_list())
        if (!(value == wanted)) out.push_back(value);
    return Value(std::move(out));
}

std::string array_join(const CallSite& site, Value list,
                       std::optional<std::string_view> delimiter) {
    const SqlType& element = *site.argument(0).element();
    if (element.is_nested() || (!element.is_numeric() && !element.is(BaseType::kBoolean) &&
                                !element.is(BaseType::kString)))
        throw RowError("The array's elements cannot be joined: they are of type " +
                       element.to_string());
    std::string out;
    bool first = true;
    if (delimiter) RowMeter::here().grow(list.as_list().size() * delimiter->size());
    for (const Value& value : list.as_list()) {
        if (!first && delimiter) out += *delimiter;
        first = false;
        out += value_to_text(value, element);
    }
    return out;
}
std::string array_join_comma(const CallSite& site, Value list) {
    return array_join(site, std::move(list), ",");
}

Value extreme(const CallSite& site, const ValueList& list, int sign) {
    BaseType base = site.argument(0).element()->base();
    const Value* best = nullptr;
    for (const Value& value : list)
        if (!value.is_null() && (!best || compare_values(value, *best, base) * sign > 0))
            best = &value;
    return best ? *best : Value();
}
Value array_max(const CallSite& site, const ValueList& list) {
    return extreme(site, list, 1);
}
Value array_min(const CallSite& site, const ValueList& list) {
    return extreme(site, list, -1);
}

Value array_sort(const CallSite& site, const ValueList& list, std::string_view direction) {
    std::string name;
    append_upper(name, direction);
    bool down = name == "DESC" || name == "DESCENDING";
    if (!down && name != "ASC" && name != "ASCENDING") return {};
    BaseType base = site.argument(0).element()->base();
    ValueList out = list;
    std::stable_sort(out.begin(), out.end(), [&](const Value& a, const Value& b) {
        if (a.is_null() || b.is_null()) return !a.is_null() && b.is_null();
        int order = compare_values(a, b, base);
        return down ? order > 0 : order < 0;
    });
    return Value(std::move(out));
}
Value array_sort_up(const CallSite& site, const ValueList& list) {
    return array_sort(site, list, "ASC");
}

/// More elements than this never fit.
constexpr int64_t kSeriesMax = 1'000'000'000;

template <class T>
Value series(T first, T last, int32_t step) {
    if (step == 0) throw RowError("GENERATE_SERIES step cannot be zero");
    auto from = static_cast<Int128>(first);
    auto to = static_cast<Int128>(last);
    if ((from > to && step > 0) || (from < to && step < 0))
        throw RowError("GENERATE_SERIES step has wrong sign");
    Int128 count = (to - from) / step + 1;
    if (count > kSeriesMax) throw RowError("GENERATE_SERIES would have too many elements");
    RowMeter::here().grow(static_cast<size_t>(count) * sizeof(Value));
    ValueList out;
    out.reserve(static_cast<size_t>(count));
    for (Int128 i = 0; i < count; ++i) out.emplace_back(static_cast<T>(from + i * step));
    return Value(std::move(out));
}
Value series_int2(Required<int32_t> first, Required<int32_t> last) {
    return series(first.value, last.value, last.value > first.value ? 1 : -1);
}
Value series_int3(Required<int32_t> first, Required<int32_t> last, Required<int32_t> step) {
    return series(first.value, last.value, step.value);
}
Value series_long2(Required<int64_t> first, Required<int64_t> last) {
    return series(first.value, last.value, last.value > first.value ? 1 : -1);
}
Value series_long3(Required<int64_t> first, Required<int64_t> last, Required<int32_t> step) {
    return series(first.value, last.value, step.value);
}

Value slice(const ValueList& list, std::optional<int32_t> from, std::optional<int32_t> to) {
    auto size = static_cast<int64_t>(list.size());
    int64_t start = from ? static_cast<int64_t>(*from) - 1 : 0;
    int64_t end = to ? *to : size;
    if (start < 0 || end > size || start > size) return {};
    if (end < start)
        throw RowError("fromIndex(" + std::to_string(start) + ") > toIndex(" + std::to_string(end) +
                       ")");
    return Value(ValueList(list.begin() + start, list.begin() + end));
}

}  // namespace

void add_array_functions(FunctionRegistry& registry) {
    Family f(registry, "ARRAY");
    std::string_view two = "(ARRAY<T> left, ARRAY<T> right) -> ARRAY<T>";
    f.generic("ARRAY_CONCAT", "Both arrays' elements, one after the other.", two, &array_concat);
    f.generic("ARRAY_CONTAINS", "Is a value among an array's elements?",
              "(ARRAY<T> array, T val) -> BOOLEAN", &array_contains);
    f.generic("ARRAY_DISTINCT", "The elements, each one once.", "(ARRAY<T> array) -> ARRAY<T>",
              &array_distinct);
    f.generic("ARRAY_EXCEPT", "The first array's elements that are not in the second.", two,
              &array_except);
    f.generic("ARRAY_INTERSECT", "The elements that are in both arrays.", two, &array_intersect);
    f.generic("ARRAY_JOIN", "The elements as one text, with commas between.",
              "(ARRAY<T> array) -> STRING", &array_join_comma);
    f.generic("ARRAY_JOIN", "The elements as one text, with a delimiter between.",
              "(ARRAY<T> array, STRING delimiter) -> STRING", &array_join);
    f.generic("ARRAY_LENGTH", "Number of elements.", "(ARRAY<T> array) -> INT", &array_length);
    f.generic("ARRAY_MAX", "The greatest element.", "(ARRAY<T> array) -> T", &array_max);
    f.generic("ARRAY_MIN", "The least element.", "(ARRAY<T> array) -> T", &array_min);
    f.generic("ARRAY_REMOVE", "The elements but those equal to a value.",
              "(ARRAY<T> array, T element) -> ARRAY<T>", &array_remove);
    f.generic("ARRAY_SORT", "The elements in ascending order, NULLs last.",
              "(ARRAY<T> array) -> ARRAY<T>", &array_sort_up);
    f.generic("ARRAY_SORT", "The elements in the order asked for, NULLs last.",
              "(ARRAY<T> array, STRING direction) -> ARRAY<T>", &array_sort);
    f.generic("ARRAY_UNION", "The elements that are in either array.", two, &array_union);
    f.generic("GENERATE_SERIES", "The numbers from one to another.",
              "(INT start, INT end) -> ARRAY<INT>", &series_int2);
    f.generic("GENERATE_SERIES", "The numbers from one to another by a step.",
              "(INT start, INT end, INT step) -> ARRAY<INT>", &series_int3);
    f.generic("GENERATE_SERIES", "The numbers from one to another.",
              "(BIGINT start, BIGINT end) -> ARRAY<BIGINT>", &series_long2);
    f.generic("GENERATE_SERIES", "The numbers from one to another by a step.",
              "(BIGINT start, BIGINT end, INT step) -> ARRAY<BIGINT>", &series_long3);
    f.generic("SLICE", "The elements from one position to another, both included.",
              "(ARRAY<T> in, INT from, INT to) -> ARRAY<T>", &slice);
}

}  // namespace millrace::functions
