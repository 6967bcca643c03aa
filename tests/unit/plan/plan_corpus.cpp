// Plans every statement of a folder of conformance cases and says how many of the expected refusals
// come with the expected words, and which statements are refused that should not be. Not in ctest:
// a tool for whoever works on plan.
//   plan_corpus ../shared/conformance/qtt [theme files: a.json b.json …]
//   plan_corpus --write FOLDER FILE   every plan of the folder, one a line
//   plan_corpus --read FILE           reads each of them and writes it again, to the byte
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/plan/steps_json.h"
#include "tests/unit/plan/world.h"

namespace millrace::plan {
namespace {

using Json = nlohmann::json;

struct Counts {
    int planned = 0, not_yet = 0, wrongly_refused = 0, refused_as_expected = 0, other_words = 0,
        not_refused = 0;
};

/// Where `--write` puts the plans; else closed.
std::ofstream written;

void keep_plan(const PhysicalPlan& plan, const std::string& text) {
    const std::string json = plan_to_json(plan);
    if (plan_to_json(plan_from_json(json)) != json) std::cout << "NO ROUND TRIP: " << text << "\n";
    if (written.is_open()) written << json << "\n";
}

int read_plans(const std::string& path) {
    std::ifstream in(path);
    std::string line;
    int total = 0, others = 0;
    for (; std::getline(in, line); ++total) {
        if (plan_to_json(plan_from_json(line)) == line) continue;
        ++others;
        std::cout << "OTHER BYTES " << line << "\n";
    }
    fmt::print("read {}, written otherwise {}\n", total, others);
    return others == 0 && total > 0 ? 0 : 1;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
        text.replace(at, what.size(), with);
    }
    return text;
}

void add_topics(const Json& test, World& world) {
    for (const auto& topic : test.value("topics", Json::array())) {
        if (topic.contains("name"))
            world.topics.emplace(topic["name"], topic.value("partitions", 1));
    }
}

void add_declared_topics(const std::vector<std::string>& statements, World& world) {
    for (const auto& text : statements) {
        try {
            sql::Statement statement = world.parse(text);
            if (const auto* type = statement.as<sql::CreateType>()) {
                world.catalog =
                    world.catalog->changed([&](Catalog& c) { c.put_type(type->name, type->type); });
            }
            const auto* create = statement.as<sql::CreateSource>();
            if (!create || create->columns.empty()) continue;
            const auto* topic = create->properties.find("KAFKA_TOPIC");
            if (!topic) continue;
            const auto* partitions = create->properties.find("PARTITIONS");
            world.topics.emplace(topic->value.as_string(),
                                 partitions ? partitions->value.as_int() : 4);
        } catch (const std::exception&) {
        }
    }
}

void execute(World& world, const std::string& text) {
    sql::Statement statement = world.parse(text);
    PlanningContext context = world.context();
    if (const auto* create = statement.as<sql::CreateSource>()) {
        if (create->if_not_exists && world.catalog->find_source(create->name)) return;
        if (auto planned = world.create(text); planned.query) keep_plan(*planned.query, text);
    } else if (const auto* as = statement.as<sql::CreateAsSelect>()) {
        if (as->if_not_exists && world.catalog->find_source(as->name)) return;
        keep_plan(*world.query(text).plan, text);
    } else if (statement.as<sql::InsertIntoSelect>()) {
        keep_plan(*world.query(text).plan, text);
    } else if (const auto* insert = statement.as<sql::InsertValues>()) {
        plan_insert_values(*insert, context, [](const BoundPtr&) { return Value(); });
    } else if (const auto* alter = statement.as<sql::AlterSource>()) {
        auto altered = plan_alter_source(*alter, context);
        world.catalog = world.catalog->changed([&](Catalog& c) { c.put_source(altered); });
    } else if (const auto* drop = statement.as<sql::DropSource>()) {
        world.catalog = world.catalog->changed([&](Catalog& c) { c.remove_source(drop->name); });
    } else if (const auto* type = statement.as<sql::CreateType>()) {
        world.catalog =
            world.catalog->changed([&](Catalog& c) { c.put_type(type->name, type->type); });
    }
}

void run_case(const std::string& file, const Json& test, const std::string& format,
              const std::string& config, Counts& counts) {
    World world;
    world.properties["ksql.schema.registry.url"] = "mock";
    const Json properties = test.value("properties", Json::object());
    for (const auto& [name, value] : properties.items()) {
        std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        world.properties[name] = replaced(text, "{CONFIG}", config);
    }
    std::vector<std::string> statements;
    for (const auto& statement : test["statements"]) {
        statements.push_back(replaced(statement.get<std::string>(), "{FORMAT}", format));
    }
    add_topics(test, world);
    add_declared_topics(statements, world);
    world.catalog = Catalog::empty();
    for (const char* records : {"inputs", "outputs"}) {
        for (const auto& record : test.value(records, Json::array())) {
            if (record.contains("topic")) world.topics.emplace(record["topic"], 4);
        }
    }
    std::string expected;
    const bool refuse = test.contains("expectedException");
    if (refuse) expected = test["expectedException"].value("message", "");
    std::string name =
        file + ":" + test["name"].get<std::string>() + (format.empty() ? "" : " - " + format);
    try {
        for (const auto& statement : statements) {
            try {
                world.parse(statement);
            } catch (const StatementError&) {
                throw;
            }
        }
        for (const auto& statement : statements) execute(world, statement);
        if (refuse) {
            ++counts.not_refused;
            std::cout << "NOT REFUSED " << name << "\n    want: " << expected << "\n";
        } else {
            ++counts.planned;
        }
    } catch (const StatementError& error) {
        std::string what = error.what();
        if (error.kind() == ErrorKind::kNotYet) {
            ++counts.not_yet;
        } else if (!refuse) {
            ++counts.wrongly_refused;
            std::cout << "REFUSED " << name << "\n    " << what << "\n";
        } else if (what.find(expected) != std::string::npos) {
            ++counts.refused_as_expected;
        } else {
            ++counts.other_words;
            std::cout << "OTHER WORDS " << name << "\n    want: " << expected
                      << "\n    got:  " << what << "\n";
        }
    } catch (const std::exception& error) {
        ++counts.wrongly_refused;
        std::cout << "THREW " << name << "\n    " << error.what() << "\n";
    }
}

std::vector<std::string> list_of(const Json& test, const char* name) {
    std::vector<std::string> out;
    for (const auto& one : test.value(name, Json::array())) {
        out.push_back(one.is_string() ? one.get<std::string>() : one.dump());
    }
    if (out.empty()) out.push_back("");
    return out;
}

int run(const std::string& folder, const std::set<std::string>& wanted) {
    Counts counts;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
        const std::string file = path.filename();
        if (!wanted.empty() && !wanted.count(file)) continue;
        std::ifstream in(path);
        const Json cases = Json::parse(in);
        for (const auto& test : cases["tests"]) {
            if (!test.value("enabled", true)) continue;
            for (const auto& format : list_of(test, "format")) {
                for (const auto& config : list_of(test, "config"))
                    run_case(file, test, format, config, counts);
            }
        }
    }
    fmt::print(
        "planned {}, not yet {}, refused but should not be {}; refusals: as expected {}, other "
        "words {}, "
        "none {}\n",
        counts.planned, counts.not_yet, counts.wrongly_refused, counts.refused_as_expected,
        counts.other_words, counts.not_refused);
    return 0;
}

}  // namespace
}  // namespace millrace::plan

int main(int argc, char** argv) {
    using namespace millrace::plan;
    const std::string option = argc > 1 ? argv[1] : "";
    if (option == "--read" && argc == 3) return read_plans(argv[2]);
    if (option == "--write" && argc == 4) {
        written.open(argv[3]);
        return run(argv[2], {});
    }
    if (argc < 2) return 2;
    return run(argv[1], {argv + 2, argv + argc});
}
