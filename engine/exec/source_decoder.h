// Records of a source's topic to rows: key, used value columns, header columns, windows and time.
// Records that cannot be used are left out and reported. Used by one worker.
#pragma once

#include <optional>
#include <vector>

#include "engine/exec/input.h"
#include "engine/exec/row_time.h"
#include "engine/exec/shared_rows.h"
#include "engine/serde/format.h"

namespace millrace::exec {

class SourceDecoder final : public Input {
public:
    /// `step` is a SourceStep; `context` outlives the decoder.
    SourceDecoder(const plan::Step& step, const OperatorContext& context);
    Result<DecodedRows> decode(std::span<const LogRecord> records, int32_t partition,
                               const std::string& topic, LogBatch* batch) override;

private:
    /// What tells it from other decoders of the partition.
    std::string kind_text() const;
    /// Bad records are in errors_.
    Result<RecordBatch> decode_records(std::span<const LogRecord> records);
    void report(RowErrors& errors);
    Status decode_keys(std::span<const LogRecord> records, std::vector<Column>& columns);
    Status decode_values(std::span<const LogRecord> records, std::vector<Column>& columns);
    /// A decoder that is waiting for something is asked now and then only.
    bool may_ask() const;
    Status wait(Status status);
    /// The record that a row came from.
    size_t origin(size_t row) const { return expands_ ? values_out_.origins[row] : row; }
    /// From one key (and window) a record to one a row.
    void spread_over_rows(std::vector<Column>& keys);
    std::vector<RowMeta> meta_of(std::span<const LogRecord> records, size_t num_rows) const;
    void append_header_columns(std::span<const LogRecord> records, size_t num_rows,
                               std::vector<ColumnPtr>& columns) const;
    /// Sets the rows' times; drops records with a row without one.
    void set_times(std::span<const LogRecord> records, const std::vector<Column>& keys,
                   const std::vector<Column>& values, std::vector<RowMeta>& meta);
    void drop(size_t record) {
        dropped_[record] = 1;
        ++num_dropped_;
    }
    void report_failures(std::span<const LogRecord> records, std::vector<DecodeFailure>& failures,
                         bool in_key);
    void report_time(const LogRecord& record, std::string reason);
    RecordBatch keep_usable(RecordBatch batch) const;

    const plan::Step& step_;
    const plan::SourceStep& source_;
    const OperatorContext& context_;
    bool is_table_;
    bool expands_ = false;  ///< A record's value may give any number of rows.
    std::unique_ptr<Decoder> key_decoder_, value_decoder_;
    std::vector<size_t> used_;       ///< Value fields to decode, ascending.
    std::vector<size_t> positions_;  ///< Of the schema's value columns among the decoded ones.
    std::optional<RowTime> time_;
    bool time_in_key_ = false;
    bool throws_on_bad_time_ = false;  ///< ksql.timestamp.throw.on.invalid
    bool checks_unread_ = true;        ///< millrace.check.unread.columns
    size_t time_column_ = 0;           ///< Among the key columns or the decoded value columns.
    DecodeKind kind_;                  ///< Null: nobody shares.
    Status waiting_;                   ///< Why the last records could not be decoded yet.
    int64_t asked_at_ms_ = 0;

    // Of the records at hand.
    std::vector<std::optional<ByteView>> bytes_;
    std::vector<Window> windows_;
    std::vector<uint8_t> dropped_;
    size_t num_dropped_ = 0;
    int32_t partition_ = 0;
    std::string topic_;
    RowErrors errors_;
    Decoded keys_out_, values_out_;
};

}  // namespace millrace::exec
