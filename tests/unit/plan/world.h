// A catalogue and topics to plan against, filled by statements as text.
#pragma once

#include <map>
#include <string>

#include "engine/functions/registry.h"
#include "engine/plan/explain.h"
#include "engine/plan/planner.h"
#include "engine/sql/parser.h"

namespace millrace::plan {

class World {
public:
    std::map<std::string, int32_t> topics;
    std::map<std::string, std::string> properties;
    std::map<std::string, std::shared_ptr<const PhysicalPlan>> plans;
    CatalogPtr catalog = Catalog::empty();
    int64_t next_query = 0;

    PlanningContext context() const {
        PlanningContext context;
        context.catalog = catalog;
        context.functions = &FunctionRegistry::builtin();
        context.config = Config().with(properties);
        context.topic_partitions = [this](const std::string& topic) -> std::optional<int32_t> {
            auto found = topics.find(topic);
            return found == topics.end() ? std::nullopt : std::optional<int32_t>(found->second);
        };
        context.topic_replicas = [](const std::string&) -> std::optional<int16_t> {
            return int16_t{1};
        };
        context.next_query_number = next_query;
        return context;
    }

    sql::Statement parse(const std::string& text) const {
        sql::ParseOptions options;
        options.custom_type = [this](const std::string& name) { return catalog->find_type(name); };
        return sql::parse_statement({text, {1, 1}}, options);
    }

    PlannedQuery finish(PlannedQuery planned) {
        if (planned.sink) {
            catalog = catalog->changed([&](Catalog& c) { c.put_source(planned.sink); });
            topics.emplace(planned.sink_topic->name, planned.sink_topic->partitions);
        }
        plans[planned.plan->query_id] = planned.plan;
        ++next_query;
        return planned;
    }

    PlannedCreateSource create(const std::string& text) {
        sql::Statement statement = parse(text);
        PlannedCreateSource planned =
            plan_create_source(*statement.as<sql::CreateSource>(), text, context());
        catalog = catalog->changed([&](Catalog& c) { c.put_source(planned.source); });
        topics.emplace(planned.topic.name, planned.topic.partitions);
        if (planned.query) plans[planned.query->query_id] = planned.query;
        return planned;
    }

    PlannedQuery query(const std::string& text) {
        sql::Statement statement = parse(text);
        if (const auto* as = statement.as<sql::CreateAsSelect>()) {
            return finish(plan_create_as_select(*as, text, context()));
        }
        if (const auto* insert = statement.as<sql::InsertIntoSelect>()) {
            return finish(plan_insert_into(*insert, text, context()));
        }
        const auto* select = statement.as<sql::QueryStatement>();
        return plan_push_query(select->query, text, "transient_1", context());
    }

    std::string explain(const std::string& text) { return explain_plan(*query(text).plan); }

    /// The message of what planning throws, or "".
    std::string refusal(const std::string& text) {
        try {
            sql::Statement statement = parse(text);
            if (statement.as<sql::CreateSource>()) {
                create(text);
            } else {
                query(text);
            }
        } catch (const StatementError& error) {
            return error.what();
        }
        return "";
    }
};

}  // namespace millrace::plan
