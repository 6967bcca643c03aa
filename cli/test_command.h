// `millrace test`: query-validation files, test-runner folders and test scripts, run in the
// deterministic driver.
#pragma once

#include <CLI/CLI.hpp>

namespace millrace::cli {

void add_test_command(CLI::App& app, int& exit_code);

}  // namespace millrace::cli
