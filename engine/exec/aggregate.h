// GROUP BY without a window, and over tumbling and hopping windows. Streams add rows; a table's
// changes take back the old row's contribution and add the new one's, and emit once.
#pragma once

#include "engine/exec/aggregate_base.h"

namespace millrace::exec {

class AggregateOperator final : public AggregateBase {
public:
    AggregateOperator(const plan::Step& step, const Binding& binding);

protected:
    size_t add_rows(const RecordBatch& batch, size_t from) override;

private:
    /// A group combined ahead of the repartition: see PartialGroups::append.
    void merge_partial(ByteView partial, const RowMeta& meta);
    void merge_into(ByteView key, ByteView group, const RowMeta& meta);
    /// Moves stream time to `newest_ms`, then makes key_ the key of each window at `time_ms` that
    /// is not closed, and calls `act`.
    template <class Do>
    void for_open_windows(int64_t newest_ms, int64_t time_ms, const Do& act);
    void add_to(ByteView key, const RecordBatch& batch, size_t row);
    /// Takes back row `before` (if any) and adds row `after` (if any).
    void replace(ByteView key, std::optional<size_t> before, std::optional<size_t> after,
                 const RecordBatch& batch);

    std::optional<plan::WindowSpec> window_;
    size_t num_input_columns_;
    std::string key_;
};

/// First start of the windows that hold `timestamp_ms`.
int64_t first_window_start(int64_t timestamp_ms, int64_t size_ms, int64_t advance_ms);

}  // namespace millrace::exec
