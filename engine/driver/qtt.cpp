#include "engine/driver/qtt.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/read_file.h"
#include "engine/base/text.h"
#include "engine/config/table.h"
#include "engine/driver/qtt_checks.h"
#include "engine/driver/test_driver.h"
#include "engine/driver/test_records.h"

namespace millrace {

namespace {

constexpr int32_t kDefaultPartitions = 4;

std::string replace_all(std::string text, const std::string& what, const std::string& with) {
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
        text.replace(at, what.size(), with);
    }
    return text;
}

/// One run of a case: a case with one element of `format` and one of `config`.
class CaseRun {
public:
    CaseRun(const JsonTree& test, std::string format, std::string config, const QttOptions& options)
        : test_(test), format_(std::move(format)), config_(std::move(config)), options_(options) {}

    /// Throws nothing; empty: passed.
    std::string run() {
        std::string failure;
        try {
            execute();
        } catch (const StatementError& error) {
            return judge(error);
        } catch (const std::exception& error) {
            return std::string("unexpected exception: ") + error.what();
        }
        if (test_.find("expectedException") != nullptr) {
            return "expected a refusal, but the case ran to its end\n  expected: " +
                   test_.find("expectedException")->dump();
        }
        return check();
    }

private:
    void execute() {
        read_properties();
        DriverOptions driver;
        driver.functions = options_.functions;
        driver.service_id = "some.ksql.service.id";
        // As the suite's own runner sets it.
        driver.properties["ksql.schema.registry.url"] = "http://mock:8081";
        driver.overrides = properties_;
        driver.config = options_.config;
        driver_ = std::make_unique<TestDriver>(driver);
        read_statements();
        declare_topics();
        for (size_t i = 0; i < pieces_.size(); ++i) {
            at_last_ = i + 1 == pieces_.size();
            current_text_ = pieces_[i].text;
            driver_->execute(pieces_[i]);
        }
        statements_done_ = true;
        if (driver_->num_queries() == 0) {
            refuse(ErrorKind::kGeneral, "The case did not create any queries");
        }
        driver_->run_queries(read_inputs());
    }

    void read_properties() {
        if (const auto* given = test_.find("properties")) {
            for (const auto& [name, value] : given->members) {
                std::string text = value.as_text();
                if (upper_ascii(text) == "{CONFIG}") text = config_;
                if (name == "use.exact.numeric.comparison") {
                    exact_ = text != "false";
                } else {
                    properties_[property_name(name)] = text;
                }
            }
        }
    }

    void read_statements() {
        std::string script;
        for (const auto& statement : test_.find("statements")->items) {
            script +=
                (script.empty() ? "" : "\n") + replace_all(statement.text, "{FORMAT}", format_);
        }
        pieces_ = sql::split_statements(script);
        // Syntax first, over the whole script. Types made on the way are not known yet: they do not
        // count here.
        sql::ParseOptions options;
        options.custom_type = [](const std::string&) { return SqlType::string(); };
        at_last_ = true;
        for (const auto& piece : pieces_) {
            current_text_ = piece.text;
            sql::parse_statement(piece, options);
        }
    }

    void declare_topics() {
        if (const auto* topics = test_.find("topics")) {
            for (const auto& topic : topics->items) {
                int64_t partitions = 1;
                int64_t replicas = 1;
                if (const auto* given = topic.find("partitions")) partitions = given->as_long(1);
                if (const auto* given = topic.find("replicas")) replicas = given->as_long(1);
                driver_->declare_topic(topic.find("name")->text, static_cast<int32_t>(partitions),
                                       static_cast<int16_t>(replicas));
            }
        }
        sql::ParseOptions options;
        options.custom_type = [](const std::string&) { return SqlType::string(); };
        for (const auto& piece : pieces_) {
            auto statement = sql::parse_statement(piece, options);
            const auto* create = statement.as<sql::CreateSource>();
            if (create == nullptr || create->columns.empty()) continue;
            const auto* topic = create->properties.find("KAFKA_TOPIC");
            if (topic == nullptr || !topic->value.holds<std::string>()) continue;
            int32_t partitions = kDefaultPartitions;
            if (const auto* given = create->properties.find("PARTITIONS");
                given != nullptr && given->value.holds<int32_t>()) {
                partitions = given->value.as_int();
            }
            driver_->declare_topic(topic->value.as_string(), partitions, 1);
        }
        for (const char* list : {"inputs", "outputs"}) {
            if (const auto* records = test_.find(list)) {
                for (const auto& record : records->items) {
                    driver_->declare_topic(topic_of(record), kDefaultPartitions, 1);
                }
            }
        }
    }

    static std::string topic_of(const JsonTree& record) {
        const auto* topic = record.find("topic");
        return topic == nullptr ? "" : topic->text;
    }

    const Source& source_on(const std::string& topic) const {
        auto sources = driver_->catalog()->sources_on_topic(topic);
        if (sources.empty()) {
            refuse(ErrorKind::kGeneral, "No source over the topic " + topic + " of a record");
        }
        return *sources.front();
    }

    TestDriver::Inputs read_inputs() const {
        TestDriver::Inputs inputs;
        if (const auto* records = test_.find("inputs")) {
            for (const auto& record : records->items) {
                std::string topic = topic_of(record);
                inputs.emplace_back(topic, record_from_json(record, source_on(topic)));
            }
        }
        return inputs;
    }

    std::string judge(const StatementError& error) const {
        const auto* expected = test_.find("expectedException");
        const std::string what = std::string("  got: ") + error.what();
        if (expected == nullptr) return "refused\n" + what + "\n  statement: " + current_text_;
        if (error.kind() == ErrorKind::kNotYet) return "not supported yet\n" + what;
        if (!statements_done_ && !at_last_) return "only the last statement may fail\n" + what;
        return judge_exception(*expected, error, current_text_);
    }

    std::string check() const {
        std::string failures;
        if (const auto* outputs = test_.find("outputs")) {
            const auto* inputs = test_.find("inputs");
            const bool no_inputs = inputs == nullptr || inputs->items.empty();
            std::map<std::string, std::vector<const JsonTree*>> by_topic;
            for (const auto& record : outputs->items) by_topic[topic_of(record)].push_back(&record);
            for (const auto& [topic, expected] : by_topic)
                failures += check_topic(topic, expected, no_inputs);
        }
        if (const auto* post = test_.find("post")) failures += check_post(*post, *driver_);
        if (failures.empty()) return failures;
        for (const auto& line : driver_->processing_log())
            failures += "  processing log: " + line + "\n";
        return failures;
    }

    std::string check_topic(const std::string& topic, const std::vector<const JsonTree*>& expected,
                            bool no_inputs) const {
        const Source& source = source_on(topic);
        const auto& actual = driver_->records(topic);
        std::string failures;
        if (actual.size() != expected.size()) {
            failures = "topic " + topic + ": expected " + std::to_string(expected.size()) +
                       " records, got " + std::to_string(actual.size()) + "\n";
        }
        for (size_t i = 0; i < std::max(actual.size(), expected.size()); ++i) {
            std::string problem = "one side only";
            if (i < actual.size() && i < expected.size()) {
                problem = compare_record(*expected[i], actual[i], source, exact_, no_inputs);
            }
            if (problem.empty()) continue;
            failures += "topic " + topic + ", record " + std::to_string(i) + ": " + problem + "\n";
            failures +=
                "  expected: " + (i < expected.size() ? expected[i]->dump() : "nothing") + "\n";
            failures +=
                "  actual:   " + (i < actual.size() ? record_text(actual[i], source) : "nothing") +
                "\n";
            if (failures.size() > 4000) break;
        }
        return failures;
    }

    const JsonTree& test_;
    std::string format_;
    std::string config_;
    const QttOptions& options_;
    std::map<std::string, std::string> properties_;
    bool exact_ = true;
    std::unique_ptr<TestDriver> driver_;
    std::vector<sql::StatementText> pieces_;
    std::string current_text_;
    bool at_last_ = true;
    bool statements_done_ = false;
};

std::string config_property(const JsonTree& test) {
    if (const auto* properties = test.find("properties")) {
        for (const auto& [name, value] : properties->members) {
            if (value.is_string() && upper_ascii(value.text) == "{CONFIG}") return name;
        }
    }
    return "";
}

}  // namespace

void run_qtt_file(const std::string& path, const QttOptions& options,
                  const std::function<void(const QttResult&)>& report) {
    const auto text = read_file(path);
    std::string error;
    auto tree = text ? parse_json_tree(*text, &error) : std::nullopt;
    if (!tree || tree->find("tests") == nullptr) {
        refuse(ErrorKind::kGeneral, "Cannot read the test file " + path + " " + error);
    }
    std::string file = path.substr(path.find_last_of('/') + 1);
    const JsonTree nothing;
    for (const auto& test : tree->find("tests")->items) {
        const auto* enabled = test.find("enabled");
        if (enabled != nullptr && enabled->kind == JsonTree::Kind::kBool && !enabled->is_true())
            continue;
        auto elements = [&](const char* name) {
            std::vector<std::optional<std::string>> list;
            if (const auto* given = test.find(name)) {
                for (const auto& item : given->items) list.push_back(item.as_text());
            }
            if (list.empty()) list.push_back(std::nullopt);
            return list;
        };
        for (const auto& format : elements("format")) {
            for (const auto& config : elements("config")) {
                QttResult result;
                result.id = file + ":" + test.find("name")->text;
                if (format) result.id += " - " + *format;
                if (config) result.id += " - " + config_property(test) + "=" + *config;
                result.detail =
                    CaseRun(test, format.value_or(""), config.value_or(""), options).run();
                result.verdict = result.detail.empty() ? Verdict::kPass : Verdict::kFail;
                report(result);
            }
        }
    }
}

}  // namespace millrace
