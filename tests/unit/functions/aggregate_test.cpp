// Aggregates: values in, result out; taking back and merging give what a fresh run would.
#include <catch2/catch.hpp>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/functions/registry.h"
#include "tests/support/damaged_bytes.h"

using namespace millrace;

namespace {

ArgumentType column(SqlTypePtr type) {
    ArgumentType out;
    out.type = std::move(type);
    return out;
}
ArgumentType literal(Value value, SqlTypePtr type) {
    ArgumentType out = column(std::move(type));
    out.is_literal = true;
    out.literal = std::move(value);
    return out;
}
ArgumentType number(int32_t value) {
    return literal(Value(value), SqlType::integer());
}

/// What an ordered function gets behind its arguments.
Column row_numbers(size_t num_rows) {
    Column numbers(SqlType::bigint());
    for (size_t i = 0; i < num_rows; ++i) numbers.append_long(static_cast<int64_t>(i) + 1);
    return numbers;
}

/// A state of either form.
class State {
public:
    explicit State(const AggregateFunction& function) : function_(function) {
        if (function.fixed_bytes() > 0) {
            bytes_.resize(function.fixed_bytes());
            function.init(bytes_.data());
        } else {
            function.init(bytes_);
        }
    }
    void change(const std::vector<Column>& columns, size_t row, bool add) {
        std::vector<const Column*> arguments;
        for (const Column& c : columns) arguments.push_back(&c);
        const Column numbers = row_numbers(row + 1);
        if (function_.ordered()) arguments.push_back(&numbers);
        bool fixed = function_.fixed_bytes() > 0;
        if (add) {
            fixed ? function_.add(bytes_.data(), arguments, row)
                  : function_.add(bytes_, arguments, row);
        } else {
            fixed ? function_.remove(bytes_.data(), arguments, row)
                  : function_.remove(bytes_, arguments, row);
        }
    }
    void merge(const State& other) {
        if (function_.fixed_bytes() > 0) {
            function_.merge(bytes_.data(), other.bytes_.data());
        } else {
            function_.merge(bytes_, other.bytes_);
        }
    }
    std::string text() const {
        Column out(function_.result_type());
        if (function_.fixed_bytes() > 0) {
            function_.result(bytes_.data(), out);
        } else {
            function_.result(ByteView(bytes_), out);
        }
        return out.is_null(0) ? "NULL" : value_to_text(out.get(0), out.type());
    }

private:
    const AggregateFunction& function_;
    std::string bytes_;
};

std::vector<Column> columns_of(const std::vector<ArgumentType>& arguments, size_t count,
                               const std::vector<ValueList>& rows) {
    std::vector<Column> out;
    for (size_t i = 0; i < count; ++i) {
        out.emplace_back(arguments[i].type);
        for (const ValueList& row : rows) out.back().append(row[i]);
    }
    return out;
}

/// The result over all rows; checks merging of every split and, where it can, taking rows back.
std::string run(const std::string& name, const std::vector<ArgumentType>& arguments,
                const std::vector<ValueList>& rows) {
    ResolvedAggregate resolved = FunctionRegistry::builtin().resolve_aggregate(name, arguments);
    const AggregateFunction& function = *resolved.function;
    std::vector<Column> columns = columns_of(arguments, resolved.argument_types.size(), rows);
    State whole(function);
    for (size_t row = 0; row < rows.size(); ++row) whole.change(columns, row, true);

    if (name != "LATEST_BY_OFFSET") {  // Its merge keeps the first n, as ksqlDB's does.
        for (size_t split = 0; split <= rows.size(); ++split) {
            State left(function), right(function);
            for (size_t row = 0; row < rows.size(); ++row)
                (row < split ? left : right).change(columns, row, true);
            left.merge(right);
            CHECK(left.text() == whole.text());
        }
    }
    if (function.can_remove() && !rows.empty()) {
        State more = whole;
        more.change(columns, 0, true);
        if (name != "COLLECT_LIST") {
            more.change(columns, 0, false);
            CHECK(more.text() == whole.text());
        }
    }
    return whole.text();
}

std::vector<ValueList> ints(std::initializer_list<int> values) {
    std::vector<ValueList> out;
    for (int v : values) out.push_back({v == -999 ? Value() : Value(int32_t{v})});
    return out;
}
std::vector<ValueList> texts(std::initializer_list<const char*> values) {
    std::vector<ValueList> out;
    for (const char* v : values) out.push_back({v ? Value(v) : Value()});
    return out;
}
constexpr int kNull = -999;

}  // namespace

TEST_CASE("basic aggregates", "[functions][aggregate]") {
    auto i = column(SqlType::integer());
    auto d = column(SqlType::double_());
    auto s = column(SqlType::string());
    CHECK(run("COUNT", {s}, texts({"a", nullptr})) == "1");
    CHECK(run("COUNT", {s}, {}) == "0");
    CHECK(run("SUM", {i}, ints({1, 2, kNull})) == "3");
    CHECK(run("SUM", {i}, ints({2147483647, 1})) == "-2147483648");
    CHECK(run("SUM", {d}, {{Value(1.5)}, {Value(2.0)}}) == "3.5");
    CHECK(run("AVG", {i}, ints({1, 2, kNull})) == "1.5");
    CHECK(run("AVG", {i}, {}) == "0.0");
    CHECK(run("MIN", {i}, ints({3, kNull, -9})) == "-9");
    CHECK(run("MAX", {i}, ints({3, 9})) == "9");
    CHECK(run("MAX", {i}, ints({kNull})) == "NULL");
    CHECK(run("MAX", {s}, texts({"a", "b", nullptr})) == "b");
    CHECK(run("MIN", {s}, texts({"b", "a"})) == "a");

    auto p = column(SqlType::decimal(3, 1));
    CHECK(run("SUM", {p}, {{Value(Decimal(105, 1))}, {Value(Decimal(5, 1))}}) == "11.0");
    CHECK_THROWS_AS(run("SUM", {p}, {{Value(Decimal(999, 1))}, {Value(Decimal(1, 1))}}), RowError);
}

TEST_CASE("aggregates over order", "[functions][aggregate]") {
    auto i = column(SqlType::integer());
    auto keep_nulls = literal(Value(false), SqlType::boolean());
    CHECK(run("LATEST_BY_OFFSET", {i}, ints({7, 8, kNull})) == "8");
    CHECK(run("LATEST_BY_OFFSET", {i, keep_nulls}, ints({7, 8, kNull})) == "NULL");
    CHECK(run("LATEST_BY_OFFSET", {i, number(2)}, ints({7, 8, 9})) == "[8, 9]");
    CHECK(run("LATEST_BY_OFFSET", {i, number(2), keep_nulls}, ints({7, 8, kNull})) == "[8, null]");
    CHECK(run("EARLIEST_BY_OFFSET", {i}, ints({kNull, 7, 8})) == "7");
    CHECK(run("EARLIEST_BY_OFFSET", {i}, ints({kNull})) == "NULL");
    CHECK(run("EARLIEST_BY_OFFSET", {i, number(2)}, ints({7, 8, 9})) == "[7, 8]");
    CHECK_THROWS_WITH(run("EARLIEST_BY_OFFSET", {i, number(0)}, {}),
                      "earliestN must be 1 or greater");
    ArgumentType no_literal = i;
    no_literal.text = "F0";
    CHECK_THROWS_WITH(
        run("EARLIEST_BY_OFFSET", {i, no_literal}, {}),
        "Parameter 2 passed to function EARLIEST_BY_OFFSET must be a literal constant, but "
        "was expression: 'F0'");
}

TEST_CASE("collecting aggregates", "[functions][aggregate]") {
    auto i = column(SqlType::integer());
    auto s = column(SqlType::string());
    CHECK(run("COLLECT_LIST", {i}, ints({1, kNull, 1})) == "[1, null, 1]");
    CHECK(run("COLLECT_LIST", {i}, {}) == "[]");
    CHECK(run("COLLECT_SET", {i}, ints({1, 1, 2})) == "[1, 2]");
    CHECK(run("HISTOGRAM", {s}, texts({"a", "b", "a"})) == "{a=2, b=1}");
    CHECK(run("ATTR", {i}, ints({5, 5})) == "5");
    CHECK(run("ATTR", {i}, ints({5, 6})) == "NULL");
    CHECK(run("COUNT_DISTINCT", {s}, texts({"a", "b", "a", nullptr})) == "2");
    CHECK(run("TOPK", {i, number(2)}, ints({3, 1, 2, 3})) == "[3, 3]");
    CHECK(run("TOPK", {i, s, number(2)},
              {{Value(int32_t{1}), Value("x")}, {Value(int32_t{3}), Value()}}) ==
          "[Struct{sort_col=3}, Struct{sort_col=1,col0=x}]");
    CHECK(run("TOPKDISTINCT", {i, number(2)}, ints({3, 3, 1})) == "[3, 1]");
    auto list = column(SqlType::array(SqlType::integer()));
    CHECK(run("SUM_LIST", {list},
              {{Value(ValueList{Value(int32_t{1}), Value(int32_t{2})})},
               {Value(ValueList{Value(int32_t{3}), Value()})}}) == "6");

    EvalEnv env;
    env.config = Config().with({{"ksql.functions.collect_list.limit", "1"}});
    auto limited = FunctionRegistry::builtin().resolve_aggregate("COLLECT_LIST", {i}, env);
    State state(*limited.function);
    auto columns = columns_of({i}, 1, ints({4, 5}));
    state.change(columns, 0, true);
    state.change(columns, 1, true);
    CHECK(state.text() == "[4]");
}

TEST_CASE("COUNT_DISTINCT stays near the truth when there are many", "[functions][aggregate]") {
    auto i = column(SqlType::integer());
    auto function = FunctionRegistry::builtin().resolve_aggregate("COUNT_DISTINCT", {i}).function;
    Column values(SqlType::integer());
    for (int v = 0; v < 20000; ++v) values.append_int(v % 10000);
    std::vector<Column> columns;
    columns.push_back(std::move(values));
    State state(*function);
    for (size_t row = 0; row < 20000; ++row) state.change(columns, row, true);
    CHECK(std::abs(std::stod(state.text()) - 10000) < 300);
}

TEST_CASE("statistics", "[functions][aggregate]") {
    auto i = column(SqlType::integer());
    CHECK(run("STDDEV_SAMP", {i}, ints({1, 3})) == "2.0");
    CHECK(run("STDDEV_SAMPLE", {i}, ints({1, 3})) == "1.4142135623730951");
    CHECK(run("STDDEV_SAMPLE", {i}, ints({1})) == "0.0");
    auto pair = [](int x, int y) { return ValueList{Value(int32_t{x}), Value(int32_t{y})}; };
    CHECK(run("CORRELATION", {i, i}, {pair(1, 2), pair(2, 4)}) == "1.0");
    CHECK(run("CORRELATION", {i, i}, {pair(1, 2)}) == "NaN");
}

TEST_CASE("table functions give rows", "[functions][table]") {
    ArgumentType array;
    array.type = SqlType::array(SqlType::integer());
    ResolvedTable cube = FunctionRegistry::builtin().resolve_table("CUBE_EXPLODE", {array});
    Column lists(array.type);
    lists.append(Value(ValueList{Value(int32_t{1}), Value(int32_t{2})}));
    lists.append_null();
    Column out(cube.element);
    std::vector<uint32_t> counts;
    std::vector<const Column*> columns = {&lists};
    std::vector<const LambdaBody*> lambdas = {nullptr};
    RowErrors errors;
    cube.kernel->evaluate({columns, lambdas}, 2, {}, errors, out, counts);
    CHECK(counts == std::vector<uint32_t>{4, 0});
    std::string text;
    for (size_t row = 0; row < out.size(); ++row) text += value_to_text(out.get(row), out.type());
    CHECK(text == "[null, null][null, 2][1, null][1, 2]");

    ResolvedTable explode = FunctionRegistry::builtin().resolve_table("EXPLODE", {array});
    CHECK(*explode.element == *SqlType::integer());
    ArgumentType map;
    map.type = SqlType::map(SqlType::string(), SqlType::integer());
    CHECK_THROWS_WITH(
        FunctionRegistry::builtin().resolve_table("EXPLODE", {map}),
        Catch::StartsWith("Function 'explode' does not accept parameters (MAP<STRING, "
                          "INTEGER>).\nValid alternatives are:\n"
                          "explode(ARRAY<DECIMAL> input)\nexplode(ARRAY<T> list)"));
}

TEST_CASE("damaged states are refused and never read past their end", "[functions][aggregate]") {
    auto i = column(SqlType::integer());
    auto s = column(SqlType::string());
    auto d = column(SqlType::decimal(9, 2));
    auto l = column(SqlType::array(SqlType::string()));
    const Value list(ValueList{Value("x"), Value()});
    const struct {
        const char* name;
        std::vector<ArgumentType> arguments;
        std::vector<ValueList> rows;
    } calls[] = {
        {"COLLECT_LIST", {s}, texts({"a", nullptr, "bc"})},
        {"COLLECT_LIST", {l}, {{list}, {list}}},
        {"COLLECT_SET", {i}, ints({1, 2, kNull})},
        {"HISTOGRAM", {s}, texts({"a", "a", nullptr})},
        {"ATTR", {l}, {{list}, {Value()}}},
        {"COUNT_DISTINCT", {i}, ints({1, 2, 3})},
        {"EARLIEST_BY_OFFSET", {s}, texts({"a", "b"})},
        {"LATEST_BY_OFFSET", {l}, {{list}}},
        {"LATEST_BY_OFFSET", {s, number(2)}, {{Value("a")}, {Value("b")}, {Value("c")}}},
        {"TOPK", {i, number(2)}, ints({1, 2, 3})},
        {"TOPK", {i, s, number(2)}, {{Value(int32_t{1}), Value("a")}}},
        {"TOPKDISTINCT", {d, number(2)}, {{Value(Decimal(150, 2))}}},
        {"MIN", {s}, texts({"b", "a"})},
        {"MAX", {d}, {{Value(Decimal(150, 2))}}},
        {"SUM", {d}, {{Value(Decimal(150, 2))}}},
    };
    for (const auto& call : calls) {
        INFO(call.name);
        auto resolved = FunctionRegistry::builtin().resolve_aggregate(call.name, call.arguments);
        const AggregateFunction& function = *resolved.function;
        const auto columns = columns_of(call.arguments, resolved.argument_types.size(), call.rows);
        std::vector<const Column*> arguments;
        for (const Column& c : columns) arguments.push_back(&c);
        const Column numbers = row_numbers(call.rows.size());
        if (function.ordered()) arguments.push_back(&numbers);
        std::string good;
        function.init(good);
        for (size_t row = 0; row < call.rows.size(); ++row) function.add(good, arguments, row);
        auto attempt = [](const std::function<void()>& act) {
            try {
                act();
            } catch (const DamagedBytes&) {
            } catch (const RowError&) {  // An overflow: what the bytes say is a number.
            }
        };
        test::for_each_damaged(good, [&](const std::string& bytes) {
            attempt([&] {
                Column out(function.result_type());
                function.result(bytes, out);
            });
            attempt([&] {
                std::string into = good;
                function.merge(into, bytes);
            });
            attempt([&] {
                std::string into = bytes;
                function.merge(into, good);
                function.add(into, arguments, 0);
            });
            attempt([&] {
                std::string state = bytes;
                function.add(state, arguments, 0);
                if (function.can_remove()) function.remove(state, arguments, 0);
            });
        });
        Column out(function.result_type());
        const std::string wild(300, 'x');
        if (resolved.name == "COLLECT_LIST")
            CHECK_THROWS_AS(function.result(wild, out), DamagedBytes);
    }
}
