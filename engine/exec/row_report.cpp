#include "engine/exec/row_report.h"

namespace millrace::exec {

void report_rows(const OperatorContext& context, const std::string& where, const RecordBatch& batch,
                 RowErrors& errors) {
    if (errors.empty()) return;
    std::erase_if(errors.entries(), [&](RowErrorEntry& entry) {
        if (entry.offset < 0 || static_cast<size_t>(entry.offset) >= batch.num_rows()) return false;
        const RowMeta& meta = batch.meta()[static_cast<size_t>(entry.offset)];
        entry.offset = meta.offset;
        entry.partition = meta.partition;
        return meta.null_value || meta.kind == RowKind::kUpdateBefore ||
               meta.kind == RowKind::kDelete;
    });
    if (!errors.entries().empty() && context.report) context.report(where, errors);
    errors.clear();
}

}  // namespace millrace::exec
