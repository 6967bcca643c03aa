#include "engine/driver/sql_script.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "engine/base/error.h"
#include "engine/base/read_file.h"
#include "engine/base/text.h"
#include "engine/driver/sql_asserts.h"
#include "engine/driver/test_driver.h"
#include "engine/driver/test_records.h"

namespace millrace {

namespace {

/// Of topics that are taken to be there.
constexpr int32_t kRunnerPartitions = 4;
constexpr std::string_view kTest = "--@test:";
constexpr std::string_view kError = "--@expected.error:";
constexpr std::string_view kMessage = "--@expected.message:";

std::string script_at(const std::string& path) {
    auto text = read_file(path);
    if (!text) refuse(ErrorKind::kGeneral, "Cannot read " + path);
    return std::move(*text);
}

/// The file that RUN SCRIPT names: beside the script that names it, or in a folder "scripts" beside
/// it or above it (a leading slash stands for any of these).
std::string script_file(const std::filesystem::path& folder, std::string_view name) {
    while (!name.empty() && name.front() == '/') name.remove_prefix(1);
    for (auto at = std::filesystem::absolute(folder);; at = at.parent_path()) {
        for (const auto& file : {at / name, at / "scripts" / name}) {
            if (std::filesystem::is_regular_file(file)) return file.string();
        }
        if (at == at.parent_path()) break;
    }
    return (folder / name).string();
}

struct ScriptCase {
    std::string name, body, error, message;
    int first_line = 1;
};

std::vector<ScriptCase> cut_cases(const std::string& text) {
    std::vector<ScriptCase> cases;
    std::stringstream in(text);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        std::string plain(trim(line));
        if (plain.starts_with(kTest)) {
            cases.push_back({std::string(trim(std::string_view(plain).substr(kTest.size()))), "",
                             "", "", number});
        } else if (cases.empty()) {
            continue;
        } else if (plain.starts_with(kError)) {
            cases.back().error = trim(std::string_view(plain).substr(kError.size()));
        } else if (plain.starts_with(kMessage)) {
            cases.back().message = trim(std::string_view(plain).substr(kMessage.size()));
        } else {
            cases.back().body += line + "\n";
            continue;
        }
        cases.back().body += "\n";  // Lines keep their numbers.
    }
    return cases;
}

class ScriptRun {
public:
    ScriptRun(const ScriptOptions& options, const std::string& path) : options_(options) {
        DriverOptions driver;
        driver.functions = options.functions;
        driver.config = options.config;
        driver.test_statements = true;
        driver_ = std::make_unique<TestDriver>(driver);
        asserts_ = std::make_unique<SqlAsserts>(*driver_);
        dir_ = options.script_dir.empty() ? std::filesystem::path(path).parent_path()
                                          : std::filesystem::path(options.script_dir);
    }

    void run(const std::string& text) {
        // Topics of a script need not exist beforehand.
        for (const auto& piece : sql::split_statements(text)) {
            current_ = piece;
            auto statement = driver_->parse(piece);
            if (const auto* create = statement.as<sql::CreateSource>()) {
                if (const auto* topic = create->properties.find("KAFKA_TOPIC");
                    topic != nullptr && topic->value.holds<std::string>()) {
                    driver_->declare_topic(topic->value.as_string(), 1, 1);
                }
            }
            if (const auto* script = statement.as<sql::RunScript>()) {
                run(script_at(script_file(dir_, script->path)));
            } else if (!asserts_->check(statement)) {
                driver_->execute_live(piece);
            }
        }
    }
    const sql::StatementText& current() const { return current_; }
    TestDriver& driver() { return *driver_; }

private:
    const ScriptOptions& options_;
    std::unique_ptr<TestDriver> driver_;
    std::unique_ptr<SqlAsserts> asserts_;
    std::filesystem::path dir_;
    sql::StatementText current_;
};

std::string run_case(const ScriptCase& test, const ScriptOptions& options,
                     const std::string& path) {
    ScriptRun run(options, path);
    try {
        run.run(test.body);
    } catch (const std::exception& error) {
        const std::string what = error.what();
        const std::string line = std::to_string(test.first_line + run.current().position.line - 1);
        if (test.error.empty() && test.message.empty()) {
            return "line " + line + ": " + what + "\n  statement: " + run.current().text;
        }
        if (what.find(test.message) != std::string::npos) return "";
        return "line " + line + ": refused for another reason\n  expected part: " + test.message +
               "\n  got: " + what;
    }
    if (!test.error.empty() || !test.message.empty()) {
        return "expected a refusal, but the case ran to its end\n  expected part: " + test.message;
    }
    return "";
}

/// The records of a file of the runner.
std::vector<JsonTree> read_list(const std::string& path, const char* name) {
    auto refuse_file = [&](const std::string& why) {
        refuse(ErrorKind::kGeneral, "File name: " + path + " Message: " + why);
    };
    const auto text = read_file(path);
    if (!text) refuse_file(path + " (No such file or directory)");
    if (trim(*text).empty()) refuse_file("No content to map due to end-of-input");
    std::string error;
    auto tree = parse_json_tree(*text, &error);
    if (!tree) refuse_file(error);
    const auto* list = tree->find(name);
    if (list == nullptr || list->items.empty()) {
        refuse(ErrorKind::kGeneral,
               std::string("File '") + path + "' has no '" + name + "' in it.");
    }
    return list->items;
}

}  // namespace

void run_sql_script(const std::string& path, const ScriptOptions& options,
                    const std::function<void(const QttResult&)>& report) {
    std::string file = path.substr(path.find_last_of('/') + 1);
    for (const auto& test : cut_cases(script_at(path))) {
        QttResult result;
        result.id = file + ":" + test.name;
        result.detail = run_case(test, options, path);
        result.verdict = result.detail.empty() ? Verdict::kPass : Verdict::kFail;
        report(result);
    }
}

std::string run_test_files(const std::string& sql_path, const std::string& input_path,
                           const std::string& output_path, const ScriptOptions& options) {
    auto expected = read_list(output_path, "outputs");
    std::vector<JsonTree> inputs;
    if (!input_path.empty()) inputs = read_list(input_path, "inputs");
    DriverOptions driver_options;
    driver_options.functions = options.functions;
    driver_options.config = options.config;
    TestDriver driver(driver_options);
    for (const auto& piece : sql::split_statements(script_at(sql_path))) {
        auto statement = driver.parse(piece);
        if (const auto* create = statement.as<sql::CreateSource>()) {
            const auto* topic = create->properties.find("KAFKA_TOPIC");
            // One whose partitions are stated is made as the statement says.
            if (topic != nullptr && topic->value.holds<std::string>() &&
                create->properties.find("PARTITIONS") == nullptr) {
                driver.declare_topic(topic->value.as_string(), kRunnerPartitions, 1);
            }
        }
        driver.execute(piece);
    }
    auto source_on = [&](const JsonTree& record) {
        const auto* topic = record.find("topic");
        auto sources = driver.catalog()->sources_on_topic(topic == nullptr ? "" : topic->text);
        if (sources.empty()) {
            refuse(ErrorKind::kGeneral,
                   "A record names a topic without a source: " + record.dump());
        }
        return sources.front();
    };
    TestDriver::Inputs records;
    for (const auto& input : inputs) {
        auto source = source_on(input);
        records.emplace_back(source->topic, record_from_json(input, *source));
    }
    driver.run_queries(records);
    std::map<std::string, std::vector<const JsonTree*>> by_topic;
    for (const auto& record : expected) by_topic[source_on(record)->topic].push_back(&record);
    for (const auto& [topic, wanted] : by_topic) {
        auto source = driver.catalog()->sources_on_topic(topic).front();
        const auto& actual = driver.records(topic);
        if (actual.size() != wanted.size()) {
            return "Expected <" + std::to_string(wanted.size()) + "> records in topic " + topic +
                   " but it was <" + std::to_string(actual.size()) + ">";
        }
        for (size_t i = 0; i < wanted.size(); ++i) {
            std::string problem =
                compare_record(*wanted[i], actual[i], *source, true, inputs.empty());
            if (problem.empty()) continue;
            return "topic " + topic + ", record " + std::to_string(i) + ": " + problem +
                   "\n  expected: " + wanted[i]->dump() +
                   "\n  actual:   " + record_text(actual[i], *source);
        }
    }
    return "";
}

}  // namespace millrace
