// How the change of one row of a table is told to the next operator.
#pragma once

#include "engine/types/record_batch.h"

namespace millrace::exec {

/// `was`, `is`: is there a row before the change, and after it? Calls `add(old, meta)` for the old
/// row (where nobody had one, but it is deleted: for the deletion alone), then for the new row.
template <class AddRow>
void add_change(RowMeta meta, bool was, bool is, const AddRow& add) {
    if (was || !is) {
        meta.kind = is ? RowKind::kUpdateBefore : RowKind::kDelete;
        meta.null_value = !was;
        add(true, meta);
    }
    if (!is) return;
    meta.kind = was ? RowKind::kUpdateAfter : RowKind::kInsert;
    meta.null_value = false;
    add(false, meta);
}

}  // namespace millrace::exec
