#include "engine/driver/test_driver.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/config/overrides.h"
#include "engine/exec/expression/expression.h"
#include "engine/plan/upgrade.h"
#include "engine/session/drop_source.h"
#include "engine/session/insert_writer.h"

namespace millrace {

TestDriver::TestDriver(const DriverOptions& options)
    : options_(options), properties_(options.properties), catalog_(Catalog::empty()) {
    if (options_.functions == nullptr) options_.functions = &FunctionRegistry::builtin();
}

void TestDriver::declare_topic(const std::string& name, int32_t partitions, int16_t replicas) {
    topics_.try_emplace(name, Topic{partitions, replicas, {}});
}

int32_t TestDriver::topic_partitions(const std::string& name) const {
    auto found = topics_.find(name);
    return found == topics_.end() ? 0 : found->second.partitions;
}

std::vector<std::string> TestDriver::topic_names() const {
    std::vector<std::string> names;
    for (const auto& [name, topic] : topics_) names.push_back(name);
    for (const auto& query : queries_) {
        if (!query.runner) continue;
        for (const auto& name : query.runner->topics_written()) names.push_back(name);
    }
    return names;
}

sql::Statement TestDriver::parse(const sql::StatementText& text, bool test_statements) const {
    sql::ParseOptions options;
    if (Config().with(properties_).get<"ksql.variable.substitution.enable">())
        options.variables = &variables_;
    options.custom_type = [this](const std::string& name) { return catalog_->find_type(name); };
    options.test_statements = test_statements;
    return sql::parse_statement(text, options);
}

plan::PlanningContext TestDriver::planning() {
    plan::PlanningContext context;
    context.catalog = catalog_;
    context.functions = options_.functions;
    context.config = Config().with(properties_);
    context.service_id = options_.service_id;
    context.next_query_number = next_query_number_;
    context.topic_partitions = [this](const std::string& topic) -> std::optional<int32_t> {
        auto found = topics_.find(topic);
        if (found == topics_.end()) return std::nullopt;
        return found->second.partitions;
    };
    context.topic_replicas = [this](const std::string& topic) -> std::optional<int16_t> {
        auto found = topics_.find(topic);
        if (found == topics_.end()) return std::nullopt;
        return found->second.replicas;
    };
    return context;
}

void TestDriver::make_topic(const plan::TopicRequest& request) {
    if (topics_.count(request.name) != 0) return;
    if (request.must_exist) {
        refuse("Topic '" + request.name + "' does not exist.");
    }
    topics_[request.name] = Topic{request.partitions, request.replicas, {}};
}

void TestDriver::add_query(std::shared_ptr<const plan::PhysicalPlan> plan) {
    catalog_ = catalog_->changed([&](Catalog& c) { c.put_query({plan->query_id, plan, {}}); });
    auto same = std::find_if(queries_.begin(), queries_.end(), [&](const Query& query) {
        return query.plan->query_id == plan->query_id;
    });
    if (same != queries_.end()) {
        plan::check_query_upgrade(*same->plan, *plan);
        plan = plan::keep_stores_apart(plan, *same->plan);
        same->plan = plan;
        if (same->runner) same->runner->replace(plan);
        return;
    }
    queries_.push_back({plan, nullptr});
    ++next_query_number_;
    if (options_.live) runner(queries_.back());
}

void TestDriver::remove_query(const std::string& id) {
    catalog_ = catalog_->changed([&](Catalog& c) { c.remove_query(id); });
    std::erase_if(queries_, [&](const Query& query) { return query.plan->query_id == id; });
}

QueryRunner& TestDriver::runner(Query& query) {
    if (!query.runner) {
        RunnerOptions options;
        options.functions = options_.functions;
        options.formats = &formats_;
        // Functions see the machine's time, as in ksqlDB's driver, where only streams time stands.
        options.clock = &system_clock_;
        options.service_id = options_.service_id;
        options.batch_rows = options_.batch_rows;
        query.runner = std::make_unique<QueryRunner>(query.plan, options);
    }
    return *query.runner;
}

std::vector<RowErrorEntry> TestDriver::take_errors() {
    for (auto& query : queries_) {
        if (!query.runner) continue;
        auto some = query.runner->take_errors();
        errors_.insert(errors_.end(), std::make_move_iterator(some.begin()),
                       std::make_move_iterator(some.end()));
    }
    return std::exchange(errors_, {});
}

plan::PlannedInsert TestDriver::plan_row(const sql::InsertValues& statement, bool expected) {
    auto context = planning();
    const auto plan = expected ? plan::plan_expected_row : plan::plan_insert_values;
    EvalEnv env;
    env.clock = &system_clock_;
    env.random_seed = 1;
    env.config = context.config;
    return plan(statement, context,
                [&](const plan::BoundPtr& bound) { return exec::evaluate_constant(bound, env); });
}

SourcePtr TestDriver::plan_source(const sql::CreateSource& statement) {
    auto context = planning();
    // What an assertion expects exists already under its own name.
    context.catalog =
        context.catalog->changed([&](Catalog& c) { c.remove_source(statement.name); });
    // Only compared, never written to: a format that needs a registry may be named.
    if (!context.config.is_set("ksql.schema.registry.url"))
        context.config = context.config.with({{"ksql.schema.registry.url", "none"}});
    return plan::plan_create_source(statement, "", context).source;
}

void TestDriver::insert(const sql::InsertValues& statement) {
    auto planned = plan_row(statement, false);
    auto encoded = encode_row(formats_, *planned.source, planned.key, planned.value);
    TestRecord record;
    record.key = std::move(encoded.key);
    record.value = std::move(encoded.value);
    record.timestamp_ms = planned.timestamp_ms.value_or(system_clock_.now_ms());
    pipe(planned.source->topic, std::move(record));
}

void TestDriver::drop(const sql::DropSource& statement) {
    auto source = check_drop(statement, *catalog_);
    if (!source) return;
    if (source->created_by) remove_query(*source->created_by);
    catalog_ = catalog_->changed([&](Catalog& c) { c.remove_source(statement.name); });
    if (statement.delete_topic) topics_.erase(source->topic);
}

void TestDriver::execute(const sql::Statement& statement) {
    if (const auto* create = statement.as<sql::CreateSource>()) {
        if (create->if_not_exists && catalog_->find_source(create->name)) return;
        auto planned = plan::plan_create_source(*create, statement.text, planning());
        make_topic(planned.topic);
        catalog_ = catalog_->changed([&](Catalog& c) { c.put_source(planned.source); });
    } else if (const auto* select = statement.as<sql::CreateAsSelect>()) {
        if (select->if_not_exists && catalog_->find_source(select->name)) return;
        auto planned = plan::plan_create_as_select(*select, statement.text, planning());
        if (planned.sink_topic) make_topic(*planned.sink_topic);
        add_query(planned.plan);
        catalog_ = catalog_->changed([&](Catalog& c) { c.put_source(planned.sink); });
    } else if (const auto* into = statement.as<sql::InsertIntoSelect>()) {
        add_query(plan::plan_insert_into(*into, statement.text, planning()).plan);
    } else if (const auto* values = statement.as<sql::InsertValues>()) {
        insert(*values);
    } else if (const auto* alter = statement.as<sql::AlterSource>()) {
        auto altered = plan::plan_alter_source(*alter, planning());
        catalog_ = catalog_->changed([&](Catalog& c) { c.put_source(altered); });
    } else if (const auto* gone = statement.as<sql::DropSource>()) {
        drop(*gone);
    } else if (const auto* type = statement.as<sql::CreateType>()) {
        if (catalog_->find_type(type->name)) {
            if (type->if_not_exists) return;
            refuse("Cannot register custom type '" + type->name +
                   "' since it is already registered with type: " +
                   catalog_->find_type(type->name)->to_string());
        }
        catalog_ = catalog_->changed([&](Catalog& c) { c.put_type(type->name, type->type); });
    } else if (const auto* dropped = statement.as<sql::DropType>()) {
        if (!catalog_->find_type(dropped->name) && !dropped->if_exists) {
            refuse("Type " + dropped->name + " does not exist.");
        }
        catalog_ = catalog_->changed([&](Catalog& c) { c.remove_type(dropped->name); });
    } else if (const auto* terminate = statement.as<sql::TerminateQuery>()) {
        if (terminate->query.id) {
            remove_query(*terminate->query.id);
        } else {
            for (const auto& query : std::vector(catalog_->queries())) remove_query(query.id);
        }
    } else if (const auto* set = statement.as<sql::SetProperty>()) {
        check_override(Config(), set->name, set->value, false);
        properties_[property_name(set->name)] = set->value;
    } else if (const auto* unset = statement.as<sql::UnsetProperty>()) {
        properties_.erase(property_name(unset->name));
    } else if (const auto* define = statement.as<sql::DefineVariable>()) {
        variables_[define->name] = define->value;
    } else if (const auto* undefine = statement.as<sql::UndefineVariable>()) {
        variables_.erase(undefine->name);
    } else {
        refuse(ErrorKind::kGeneral, "This kind of statement is not run by the test driver.",
               statement.position);
    }
}

void TestDriver::pipe(const std::string& topic, TestRecord record) {
    topics_[topic].records.push_back(record);
    if (!options_.live) return;
    for (auto& query : queries_) {
        QueryRunner& run = runner(query);
        const auto& sources = run.source_topics();
        if (std::find(sources.begin(), sources.end(), topic) == sources.end()) continue;
        std::vector<TestRecord> outputs;
        run.pipe(topic, {record}, [&](const TestRecord& output) { outputs.push_back(output); });
        const std::string sink = run.sink_topic();
        for (auto& output : outputs) pipe(sink, std::move(output));
    }
}

void TestDriver::run_query(size_t index,
                           const std::vector<std::pair<std::string, TestRecord>>& inputs) {
    QueryRunner& run = runner(queries_[index]);
    const auto& sources = run.source_topics();
    std::vector<TestRecord> outputs;
    auto keep = [&](const TestRecord& record) { outputs.push_back(record); };
    auto reads = [&](const std::string& topic) {
        return std::find(sources.begin(), sources.end(), topic) != sources.end();
    };
    // Runs of records of one topic go in together, as far as the batch size allows.
    for (size_t first = 0; first < inputs.size();) {
        size_t last = first;
        std::vector<TestRecord> records;
        while (last < inputs.size() && inputs[last].first == inputs[first].first) {
            records.push_back(inputs[last++].second);
        }
        if (reads(inputs[first].first)) run.pipe(inputs[first].first, records, keep);
        first = last;
    }
    for (const auto& topic : sources) {
        bool given = std::any_of(inputs.begin(), inputs.end(),
                                 [&](const auto& i) { return i.first == topic; });
        if (!given) run.pipe(topic, std::vector<TestRecord>(topics_[topic].records), keep);
    }
    auto& sink = topics_[run.sink_topic()].records;
    sink.insert(sink.end(), outputs.begin(), outputs.end());
}

}  // namespace millrace
