// Table-table join on a foreign key: the left row names the right row's key. Three operators, each
// in a sub-topology of its own, with a topic between them:
//
//   subscribe   a change of the left table becomes messages to where the foreign key's rows are
//   look up     keeps the subscriptions and the right table; answers messages, and tells every
//               subscriber when its right row changes
//   result      by the left key again: drops answers that a newer left row has overtaken
//
// The messages carry the left row, and its offset as its version. What is sent and answered when:
// semantics reference, section 10.6.
#pragma once

#include <optional>
#include <string>

#include "engine/exec/joined_rows.h"
#include "engine/exec/unfinished_rows.h"

namespace millrace::exec {

class ForeignKeySubscribeOperator final : public Operator {
public:
    explicit ForeignKeySubscribeOperator(const plan::Step& step);
    void open(OperatorContext&) override {}
    void process(size_t input, RecordBatch batch, Emitter& output) override;

private:
    /// `row` is the left row that goes along; `to_nobody`: the message has no foreign key.
    void send(const RecordBatch& batch, size_t row, int32_t action, bool to_nobody = false);
    void change(const RecordBatch& batch, std::optional<size_t> before,
                std::optional<size_t> after);

    bool left_join_;
    size_t foreign_key_;  ///< Its column in the input.
    const Schema& schema_;
    std::vector<Column> columns_;
    std::vector<RowMeta> meta_;
    std::string old_key_, new_key_;
};

class ForeignKeyLookupOperator final : public Operator {
public:
    explicit ForeignKeyLookupOperator(const plan::Step& step);
    void open(OperatorContext& context) override;
    void process(size_t input, RecordBatch batch, Emitter& output) override;
    /// A right row may have any number of subscribers.
    bool may_pause() const override { return true; }
    bool more() override { return unfinished_.any(*subscriptions_); }
    void go_on(Emitter& output) override { take_right(unfinished_.take(), output); }
    void flush(Emitter&) override { unfinished_.save(*subscriptions_); }

private:
    void answer(const RecordBatch& batch, size_t row);
    /// Takes right rows until all are done or a turn has told enough; of that one the cursor is the
    /// subscriber told last.
    void take_right(UnfinishedRows::Rest rest, Emitter& output);
    /// False: a turn has told enough. `cursor_at`: the subscriber told last; empty: none of this
    /// row's are told yet.
    bool tell_subscribers(const RecordBatch& batch, size_t row, std::string& cursor_at);
    void emit_rows(Emitter& output);
    void add_right(std::optional<ByteView> found);
    void end_row(RowMeta meta, int64_t version, bool gone);
    void begin();

    const plan::ForeignKeyLookupStep& lookup_;
    StoredRows right_rows_;
    size_t num_left_keys_, num_left_;  ///< Key columns, and all columns, of the left row.
    RowCodec left_codec_;
    const Schema& schema_;
    std::vector<Column> columns_;
    std::vector<Column*> targets_;
    std::vector<const Column*> left_;  ///< The left row's columns of the batch at work.
    std::vector<RowMeta> meta_;
    StateStore* subscriptions_ = nullptr;
    StateStore* rights_ = nullptr;
    std::string key_, subscription_, value_;
    size_t rows_max_ = 0;
    UnfinishedRows unfinished_;  ///< Of the right table's.
};

class ForeignKeyResultOperator final : public Operator {
public:
    explicit ForeignKeyResultOperator(const plan::Step& step);
    void open(OperatorContext& context) override { store_ = &context.store(store_name_); }
    void process(size_t input, RecordBatch batch, Emitter& output) override;

    /// The row in what its store keeps of a left row, in StoredRows' form; nothing: it is joined to
    /// nothing. Throws DamagedBytes.
    static std::optional<ByteView> row_of(ByteView stored);

private:
    void apply(const RecordBatch& batch, size_t row);
    void begin(const RecordBatch* batch);

    StoredRows rows_;
    size_t num_keys_, num_columns_;
    const Schema& schema_;
    std::vector<Column> columns_;
    std::vector<Column*> values_;
    std::vector<RowMeta> meta_;
    std::string store_name_;
    StateStore* store_ = nullptr;
    std::string key_, old_, value_;
};

}  // namespace millrace::exec
