// One sub-topology in memory: records as text in, records as text out. Splits its input into
// batches of any size.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/exec/build.h"
#include "engine/state/state_store.h"

namespace millrace::exec::testing {

/// A record of a topic, as text; KAFKA keys of type STRING are their own text.
struct TextRecord {
    std::optional<std::string> key;
    std::optional<std::string> value;
    int64_t timestamp_ms = 0;
    std::vector<Header> headers = {};
    size_t input = 0;
};

/// What came out, one line a record: "key|value@time"; null is "-", bytes that are no text are in
/// hex.
class Recorder final : public RecordSink, public RowSink {
public:
    void write(std::optional<ByteView> key, std::optional<ByteView> value, int64_t timestamp_ms,
               std::optional<ByteView> partition_key, const RowHeaders* headers) override;
    bool rows(const RecordBatch& batch) override;

    std::vector<std::string> lines;
    std::vector<TextRecord> records;  ///< The same as they were: the next sub-topology's input.
    std::vector<std::string> partition_keys;
};

struct FixtureOptions {
    size_t batch_rows = 4096;
    bool coalesce = false;
    /// Commit (flush and apply) after so many records; 0: at the end only.
    size_t commit_every = 0;
    /// Lose everything uncommitted and begin again, once, after so many records.
    std::optional<size_t> abort_after = {};
    /// OperatorContext::rows_max. While there is more() of a batch, the next part comes after a
    /// commit and a restart.
    size_t rows_max = 4096;
    bool restart_midway = false;
};

/// Every way in which rows may come and be given in parts: batches of one, some and all rows, parts
/// of one, some and all, with restarts between them and without.
void in_all_parts(const std::function<void(const FixtureOptions&)>& check);

class PipelineFixture {
public:
    explicit PipelineFixture(FixtureOptions options = {});
    ~PipelineFixture();

    /// Runs the records through the sub-topology: decode per input, order as given, process in
    /// batches.
    std::vector<std::string> run(const plan::SubTopology& subtopology,
                                 const std::vector<TextRecord>& records);
    /// Sub-topology after sub-topology: each reads what the one before it wrote.
    std::vector<std::string> run_chain(const std::vector<plan::SubTopology>& subtopologies,
                                       const std::vector<TextRecord>& records);

    StateBackend& backend() { return *backend_; }
    Recorder& recorder() { return recorder_; }
    /// The most records that came out of one call.
    size_t most_at_once() const { return most_at_once_; }
    const std::vector<std::string>& errors() const { return errors_; }
    /// All pairs of a store, as hex "key=value".
    std::vector<std::string> dump(const std::string& store);
    const EvalEnv& env() const { return env_; }

private:
    using Make = std::function<std::unique_ptr<Pipeline>()>;
    void commit(Pipeline& pipeline);
    void process(std::unique_ptr<Pipeline>& pipeline, const Make& make,
                 const std::vector<TextRecord>& records, size_t from, size_t to);

    FixtureOptions options_;
    ManualClock clock_;
    EvalEnv env_;
    FormatRegistry formats_;
    std::unique_ptr<StateBackend> backend_;
    std::unique_ptr<Overlay> overlay_;
    std::map<std::string, std::unique_ptr<StateStore>> stores_;
    Recorder recorder_;
    size_t most_at_once_ = 0;
    std::vector<std::string> errors_;
    int64_t stream_time_ms_ = -1;
};

// Plans by hand. Expressions are SQL text.
plan::StepPtr source(sql::SourceKind kind, const std::string& columns,
                     std::optional<std::string> store = {}, const std::string& key_format = "KAFKA",
                     std::optional<TimestampColumn> timestamp = {});
plan::StepPtr windowed_source(sql::SourceKind kind, const std::string& columns, WindowType window,
                              std::optional<int64_t> size_ms,
                              std::optional<std::string> store = {});
plan::StepPtr filter(const plan::StepPtr& input, const std::string& condition);
plan::StepPtr select(const plan::StepPtr& input,
                     const std::vector<std::string>& named);  ///< "A + 1 AS B"
plan::StepPtr select_key(const plan::StepPtr& input, const std::string& name,
                         const std::string& key);
plan::StepPtr group_by(const plan::StepPtr& input, const std::vector<std::string>& named);
plan::StepPtr repartition(const plan::StepPtr& input);
struct Aggregation {
    std::vector<std::string> carried;
    std::vector<std::string> calls;  ///< "COUNT(*)"
    std::optional<plan::WindowSpec> window;
    bool pairs = false;
    bool emit_final = false;
};
plan::StepPtr aggregate(const plan::StepPtr& input, const Aggregation& what);
plan::StepPtr stream_table_join(const plan::StepPtr& stream, const plan::StepPtr& table,
                                sql::JoinType type);
/// WITHIN (before, after) GRACE PERIOD grace; without grace the default of a day.
struct Nearness {
    int64_t before_ms = 0, after_ms = 0;
    std::optional<int64_t> grace_ms;
};
plan::StepPtr stream_stream_join(const plan::StepPtr& left, const plan::StepPtr& right,
                                 sql::JoinType type, const Nearness& within);
plan::StepPtr table_table_join(const plan::StepPtr& left, const plan::StepPtr& right,
                               sql::JoinType type);
plan::StepPtr flat_map(const plan::StepPtr& input, const std::vector<std::string>& named);
plan::StepPtr sink(const plan::StepPtr& input, const std::string& key_format = "KAFKA",
                   std::optional<TimestampColumn> timestamp = {});
plan::StepPtr push(const plan::StepPtr& input, std::optional<int64_t> limit);
/// The sub-topologies of the tree under `root`, upstream first.
std::vector<plan::SubTopology> subtopologies(const plan::StepPtr& root);
plan::SubTopology subtopology(const plan::StepPtr& root);

plan::WindowSpec tumbling(int64_t size_ms, int64_t grace_ms = 0);
plan::WindowSpec hopping(int64_t size_ms, int64_t advance_ms, int64_t grace_ms = 0);
plan::WindowSpec session(int64_t gap_ms, int64_t grace_ms = 0);

}  // namespace millrace::exec::testing
