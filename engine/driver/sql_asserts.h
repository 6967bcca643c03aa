// ASSERT VALUES, ASSERT NULL VALUES, ASSERT STREAM and ASSERT TABLE of test scripts.
#pragma once

#include <map>
#include <string>

#include "engine/driver/test_driver.h"

namespace millrace {

class SqlAsserts {
public:
    explicit SqlAsserts(TestDriver& driver) : driver_(driver) {}

    /// False: the statement is no assertion. Throws StatementError when it does not hold, with
    /// expected and actual side by side.
    bool check(const sql::Statement& statement);

private:
    /// The next unread record of the source's topic.
    const TestRecord& next_record(const Source& source);
    void check_values(const sql::AssertValues& statement);
    void check_tombstone(const sql::AssertTombstone& statement);
    void check_source(const sql::AssertSource& statement);
    SourcePtr source_of(const std::string& name) const;

    TestDriver& driver_;
    std::map<std::string, size_t> read_;
};

}  // namespace millrace
