// Both sides of an internal topic: rows by a new key to records, and back.
//
// Record key: the key columns in the plan's key format, so that the partition is the one that other
// topics of this key have. Record value (docs/formats.md): flags ‖ source partition ‖ source offset
// ‖ rows of all columns.
#pragma once

#include "engine/exec/input.h"
#include "engine/exec/row_codec.h"
#include "engine/serde/format.h"

namespace millrace::exec {

class RepartitionWriter {
public:
    RepartitionWriter(const plan::Step& step, const std::string& topic,
                      const OperatorContext& context, RecordSink& sink);
    void write(const RecordBatch& batch);

private:
    void write_record(size_t key_row, const RecordBatch& batch, std::optional<size_t> new_row,
                      std::optional<size_t> old_row);

    const plan::Step& step_;
    const OperatorContext& context_;
    RecordSink& sink_;
    std::string topic_;
    RowCodec codec_;
    std::unique_ptr<Encoder> key_encoder_;
    EncodedRows keys_;
    std::vector<EncodeFailure> failures_;
    std::vector<const Column*> columns_;
    std::string value_;
    RowErrors errors_;
};

class RepartitionReader final : public Input {
public:
    explicit RepartitionReader(const plan::Step& step);
    RecordBatch decode(std::span<const LogRecord> records, int32_t partition,
                       const std::string& topic) override;

private:
    const plan::Step& step_;
    RowCodec codec_;
};

}  // namespace millrace::exec
