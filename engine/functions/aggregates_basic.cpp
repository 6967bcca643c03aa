// COUNT, SUM, AVG, MIN, MAX and SUM_LIST.
#include "engine/base/error.h"
#include "engine/functions/aggregate.h"
#include "engine/functions/families.h"
#include "engine/functions/value_codec.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

/// The row's number as a T; for INTEGER and BIGINT columns, or DOUBLE.
template <class T>
T number_at(const Column& column, size_t row) {
    switch (column.physical()) {
        case PhysicalType::kInt:
            return static_cast<T>(column.int_at(row));
        case PhysicalType::kLong:
            return static_cast<T>(column.long_at(row));
        default:
            return static_cast<T>(column.double_at(row));
    }
}

/// Sums wrap as Java's do.
int64_t plus(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
double plus(double a, double b) {
    return a + b;
}
int64_t negative(int64_t a) {
    return static_cast<int64_t>(0u - static_cast<uint64_t>(a));
}
double negative(double a) {
    return -a;
}

void emit_number(int64_t value, Column& output) {
    if (output.physical() == PhysicalType::kInt) {
        output.append_int(static_cast<int32_t>(value));
    } else {
        output.append_long(value);
    }
}
void emit_number(double value, Column& output) {
    output.append_double(value);
}

struct CountState {
    int64_t count = 0;
};
class Count final : public StructAggregate<Count, CountState> {
public:
    Count() : StructAggregate(SqlType::bigint()) {}
    void step(CountState& s, std::span<const Column* const> arguments, size_t row, bool add) const {
        if (!arguments[0]->is_null(row)) s.count = plus(s.count, add ? 1 : -1);
    }
    void join(CountState& s, const CountState& other) const {
        s.count = plus(s.count, other.count);
    }
    void emit(const CountState& s, Column& output) const { output.append_long(s.count); }
};

template <class T>
struct SumState {
    T sum{};
};
template <class T>
class Sum final : public StructAggregate<Sum<T>, SumState<T>> {
public:
    using StructAggregate<Sum<T>, SumState<T>>::StructAggregate;
    void step(SumState<T>& s, std::span<const Column* const> arguments, size_t row,
              bool add) const {
        if (arguments[0]->is_null(row)) return;
        T value = number_at<T>(*arguments[0], row);
        s.sum = plus(s.sum, add ? value : negative(value));
    }
    void join(SumState<T>& s, const SumState<T>& other) const { s.sum = plus(s.sum, other.sum); }
    void emit(const SumState<T>& s, Column& output) const { emit_number(s.sum, output); }
};

template <class T>
struct AverageState {
    T sum{};
    int64_t count = 0;
};
template <class T>
class Average final : public StructAggregate<Average<T>, AverageState<T>> {
public:
    explicit Average(bool int_sum)
        : StructAggregate<Average<T>, AverageState<T>>(SqlType::double_()), int_sum_(int_sum) {}
    void step(AverageState<T>& s, std::span<const Column* const> arguments, size_t row,
              bool add) const {
        if (arguments[0]->is_null(row)) return;
        T value = number_at<T>(*arguments[0], row);
        s.sum = narrowed(plus(s.sum, add ? value : negative(value)));
        s.count = plus(s.count, add ? 1 : -1);
    }
    void join(AverageState<T>& s, const AverageState<T>& other) const {
        s.sum = narrowed(plus(s.sum, other.sum));
        s.count = plus(s.count, other.count);
    }
    void emit(const AverageState<T>& s, Column& output) const {
        output.append_double(
            s.count == 0 ? 0.0 : static_cast<double>(s.sum) / static_cast<double>(s.count));
    }

private:
    /// Of INTEGERs the sum is one, too, and wraps.
    T narrowed(T sum) const {
        if constexpr (std::is_same_v<T, int64_t>) return int_sum_ ? static_cast<int32_t>(sum) : sum;
        return sum;
    }
    bool int_sum_;
};

class DecimalSum final : public BytesAggregate {
public:
    using BytesAggregate::BytesAggregate;
    bool can_remove() const override { return true; }
    void init(std::string& state) const override { put(state, Decimal(0, result_->scale())); }
    void add(std::string& state, std::span<const Column* const> arguments,
             size_t row) const override {
        if (!arguments[0]->is_null(row)) put(state, sum(get(state), value(*arguments[0], row)));
    }
    void remove(std::string& state, std::span<const Column* const> arguments,
                size_t row) const override {
        if (!arguments[0]->is_null(row))
            put(state, sum(get(state), value(*arguments[0], row).negate()));
    }
    void merge(std::string& into, ByteView other) const override {
        put(into, sum(get(into), get(other)));
    }
    void result(ByteView state, Column& output) const override {
        output.append_ref(Value(get(state)));
    }

private:
    static Decimal value(const Column& column, size_t row) {
        return column.value_ref_at(row).as_decimal();
    }
    Decimal get(ByteView state) const { return take_present(state, *result_).as_decimal(); }
    void put(std::string& state, const Decimal& decimal) const {
        state.clear();
        put_value(state, Value(decimal), *result_);
    }
    Decimal sum(const Decimal& a, const Decimal& b) const {
        auto out = a.add(b);
        auto fitted = out ? out->fit(result_->precision(), result_->scale(), Rounding::kUnnecessary)
                          : std::nullopt;
        if (fitted) return *fitted;
        throw RowError("Numeric field overflow: A field with precision " +
                       std::to_string(result_->precision()) + " and scale " +
                       std::to_string(result_->scale()) +
                       " must round to an absolute value less than 10^" +
                       std::to_string(result_->precision() - result_->scale()) + ". Got " +
                       (out ? out->to_plain_string() : "more"));
    }
};

#pragma pack(push, 1)
template <class T>
struct ExtremeState {
    uint8_t present = 0;
    T value{};
};
#pragma pack(pop)
template <class T, bool Max>
class Extreme final : public StructAggregate<Extreme<T, Max>, ExtremeState<T>> {
public:
    using StructAggregate<Extreme<T, Max>, ExtremeState<T>>::StructAggregate;
    bool can_remove() const override { return false; }
    void step(ExtremeState<T>& s, std::span<const Column* const> arguments, size_t row,
              bool) const {
        if (!arguments[0]->is_null(row)) offer(s, number_at<T>(*arguments[0], row));
    }
    void join(ExtremeState<T>& s, const ExtremeState<T>& other) const {
        if (other.present) offer(s, other.value);
    }
    void emit(const ExtremeState<T>& s, Column& output) const {
        if (s.present) {
            emit_number(s.value, output);
        } else {
            output.append_null();
        }
    }

private:
    static void offer(ExtremeState<T>& s, T value) {
        if (!s.present || (Max ? value > s.value : value < s.value)) s.value = value;
        s.present = 1;
    }
};

/// MIN and MAX of STRING, BYTES and DECIMAL: the state is the value, or empty.
template <bool Max>
class ValueExtreme final : public BytesAggregate {
public:
    using BytesAggregate::BytesAggregate;
    void add(std::string& state, std::span<const Column* const> arguments,
             size_t row) const override {
        if (arguments[0]->is_null(row)) return;
        if (state.empty()) {
            put_column_value(state, *arguments[0], row);
        } else {
            offer(state, arguments[0]->get(row));
        }
    }
    void merge(std::string& into, ByteView other) const override {
        if (other.empty()) return;
        if (into.empty()) {
            into = other;
        } else {
            offer(into, take_present(other, *result_));
        }
    }
    void result(ByteView state, Column& output) const override {
        if (state.empty()) {
            output.append_null();
        } else {
            take_last_into(state, output);
        }
    }

private:
    void offer(std::string& state, const Value& value) const {
        ByteView in = state;
        int order = compare_values(value, take_present(in, *result_), result_->base());
        if (Max ? order <= 0 : order >= 0) return;
        state.clear();
        put_value(state, value, *result_);
    }
};

template <class T>
class ListSum final : public StructAggregate<ListSum<T>, SumState<T>> {
public:
    using StructAggregate<ListSum<T>, SumState<T>>::StructAggregate;
    void step(SumState<T>& s, std::span<const Column* const> arguments, size_t row,
              bool add) const {
        if (arguments[0]->is_null(row)) return;
        for (const Value& item : arguments[0]->value_ref_at(row).as_list()) {
            if (item.is_null()) continue;
            T value;
            if constexpr (std::is_same_v<T, double>) {
                value = item.as_double();
            } else {
                value = item.holds<int32_t>() ? item.as_int() : item.as_long();
            }
            s.sum = plus(s.sum, add ? value : negative(value));
        }
    }
    void join(SumState<T>& s, const SumState<T>& other) const { s.sum = plus(s.sum, other.sum); }
    void emit(const SumState<T>& s, Column& output) const { emit_number(s.sum, output); }
};

using Made = std::shared_ptr<const AggregateFunction>;

template <bool Max>
Made make_extreme(const CallTypes& call, const EvalEnv*) {
    const SqlTypePtr& type = call.arguments[0].type;
    switch (physical_type(type->base())) {
        case PhysicalType::kInt:
        case PhysicalType::kLong:
            return std::make_shared<Extreme<int64_t, Max>>(type);
        case PhysicalType::kDouble:
            return std::make_shared<Extreme<double, Max>>(type);
        default:
            return std::make_shared<ValueExtreme<Max>>(type);
    }
}

Made make_sum(const CallTypes& call, const EvalEnv*) {
    const SqlTypePtr& type = call.arguments[0].type;
    if (type->is(BaseType::kDecimal)) return std::make_shared<DecimalSum>(type);
    if (type->is(BaseType::kDouble)) return std::make_shared<Sum<double>>(type);
    return std::make_shared<Sum<int64_t>>(type);
}

Made make_average(const CallTypes& call, const EvalEnv*) {
    const SqlTypePtr& type = call.arguments[0].type;
    if (type->is(BaseType::kDouble)) return std::make_shared<Average<double>>(false);
    return std::make_shared<Average<int64_t>>(type->is(BaseType::kInteger));
}

Made make_list_sum(const CallTypes& call, const EvalEnv*) {
    const SqlTypePtr& type = call.arguments[0].type->element();
    if (type->is(BaseType::kDouble)) return std::make_shared<ListSum<double>>(type);
    return std::make_shared<ListSum<int64_t>>(type);
}

}  // namespace

void add_basic_aggregates(FunctionRegistry& registry) {
    AggregateFamily f(registry);
    f.add("COUNT", "Number of rows whose value is not NULL; of all rows with *.",
          "(T val1) -> BIGINT", 0,
          [](const CallTypes&, const EvalEnv*) { return std::make_shared<Count>(); });
    for (std::string type : {"INT", "BIGINT", "DOUBLE", "DECIMAL"})
        f.add("SUM", "Sum of the values.", "(" + type + " val1) -> " + type, 0, make_sum);
    for (std::string type : {"INT", "BIGINT", "DOUBLE"})
        f.add("AVG", "Average of the values.", "(" + type + " val1) -> DOUBLE", 0, make_average);
    for (std::string type :
         {"INT", "BIGINT", "DOUBLE", "DECIMAL", "DATE", "TIME", "TIMESTAMP", "STRING", "BYTES"}) {
        std::string signature = "(" + type + " val1) -> " + type;
        f.add("MIN", "The least of the values.", signature, 0, make_extreme<false>);
        f.add("MAX", "The greatest of the values.", signature, 0, make_extreme<true>);
    }
    for (std::string type : {"INT", "BIGINT", "DOUBLE"})
        f.add("SUM_LIST", "Sum of the elements of all arrays.",
              "(ARRAY<" + type + "> val1) -> " + type, 0, make_list_sum);
}

}  // namespace millrace::functions
