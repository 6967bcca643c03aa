// GROUP BY over session windows: rows of a key that lie within the gap of each other are one
// session; a row between two sessions makes them one. Exact rules: semantics reference,
// section 10.2.
#pragma once

#include "engine/exec/aggregate_base.h"

namespace millrace::exec {

class SessionAggregateOperator final : public AggregateBase {
public:
    SessionAggregateOperator(const plan::Step& step, const Binding& binding);

protected:
    size_t add_rows(const RecordBatch& batch, size_t from) override;

private:
    struct Session {
        Window window;
        std::string key, value;
    };
    void add_session_row(const RecordBatch& batch, size_t row);
    /// Stored sessions of key_ that the row belongs to, in (end, start) order.
    void find_sessions(int64_t timestamp_ms, int64_t oldest_end_ms);

    int64_t gap_ms_, grace_ms_;
    std::string key_, from_, to_;
    std::vector<Session> found_;
    size_t num_found_ = 0;
    std::vector<ByteView> other_;
};

}  // namespace millrace::exec
