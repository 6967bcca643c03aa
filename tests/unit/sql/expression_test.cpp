#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/sql/parse_support.h"

using namespace millrace;
using namespace millrace::sql;

TEST_CASE("expressions print as ksqlDB prints them", "[sql][expression]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"a + 1", "(A + 1)"},
        {"a + b * c - d / e % f", "((A + (B * C)) - ((D / E) % F))"},
        {"(a + b) * c", "((A + B) * C)"},
        {"a || 'x' || b", "((A || 'x') || B)"},
        {"a || b + c", "(A || (B + C))"},
        {"-a", "-A"},
        {"+a", "+A"},
        {"- -a", "- -A"},
        {"-(1)", "-(1)"},
        {"- -1", "- -1"},
        {"+ +1", "++1"},
        {"-a * b", "(-A * B)"},
        {"1 - -1", "(1 - -1)"},
        {"1-1", "(1 - 1)"},
        {"page LIKE '/m/%'", "(PAGE LIKE '/m/%')"},
        {"page NOT LIKE 'a!%' ESCAPE '!'", "(NOT (PAGE LIKE 'a!%' ESCAPE '!'))"},
        {"a BETWEEN 1 AND 2 AND b", "((A BETWEEN 1 AND 2) AND B)"},
        {"a NOT BETWEEN 1 AND 2", "(NOT (A BETWEEN 1 AND 2))"},
        {"a IN (1, 2, b)", "(A IN (1, 2, B))"},
        {"a NOT IN (1)", "(NOT (A IN (1)))"},
        {"a IS NULL", "(A IS NULL)"},
        {"a IS NOT NULL", "(A IS NOT NULL)"},
        {"a IS DISTINCT FROM b", "(A IS DISTINCT FROM B)"},
        {"a IS NOT DISTINCT FROM NULL", "(A IS NOT DISTINCT FROM null)"},
        {"a = 1", "(A = 1)"},
        {"a <> 1", "(A <> 1)"},
        {"a != 1", "(A <> 1)"},
        {"a <= b", "(A <= B)"},
        {"a >= b", "(A >= B)"},
        {"NOT a = b AND c OR d", "(((NOT (A = B)) AND C) OR D)"},
        {"a OR b OR c", "((A OR B) OR C)"},
        {"a OR (b OR c)", "(A OR (B OR C))"},
        {"NOT (a AND b)", "(NOT (A AND B))"},
        {"CASE WHEN a THEN 1 ELSE 2 END", "(CASE WHEN A THEN 1 ELSE 2 END)"},
        {"CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' END",
         "(CASE A WHEN 1 THEN 'x' WHEN 2 THEN 'y' END)"},
        {"CAST(x AS varchar)", "CAST(X AS STRING)"},
        {"CAST(x AS DECIMAL(4,2))", "CAST(X AS DECIMAL(4, 2))"},
        {"cast(x as struct<a int, `b` map<string, int>>)",
         "CAST(X AS STRUCT<A INTEGER, `b` MAP<STRING, INTEGER>>)"},
        {"ARRAY[1,2]", "ARRAY[1, 2]"},
        {"ARRAY[]", "ARRAY[]"},
        {"MAP('a':=1, b:=2)", "MAP('a':=1, B:=2)"},
        {"MAP()", "MAP()"},
        {"STRUCT(a:=1, `b`:='x')", "STRUCT(A:=1, `b`:='x')"},
        {"STRUCT()", "STRUCT()"},
        {"arr[1][-1]", "ARR[1][-1]"},
        {"m['k']", "M['k']"},
        {"s->f->`g`", "S->F->`g`"},
        {"a.s->f", "A.S->F"},
        {"(-a)[1]", "(-A)[1]"},
        {"(a + b)->c", "(A + B)->C"},
        {"ARRAY[1][1]", "ARRAY[1][1]"},
        {"COUNT(*)", "COUNT(*)"},
        {"count()", "COUNT()"},
        {"`lower`(a)", "LOWER(A)"},
        {"date(a) + replace(b, 'x', 'y')", "(DATE(A) + REPLACE(B, 'x', 'y'))"},
        {"FILTER(a, x => x > 1)", "FILTER(A, X => (X > 1))"},
        {"REDUCE(a, 0, (s, x) => s + x)", "REDUCE(A, 0, (S, X) => (S + X))"},
        {"TRANSFORM(m, (k, v) => k, (k, v) => v + 1)",
         "TRANSFORM(M, (K, V) => K, (K, V) => (V + 1))"},
        {"TIMEADD(HOURS, 2, t)", "TIMEADD(HOURS, 2, T)"},
        {"DATEADD(day, 3, d)", "DATEADD(DAYS, 3, D)"},
        {"TIMESTAMPSUB(MILLISECOND, 3, ts)", "TIMESTAMPSUB(MILLISECONDS, 3, TS)"},
        {"f(day)", "F(DAY)"},
        {"`miXed` + `A` + \"b\" + `select`", "(((`miXed` + A) + `b`) + `select`)"},
        {"`FROM`", "`FROM`"},
        {"src.`c d`", "SRC.`c d`"},
        {"'it''s'", "'it''s'"},
        {"'a\nb'", "'a\nb'"},
        {"TRUE AND false", "(true AND false)"},
        {"NULL", "null"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        const ExpressionPtr expression = parse_expression(text);
        CHECK(print(expression) == expected);
        CHECK(same_expression(expression, parse_expression(expected)));
    }
}

TEST_CASE("constants take the smallest type that holds them", "[sql][expression][literal]") {
    const auto type = [](const std::string& text) {
        return parse_expression(text)->as<Literal>()->type->to_string();
    };
    CHECK(type("0") == "INTEGER");
    CHECK(type("2147483647") == "INTEGER");
    CHECK(type("-2147483648") == "INTEGER");
    CHECK(type("2147483648") == "BIGINT");
    CHECK(type("-9223372036854775808") == "BIGINT");
    CHECK(type("1.20") == "DECIMAL(3, 2)");
    CHECK(type(".5") == "DECIMAL(2, 1)");
    CHECK(type("0.005") == "DECIMAL(4, 3)");
    CHECK(type("1.") == "DECIMAL(1, 0)");
    CHECK(type("-12.30") == "DECIMAL(4, 2)");
    CHECK(type("DECIMAL '12.30'") == "DECIMAL(4, 2)");
    CHECK(type("1E0") == "DOUBLE");
    CHECK(type("-1.5e-3") == "DOUBLE");
    CHECK(type("1e-400") == "DOUBLE");
    CHECK(type("'x'") == "STRING");
    CHECK(type("true") == "BOOLEAN");
    CHECK(parse_expression("NULL")->as<Literal>()->type == nullptr);
}

TEST_CASE("constants print with their type", "[sql][expression][literal]") {
    for (const char* text : {"0",
                             "-1",
                             "2147483648",
                             "-9223372036854775808",
                             "1.20",
                             "0.5",
                             "0.0000001",
                             "-0.0",
                             "1E0",
                             "-1.5E-3",
                             "1E22",
                             "1.7976931348623157E308",
                             "5E-324",
                             "0E0",
                             "12345.678E10",
                             "DECIMAL '1'",
                             "DECIMAL '100'",
                             "99999999999999999999999999999999999999.",
                             "true",
                             "''",
                             "'${x}'"}) {
        INFO(text);
        const ExpressionPtr first = parse_expression(text);
        const ExpressionPtr second = parse_expression(print(first));
        REQUIRE(same_type(first->as<Literal>()->type, second->as<Literal>()->type));
        CHECK(first->as<Literal>()->value == second->as<Literal>()->value);
    }
    CHECK(reprint("1E0") == "1E0");
    CHECK(reprint("12345.678e0") == "1.2345678E4");
    CHECK(reprint("1.50") == "1.50");
    CHECK(reprint("1.") == "1.");
    CHECK(reprint("DECIMAL '1'") == "1.");
}

TEST_CASE("lambda parameters are variables in their body only", "[sql][expression][lambda]") {
    const ExpressionPtr call = parse_expression("f(x, x => x + y + x->z + t.x)");
    const auto& arguments = call->as<Call>()->arguments;
    REQUIRE(arguments.size() == 2);
    CHECK(arguments[0]->as<ColumnRef>() != nullptr);
    size_t variables = 0;
    size_t columns = 0;
    visit_expressions(arguments[1], [&](const ExpressionPtr& e) {
        variables += e->as<LambdaVariable>() != nullptr;
        columns += e->as<ColumnRef>() != nullptr;
    });
    CHECK(variables == 2);
    CHECK(columns == 2);  // y and t.x
    CHECK_FALSE(refusal("SELECT f(x => x) FROM a;").empty());
    CHECK_FALSE(refusal("SELECT f(a, x => x, b) FROM a;").empty());
    CHECK_FALSE(refusal("SELECT f(a, (x, x) => x) FROM a;").empty());
    CHECK(refusal("SELECT f(a, x => x), g(b, x => x) FROM a;").empty());
    CHECK(refusal("SELECT f(a, x => g(x, y => x + y), x => x) FROM a;").empty());
}

TEST_CASE("children can be read and replaced", "[sql][expression]") {
    for (const char* text : {"1",
                             "a",
                             "a + b",
                             "-a",
                             "a = b",
                             "a AND b",
                             "NOT a",
                             "a IS NULL",
                             "a BETWEEN b AND c",
                             "a IN (b, c, d)",
                             "a LIKE b ESCAPE 'x'",
                             "CASE a WHEN b THEN c WHEN d THEN e ELSE f END",
                             "CASE WHEN b THEN c END",
                             "CAST(a AS INT)",
                             "f(a, b, x => x + c)",
                             "COUNT(*)",
                             "ARRAY[a, b]",
                             "MAP(a:=b, c:=d)",
                             "STRUCT(x:=a, y:=b)",
                             "a[b]",
                             "a->b",
                             "DATEADD(DAYS, a, b)"}) {
        INFO(text);
        const ExpressionPtr expression = parse_expression(text);
        const std::vector<ExpressionPtr> below = children(*expression);
        CHECK(same_expression(expression, with_children(*expression, below)));
        for (size_t i = 0; i < below.size(); ++i) {
            std::vector<ExpressionPtr> changed = below;
            changed[i] = make_expression(ColumnRef{std::nullopt, "OTHER"});
            const ExpressionPtr other = with_children(*expression, changed);
            CHECK_FALSE(same_expression(expression, other));
            CHECK(same_expression(children(*other)[i], changed[i]));
        }
    }
    CHECK_FALSE(same_expression(parse_expression("a + b"), parse_expression("a - b")));
    CHECK_FALSE(same_expression(parse_expression("1"), parse_expression("2147483648")));
    CHECK_FALSE(same_expression(parse_expression("CASE WHEN a THEN b ELSE c END"),
                                parse_expression("CASE a WHEN b THEN c END")));
    CHECK(same_expression(parse_expression("a  +  /* x */ b"), parse_expression("A+B")));
}

TEST_CASE("expressions know where they stand", "[sql][expression]") {
    const Statement statement = parse_statement({"SELECT a,\n  nope + 1 FROM b;", {3, 5}});
    const auto& items = statement.as<QueryStatement>()->query.select;
    const auto at = [&](size_t i) {
        return std::get<SelectItem::Single>(items[i].item).expression->position;
    };
    CHECK(at(0).line == 3);
    CHECK(at(0).column == 12);
    CHECK(at(1).line == 4);
    CHECK(at(1).column == 3);
    CHECK(statement.position.line == 3);
    CHECK(statement.position.column == 5);
}
