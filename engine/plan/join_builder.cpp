// Joins: which ones there are, what their sides must look like, and the tree of the one that is
// executed.
#include <algorithm>
#include <set>

#include "engine/base/error.h"
#include "engine/plan/query_builder.h"
#include "engine/sql/duration.h"
#include "engine/types/format_traits.h"

namespace millrace::plan {
namespace {

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
    const std::string left = sql::print(join.left), right = sql::print(join.right);
    return join.swapped ? right + " = " + left : left + " = " + right;
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

/// Only the first join of a chain may be on a foreign key.
[[noreturn]] void refuse_chained_foreign_key(const AnalyzedJoin& join) {
    refuse(
        "Invalid join condition: foreign-key table-table joins are not supported as part of n-way "
        "joins. Got " +
        criteria_text(join) + ".");
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
    if (chain) refuse_chained_foreign_key(join);
    if (join.type == sql::JoinType::kRight || join.type == sql::JoinType::kOuter) {
        const bool right_join = join.type == sql::JoinType::kRight;
        refuse(std::string("Invalid join type: ") + (right_join ? "RIGHT" : "FULL") +
               " OUTER JOIN on a foreign key is not supported. Got " + left.source->name + " " +
               join_words_of(join.type) + " " + right.source->name + ".");
    }
    if (left.source->windowed() || right.source->windowed()) {
        refuse(
            "Invalid join condition: foreign-key table-table joins are not supported on windowed "
            "tables. Got " +
            criteria_text(join) + ".");
    }
}

/// The system columns of a side that the query names: they are the side's own, and are columns from
/// its source on.
std::set<std::string> system_columns(const Analysis& analysis, const AnalyzedSource& side) {
    std::set<std::string> system;
    const sql::Query& query = analysis.query;
    visit_query_expressions(query, [&](const sql::ExpressionPtr& node) {
        const auto* column = node->as<sql::ColumnRef>();
        if (column && column->source == side.alias && is_system_column(column->name))
            system.insert(column->name);
    });
    for (const auto& item : query.select) {
        // The star of a join shows the windows of its sides.
        const bool star = std::holds_alternative<sql::SelectItem::Star>(item.item);
        if (star && side.source->windowed()) {
            system.insert(std::string(pseudo::kWindowstart));
            system.insert(std::string(pseudo::kWindowend));
        }
        // The star of a join that is keyed anew has them, too: there they are columns by then.
        if (star && !query.partition_by.empty()) {
            for (const auto& name : row_columns()) system.insert(std::string(name));
        }
    }
    return system;
}

/// What makes the steps of one join, the index-th of the chain: their names begin with an L_ for
/// each join that comes after it.
struct JoinPlace {
    const Analysis& analysis;
    const StepBuilder& builder;
    size_t index;

    const AnalyzedJoin& join() const { return analysis.joins[index]; }
    std::string name(const std::string& stem) const {
        std::string out;
        for (size_t i = index + 1; i < analysis.joins.size(); ++i) out += "L_";
        return out + stem;
    }
};

/// A source as a step, with its prefix.
StepPtr build_side(const JoinPlace& place, const AnalyzedSource& side, bool left) {
    StepPtr scan = place.builder.source(
        side, place.name(left ? "KafkaTopic_Left/Source" : "KafkaTopic_Right/Source"));
    if (side.source->is_table()) {
        auto copy = std::make_shared<Step>(*scan);
        std::get<SourceStep>(copy->node).always_earliest = true;
        scan = copy;
    }
    const std::set<std::string> system = system_columns(place.analysis, side);
    if (system.empty()) return scan;
    SelectStep node;
    for (const auto& field : scan->schema.key) node.key_names.push_back(field.name);
    for (const auto& field : scan->schema.value)
        node.values.push_back({field.name, column_expression(field.name)});
    for (const auto& name : system)
        node.values.push_back({side.prefix + name, column_expression(name)});
    return place.builder.make(std::move(node),
                              place.name(left ? "PrependAliasLeft" : "PrependAliasRight"), {scan});
}

/// The side under the join's key name. A key of another name stays readable as a value column: it
/// is NULL where the side has no row.
StepPtr with_key_name(const JoinPlace& place, const StepPtr& side, const std::string& key_name,
                      bool left) {
    const std::string& old_name = side->schema.key.at(0).name;
    if (old_name == key_name) return side;
    SelectStep node;
    node.key_names = {key_name};
    for (const auto& field : side->schema.value)
        node.values.push_back({field.name, column_expression(field.name)});
    if (!side->schema.find_value(old_name))
        node.values.push_back({old_name, column_expression(old_name)});
    return place.builder.make(std::move(node),
                              place.name(left ? "PrependAliasLeft" : "PrependAliasRight"), {side});
}

StepPtr rekeyed(const JoinPlace& place, const StepPtr& side, const std::string& key_name,
                const sql::ExpressionPtr& key, bool left) {
    if (side->window != WindowType::kNone) refuse_windowed_repartition();
    return place.builder.make(SelectKeyStep{{{key_name, key}}},
                              place.name(left ? "LeftSourceKeyed" : "RightSourceKeyed"), {side},
                              "JOIN ON");
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
        if (left_is_table && right_is_table) check_table_table(join, left, right, i > 0);
        check_windows(left, right);
    }
}

/// What has been joined so far.
struct JoinTree {
    StepPtr step;
    std::vector<sql::ExpressionPtr> equivalents;  ///< What holds the same as its key.
    /// The source whose topic has the partitions that the tree's rows are in.
    size_t partitions_of = 0;
};

/// A key that no source's column is.
std::string synthetic_key(const Analysis& analysis) {
    auto used = [&](const std::string& name) {
        return std::any_of(
            analysis.sources.begin(), analysis.sources.end(), [&](const AnalyzedSource& side) {
                if (name.rfind(side.prefix, 0) != 0) return false;
                const std::string own = name.substr(side.prefix.size());
                return side.source->schema.find_key(own) || side.source->schema.find_value(own);
            });
    };
    std::string name = "ROWKEY";
    for (int i = 1; used(name); ++i) name = "ROWKEY_" + std::to_string(i);
    return name;
}

bool on_key(const JoinTree& tree, const sql::ExpressionPtr& expression) {
    return tree.step->schema.key.size() == 1 &&
           std::any_of(tree.equivalents.begin(), tree.equivalents.end(),
                       [&](const auto& one) { return sql::same_expression(one, expression); });
}

/// The name of the key of the join's result; `out` gets what holds the same.
std::string name_key(const JoinPlace& place, const JoinTree& tree,
                     const sql::ExpressionPtr& left_key, const sql::ExpressionPtr& right_key,
                     JoinTree& out) {
    const sql::JoinType type = place.join().type;
    if (type != sql::JoinType::kOuter) {
        out.equivalents = {left_key};
        if (on_key(tree, left_key)) out.equivalents = tree.equivalents;
        out.equivalents.push_back(right_key);
        // A side that may be missing cannot give the key its name: there its column is NULL.
        const std::string* right_column = plain_column(right_key);
        if (right_column && type == sql::JoinType::kRight) return *right_column;
        if (on_key(tree, left_key)) return tree.step->schema.key[0].name;
        for (const auto& one : out.equivalents) {
            if (const std::string* column = plain_column(one)) return *column;
        }
    }
    std::string name = synthetic_key(place.analysis);
    if (type == sql::JoinType::kOuter) out.equivalents.clear();
    out.equivalents.push_back(column_expression(name));
    return name;
}

Step::Node join_node(const JoinPlace& place, const std::string& key_name, bool left_is_table,
                     bool right_is_table) {
    const AnalyzedJoin& join = place.join();
    if (left_is_table) {
        return TableTableJoinStep{join.type, key_name, "", ""};
    }
    if (right_is_table) return StreamTableJoinStep{join.type, key_name, ""};
    constexpr int64_t kDayMs = 86'400'000;
    const sql::Within& within = *join.within;
    StreamStreamJoinStep node;
    node.type = join.type;
    node.key_name = key_name;
    node.before_ms = std::min(within.before_ms, sql::kForeverMs);
    node.after_ms = std::min(within.after_ms, sql::kForeverMs);
    if (node.before_ms < 0 || node.after_ms < 0) refuse("Window interval must not be negative");
    const int64_t default_grace = std::max<int64_t>(kDayMs - 2 * node.before_ms, 0);
    node.grace_ms = std::min(within.grace_ms.value_or(default_grace), sql::kForeverMs);
    if (node.grace_ms < 0) refuse("Grace period must not be negative");
    if (within.grace_ms && join.type != sql::JoinType::kInner) node.held_store.emplace();
    return node;
}

/// The left table's rows keep their key. The name that the foreign key has meanwhile is nobody's.
JoinTree add_foreign_key_join(const JoinPlace& place, const JoinTree& tree,
                              const sql::ExpressionPtr& left_key, const StepPtr& right_source) {
    const std::string foreign_key = "KSQL_FOREIGN_KEY";
    const sql::JoinType type = place.join().type;
    SelectStep select;
    for (const auto& field : tree.step->schema.key) select.key_names.push_back(field.name);
    for (const auto& field : tree.step->schema.value)
        select.values.push_back({field.name, column_expression(field.name)});
    select.values.push_back({foreign_key, left_key});
    StepPtr left = place.builder.make(std::move(select), place.name("PrependAliasLeft"),
                                      {tree.step}, "JOIN ON");
    StepPtr messages =
        place.builder.make(ForeignKeySubscribeStep{foreign_key, type == sql::JoinType::kLeft},
                           place.name("LeftSourceKeyed"), {left});
    StepPtr right = with_key_name(place, right_source, foreign_key, false);
    ForeignKeyLookupStep lookup;
    lookup.type = type;
    lookup.num_left_keys = tree.step->schema.key.size();
    StepPtr answers =
        place.builder.make(std::move(lookup), place.name("ForeignKeyLookup"), {messages, right});
    JoinTree out = tree;
    out.step = place.builder.make(ForeignKeyResultStep{}, place.name("ForeignKeyJoin"), {answers});
    return out;
}

JoinTree add_join(const JoinPlace& place, JoinTree tree) {
    const AnalyzedJoin& join = place.join();
    const AnalyzedSource& right_source = place.analysis.sources[place.index + 1];
    StepPtr right = build_side(place, right_source, false);
    const sql::ExpressionPtr left_key = place.analysis.to_step(join.left);
    const sql::ExpressionPtr right_key = place.analysis.to_step(join.right);
    check_types(join, place.builder.type_of(left_key, StepBuilder::scope_of(*tree.step), "JOIN ON"),
                place.builder.type_of(right_key, StepBuilder::scope_of(*right), "JOIN ON"));
    const bool left_is_table = tree.step->is_table, right_is_table = right->is_table;

    const std::string* right_column = plain_column(right_key);
    const bool left_on_key = on_key(tree, left_key);
    const bool right_on_key =
        right_column && right->schema.key.size() == 1 && right->schema.key[0].name == *right_column;
    if (left_is_table && !left_on_key) {
        if (place.index > 0) refuse_chained_foreign_key(join);
        return add_foreign_key_join(place, tree, left_key, right);
    }
    JoinTree out;
    const std::string key_name = name_key(place, tree, left_key, right_key, out);
    // Equal keys in windows of another kind are other bytes.
    if (tree.step->window != right->window || tree.step->window_size_ms != right->window_size_ms)
        refuse_windowed_repartition();
    if (left_on_key && right_on_key)
        check_copartitioned(place.analysis, place.builder, tree.partitions_of, place.index + 1);
    out.partitions_of = left_on_key || !right_on_key ? tree.partitions_of : place.index + 1;
    StepPtr left = left_on_key ? with_key_name(place, tree.step, key_name, true)
                               : rekeyed(place, tree.step, key_name, left_key, true);
    right = right_on_key ? with_key_name(place, right, key_name, false)
                         : rekeyed(place, right, key_name, right_key, false);
    out.step = place.builder.make(join_node(place, key_name, left_is_table, right_is_table),
                                  place.name("Join"), {left, right});
    check_no_map_keys(out.step->schema.key);
    return out;
}

}  // namespace

StepPtr build_join(const Analysis& analysis, const StepBuilder& builder,
                   std::vector<std::string>& equivalents) {
    check_kinds(analysis);
    JoinTree tree;
    tree.step = build_side({analysis, builder, 0}, analysis.first(), true);
    for (const Field& field : tree.step->schema.key)
        tree.equivalents.push_back(column_expression(field.name));
    for (size_t i = 0; i < analysis.joins.size(); ++i)
        tree = add_join({analysis, builder, i}, std::move(tree));
    for (const auto& one : tree.equivalents) {
        if (const std::string* column = plain_column(one)) equivalents.push_back(*column);
    }
    return tree.step;
}

}  // namespace millrace::plan
