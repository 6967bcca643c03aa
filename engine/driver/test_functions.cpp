#include "engine/driver/test_functions.h"

#include <atomic>

#include "engine/base/bytes.h"
#include "engine/functions/aggregate.h"
#include "engine/functions/scalar.h"
#include "engine/functions/value_codec.h"
#include "engine/types/casts.h"

namespace millrace {
namespace {

using namespace functions;

constexpr const char* kBoom = "boom!";

std::string int_string(std::optional<int32_t>, std::optional<std::string_view>) {
    return "doStuffIntString";
}
std::string long_string(std::optional<int64_t>, std::optional<std::string_view>) {
    return "doStuffLongString";
}
std::string long_long_string(std::optional<int64_t>, std::optional<int64_t>,
                             std::optional<std::string_view>) {
    return "doStuffLongLongString";
}
std::string longs(Rest<int64_t>) {
    return "doStuffLongVarargs";
}
Value field_a(Value record) {
    return record.as_list()[0];
}
Value foo() {
    return Value(ValueList{Value("foo")});
}
Value to_struct(std::string_view text) {
    return Value(ValueList{Value(text)});
}

Fallible<std::string> blow_up(Required<int32_t>) {
    return Failure{kBoom};
}
Fallible<int32_t> might_throw(Required<bool> yes) {
    if (yes.value) return Failure{kBoom};
    return 0;
}
Fallible<bool> when_condition(Required<bool> result, Required<bool> expected) {
    if (!expected.value) return Failure{"When condition in case is not running lazily!"};
    return result.value;
}
Fallible<int32_t> when_result(Required<int32_t> result, Required<bool> expected) {
    if (!expected.value) return Failure{"When result in case is not running lazily!"};
    return result.value;
}

/// NULL on the first, third, … call.
class EverySecondKernel final : public ScalarKernel {
public:
    explicit EverySecondKernel(const CallTypes&) {}
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors&,
                  Column& output) const override {
        output.hold_all(*arguments.columns[0]);
        for (size_t row = 0; row < rows; ++row) {
            if (calls_++ % 2 == 0) {
                output.append_null();
            } else {
                output.append_from(*arguments.columns[0], row);
            }
        }
    }

private:
    mutable std::atomic<uint64_t> calls_ = 0;
};

void add_scalars(FunctionRegistry& registry) {
    Family f(registry, "TEST");
    f.scalar("TEST_UDF", "", &int_string).scalar("TEST_UDF", "", &long_string);
    f.scalar("TEST_UDF", "", &long_long_string).scalar("TEST_UDF", "", &longs);
    f.generic("TEST_UDF", "", "(STRUCT<A STRING> struct) -> STRING", &field_a);
    f.generic("TEST_UDF", "", "() -> STRUCT<A STRING>", &foo);
    f.generic("TOSTRUCT", "", "(STRING value) -> STRUCT<A STRING>", &to_struct);
    f.scalar("BAD_UDF", "", &blow_up).scalar("BAD_UDF", "", &might_throw);
    f.kernel<EverySecondKernel>("BAD_UDF", "", "(STRING arg) -> STRING");
    f.not_deterministic();
    f.scalar("WHENCONDITION", "", &when_condition).scalar("WHENRESULT", "", &when_result);
}

/// A row with the argument. A NULL number or truth value has no row: Java fails to unbox it.
class EchoRow final : public TableKernel {
public:
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors& errors,
                  Column& output, std::vector<uint32_t>& counts) const override {
        const Column& in = *arguments.columns[0];
        const bool unboxes =
            in.physical() != PhysicalType::kText && in.physical() != PhysicalType::kValue;
        output.hold_all(in);
        for (size_t row = 0; row < rows; ++row) {
            const bool fails = unboxes && in.is_null(row);
            if (fails) {
                errors.add_row(static_cast<uint32_t>(row), "the argument is NULL");
            } else {
                output.append_from(in, row);
            }
            counts.push_back(fails ? 0 : 1);
        }
    }
};

/// A row with each argument's text; of an array its first element, of a map its first value.
class TextRows final : public TableKernel {
public:
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors&,
                  Column& output, std::vector<uint32_t>& counts) const override {
        for (size_t row = 0; row < rows; ++row)
            for (const Column* column : arguments.columns) {
                Value value = column->get(row);
                SqlTypePtr type = column->type_ptr();
                if (type->is(BaseType::kArray)) {
                    value = value.as_list()[0];
                    type = type->element();
                } else if (type->is(BaseType::kMap)) {
                    value = value.as_map()[0].second;
                    type = type->map_value();
                }
                output.append(Value(value_to_text(value, *type)));
            }
        counts.insert(counts.end(), rows, static_cast<uint32_t>(arguments.columns.size()));
    }
};

class ThrowingRow final : public TableKernel {
public:
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors& errors,
                  Column& output, std::vector<uint32_t>& counts) const override {
        for (size_t row = 0; row < rows; ++row) {
            bool fails = !arguments.columns[0]->is_null(row) && arguments.columns[0]->bool_at(row);
            if (fails) {
                errors.add_row(static_cast<uint32_t>(row), kBoom);
            } else {
                output.append_from(*arguments.columns[0], row);
            }
            counts.push_back(fails ? 0 : 1);
        }
    }
};

template <class Kernel>
void add_table(FunctionRegistry& registry, std::string_view name, std::string_view signature,
               ResultRule rule = {}) {
    FunctionEntry& entry = registry.entries().add(FunctionKind::kTable, name, "TABLE", "");
    TableOverload overload;
    overload.signature = Signature::parse(signature);
    overload.result_rule = std::move(rule);
    overload.make = [](const CallTypes&) { return std::make_shared<Kernel>(); };
    entry.describe(overload.signature, "");
    entry.tables.push_back(std::move(overload));
}

void add_tables(FunctionRegistry& registry) {
    const std::vector<std::string> types = {"INT",    "BIGINT",  "DOUBLE",          "BOOLEAN",
                                            "STRING", "DECIMAL", "STRUCT<A STRING>"};
    std::string all, arrays, maps;
    for (const std::string& type : types) {
        ResultRule rule;
        if (type == "DECIMAL")
            rule = [](const std::vector<ArgumentType>&) { return SqlType::decimal(30, 10); };
        add_table<EchoRow>(registry, "TEST_UDTF", "(" + type + " a) -> " + type, rule);
        std::string comma = all.empty() ? "" : ", ";
        all += comma + type + " a";
        arrays += comma + "ARRAY<" + type + "> a";
        maps += comma + "MAP<STRING, " + type + "> a";
    }
    for (const std::string& list : {all, arrays, maps})
        add_table<TextRows>(registry, "TEST_UDTF", "(" + list + ") -> STRING");
    add_table<ThrowingRow>(registry, "THROWING_UDTF", "(BOOLEAN a) -> BOOLEAN");
}

/// Numbers and text lengths of all columns, over all rows, from a start.
class LengthSum final : public AggregateFunction {
public:
    LengthSum(int64_t start, int64_t added, bool removes)
        : start_(start), added_(added), removes_(removes) {}

    const SqlTypePtr& result_type() const override { return SqlType::bigint(); }
    size_t fixed_bytes() const override { return 8; }
    bool can_remove() const override { return removes_; }
    void init(char* state) const override { store(state, start_); }
    void add(char* state, std::span<const Column* const> arguments, size_t row) const override {
        store(state, load(state) + amount(arguments, row));
    }
    void remove(char* state, std::span<const Column* const> arguments, size_t row) const override {
        store(state, load(state) - amount(arguments, row));
    }
    void merge(char* into, const char* other) const override {
        store(into, load(into) + load(other));
    }
    void result(const char* state, Column& output) const override {
        output.append_long(load(state) + added_);
    }

private:
    static int64_t load(const char* state) { return static_cast<int64_t>(get_be64(state)); }
    static void store(char* state, int64_t value) {
        std::string bytes;
        put_be64(bytes, static_cast<uint64_t>(value));
        bytes.copy(state, 8);
    }
    static int64_t amount(std::span<const Column* const> arguments, size_t row) {
        int64_t out = 0;
        for (const Column* column : arguments) {
            if (column->is_null(row)) continue;
            if (column->physical() == PhysicalType::kInt) out += column->int_at(row);
            if (column->physical() == PhysicalType::kLong) out += column->long_at(row);
            if (column->physical() == PhysicalType::kText)
                out += static_cast<int64_t>(utf16_length(column->text_at(row)));
        }
        return out;
    }

    int64_t start_;
    int64_t added_;
    bool removes_;
};

struct DoubleState {
    double sum = 0;
};
class DoubleSum final : public StructAggregate<DoubleSum, DoubleState> {
public:
    DoubleSum() : StructAggregate(SqlType::double_()) {}
    bool can_remove() const override { return false; }
    void step(DoubleState& s, std::span<const Column* const> arguments, size_t row, bool) const {
        if (!arguments[0]->is_null(row)) s.sum += arguments[0]->double_at(row);
    }
    void join(DoubleState& s, const DoubleState& other) const { s.sum += other.sum; }
    void emit(const DoubleState& s, Column& output) const { output.append_double(s.sum); }
};

struct PairState {
    int32_t a = 0, b = 0;
};
class PairSum final : public StructAggregate<PairSum, PairState> {
public:
    using StructAggregate::StructAggregate;
    bool can_remove() const override { return false; }
    void step(PairState& s, std::span<const Column* const> arguments, size_t row, bool) const {
        if (arguments[0]->is_null(row)) return;
        const ValueList& pair = arguments[0]->value_ref_at(row).as_list();
        if (!pair[0].is_null()) s.a += pair[0].as_int();
        if (!pair[1].is_null()) s.b += pair[1].as_int();
    }
    void join(PairState& s, const PairState& other) const {
        s.a += other.a;
        s.b += other.b;
    }
    void emit(const PairState& s, Column& output) const {
        output.append_ref(Value(ValueList{Value(s.a), Value(s.b)}));
    }
};

/// The first column of the rows in which no column is NULL.
class CompleteRows final : public BytesAggregate {
public:
    explicit CompleteRows(SqlTypePtr type)
        : BytesAggregate(SqlType::array(type)), type_(std::move(type)) {}
    void add(std::string& state, std::span<const Column* const> arguments,
             size_t row) const override {
        for (const Column* column : arguments)
            if (column->is_null(row)) return;
        put_column_value(state, *arguments[0], row);
    }
    void merge(std::string& into, ByteView other) const override { into += other; }
    void result(ByteView state, Column& output) const override {
        ValueList list;
        while (!state.empty()) list.push_back(take_value(state, *type_));
        output.append_ref(Value(std::move(list)));
    }

private:
    SqlTypePtr type_;
};

using Made = std::shared_ptr<const AggregateFunction>;

/// Start: the literals behind the first `columns` arguments, numbers by value and texts by length.
Made length_sum(const CallTypes& call, size_t columns, bool removes = false) {
    int64_t start = 0;
    for (size_t i = columns; i < call.arguments.size(); ++i) {
        const Value& literal = call.arguments[i].literal;
        if (literal.holds<int32_t>()) start += literal.as_int();
        if (literal.holds<std::string>())
            start += static_cast<int64_t>(utf16_length(literal.as_string()));
    }
    return std::make_shared<LengthSum>(start, 0, removes);
}

void add_aggregates(FunctionRegistry& registry) {
    AggregateFamily f(registry);
    auto sum_of = [](size_t columns) {
        return
            [columns](const CallTypes& call, const EvalEnv*) { return length_sum(call, columns); };
    };
    for (std::string type : {"BIGINT", "INT"})
        f.add("TEST_UDAF", "", "(" + type + " v) -> BIGINT", 0,
              [](const CallTypes& call, const EvalEnv*) { return length_sum(call, 1, true); });
    f.add("TEST_UDAF", "", "(DOUBLE v) -> DOUBLE", 0,
          [](const CallTypes&, const EvalEnv*) { return std::make_shared<DoubleSum>(); });
    f.add("TEST_UDAF", "", "(STRUCT<A INT, B INT> v) -> STRUCT<A INT, B INT>", 0,
          [](const CallTypes& call, const EvalEnv*) {
              return std::make_shared<PairSum>(call.arguments[0].type);
          });
    f.add("TEST_UDAF", "", "(STRING v, STRING start) -> BIGINT", 1, sum_of(1));
    f.add("MULTI_ARG", "", "(BIGINT a, STRING b, INT i, STRING... s) -> BIGINT", 2, sum_of(2));
    f.add("FOUR_ARG", "", "(BIGINT a, STRING b, STRING c, STRING d, INT i, STRING... s) -> BIGINT",
          2, sum_of(4));
    f.add("FIVE_ARG", "",
          "(BIGINT a, STRING b, STRING c, STRING d, INT e, INT i, STRING... s) -> BIGINT", 2,
          sum_of(5));
    f.add(
        "VAR_ARG", "", "(BIGINT a, STRING... s) -> BIGINT", 0,
        [](const CallTypes&, const EvalEnv*) { return std::make_shared<LengthSum>(0, 0, false); });
    f.add("MID_VAR_ARG", "", "(BIGINT a, STRING... s, INT i, INT j) -> BIGINT", 2,
          [](const CallTypes& call, const EvalEnv*) {
              size_t count = call.arguments.size();
              int64_t added = int64_t{call.arguments[count - 2].literal.as_int()} +
                              call.arguments[count - 1].literal.as_int();
              return std::make_shared<LengthSum>(0, added, false);
          });
    auto rows = [](const CallTypes& call, const EvalEnv*) {
        return std::make_shared<CompleteRows>(call.arguments[0].type);
    };
    f.add("GENERIC_VAR_ARG", "", "(A a, B b, C... c) -> ARRAY<A>", 0, rows);
    f.add("OBJ_COL_ARG", "", "(INT a, ANY... rest) -> ARRAY<INT>", 0, rows);
}

}  // namespace

const FunctionRegistry& registry_with_test_functions() {
    static const FunctionRegistry registry = [] {
        FunctionRegistry out = FunctionRegistry::builtin().clone();
        add_scalars(out);
        add_tables(out);
        add_aggregates(out);
        return out;
    }();
    return registry;
}

}  // namespace millrace
