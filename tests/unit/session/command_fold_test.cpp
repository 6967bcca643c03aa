// The fold by itself: what every action does, and that no way of folding a history differs from
// another.
#include <catch2/catch.hpp>
#include <random>

#include "engine/base/damaged.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/session/command_log.h"
#include "tests/support/catalog_text.h"
#include "tests/unit/plan/world.h"

using namespace millrace;
using millrace::test::catalog_text;
using Action = Command::Action;

namespace {

std::shared_ptr<const Source> source_of(const std::string& name) {
    plan::World world;
    return world
        .create("CREATE STREAM " + name +
                " (ID VARCHAR KEY, V INT) WITH (KAFKA_TOPIC='t', "
                "KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON', PARTITIONS=2);")
        .source;
}

/// CREATE STREAM `name` AS SELECT, as query `id`.
Command create_as_select(const std::string& name, const std::string& id) {
    plan::World world;
    world.create(
        "CREATE STREAM S (ID VARCHAR KEY, V INT) WITH (KAFKA_TOPIC='t', "
        "KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON', PARTITIONS=2);");
    auto planned = world.query("CREATE STREAM " + name + " AS SELECT * FROM S EMIT CHANGES;");
    auto plan = std::make_shared<plan::PhysicalPlan>(*planned.plan);
    plan->query_id = id;
    auto sink = std::make_shared<Source>(*planned.sink);
    sink->created_by = id;
    Command command;
    command.action = Action::kPutSource;
    command.source = sink;
    command.query = plan;
    command.overrides = {{"auto.offset.reset", "earliest"}};
    return command;
}

Command put_source(const std::string& name) {
    Command command;
    command.action = Action::kPutSource;
    command.source = source_of(name);
    return command;
}

Command named(Action action, const std::string& name, const std::string& value = "") {
    Command command;
    command.action = action;
    command.name = name;
    command.value = value;
    if (action == Action::kPutType) command.type = SqlType::array(SqlType::string());
    return command;
}

Command control(Action action, const std::string& id) {
    Command command;
    command.action = action;
    command.query_id = id;
    return command;
}

Catalog fold(const std::vector<Command>& commands) {
    Catalog catalog;
    int64_t sequence = 0;
    for (const auto& command : commands) catalog = apply(std::move(catalog), command, sequence++);
    return catalog;
}

std::vector<std::string> ids(const Catalog& catalog) {
    std::vector<std::string> ids;
    for (const auto& query : catalog.queries()) ids.push_back(query.id);
    return ids;
}

}  // namespace

TEST_CASE("a command leaves the catalog it was applied to as it was", "[session][fold]") {
    const Catalog before = fold({put_source("A"), create_as_select("B", "Q1")});
    const std::string text = catalog_text(before);
    const Catalog after = apply(before, control(Action::kTerminate, ""), 2);
    CHECK(catalog_text(before) == text);
    CHECK(after.queries().empty());
    CHECK(after.version() == before.version() + 1);
    CHECK(after.next_query_number() == 3);
}

TEST_CASE("a source and its query come and go together", "[session][fold]") {
    Catalog catalog = fold({put_source("A"), create_as_select("B", "Q1")});
    REQUIRE(ids(catalog) == std::vector<std::string>{"Q1"});
    CHECK(catalog.find_query("Q1")->overrides.at("auto.offset.reset") == "earliest");
    CHECK(catalog.find_query("Q1")->made_at == 1);
    CHECK(catalog.find_source("B") != nullptr);
    catalog = apply(catalog, named(Action::kDropSource, "B"), 2);
    CHECK(catalog.queries().empty());
    CHECK(catalog.find_source("B") == nullptr);
    CHECK(catalog.find_source("A") != nullptr);
}

TEST_CASE("INSERT INTO makes a query and no source", "[session][fold]") {
    Command insert = create_as_select("B", "Q1");
    insert.action = Action::kStartQuery;
    insert.source = nullptr;
    const Catalog catalog = fold({insert});
    CHECK(ids(catalog) == std::vector<std::string>{"Q1"});
    CHECK(catalog.sources().empty());
}

TEST_CASE("a replaced query keeps its place, its pause and its age", "[session][fold]") {
    Command next = create_as_select("B", "Q1");
    next.overrides = {};
    const Catalog catalog =
        fold({create_as_select("B", "Q1"), create_as_select("C", "Q2"),
              control(Action::kPause, "Q1"), next, control(Action::kResume, "Q2")});
    CHECK(ids(catalog) == std::vector<std::string>{"Q1", "Q2"});
    const auto* query = catalog.find_query("Q1");
    CHECK(query->paused);
    CHECK(query->made_at == 0);
    CHECK(query->plan == next.query);
    CHECK(query->overrides.empty());
    CHECK_FALSE(catalog.find_query("Q2")->paused);
}

TEST_CASE("a replaced query knows the plan that it took the place of", "[session][fold]") {
    const Command first = create_as_select("B", "Q1"), second = create_as_select("B", "Q1"),
                  third = create_as_select("B", "Q1");
    Catalog catalog = fold({first});
    CHECK_FALSE(catalog.find_query("Q1")->replacement);
    catalog = apply(catalog, second, 1);
    REQUIRE(catalog.find_query("Q1")->replacement);
    CHECK(catalog.find_query("Q1")->replacement->before == first.query);
    CHECK(catalog.find_query("Q1")->replacement->before_number == -1);
    catalog = apply(catalog, third, 2);
    CHECK(catalog.find_query("Q1")->replacement->before == second.query);
    CHECK(catalog.find_query("Q1")->replacement->before_number == 1);
    CHECK(catalog.find_query("Q1")->replacement->number == 2);
}

TEST_CASE("a query that is made again under its old id is another one", "[session][fold]") {
    const Catalog catalog = fold({create_as_select("B", "Q1"), control(Action::kPause, ""),
                                  control(Action::kTerminate, "Q1"), create_as_select("B", "Q1")});
    CHECK(catalog.find_query("Q1")->made_at == 3);
    CHECK_FALSE(catalog.find_query("Q1")->paused);
}

TEST_CASE("pause and resume meet one query or all that are there", "[session][fold]") {
    Catalog catalog =
        fold({create_as_select("B", "Q1"), create_as_select("C", "Q2"), control(Action::kPause, ""),
              create_as_select("D", "Q3"), control(Action::kResume, "Q2")});
    CHECK(catalog.find_query("Q1")->paused);
    CHECK_FALSE(catalog.find_query("Q2")->paused);
    CHECK_FALSE(catalog.find_query("Q3")->paused);
    catalog = apply(std::move(catalog), control(Action::kTerminate, "Q1"), 9);
    CHECK(ids(catalog) == std::vector<std::string>{"Q2", "Q3"});
}

TEST_CASE("types and system properties are the catalog's too", "[session][fold]") {
    Catalog catalog =
        fold({named(Action::kPutType, "T"), named(Action::kAlterSystem, "commit.interval.ms", "10"),
              named(Action::kAlterSystem, "commit.interval.ms", "20")});
    CHECK(catalog.find_type("T")->to_string() == "ARRAY<STRING>");
    CHECK(catalog.system_properties().at("commit.interval.ms") == "20");
    catalog = apply(std::move(catalog), named(Action::kDropType, "T"), 3);
    CHECK(catalog.types().empty());
}

TEST_CASE("what does not fit changes nothing but the count", "[session][fold]") {
    const Catalog before = fold({put_source("A"), create_as_select("B", "Q1")});
    for (const auto& command :
         {control(Action::kTerminate, "Q9"), control(Action::kPause, "Q9"),
          control(Action::kResume, "Q9"), named(Action::kDropSource, "NONE"),
          named(Action::kDropType, "NONE"), named(Action::kNothing, ""),
          named(Action::kPutSource, "NONE"), named(Action::kStartQuery, "NONE")}) {
        Catalog after = apply(before, command, 1);
        CHECK(catalog_text(after) == catalog_text(before));
        CHECK(after.version() == 3);
    }
}

TEST_CASE("a history gives one catalog, however it is folded", "[session][fold]") {
    std::vector<Command> pool;
    for (int i = 0; i < 4; ++i) {
        const std::string n = std::to_string(i);
        pool.push_back(put_source("A" + n));
        pool.push_back(create_as_select("B" + n, "Q" + n));
        Command insert = create_as_select("B" + n, "I" + n);
        insert.action = Action::kStartQuery;
        insert.source = nullptr;
        pool.push_back(insert);
        for (const char* name : {"A", "B"}) pool.push_back(named(Action::kDropSource, name + n));
        for (const char* id : {"Q", "I"}) {
            for (auto action : {Action::kTerminate, Action::kPause, Action::kResume})
                pool.push_back(control(action, id + n));
        }
        pool.push_back(named(Action::kPutType, "T" + n));
        pool.push_back(named(Action::kDropType, "T" + n));
        pool.push_back(named(Action::kAlterSystem, "p" + n, n));
    }
    for (auto action : {Action::kTerminate, Action::kPause, Action::kResume})
        pool.push_back(control(action, ""));
    pool.push_back(named(Action::kNothing, ""));

    ManualClock clock{1};
    for (uint32_t seed = 0; seed < 60; ++seed) {
        INFO("seed " << seed);
        std::mt19937 random(seed);
        auto log = open_memory_log(clock);
        auto commands = std::make_unique<CommandLog>(*log, clock, "fold_", RuntimeOptions());
        REQUIRE(commands->open());
        Catalog at_once;
        Catalog by_json;
        Catalog restarted;
        for (int i = 0; i < 60; ++i) {
            Command command = pool[random() % pool.size()];
            command.id = "c/" + std::to_string(i) + "/ALL/execute";
            auto offset = commands->append(command);
            REQUIRE(offset);
            at_once = apply(std::move(at_once), command, *offset);
            by_json = apply(std::move(by_json), Command::from_json(command.id, command.to_json()),
                            *offset);
            if (random() % 8 == 0) {
                commands = std::make_unique<CommandLog>(*log, clock, "fold_", RuntimeOptions());
                restarted = Catalog();
                REQUIRE(commands->replay(0, {[&](const Command& old, int64_t at) {
                                                 restarted = apply(std::move(restarted), old, at);
                                             },
                                             [](const UnreadCommand& unread) -> bool {
                                                 throw DamagedBytes(unread.why);
                                             }}));
            } else {
                restarted = apply(std::move(restarted), command, *offset);
            }
        }
        const std::string text = catalog_text(at_once);
        CHECK(catalog_text(by_json) == text);
        CHECK(catalog_text(restarted) == text);
        CHECK(restarted.version() == 60);
    }
}

TEST_CASE("a query's starts are kept as they were fixed first", "[session][fold]") {
    Command made = create_as_select("F", "CSAS_F_1");
    made.starts = QueryStarts{{"t", {"7", {3, 0}}}};
    const Command read = Command::from_json("stream/`F`/create", made.to_json());
    REQUIRE(read.starts);
    CHECK(*read.starts == *made.starts);
    CatalogPtr catalog = Catalog::empty();
    catalog = std::make_shared<const Catalog>(apply(*catalog, read, 1));
    CHECK(catalog->find_query("CSAS_F_1")->starts == made.starts);
    // What replaces it reads one topic more; it goes on in the other.
    made.starts = QueryStarts{{"t", {"7", {9, 9}}}, {"u", {"8", {4}}}};
    catalog = std::make_shared<const Catalog>(apply(*catalog, made, 2));
    CHECK(catalog->find_query("CSAS_F_1")->starts ==
          QueryStarts{{"t", {"7", {3, 0}}}, {"u", {"8", {4}}}});
    // One of before there were any keeps to that.
    Command old = create_as_select("G", "CSAS_G_2");
    CHECK_FALSE(Command::from_json("stream/`G`/create", old.to_json()).starts);
    catalog = std::make_shared<const Catalog>(apply(*catalog, old, 3));
    old.starts = QueryStarts{};
    catalog = std::make_shared<const Catalog>(apply(*catalog, old, 4));
    CHECK_FALSE(catalog->find_query("CSAS_G_2")->starts);
}
