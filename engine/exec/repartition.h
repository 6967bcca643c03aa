// Both sides of an internal topic: rows by a new key to records, and back.
//
// Ahead of an aggregate that allows it, and where updates may coalesce, groups of rows are combined
// (partial_groups.h) until the next commit; the reader hands them on as bytes in one more column,
// which the aggregate merges.
//
// Record key: the key columns in the plan's key format, so that the partition is the one that other
// topics of this key have. Record value (docs/formats.md): flags ‖ [lateness] ‖ source partition ‖
// source offset ‖ rows of all columns.
//
// Records of several writers meet in a partition. The order time of a record is the stream time of
// its writer when it wrote it: a writer's never falls, so that the reader can take the records of
// all in time order (runtime/time_merge.h) and a latecomer still comes late. Between the records
// stand time marks, which no row comes of.
#pragma once

#include <algorithm>

#include "engine/exec/input.h"
#include "engine/exec/partial_groups.h"
#include "engine/exec/row_codec.h"
#include "engine/serde/format.h"

namespace millrace::exec {

/// Says that every later record of its writer has at least this order time.
struct TimeMark {
    int32_t writer = 0;  ///< Partition of the task.
    int64_t time_ms = -1;
    uint64_t number = 0;  ///< No two marks of a query have the same; never 0.
};
std::string encode(const TimeMark& mark);
/// Nothing when the record is no mark.
std::optional<TimeMark> read_time_mark(const LogRecord& record);
/// Of a record that is no mark.
int64_t order_time(const LogRecord& record);

class RepartitionWriter {
public:
    RepartitionWriter(const plan::Step& step, const std::string& topic,
                      const OperatorContext& context, RecordSink& sink);
    /// From now on rows are combined for this aggregate. Null: they are not.
    void combine_for(std::unique_ptr<PartialGroups> groups) { groups_ = std::move(groups); }
    void write(const RecordBatch& batch);
    /// Before a commit.
    void flush();
    /// Does it hold rows until then?
    bool combines() const { return groups_ != nullptr; }
    /// A mark has said so: from now on no record has a lower order time.
    void not_before(int64_t order_ms) { order_ms_ = std::max(order_ms_, order_ms); }

private:
    /// The value's flags, and by how much its time is behind its order time.
    void begin_value(int flags, int64_t timestamp_ms, int64_t order_ms);
    void write_record(size_t key_row, const RecordBatch& batch, std::optional<size_t> new_row,
                      std::optional<size_t> old_row);

    void combine(const RecordBatch& batch);
    void tell_held();
    void begin_group(size_t number, const RecordBatch& batch, size_t row);
    void write_group(const PartialGroups::Group& group);
    void report_key(const RowMeta& meta, std::string message);
    void send_errors();

    const plan::Step& step_;
    const OperatorContext& context_;
    RecordSink& sink_;
    std::string topic_;
    RowCodec codec_, key_codec_;
    std::unique_ptr<Encoder> key_encoder_;
    EncodedRows keys_;
    std::vector<EncodeFailure> failures_;
    std::vector<const Column*> columns_;
    std::string value_;
    int64_t order_ms_ = -1;  ///< The least that the next record may have.
    RowErrors errors_;

    /// What the record of a combined group begins with, behind its flags; by the group's number.
    struct GroupHead {
        std::optional<std::string> key;
        std::string value;
        bool unusable = false;  ///< Its key cannot be written.
    };
    std::unique_ptr<PartialGroups> groups_;
    std::vector<GroupHead> heads_;
    HeldBack held_back_;
    std::vector<ColumnPtr> key_columns_;
};

class RepartitionReader final : public Input {
public:
    /// `groups`: of the aggregate that reads these rows, when it takes combined ones.
    RepartitionReader(const plan::Step& step, const OperatorContext& context,
                      std::unique_ptr<PartialGroups> groups);
    Result<DecodedRows> decode(std::span<const LogRecord> records, int32_t partition,
                               const std::string& topic, LogBatch* batch) override;

private:
    struct Rows;
    /// Throws DamagedBytes; `rows` then ends in something unfinished.
    void add_record(const LogRecord& record, Rows& rows) const;
    void report(const LogRecord& record, const char* what, int32_t partition,
                const std::string& topic);

    const plan::Step& step_;
    const OperatorContext& context_;
    RowCodec codec_, key_codec_;
    std::unique_ptr<PartialGroups> groups_;
    RowErrors errors_;
};

}  // namespace millrace::exec
