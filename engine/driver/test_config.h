// One of the ways in which every case must give the same answers (tests/configs): how many rows go
// together, where state lives, what is written and read back on the way, and how the engine ends.
#pragma once

#include <cstddef>

namespace millrace {

struct TestConfig {
    size_t batch_rows = 1;       ///< Rows that are written, fetched and processed together at most.
    bool state_on_disk = false;  ///< RocksDB in a folder of its own; else in memory.
    /// The engine starts anew after every statement: sources and plans come from the command log.
    bool replay_commands = false;
    /// A statement is parsed, printed, and the print is what is executed.
    bool reprint_statements = false;
    /// Every so many records the process dies at the commit that follows, in turn before it has
    /// taken place and after; 0: never. What is in memory is lost.
    size_t crash_every = 0;
    bool exactly_once = false;
    int workers = 1;
};

}  // namespace millrace
