// Where a sub-topology's batches come from: records of one input become rows. No state is touched.
// Used by one worker.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "engine/exec/operator.h"
#include "engine/log/log.h"
#include "engine/plan/steps.h"

namespace millrace::exec {

class Input {
public:
    virtual ~Input() = default;
    /// See Pipeline::decode.
    virtual RecordBatch decode(std::span<const LogRecord> records, int32_t partition,
                               const std::string& topic) = 0;
};

/// Headers as rows carry them; null when the record has none.
RowHeadersPtr row_headers(const LogRecord& record);

}  // namespace millrace::exec
