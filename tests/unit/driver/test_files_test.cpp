// A case of the test runner: statements, what goes in and what comes out, a file each.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "engine/base/error.h"
#include "engine/driver/sql_script.h"
#include "engine/functions/registry.h"

using namespace millrace;

namespace {

class Files {
public:
    Files() : folder_(std::filesystem::temp_directory_path() / "millrace-test-files") {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    ~Files() { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name)) << text;
        return path(name);
    }

private:
    std::filesystem::path folder_;
};

std::string outcome(const std::string& sql, const std::string& input, const std::string& output) {
    ScriptOptions options;
    options.functions = &FunctionRegistry::builtin();
    try {
        return run_test_files(sql, input, output, options);
    } catch (const StatementError& error) {
        return error.what();
    }
}

constexpr const char* kIn = R"({"inputs":[{"topic":"s","key":"a","value":{"V":1}}]})";
constexpr const char* kOut = R"({"outputs":[{"topic":"O","key":"a","value":{"V":1}}]})";

}  // namespace

TEST_CASE("topics of a test are made as its statements say", "[driver][files]") {
    const Files files;
    for (const char* partitions : {", PARTITIONS=1", ", PARTITIONS=7", ""}) {
        INFO(partitions);
        const std::string sql = files.write(
            "s.sql", std::string("CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', "
                                 "VALUE_FORMAT='JSON'") +
                         partitions + ");\nCREATE STREAM o AS SELECT * FROM s;\n");
        CHECK(outcome(sql, files.write("in.json", kIn), files.write("out.json", kOut)) == "");
    }
}

TEST_CASE("a test's file that is not there or empty is named", "[driver][files]") {
    const Files files;
    const std::string sql = files.write("s.sql", "");
    const std::string in = files.write("in.json", kIn), empty = files.write("empty.json", " \n");
    const std::string none = files.path("none.json");
    CHECK(outcome(sql, in, none) ==
          "File name: " + none + " Message: " + none + " (No such file or directory)");
    CHECK(outcome(sql, empty, files.write("out.json", kOut)) ==
          "File name: " + empty + " Message: No content to map due to end-of-input");
}
