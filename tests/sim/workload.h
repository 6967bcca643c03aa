// The input of a run: random records, written past all faults and noted for the model. Keys and
// groups are few, so that rows meet; times go up with ties and latecomers; keys, groups and values
// may be missing.
#pragma once

#include <random>

#include "engine/log/log.h"
#include "tests/sim/model.h"
#include "tests/sim/trace.h"

namespace millrace::sim {

class Workload {
public:
    /// Makes the topics s1, s2, t1, t2.
    Workload(Log& log, int64_t start_ms, int32_t partitions, uint64_t seed);

    /// Writes a record or a few; `tables_too`: not only into the streams.
    void write_some(bool tables_too, Trace& trace);
    /// Rows for the tables, older than all rows of streams.
    void fill_tables();
    /// The topic is deleted and made anew, empty.
    void recreate(const std::string& topic, Trace& trace);

    const Rows& rows() const { return rows_; }
    const std::map<std::string, int>& lives() const { return lives_; }
    int32_t partitions() const { return partitions_; }

private:
    void write(const std::string& topic, int64_t timestamp_ms);
    void append(const Row& row);
    int64_t next_time();

    Log& log_;
    std::mt19937_64 random_;
    const int32_t partitions_;
    int64_t start_ms_;
    int64_t time_ms_;
    std::unique_ptr<LogWriter> writer_;
    Rows rows_;
    std::map<std::string, int> lives_;
};

}  // namespace millrace::sim
