// Texts that the server reads back: commands with their plans, positions of tasks. Commands are
// made from statements, by hand and of tests/cases; an input changes members of one and reads it
// again. It is no command (DamagedBytes), or one of a newer server or with a plan that is refused
// (StatementError), or it is a command, whose plan is cut, built and run.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/plan/check_plan.h"
#include "engine/runtime/slot_table.h"
#include "engine/session/command.h"
#include "tests/fuzz/edits.h"
#include "tests/fuzz/plan_run.h"
#include "tests/unit/plan/world.h"

using namespace millrace;
using Json = nlohmann::ordered_json;

namespace {

Json command_of(const std::string& text, SourcePtr source,
                std::shared_ptr<const plan::PhysicalPlan> plan) {
    Command command;
    command.statement = text;
    command.action = plan ? Command::Action::kStartQuery : Command::Action::kPutSource;
    command.source = std::move(source);
    command.query = std::move(plan);
    return Json::parse(command.to_json());
}

/// What the statements of a script of tests/cases would put into the command log; those that are
/// refused, or are of other kinds, put nothing.
void add_script(const std::string& script, std::vector<Json>& commands) {
    plan::World world;
    for (const sql::TestScriptItem& item : sql::split_test_script(script)) {
        if (item.directive == "test") world = plan::World();
        if (!item.directive.empty()) continue;
        const std::string& text = item.statement.text;
        try {
            const sql::Statement statement = world.parse(text);
            if (statement.as<sql::CreateSource>()) {
                const auto made = world.create(text);
                commands.push_back(command_of(text, made.source, made.query));
            } else if (statement.as<sql::CreateAsSelect>() ||
                       statement.as<sql::InsertIntoSelect>()) {
                const auto made = world.query(text);
                commands.push_back(command_of(text, made.sink, made.plan));
            }
        } catch (const StatementError&) {
        }
    }
}

void add_cases(std::vector<Json>& commands) {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator("tests/cases"))
        if (entry.path().extension() == ".sql") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        std::ifstream in(file, std::ios::binary);
        add_script({std::istreambuf_iterator<char>(in), {}}, commands);
    }
}

std::vector<Json> make_commands() {
    plan::World world;
    std::vector<Json> commands;
    auto add = [&](const char* text, SourcePtr source,
                   std::shared_ptr<const plan::PhysicalPlan> plan) {
        commands.push_back(command_of(text, std::move(source), std::move(plan)));
    };
    for (const char* text :
         {"CREATE STREAM s (k STRING KEY, v STRING, a BIGINT, r STRUCT<f INT, g ARRAY<DOUBLE>>, "
          "h BYTES HEADER('x')) WITH (kafka_topic='s', value_format='JSON', partitions=1, "
          "timestamp='a');",
          "CREATE TABLE t (k STRING PRIMARY KEY, v STRING, a BIGINT) WITH (kafka_topic='t', "
          "value_format='JSON', partitions=1);",
          "CREATE STREAM s2 (k STRING KEY, v STRING, a BIGINT) WITH (kafka_topic='s2', "
          "value_format='JSON', partitions=1);",
          "CREATE TABLE t2 (k STRING PRIMARY KEY, v STRING, a BIGINT) WITH (kafka_topic='t2', "
          "value_format='JSON', partitions=1);",
          "CREATE STREAM w (k STRING KEY, v STRING) WITH (kafka_topic='w', "
          "value_format='DELIMITED', "
          "value_delimiter='|', window_type='TUMBLING', window_size='5 SECONDS', partitions=1);"})
        add(text, world.create(text).source, nullptr);
    for (const char* text :
         {"CREATE TABLE q1 AS SELECT v, COUNT(*) c, LATEST_BY_OFFSET(a, 2) l FROM s WINDOW HOPPING "
          "(SIZE 20 SECONDS, ADVANCE BY 10 SECONDS) WHERE a > 3 GROUP BY v HAVING COUNT(*) > 1 "
          "EMIT CHANGES;",
          "CREATE STREAM q2 AS SELECT s.v, s.r, t.a FROM s LEFT JOIN t ON s.v = t.k EMIT CHANGES;",
          "CREATE STREAM q3 AS SELECT a.v, b.a FROM s a LEFT JOIN s2 b WITHIN 1 DAY GRACE PERIOD 1 "
          "DAY ON a.v = b.v PARTITION BY b.a EMIT CHANGES;",
          "CREATE TABLE q4 AS SELECT a.k, b.v FROM t a JOIN t2 b ON a.v = b.k EMIT CHANGES;",
          "CREATE TABLE q5 AS SELECT ROWKEY, b.v FROM t a FULL OUTER JOIN t2 b ON a.k = b.k EMIT "
          "CHANGES;",
          "CREATE STREAM q6 AS SELECT k, EXPLODE(r->g) e FROM s EMIT CHANGES;",
          "CREATE TABLE q7 AS SELECT v, COUNT(*) c FROM t GROUP BY v EMIT CHANGES;"}) {
        auto planned = world.query(text);
        add(text, planned.sink, planned.plan);
    }
    add_cases(commands);
    return commands;
}

/// Somewhere below `json`, more often deep.
Json& pick(Json& json, fuzz::Script& script) {
    Json* at = &json;
    while (at->is_structured() && !at->empty() && script.below(12) != 0) {
        auto member = at->begin();
        std::advance(member, static_cast<std::ptrdiff_t>(script.below(at->size())));
        at = &*member;
    }
    return *at;
}

void change(Json& json, fuzz::Script& script) {
    const Json other = pick(json, script);
    Json& at = pick(json, script);
    switch (script.below(8)) {
        case 0:
            at = nullptr;
            break;
        case 1:
            at = static_cast<int>(script.byte()) - 3;
            break;
        case 2:
            at = INT64_MAX - script.byte();
            break;
        case 3:
            if (at.is_structured() && !at.empty()) {
                at.erase(
                    std::next(at.begin(), static_cast<std::ptrdiff_t>(script.below(at.size()))));
            }
            break;
        case 4:
            if (at.is_array()) at.push_back(other);
            break;
        case 5:
            if (at.is_string()) {
                std::string text = at.get<std::string>();
                edit(text, script);
                at = text;
            }
            break;
        default:
            at = other;
    }
}

void check_position(const std::string& text) {
    PositionMap positions;
    LogRecord record;
    record.key = record.value = text;
    apply_position(record, 0, positions);
    if (auto key = PositionKey::decode(text))
        MR_CHECK(PositionKey::decode(key->encode()) == key, "a key reads back");
    if (auto position = decode_whole(text))
        MR_CHECK(decode_whole(encode_whole(*position)) == position, "a whole position reads back");
    if (auto position = decode_position(text))
        MR_CHECK(decode_position(encode_position(*position)) == position, "a position reads back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const std::vector<Json> commands = make_commands();
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_position(text);
    fuzz::Script script(data, size);
    std::string bytes;
    if (script.below(8) == 0) {
        bytes = commands[script.below(commands.size())].dump();
        for (size_t n = 1 + script.below(4); n > 0; --n) edit(bytes, script);
    } else {
        Json json = commands[script.below(commands.size())];
        for (size_t n = script.below(5); n > 0; --n) change(json, script);
        bytes = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    try {
        if (std::getenv("PLAN_FUZZ_SHOW")) std::fprintf(stderr, "%s\n", bytes.c_str());
        const Command command = Command::from_json("id", bytes);
        if (!command.query) return 0;
        const plan::PhysicalPlan& plan = *command.query;
        plan::check_plan(plan, FunctionRegistry::builtin(), Config());
        fuzz::run_plan(plan);
    } catch (const StatementError&) {
    } catch (const DamagedBytes&) {
    }
    return 0;
}
