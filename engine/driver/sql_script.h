// Test scripts in SQL: `--@test: name` starts a case; INSERT VALUES feeds it; ASSERT VALUES, ASSERT
// NULL VALUES, ASSERT STREAM and ASSERT TABLE judge it; `--@expected.error:` and
// `--@expected.message:` name a refusal.
#pragma once

#include <functional>
#include <string>

#include "engine/driver/qtt.h"

namespace millrace {

struct ScriptOptions {
    TestConfig config;
    const FunctionRegistry* functions = nullptr;
    std::string script_dir;  ///< Where RUN SCRIPT looks for files; empty: beside the script.
};

/// Runs every case of a .sql file; result ids are "file.sql:name".
void run_sql_script(const std::string& path, const ScriptOptions& options,
                    const std::function<void(const QttResult&)>& report);

/// ksqlDB's test runner: statements, an input file (may be empty: none) and the expected output.
/// Empty: passed.
std::string run_test_files(const std::string& sql_path, const std::string& input_path,
                           const std::string& output_path, const ScriptOptions& options);

}  // namespace millrace
