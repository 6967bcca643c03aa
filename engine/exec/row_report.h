// Hands a batch's row errors to the task: the row index becomes partition and offset. Errors of
// rows that only stand for the past (before images, deletions, null values) are dropped: they were
// told of when they were new.
#pragma once

#include <string>

#include "engine/exec/operator.h"

namespace millrace::exec {

/// Empties `errors`.
void report_rows(const OperatorContext& context, const std::string& where, const RecordBatch& batch,
                 RowErrors& errors);

}  // namespace millrace::exec
