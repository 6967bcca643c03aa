// Rows that together take more than one of them may (base/row_meter.h) go through an operator in
// parts, at last one by one. Operators evaluate before they change anything or give rows on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/base/row_meter.h"
#include "engine/types/record_batch.h"
#include "engine/types/row_errors.h"

namespace millrace::exec {

/// A row alone, or a pair that is not taken apart.
inline bool is_least_part(const RecordBatch& batch) {
    return batch.num_rows() < 2 ||
           (batch.num_rows() == 2 && batch.meta()[0].kind == RowKind::kUpdateBefore);
}

/// While it lives, rows are parts of some that took too long together. One of them is likely to be
/// at fault: the smaller the parts, the sooner they are divided, so that looking for it takes
/// little longer than waiting for the whole did.
class Parts {
public:
    Parts() { ++depth(); }
    ~Parts() { --depth(); }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    /// For how long rows are evaluated together where one alone may take `row_ms`.
    static int64_t together_ms(int64_t row_ms) {
        constexpr int64_t kLeastMs = 20;
        constexpr int kDepthMax = 16;
        return std::max(row_ms >> (2 * std::min(depth(), kDepthMax)), std::min(row_ms, kLeastMs));
    }

private:
    static int& depth() {
        static thread_local int depth = 0;
        return depth;
    }
};

/// False: the rows have to come in parts; nothing is left of the errors.
template <class Evaluate>
bool fit_together(const RecordBatch& batch, RowErrors& errors, const Evaluate& evaluate) {
    if (is_least_part(batch)) return evaluate(), true;
    try {
        evaluate();
        return true;
    } catch (const OverRowLimit&) {
        errors.clear();
        return false;
    }
}

/// Both halves of the rows, one after the other.
template <class Process>
void in_parts(const RecordBatch& batch, const Process& process) {
    const Parts parts;
    auto num_rows = static_cast<uint32_t>(batch.num_rows());
    uint32_t middle = num_rows / 2;
    if (batch.meta()[middle - 1].kind == RowKind::kUpdateBefore) ++middle;
    for (auto [from, to] : {std::pair(0U, middle), std::pair(middle, num_rows)}) {
        std::vector<uint32_t> rows;
        for (uint32_t row = from; row < to; ++row) rows.push_back(row);
        if (!rows.empty()) process(batch.select(rows));
    }
}

}  // namespace millrace::exec
