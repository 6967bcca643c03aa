// Values that are taken out of columns into lists and maps.
#pragma once

#include "engine/base/row_meter.h"
#include "engine/types/column.h"

namespace millrace {

/// Text is copied, and one text may be taken for many places: it is counted (base/row_meter.h).
inline Value copied(const Column& column, size_t row) {
    if (column.physical() == PhysicalType::kText && !column.is_null(row))
        RowMeter::here().grow(column.text_at(row).size());
    return column.get(row);
}

}  // namespace millrace
