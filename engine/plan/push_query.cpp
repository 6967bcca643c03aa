// SELECT … EMIT CHANGES: a query whose rows go to one client.
#include "engine/base/error.h"
#include "engine/plan/lower.h"
#include "engine/plan/optimizer.h"
#include "engine/plan/planner.h"
#include "engine/plan/query_builder.h"

namespace millrace::plan {

PlannedQuery plan_push_query(const sql::Query& query, const std::string& text,
                             const std::string& query_id, const PlanningContext& context) {
    if (query.limit && *query.limit < 0) {
        refuse("Push queries don't support negative integers in the LIMIT clause.");
    }
    Analysis analysis = analyze(query, context, QueryUse::kPush);
    StepBuilder builder(context);
    LogicalQuery logical = build_query(analysis, builder, "");
    StepPtr physical = lower(optimize(logical.root, builder), builder, {});
    StepPtr root = builder.make(PushStep{query.limit}, "Push", {physical});
    verify(root, builder, "lowering");

    auto plan = std::make_shared<PhysicalPlan>();
    plan->kind = QueryKind::kPush;
    plan->query_id = query_id;
    plan->statement = text;
    plan->root = root;
    for (const auto& source : analysis.sources) plan->source_names.push_back(source.source->name);
    plan->properties = context.config.query_overrides();
    PlannedQuery planned;
    planned.plan = plan;
    planned.output.value = root->schema.value;
    planned.statement_text = text;
    return planned;
}

}  // namespace millrace::plan
