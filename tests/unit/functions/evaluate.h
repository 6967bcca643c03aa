// SQL expression text in, value text out: what function and expression tests are written in.
#pragma once

#include <string>
#include <vector>

#include "engine/types/record_batch.h"
#include "engine/types/schema.h"

namespace millrace::test {

/// One row: columns with values. The empty one has none.
struct Row {
    Schema schema;
    std::vector<Value> values;
};

/// The expression's value as text (CAST AS STRING's form, bytes as 0x…); NULL is "NULL"; "!" is
/// added when the row also got an error. A refused statement gives "ERROR: …".
std::string evaluate(const std::string& expression);
std::string evaluate(const std::string& expression, const Row& row);

struct Case {
    const char* expression;
    const char* expected;
};
/// CHECKs every case; a failure shows the expression.
void check_all(const std::vector<Case>& cases);
void check_all(const Row& row, const std::vector<Case>& cases);

}  // namespace millrace::test
