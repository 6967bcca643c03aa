// Where a sub-topology's batches come from: records of one input become rows. No state is touched.
// Used by one worker.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/exec/operator.h"
#include "engine/log/log.h"
#include "engine/plan/steps.h"

namespace millrace::exec {

/// What some records of an input have become.
struct DecodedRows {
    RecordBatch rows;
    /// Offset of the record that each row came from, where that is not the row's own: records of a
    /// repartition topic hold one row or two, which carry partition and offset of their origin.
    std::vector<int64_t> offsets;
};

class Input {
public:
    virtual ~Input() = default;
    /// See Pipeline::decode.
    virtual Result<DecodedRows> decode(std::span<const LogRecord> records, int32_t partition,
                                       const std::string& topic, LogBatch* batch) = 0;
};

/// Headers as rows carry them; null when the record has none.
RowHeadersPtr row_headers(const LogRecord& record);

}  // namespace millrace::exec
