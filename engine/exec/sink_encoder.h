// Rows to records of the sink topic: key, value or tombstone, windowed key bytes, time. Rows that
// cannot be written are reported. Used by one worker.
#pragma once

#include <optional>

#include "engine/exec/operator.h"
#include "engine/exec/row_time.h"
#include "engine/plan/steps.h"
#include "engine/serde/format.h"

namespace millrace::exec {

class SinkEncoder {
public:
    /// `step` is a SinkStep; its input's key gives the window.
    SinkEncoder(const plan::Step& step, const OperatorContext& context, RecordSink& sink);
    void write(const RecordBatch& batch);
    const Schema& schema() const { return step_.schema; }

private:
    void report(const RecordBatch& batch, size_t row, std::string message, bool in_key,
                RowErrorKind kind);
    std::optional<int64_t> time_of(const RecordBatch& batch, size_t row);

    const plan::Step& step_;
    const plan::SinkStep& spec_;
    const OperatorContext& context_;
    RecordSink& sink_;
    size_t num_keys_;
    WindowType window_;
    std::unique_ptr<Encoder> key_encoder_, value_encoder_;
    std::optional<RowTime> time_;
    size_t time_column_ = 0;

    std::vector<uint32_t> rows_, value_rows_;
    std::vector<ColumnPtr> key_columns_, value_columns_;
    EncodedRows keys_, values_;
    std::vector<EncodeFailure> key_failures_, value_failures_;
    std::string windowed_key_;
    RowErrors errors_;
};

}  // namespace millrace::exec
