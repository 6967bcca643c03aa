// Query-validation files (QTT): statements, input records, expected output records or an expected
// refusal. The shape of the files and the rules of execution are those of ksqlDB's own suite.
#pragma once

#include <functional>
#include <string>

#include "engine/driver/test_config.h"
#include "engine/functions/registry.h"

namespace millrace {

enum class Verdict { kPass, kFail, kSkip };

struct QttResult {
    std::string id;  ///< "file.json:name[ - FORMAT][ - property=value]"
    Verdict verdict = Verdict::kFail;
    std::string detail;  ///< Several lines: what was expected, what came.
};

struct QttOptions {
    TestConfig config;
    const FunctionRegistry* functions = nullptr;
};

/// Runs every case of a file, one engine a case, and reports each as it is done. Throws
/// StatementError(kGeneral) when the file cannot be read.
void run_qtt_file(const std::string& path, const QttOptions& options,
                  const std::function<void(const QttResult&)>& report);

}  // namespace millrace
