// Operators push batches downstream. One instance a task, called by its worker only. Sources and
// sinks are other classes (source_decoder.h, sink_encoder.h); build.h makes the tree of one
// sub-topology.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/functions/registry.h"
#include "engine/serde/format.h"
#include "engine/state/state_store.h"
#include "engine/types/record_batch.h"
#include "engine/types/row_errors.h"

namespace millrace::exec {

class Emitter {
public:
    virtual ~Emitter() = default;
    virtual void emit(RecordBatch batch) = 0;
};

/// Memory that an operator holds until the next flush, beside its stores: told to whoever decides
/// when that is, once a batch.
class HeldBack {
public:
    explicit HeldBack(size_t* total) : total_(total) {}
    ~HeldBack() { set(0); }
    HeldBack(const HeldBack&) = delete;
    HeldBack& operator=(const HeldBack&) = delete;
    void set(size_t bytes) {
        if (total_ != nullptr) *total_ += bytes - bytes_;
        bytes_ = bytes;
    }

private:
    size_t* const total_;
    size_t bytes_ = 0;
};

class DecodeKinds;

/// What a task lends to its operators. Outlives them.
struct OperatorContext {
    /// The store of this name in this task's partition.
    std::function<StateStore&(const std::string& name)> store;
    const EvalEnv* env = nullptr;
    /// For what reads or writes records of a topic.
    const FormatRegistry* formats = nullptr;
    /// Bad rows; the task adds the query and hands them to the processing log. `where` is the
    /// step's name.
    std::function<void(const std::string& where, RowErrors& errors)> report;
    /// Updates of one key between two commits become one (production); off: every update is
    /// emitted.
    bool coalesce = false;
    /// How many rows one row may give at once (Operator::go_on).
    size_t rows_max = 4096;
    size_t* held_back = nullptr;  ///< See HeldBack; null: nobody asks.
    /// Of the worker; null: what is decoded is nobody else's.
    DecodeKinds* decode_kinds = nullptr;
    int32_t partition = 0;  ///< The task's.
    /// A table that is read anew for a plan that replaced another one: rows from before this offset
    /// may be in the sink, so that a filter tells of those that do not pass, too.
    int64_t reread_to = 0;
};

class Operator {
public:
    virtual ~Operator() = default;
    /// Finds stores, compiles expressions.
    virtual void open(OperatorContext& context) = 0;
    /// REQUIRES: !more().
    virtual void process(size_t input, RecordBatch batch, Emitter& output) = 0;
    /// Some row of its input may give very many: then process() ends early, and go_on() is called
    /// as long as there is more(), before the next batch. With a commit in between, flush() notes
    /// in its store what is left, and more() finds it there (unfinished_rows.h).
    virtual bool may_pause() const { return false; }
    virtual bool more() { return false; }
    /// REQUIRES: more().
    virtual void go_on(Emitter& output) { (void)output; }
    /// Before a commit: emits what was held back to coalesce. Upstream operators are flushed first.
    virtual void flush(Emitter& output) { (void)output; }
};
using OperatorPtr = std::unique_ptr<Operator>;

/// Where encoded records go: the worker's writer. Views live only during the call.
class RecordSink {
public:
    virtual ~RecordSink() = default;
    /// partition -1: by key; windowed keys hash without their window part: then `partition_key` is
    /// set.
    virtual void write(std::optional<ByteView> key, std::optional<ByteView> value,
                       int64_t timestamp_ms, std::optional<ByteView> partition_key,
                       const RowHeaders* headers) = 0;
};

/// Where a push query's rows go.
class RowSink {
public:
    virtual ~RowSink() = default;
    /// Rows of the plan's last schema; tombstones (kDelete) included. False: the client wants no
    /// more.
    virtual bool rows(const RecordBatch& batch) = 0;
};

}  // namespace millrace::exec
