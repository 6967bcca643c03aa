// Where a task's encoded records go: a topic of the log, or one in memory.
#pragma once

#include "engine/exec/operator.h"

namespace millrace {

class TaskSink : public exec::RecordSink {
public:
    /// The task has written all that it will in this turn: what is counted may be told.
    virtual void end_turn() {}
    /// A time mark (exec/repartition.h), to all partitions.
    virtual void write_mark(ByteView value, int64_t timestamp_ms) {
        (void)value;
        (void)timestamp_ms;
    }
};

}  // namespace millrace
