// Both sides of an internal topic: rows by a new key to records, and back.
//
// Ahead of an aggregate that allows it, and where updates may coalesce, groups of rows are combined
// (partial_groups.h) until the next commit; the reader hands them on as bytes in one more column,
// which the aggregate merges.
//
// Record key: the key columns in the plan's key format, so that the partition is the one that other
// topics of this key have. Record value (docs/formats.md): flags ‖ source partition ‖ source offset
// ‖ rows of all columns.
#pragma once

#include "engine/exec/input.h"
#include "engine/exec/partial_groups.h"
#include "engine/exec/row_codec.h"
#include "engine/serde/format.h"

namespace millrace::exec {

class RepartitionWriter {
public:
    RepartitionWriter(const plan::Step& step, const std::string& topic,
                      const OperatorContext& context, RecordSink& sink);
    /// From now on rows are combined for this aggregate. Null: they are not.
    void combine_for(std::unique_ptr<PartialGroups> groups) { groups_ = std::move(groups); }
    void write(const RecordBatch& batch);
    /// Before a commit.
    void flush();

private:
    void write_record(size_t key_row, const RecordBatch& batch, std::optional<size_t> new_row,
                      std::optional<size_t> old_row);

    void combine(const RecordBatch& batch);
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
    RowErrors errors_;

    /// What the record of a combined group begins with, by the group's number.
    struct GroupHead {
        std::optional<std::string> key;
        std::string value;
        bool unusable = false;  ///< Its key cannot be written.
    };
    std::unique_ptr<PartialGroups> groups_;
    std::vector<GroupHead> heads_;
    std::vector<ColumnPtr> key_columns_;
};

class RepartitionReader final : public Input {
public:
    /// `groups`: of the aggregate that reads these rows, when it takes combined ones.
    RepartitionReader(const plan::Step& step, const OperatorContext& context,
                      std::unique_ptr<PartialGroups> groups);
    Result<DecodedRows> decode(std::span<const LogRecord> records, int32_t partition,
                               const std::string& topic) override;

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
