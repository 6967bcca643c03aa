#include "engine/exec/project.h"

#include "engine/exec/row_parts.h"
#include "engine/exec/row_report.h"

namespace millrace::exec {

ProjectOperator::ProjectOperator(std::string name, size_t num_keys, ExpressionSet values)
    : name_(std::move(name)), num_keys_(num_keys), values_(std::move(values)) {}

void ProjectOperator::process(size_t, RecordBatch batch, Emitter& output) {
    std::vector<ColumnPtr> values;
    if (!fit_together(batch, errors_, [&] { values = values_.evaluate(batch, errors_); })) {
        in_parts(batch, [&](RecordBatch part) { process(0, std::move(part), output); });
        return;
    }
    std::vector<ColumnPtr> columns;
    columns.reserve(num_keys_ + values_.size());
    for (size_t i = 0; i < num_keys_; ++i) columns.push_back(batch.column_ptr(i));
    for (ColumnPtr& value : values) columns.push_back(std::move(value));
    report_rows(*context_, name_, batch, errors_);
    output.emit(std::move(batch).with_columns(std::move(columns)));
}

}  // namespace millrace::exec
