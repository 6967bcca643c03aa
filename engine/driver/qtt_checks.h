// The parts of a QTT verdict that do not look at records: expected refusals, and what the catalogue
// and the topics must look like afterwards.
#pragma once

#include <string>

#include "engine/base/error.h"
#include "engine/driver/json_match.h"
#include "engine/driver/test_driver.h"

namespace millrace {

/// Empty: the failure is the one expected.
std::string judge_exception(const JsonTree& expected, const StatementError& error,
                            const std::string& statement);

/// Empty: `post` holds.
std::string check_post(const JsonTree& post, TestDriver& driver);

}  // namespace millrace
