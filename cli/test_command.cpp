#include "cli/test_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/driver/qtt.h"
#include "engine/driver/sql_script.h"
#include "engine/driver/test_functions.h"
#include "engine/functions/extension.h"

namespace millrace::cli {

namespace {

struct TestOptions {
    std::vector<std::string> qtt;
    std::vector<std::string> scripts;
    std::string sql_file, input_file, output_file;
    std::string script_dir;
    std::string extension_dir;
    TestConfig config;
    bool quiet = false;
};

struct Tally {
    int passed = 0, failed = 0, skipped = 0;

    void report(const QttResult& result, bool quiet) {
        const char* word = result.verdict == Verdict::kPass   ? "PASS"
                           : result.verdict == Verdict::kFail ? "FAIL"
                                                              : "SKIP";
        ++(result.verdict == Verdict::kPass   ? passed
           : result.verdict == Verdict::kFail ? failed
                                              : skipped);
        fmt::print("{} {}\n", word, result.id);
        if (!result.detail.empty() && !quiet) {
            size_t from = 0;
            while (from < result.detail.size()) {
                size_t end = std::min(result.detail.find('\n', from), result.detail.size());
                fmt::print("    {}\n", result.detail.substr(from, end - from));
                from = end + 1;
            }
        }
        std::fflush(stdout);
    }
    int close() const {
        fmt::print("{} passed, {} failed, {} skipped\n", passed, failed, skipped);
        if (passed + failed + skipped == 0) {
            fmt::print(stderr, "millrace test: there is no case in what was given\n");
            return 1;  // A test that tests nothing must not look like one that passes.
        }
        return failed == 0 ? 0 : 1;
    }
};

/// Files as given; folders stand for the files of this ending below them.
std::vector<std::string> expand(const std::vector<std::string>& given, const std::string& ending) {
    namespace fs = std::filesystem;
    std::vector<std::string> files;
    for (const auto& path : given) {
        if (!fs::is_directory(path)) {
            files.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(path)) {
            if (entry.path().extension() == ending) found.push_back(entry.path().string());
        }
        std::sort(found.begin(), found.end());
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

/// `base` and the functions of the libraries in the folder. Throws StatementError when one is
/// refused: its cases would only fail in a less clear way.
FunctionRegistry with_extensions(const FunctionRegistry& base, const std::string& directory) {
    FunctionRegistry registry = base.clone();
    if (directory.empty()) return registry;
    if (!std::filesystem::is_directory(directory))
        refuse(ErrorKind::kGeneral, directory + " is no folder");
    for (const auto& library : load_libraries(directory, registry)) {
        if (!library.refusal.empty())
            refuse(ErrorKind::kGeneral, library.path + ": " + library.refusal);
    }
    return registry;
}

int run_runner(const TestOptions& options, const FunctionRegistry& functions) {
    ScriptOptions script;
    script.functions = &functions;
    script.config = options.config;
    std::string failure;
    try {
        failure = run_test_files(options.sql_file, options.input_file, options.output_file, script);
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (failure.empty()) {
        fmt::print("\t >>> Test passed!\n");
        return 0;
    }
    fmt::print("\t>>>>> Test failed: {}\n", failure);
    return 1;
}

int run_all(const TestOptions& options) {
    set_log_level(LogLevel::kOff);
    const auto functions = with_extensions(FunctionRegistry::builtin(), options.extension_dir);
    if (!options.sql_file.empty() && !options.output_file.empty())
        return run_runner(options, functions);
    const auto qtt_functions =
        with_extensions(registry_with_test_functions(), options.extension_dir);
    Tally tally;
    QttOptions qtt;
    qtt.config = options.config;
    qtt.functions = &qtt_functions;
    auto report = [&](const QttResult& result) { tally.report(result, options.quiet); };
    for (const auto& file : expand(options.qtt, ".json")) run_qtt_file(file, qtt, report);
    ScriptOptions script;
    script.functions = &functions;
    script.config = options.config;
    script.script_dir = options.script_dir;
    auto scripts = expand(options.scripts, ".sql");
    if (!options.sql_file.empty()) scripts.push_back(options.sql_file);
    for (const auto& file : scripts) run_sql_script(file, script, report);
    return tally.close();
}

/// The ways in which the answers must not differ.
void add_config_options(CLI::App& command, TestOptions& options) {
    TestConfig& config = options.config;
    command
        .add_option("--batch-rows", config.batch_rows,
                    "Rows that go through the operators together (1 to 4096)")
        ->check(CLI::Range(1, 4096));
    command.add_option("--workers", config.workers, "Workers that share the tasks (1 to 8)")
        ->check(CLI::Range(1, 8));
    command.add_flag("--state-on-disk", config.state_on_disk, "State in RocksDB, not in memory");
    command.add_flag("--exactly-once", config.exactly_once,
                     "exactly_once_v2 in place of at_least_once");
    command.add_flag("--replay-commands", config.replay_commands,
                     "Start anew from the command log after every statement");
    command.add_flag("--reprint-statements", config.reprint_statements,
                     "Execute statements as they are printed after parsing");
    command.add_option("--crash-every", config.crash_every,
                       "Die and start anew at the commit after every so many records");
}

}  // namespace

void add_test_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("test",
                                       "Run test files without a server: query-validation JSON, "
                                       "SQL test scripts, test-runner folders");
    auto options = std::make_shared<TestOptions>();
    command->add_option("--qtt", options->qtt, "Query-validation files (JSON), or folders of them");
    command->add_option("--scripts,scripts", options->scripts,
                        "SQL test scripts (--@test: name … ASSERT VALUES …), or folders of them");
    command->add_option("-s,--sql-file", options->sql_file, "Statements of a test-runner case");
    command->add_option("-i,--input-file", options->input_file,
                        "Its input records, {\"inputs\": […]}");
    command->add_option("-o,--output-file", options->output_file,
                        "Its expected records, {\"outputs\": […]}");
    command->add_option("--script-dir", options->script_dir, "Where RUN SCRIPT looks for files");
    command->add_option("-e,--extension-dir", options->extension_dir,
                        "Folder of libraries with custom functions");
    add_config_options(*command, *options);
    command->add_flag("--quiet", options->quiet, "Verdicts only, no details");
    command->footer(
        "Examples:\n  millrace test tests/cases\n  millrace test --qtt cases.json --batch-rows 7\n"
        "  millrace test -s statements.sql -i input.json -o output.json");
    command->callback([options, &exit_code] {
        try {
            exit_code = run_all(*options);
        } catch (const StatementError& error) {
            fmt::print(stderr, "millrace test: {}\n", error.what());
            exit_code = 2;
        }
    });
}

}  // namespace millrace::cli
