#include "engine/functions/ordering.h"

#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

template <class T>
int order(T a, T b) {
    return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace

int order_at(const Column& a, size_t a_row, const Column& b, size_t b_row) {
    switch (a.physical()) {
        case PhysicalType::kBool:
            return order(a.bool_at(a_row), b.bool_at(b_row));
        case PhysicalType::kInt:
            return order(a.int_at(a_row), b.int_at(b_row));
        case PhysicalType::kLong:
            return order(a.long_at(a_row), b.long_at(b_row));
        case PhysicalType::kDouble:
            return order(a.double_at(a_row), b.double_at(b_row));
        case PhysicalType::kText:
            if (a.type().is(BaseType::kString))
                return compare_utf16(a.text_at(a_row), b.text_at(b_row));
            break;
        case PhysicalType::kValue:
            break;
    }
    return compare_values(a.get(a_row), b.get(b_row), a.type().base());
}

bool equal_at(const Column& a, size_t a_row, const Column& b, size_t b_row) {
    switch (a.physical()) {
        case PhysicalType::kText:
            return a.text_at(a_row) == b.text_at(b_row);
        case PhysicalType::kValue:
            return a.value_ref_at(a_row) == b.value_ref_at(b_row);
        default:
            return order_at(a, a_row, b, b_row) == 0;
    }
}

}  // namespace millrace::functions
