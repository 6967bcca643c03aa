#include "engine/plan/pull_predicate.h"

#include <algorithm>
#include <set>

#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/plan/bind/bound_expression.h"
#include "engine/plan/step_builder.h"
#include "engine/plan/with_properties.h"
#include "engine/types/casts.h"

namespace millrace::plan {
namespace {

constexpr size_t kMaxDisjuncts = 10'000;

constexpr const char* kWhereHelp =
    "\nPull queries require a WHERE clause that:\n - includes a key equality expression, e.g. "
    "`SELECT * FROM X "
    "WHERE <key-column> = Y;`.\n - in the case of a multi-column key, is a conjunction of equality "
    "expressions "
    "that cover all key columns.\n - to support range expressions, e.g.,  SELECT * FROM X WHERE "
    "<key-column> < "
    "Y;`, range scans need to be enabled by setting ksql.query.pull.range.scan.enabled=true\nIf "
    "more flexible "
    "queries are needed, , table scans can be enabled by setting "
    "ksql.query.pull.table.scan.enabled=true.";

[[noreturn]] void refuse_where(const std::string& message) {
    refuse(pull_refusal(message + ". ") + kWhereHelp);
}

/// A conjunction of comparisons and LIKEs.
using Conjunct = std::vector<sql::ExpressionPtr>;

sql::ExpressionPtr compare(sql::CompareOp op, const sql::ExpressionPtr& left,
                           const sql::ExpressionPtr& right) {
    return sql::make_expression(sql::Comparison{op, left, right}, left->position);
}

std::vector<Conjunct> disjuncts_of(const sql::ExpressionPtr& expression) {
    if (const auto* logic = expression->as<sql::Logic>()) {
        std::vector<Conjunct> left = disjuncts_of(logic->left), right = disjuncts_of(logic->right);
        if (logic->op == sql::LogicOp::kOr) {
            left.insert(left.end(), right.begin(), right.end());
            return left;
        }
        if (left.size() * right.size() > kMaxDisjuncts) {
            refuse_where("The WHERE clause has too many alternatives");
        }
        std::vector<Conjunct> both;
        for (const auto& a : left) {
            for (const auto& b : right) {
                both.push_back(a);
                both.back().insert(both.back().end(), b.begin(), b.end());
            }
        }
        return both;
    }
    if (const auto* between = expression->as<sql::Between>(); between && !between->negated) {
        return {{compare(sql::CompareOp::kGreaterEqual, between->operand, between->low),
                 compare(sql::CompareOp::kLessEqual, between->operand, between->high)}};
    }
    if (const auto* in = expression->as<sql::InList>(); in && !in->negated) {
        std::vector<Conjunct> out;
        for (const auto& value : in->list)
            out.push_back({compare(sql::CompareOp::kEqual, in->operand, value)});
        return out;
    }
    if (expression->as<sql::Comparison>() || expression->as<sql::Like>()) return {{expression}};
    refuse_where("Unsupported expression in WHERE clause: " + sql::print(expression));
}

sql::CompareOp mirrored(sql::CompareOp op) {
    switch (op) {
        case sql::CompareOp::kLess:
            return sql::CompareOp::kGreater;
        case sql::CompareOp::kLessEqual:
            return sql::CompareOp::kGreaterEqual;
        case sql::CompareOp::kGreater:
            return sql::CompareOp::kLess;
        case sql::CompareOp::kGreaterEqual:
            return sql::CompareOp::kLessEqual;
        default:
            return op;
    }
}

bool has_columns(const sql::ExpressionPtr& expression) {
    std::vector<std::string> names;
    add_column_names(expression, names);
    return !names.empty();
}

/// `column op constant`, whichever way round it was written.
struct ColumnTest {
    std::string column;
    sql::CompareOp op;
    sql::ExpressionPtr constant;
};

std::optional<ColumnTest> column_test(const sql::ExpressionPtr& expression) {
    const auto* comparison = expression->as<sql::Comparison>();
    if (!comparison) return std::nullopt;
    if (const std::string* name = plain_column(comparison->left);
        name && !has_columns(comparison->right)) {
        return ColumnTest{*name, comparison->op, comparison->right};
    }
    if (const std::string* name = plain_column(comparison->right);
        name && !has_columns(comparison->left)) {
        return ColumnTest{*name, mirrored(comparison->op), comparison->left};
    }
    return std::nullopt;
}

class Predicate {
public:
    Predicate(const PlanningContext& context, const ConstantValue& evaluate, PullPlan& plan)
        : context_(context), evaluate_(evaluate), plan_(plan) {}

    void analyze(const sql::ExpressionPtr& where) {
        std::vector<Conjunct> disjuncts = disjuncts_of(where);
        std::optional<std::string> why_scan;
        for (const auto& disjunct : disjuncts) {
            KeyTests tests = key_tests(disjunct);
            why_scan = tests.ranges.empty() ? tests.why_scan : find_range(tests, disjuncts.size());
            if (why_scan || !tests.ranges.empty()) break;
            if (std::find(plan_.keys.begin(), plan_.keys.end(), tests.key) == plan_.keys.end())
                plan_.keys.push_back(std::move(tests.key));
        }
        if (why_scan) {
            plan_.keys.clear();
            if (!context_.config.get<"ksql.query.pull.table.scan.enabled">())
                refuse_where(*why_scan);
        }
        // With alternatives each may bound other windows: the filter sorts that out.
        for (const auto& disjunct : disjuncts) bound_windows(disjunct, disjuncts.size() == 1);
    }

private:
    BoundPtr bound(const sql::ExpressionPtr& expression) const {
        ColumnScope none(Schema{}, false);
        BindOptions options;
        options.functions = context_.functions;
        options.clause = "WHERE";
        options.config = context_.config;
        return plan::bind(expression, none, options);
    }

    /// What a disjunct says of the key.
    struct KeyTests {
        std::vector<Value> key;          ///< All of it, where every column is told by `=`.
        std::vector<ColumnTest> ranges;  ///< Else, where every column is told: those by `<` etc.
        std::optional<std::string> why_scan;  ///< Else: why every row has to be looked at.
    };

    KeyTests key_tests(const Conjunct& disjunct) const {
        const std::vector<Field>& columns = plan_.source->schema.key;
        std::vector<std::optional<Value>> found(columns.size());
        std::vector<bool> named(columns.size());
        std::string specified;
        KeyTests out;
        for (const auto& part : disjunct) {
            std::optional<ColumnTest> test = column_test(part);
            if (!test) {
                if (!out.why_scan) out.why_scan = no_column_test(part);
                continue;
            }
            for (size_t i = 0; i < columns.size(); ++i) {
                if (columns[i].name != test->column) continue;
                if (test->op != sql::CompareOp::kEqual && !is_range(test->op)) {
                    out.ranges.clear();
                    out.why_scan =
                        "Bound on key columns '[" + key_text() + "]' must currently be '='";
                    return out;
                }
                if (!named[i]) specified += (specified.empty() ? "" : ", ") + columns[i].name;
                named[i] = true;
                Value value = key_value(columns[i], *test, part);
                if (is_range(test->op)) {
                    out.ranges.push_back(*test);
                } else if (!found[i]) {
                    // Two different values of one column: nothing matches, the filter says so.
                    found[i] = std::move(value);
                }
            }
        }
        if (std::all_of(found.begin(), found.end(), [](const auto& v) { return v.has_value(); })) {
            for (auto& value : found) out.key.push_back(std::move(*value));
            out.ranges.clear();
            out.why_scan.reset();
            return out;
        }
        if (std::find(named.begin(), named.end(), false) == named.end()) return out;
        out.ranges.clear();
        if (!out.why_scan) out.why_scan = missing_key(disjunct, specified);
        return out;
    }

    static bool is_range(sql::CompareOp op) {
        using sql::CompareOp;
        return op == CompareOp::kLess || op == CompareOp::kLessEqual || op == CompareOp::kGreater ||
               op == CompareOp::kGreaterEqual;
    }

    /// Why the part says nothing of a key column, if that is what it is about.
    std::optional<std::string> no_column_test(const sql::ExpressionPtr& part) const {
        if (const auto* like = part->as<sql::Like>()) {
            if (plain_column(like->operand)) return std::nullopt;
            return "Like condition must be between strings";
        }
        const auto* comparison = part->as<sql::Comparison>();
        const std::string* left = plain_column(comparison->left);
        const std::string* right = plain_column(comparison->right);
        if (!left && !right) return "A comparison must directly reference a key column";
        for (const auto& column : plan_.source->schema.key) {
            if ((left && *left == column.name) || (right && *right == column.name))
                return "A comparison must be between a key column and a resolvable expression";
        }
        return std::nullopt;
    }

    std::string missing_key(const Conjunct& disjunct, const std::string& specified) const {
        if (specified.empty()) {
            std::string text;
            for (const auto& part : disjunct)
                text += (text.empty() ? "" : " AND ") + sql::print(part);
            return "WHERE clause missing key column for disjunct: " + text;
        }
        return "Multi-column sources must specify every key in the WHERE clause. Specified: [" +
               specified + "] Expected: [" + key_text() + "]";
    }

    /// Plans a scan of a part of the table, or says why it must be all of it. The store's order is
    /// that of SQL; which keys may have a range is ksqlDB's rule.
    std::optional<std::string> find_range(const KeyTests& tests, size_t num_disjuncts) {
        const std::vector<Field>& columns = plan_.source->schema.key;
        const bool ordered =
            columns.size() == 1 && !plan_.source->windowed() &&
            (columns[0].type->is(BaseType::kString) || columns[0].type->is(BaseType::kBytes));
        const bool alone = num_disjuncts == 1;
        const bool scans = context_.config.get<"ksql.query.pull.table.scan.enabled">();
        if (columns.size() == 1 && !scans && !(alone && tests.ranges.size() == 1)) {
            return "A comparison condition on the key column cannot be combined with other "
                   "comparisons such as an IN predicate";
        }
        if (!ordered || !alone || !context_.config.get<"ksql.query.pull.range.scan.enabled">()) {
            return "Query requires table scan to be enabled. Table scans can be enabled by setting "
                   "ksql.query.pull.table.scan.enabled=true";
        }
        for (const auto& test : tests.ranges) add_range(columns[0], test);
        return std::nullopt;
    }

    /// Of two bounds on the same side one is enough: the filter has both.
    void add_range(const Field& column, const ColumnTest& test) {
        using sql::CompareOp;
        PullPlan::KeyRange& range = plan_.key_range;
        Value value = key_value(column, test, test.constant);
        if (test.op == CompareOp::kLess || test.op == CompareOp::kLessEqual) {
            range.upper = std::move(value);
            range.upper_inclusive = test.op == CompareOp::kLessEqual;
        } else {
            range.lower = std::move(value);
            range.lower_inclusive = test.op == CompareOp::kGreaterEqual;
        }
    }

    std::string key_text() const {
        std::string out;
        for (const auto& column : plan_.source->schema.key) {
            out += (out.empty() ? "" : ", ") + quote_identifier(column.name, true) + " " +
                   column.type->to_string() + " KEY";
        }
        return out;
    }

    Value key_value(const Field& column, const ColumnTest& test,
                    const sql::ExpressionPtr& part) const {
        BoundPtr constant = bound(test.constant);
        Value value = constant->type ? evaluate_(constant) : Value();
        if (value.is_null()) {
            refuse(pull_refusal("Primary key columns can not be NULL: " + sql::print(part) + ". ") +
                   kWhereHelp);
        }
        std::optional<Value> coerced =
            coerce_value(value, *constant->type, *column.type, Coercion::kStrict);
        if (coerced) return *coerced;
        refuse_where("'" + value_to_text(value, *constant->type) +
                     "' can not be converted to the type of the key column: " +
                     quote_identifier(column.name, true) + " " + column.type->to_string() + " KEY");
    }

    void bound_windows(const Conjunct& disjunct, bool apply) {
        std::set<std::pair<std::string, sql::CompareOp>> seen;
        for (const auto& part : disjunct) {
            std::optional<ColumnTest> test = column_test(part);
            if (!test) continue;
            if (test->column != pseudo::kWindowstart && test->column != pseudo::kWindowend)
                continue;
            const int64_t time = window_time(test->constant);
            switch (test->op) {
                case sql::CompareOp::kEqual:
                case sql::CompareOp::kLess:
                case sql::CompareOp::kLessEqual:
                case sql::CompareOp::kGreater:
                case sql::CompareOp::kGreaterEqual:
                    break;
                default:
                    refuse_where("Unsupported " + test->column +
                                 " bounds: " + compare_name(test->op));
            }
            check_combination(*test, part, seen);
            if (apply) add_bound(*test, time);
        }
    }

    static void check_combination(const ColumnTest& test, const sql::ExpressionPtr& part,
                                  std::set<std::pair<std::string, sql::CompareOp>>& seen) {
        using sql::CompareOp;
        auto direction = [](CompareOp op) {
            if (op == CompareOp::kLessEqual) return CompareOp::kLess;
            if (op == CompareOp::kGreaterEqual) return CompareOp::kGreater;
            return op;
        };
        const CompareOp op = direction(test.op);
        const bool equal_seen = seen.count({test.column, CompareOp::kEqual}) > 0;
        const bool other_seen = seen.count({test.column, CompareOp::kLess}) > 0 ||
                                seen.count({test.column, CompareOp::kGreater}) > 0;
        if (equal_seen || (op == CompareOp::kEqual && other_seen)) {
            refuse_where("`" + sql::print(part) + "` cannot be combined with other " + test.column +
                         " bounds");
        }
        if (!seen.insert({test.column, op}).second) {
            refuse_where("Duplicate " + test.column + " bounds on: " + compare_name(op));
        }
    }

    int64_t window_time(const sql::ExpressionPtr& expression) const {
        BoundPtr constant = bound(expression);
        Value value = constant->type ? evaluate_(constant) : Value();
        if (!value.is_null() && constant->type->is(BaseType::kString)) {
            if (auto time = parse_timestamp(value.as_string())) return *time;
            refuse_where("Failed to parse datetime: " + value.as_string());
        }
        if (value.holds<int32_t>()) return value.as_int();
        if (value.holds<int64_t>()) return value.as_long();
        refuse_where(
            "Window bounds must resolve to an INT, BIGINT, or STRING containing a datetime.");
    }

    void add_bound(const ColumnTest& test, int64_t time) {
        PullPlan::Bound& bound =
            test.column == pseudo::kWindowstart ? plan_.window_start : plan_.window_end;
        using sql::CompareOp;
        if (test.op == CompareOp::kEqual || test.op == CompareOp::kGreater ||
            test.op == CompareOp::kGreaterEqual) {
            bound.lower = time;
            bound.lower_inclusive = test.op != CompareOp::kGreater;
        }
        if (test.op == CompareOp::kEqual || test.op == CompareOp::kLess ||
            test.op == CompareOp::kLessEqual) {
            bound.upper = time;
            bound.upper_inclusive = test.op != CompareOp::kLess;
        }
    }

    const PlanningContext& context_;
    const ConstantValue& evaluate_;
    PullPlan& plan_;
};

}  // namespace

std::string pull_refusal(const std::string& message) {
    return message +
           " See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue "
           "a push query.";
}

void analyze_pull_predicate(const sql::ExpressionPtr& where, const PlanningContext& context,
                            const ConstantValue& evaluate, PullPlan& plan) {
    if (!where) {
        if (context.config.get<"ksql.query.pull.table.scan.enabled">()) return;
        refuse(pull_refusal("Missing WHERE clause. ") + kWhereHelp);
    }
    Predicate(context, evaluate, plan).analyze(where);
}

}  // namespace millrace::plan
