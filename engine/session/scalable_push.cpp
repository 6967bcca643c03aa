#include "engine/session/scalable_push.h"

#include <algorithm>
#include <random>

#include "engine/base/uuid.h"
#include "engine/config/consumer_settings.h"
#include "engine/config/get.h"
#include "engine/sql/expression.h"

namespace millrace {

namespace {

/// Their place in the topic is not known to whom the rows are forwarded.
bool names_place(const sql::Query& query) {
    bool found = false;
    auto look = [&](const sql::ExpressionPtr& expression) {
        if (!expression) return;
        sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
            const auto* column = node->as<sql::ColumnRef>();
            found = found || (column && (column->name == pseudo::kRowpartition ||
                                         column->name == pseudo::kRowoffset));
        });
    };
    for (const auto& item : query.select) {
        if (const auto* single = std::get_if<sql::SelectItem::Single>(&item.item))
            look(single->expression);
    }
    look(query.where);
    return found;
}

}  // namespace

bool is_scalable_push(const sql::Query& query, const plan::PlanningContext& context) {
    const Config& config = context.config;
    if (!config.get<"ksql.query.push.v2.enabled">() ||
        !config.get<"ksql.query.push.v2.registry.installed">())
        return false;
    if (consumer_offset_reset(config).value_or("latest") != "latest") return false;
    const bool plain = query.emit == sql::EmitKind::kChanges && query.joins.empty() &&
                       !query.window && query.group_by.empty() && query.partition_by.empty() &&
                       !query.having;
    if (!plain || names_place(query)) return false;
    const auto& queries = context.catalog->queries();
    return std::count_if(queries.begin(), queries.end(), [&](const auto& writer) {
               return writer.plan->sink_name == query.from.name;
           }) == 1;
}

std::string scalable_push_id() {
    static thread_local std::mt19937_64 random{std::random_device{}()};
    return "SCALABLE_PUSH_QUERY_" + random_uuid(random);
}

sql::Query scalable_push_query(const sql::Query& query, const plan::PlanningContext& context) {
    sql::Query out = query;
    const SourcePtr source = context.catalog->find_source(query.from.name);
    // Of several key columns any may be NULL.
    if (!source || source->schema.key.size() != 1) return out;
    const auto key = sql::make_expression(
        sql::ColumnRef{query.from.alias.value_or(query.from.name), source->schema.key[0].name},
        query.position);
    const auto keyed = sql::make_expression(sql::IsNull{key, true}, query.position);
    out.where = out.where ? sql::make_expression(sql::Logic{sql::LogicOp::kAnd, keyed, out.where},
                                                 query.position)
                          : keyed;
    return out;
}

}  // namespace millrace
