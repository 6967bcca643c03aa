// Order and equality of column rows in their physical form.
#pragma once

#include "engine/types/column.h"

namespace millrace::functions {

/// Negative, zero, positive. REQUIRES: both not NULL, same comparable type.
int order_at(const Column& a, size_t a_row, const Column& b, size_t b_row);
/// Deep equality. REQUIRES: both not NULL, same type.
bool equal_at(const Column& a, size_t a_row, const Column& b, size_t b_row);

}  // namespace millrace::functions
