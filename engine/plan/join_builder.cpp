// Joins: which ones there are, what their sides must look like, and the tree of the one that is
// executed.
#include <set>

#include "engine/base/error.h"
#include "engine/plan/query_builder.h"

namespace millrace::plan {
namespace {

[[noreturn]] void refuse(const std::string& message, Position position = {}) {
    throw StatementError(ErrorKind::kStatement, message, position);
}

[[noreturn]] void not_yet(const std::string& what) {
    throw StatementError(ErrorKind::kNotYet, what + " is not supported by this server yet.");
}

std::string join_words_of(sql::JoinType type) {
    switch (type) {
        case sql::JoinType::kInner:
            return "[INNER] JOIN";
        case sql::JoinType::kLeft:
            return "LEFT [OUTER] JOIN";
        case sql::JoinType::kRight:
            return "RIGHT [OUTER] JOIN";
        case sql::JoinType::kOuter:
            break;
    }
    return "[FULL] OUTER JOIN";
}

std::string window_words(const AnalyzedSource& source) {
    return quote_identifier(source.source->name, true) + " is " +
           (source.source->windowed()
                ? std::string(window_type_name(source.source->window)) + " windowed"
                : "not windowed");
}

void check_windows(const AnalyzedSource& left, const AnalyzedSource& right) {
    const bool both_session = (left.source->window == WindowType::kSession) ==
                              (right.source->window == WindowType::kSession);
    if (left.source->windowed() != right.source->windowed()) {
        refuse("Can not join windowed source to non-windowed source.\n" + window_words(left) +
               "\n" + window_words(right));
    }
    if (!both_session) {
        refuse("Incompatible windowed sources.\nLeft source: " +
               std::string(window_type_name(left.source->window)) +
               "\nRight source: " + std::string(window_type_name(right.source->window)) +
               "\nSession windowed sources can only be joined to other session windowed sources, "
               "and may still "
               "not result in expected behaviour as session bounds must be an exact match for the "
               "join to work"
               "\nHopping and tumbling windowed sources can only be joined to other hopping and "
               "tumbling "
               "windowed sources");
    }
}

std::string criteria_text(const AnalyzedJoin& join) {
    return sql::print(join.left) + " = " + sql::print(join.right);
}

/// The right side when it is just the joined table's primary key.
bool is_primary_key(const sql::ExpressionPtr& expression, const Source& table) {
    const auto* column = expression->as<sql::ColumnRef>();
    return column && table.schema.key.size() == 1 && table.schema.key[0].name == column->name;
}

void check_stream_table(const AnalyzedJoin& join, const AnalyzedSource& left,
                        const AnalyzedSource& right) {
    if (join.within) {
        refuse(
            "A window definition was provided for a Stream-Table join. These joins are not "
            "windowed. Please "
            "remove the window definition (ie, the WITHIN clause) and try to execute your Join "
            "again.");
    }
    if (join.type == sql::JoinType::kOuter) {
        refuse("Invalid join type: full-outer join not supported for stream-table join. Got " +
               left.source->name + " " + join_words_of(join.type) + " " + right.source->name + ".");
    }
    if (join.type == sql::JoinType::kRight) {
        refuse("Invalid join type encountered: " + join_words_of(join.type) + ". Got " +
               left.source->name + " " + join_words_of(join.type) + " " + right.source->name + ".");
    }
    if (right.source->schema.key.size() > 1) {
        std::string keys;
        for (const auto& field : right.source->schema.key) {
            keys += (keys.empty() ? "" : ", ") + quote_identifier(field.name, true) + " " +
                    field.type->to_string() + " KEY";
        }
        refuse("JOINs are not supported with multiple key columns: [" + keys + "]");
    }
    if (!is_primary_key(join.right, *right.source)) {
        refuse(
            "Invalid join condition: stream-table joins require to join on the table's primary "
            "key. Got " +
            criteria_text(join) + ".");
    }
}

void check_stream_stream(const AnalyzedJoin& join) {
    if (join.within) return;
    refuse(
        "Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn "
        "about how to "
        "specify a WITHIN clause with a stream-stream join, please visit: "
        "https://docs.confluent.io/current/ksql/docs/"
        "syntax-reference.html#create-stream-as-select");
}

void check_table_table(const AnalyzedJoin& join, const AnalyzedSource& left,
                       const AnalyzedSource& right, bool chain) {
    if (join.within) {
        refuse(
            "A window definition was provided for a Table-Table join. These joins are not "
            "windowed. Please "
            "remove the window definition (i.e. the WITHIN clause) and try to execute your Join "
            "again.");
    }
    if (!is_primary_key(join.right, *right.source)) {
        refuse(
            "Invalid join condition: table-table joins require to join on the primary key of the "
            "right "
            "input table. Got " +
            criteria_text(join) + ".");
    }
    if (is_primary_key(join.left, *left.source)) return;
    if (chain) {
        refuse(
            "Invalid join condition: foreign-key table-table joins are not supported as part of "
            "n-way "
            "joins. Got " +
            criteria_text(join) + ".");
    }
    if (join.type == sql::JoinType::kRight) {
        refuse("Invalid join type: RIGHT OUTER JOIN on a foreign key is not supported. Got " +
               left.source->name + " " + join_words_of(join.type) + " " + right.source->name + ".");
    }
}

/// A side as a step with its prefix, with the system columns that the query names (they are the
/// side's own, and are columns from here on) and, for the table, a copy of its key (NULL when
/// nothing matches).
StepPtr build_side(const Analysis& analysis, const StepBuilder& builder, const AnalyzedSource& side,
                   bool left) {
    StepPtr scan =
        builder.source(side, left ? "KafkaTopic_Left/Source" : "KafkaTopic_Right/Source");
    if (!left) {
        auto copy = std::make_shared<Step>(*scan);
        std::get<SourceStep>(copy->node).always_earliest = true;
        scan = copy;
    }
    std::set<std::string> system;
    auto look = [&](const sql::ExpressionPtr& expression) {
        sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
            const auto* column = node->as<sql::ColumnRef>();
            if (column && column->source == side.alias && is_system_column(column->name)) {
                system.insert(column->name);
            }
        });
    };
    const sql::Query& query = analysis.query;
    for (const auto& item : query.select) {
        if (const auto* single = std::get_if<sql::SelectItem::Single>(&item.item))
            look(single->expression);
        if (const auto* fields = std::get_if<sql::SelectItem::StructStar>(&item.item))
            look(fields->base);
    }
    look(query.where);
    look(query.having);
    for (const auto& expression : query.group_by) look(expression);
    for (const auto& expression : query.partition_by) look(expression);
    for (const auto& join : analysis.joins) {
        look(join.left);
        look(join.right);
    }
    if (left && system.empty()) return scan;
    SelectStep node;
    for (const auto& field : scan->schema.key) node.key_names.push_back(field.name);
    for (const auto& field : scan->schema.value)
        node.values.push_back({field.name, column_expression(field.name)});
    for (const auto& name : system)
        node.values.push_back({side.prefix + name, column_expression(name)});
    if (!left) {
        for (const auto& field : scan->schema.key) {
            node.values.push_back({field.name, column_expression(field.name)});
        }
    }
    return builder.make(std::move(node), left ? "PrependAliasLeft" : "PrependAliasRight", {scan});
}

void check_types(const AnalyzedJoin& join, const SqlTypePtr& left, const SqlTypePtr& right) {
    if (same_type(left, right)) return;
    refuse("Invalid join condition: types don't match. Got " + sql::print(join.left) + "{" +
           left->to_string() + "} = " + sql::print(join.right) + "{" + right->to_string() + "}.");
}

void check_copartitioned(const Analysis& analysis, const StepBuilder& builder, size_t left,
                         size_t right) {
    const auto& partitions = builder.context().topic_partitions;
    if (!partitions) return;
    const Source& a = *analysis.sources[left].source;
    const Source& b = *analysis.sources[right].source;
    std::optional<int32_t> count_a = partitions(a.topic);
    std::optional<int32_t> count_b = partitions(b.topic);
    if (!count_a || !count_b || *count_a == *count_b) return;
    const std::string name_a = quote_identifier(a.name, true),
                      name_b = quote_identifier(b.name, true);
    refuse("Can't join " + name_a + " with " + name_b +
           " since the number of partitions don't match. " + name_a + " partitions = " +
           std::to_string(*count_a) + "; " + name_b + " partitions = " + std::to_string(*count_b) +
           ". Please repartition either one so that the number of partitions match.");
}

/// Every rule that needs no types, for each join of the chain.
void check_kinds(const Analysis& analysis) {
    bool left_is_table = analysis.first().source->is_table();
    const bool chain = analysis.joins.size() > 1;
    for (size_t i = 0; i < analysis.joins.size(); ++i) {
        const AnalyzedJoin& join = analysis.joins[i];
        const AnalyzedSource& right = analysis.sources[i + 1];
        const auto* column = join.left->as<sql::ColumnRef>();
        const AnalyzedSource* owner =
            column && column->source ? analysis.find(*column->source) : nullptr;
        const AnalyzedSource& left = owner ? *owner : analysis.first();
        const bool right_is_table = right.source->is_table();
        if (left_is_table && !right_is_table) {
            refuse(
                "Invalid join order: table-stream joins are not supported; only stream-table "
                "joins. Got " +
                analysis.first().source->name + " " + join_words_of(join.type) + " " +
                right.source->name + ".");
        }
        if (!left_is_table && right_is_table) check_stream_table(join, left, right);
        if (!left_is_table && !right_is_table) check_stream_stream(join);
        if (left_is_table && right_is_table) check_table_table(join, left, right, chain);
        check_windows(left, right);
    }
}

}  // namespace

StepPtr build_join(const Analysis& analysis, const StepBuilder& builder,
                   std::vector<std::string>& equivalents) {
    check_kinds(analysis);
    const AnalyzedJoin& join = analysis.joins[0];
    const AnalyzedSource& left_source = analysis.sources[0];
    const AnalyzedSource& right_source = analysis.sources[1];
    StepPtr left = build_side(analysis, builder, left_source, true);
    StepPtr right = build_side(analysis, builder, right_source, false);
    sql::ExpressionPtr left_key = analysis.to_step(join.left);
    sql::ExpressionPtr right_key = analysis.to_step(join.right);
    SqlTypePtr left_type = builder.type_of(left_key, *left, "JOIN ON");
    SqlTypePtr right_type = builder.type_of(right_key, *right, "JOIN ON");
    check_types(join, left_type, right_type);
    if (analysis.joins.size() > 1) not_yet("Joining more than two sources");
    if (!right_source.source->is_table()) not_yet("Joining two streams");
    if (left_source.source->is_table()) not_yet("Joining two tables");
    if (left->window != WindowType::kNone) not_yet("Joining windowed sources");

    const std::string* left_column = plain_column(left_key);
    const std::string& right_name = *plain_column(right_key);
    const std::string key_name = left_column ? *left_column : right_name;
    const bool on_its_key =
        left_column && left->schema.key.size() == 1 && left->schema.key[0].name == *left_column;
    if (on_its_key) {
        check_copartitioned(analysis, builder, 0, 1);
    } else {
        left = builder.make(SelectKeyStep{{{key_name, left_key}}}, "LeftSourceKeyed", {left},
                            "JOIN ON");
    }
    if (left_column) equivalents.push_back(*left_column);
    equivalents.push_back(right_name);
    StreamTableJoinStep node;
    node.type = join.type;
    node.key_name = key_name;
    node.table_store = "KafkaTopic_Right-Reduce";
    return builder.make(std::move(node), "Join", {left, right});
}

}  // namespace millrace::plan
