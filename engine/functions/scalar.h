// Registration of scalar functions from plain C++ functions: the SQL types follow from the C++
// signature, the adapter makes the loop over vectors and deals with NULL.
//
//   parameters   bool, int32_t, int64_t, double, std::string_view, BytesView, Date, Time,
//   Timestamp,
//                const Decimal&, Value (any type, with a signature text), const ValueList& (ARRAY),
//                const ValueMap& (MAP), Unit: a NULL argument makes the result NULL;
//                std::optional<T>: NULL is passed on;
//                Required<T>: NULL fails the row (ksqlDB's primitive parameters);
//                Rest<T>: all remaining arguments, NULLs included.
//                The first one may be `const CallSite&` (types, clock, properties).
//   results      the same, std::string, Bytes, std::optional<R>, Fallible<R>; std::string_view must
//                point into an argument. `void f(std::string& out, …)` appends text to `out`.
// A function may throw RowError where failing is rare; Fallible<R> costs nothing.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/functions/entries.h"

namespace millrace::functions {

struct BytesView {
    std::string_view view;
};
struct Bytes {
    std::string bytes;
};
struct Date {
    int32_t days;
};
struct Time {
    int32_t ms;
};
struct Timestamp {
    int64_t ms;
};
/// An interval unit's length in milliseconds.
struct Unit {
    int64_t ms;
};
template <class T>
struct Required {
    T value;
};

struct Failure {
    std::string message;
};
/// A value, or why this row has none.
template <class T>
class Fallible {
public:
    Fallible(T value) : value_(std::move(value)) {}                      // NOLINT
    Fallible(Failure failure) : message_(std::move(failure.message)) {}  // NOLINT
    bool failed() const { return !value_.has_value(); }
    const T& value() const { return *value_; }
    T&& take() { return std::move(*value_); }
    const std::string& message() const { return message_; }

private:
    std::optional<T> value_;
    std::string message_;
};

/// What a function may know about its call.
struct CallSite {
    const CallTypes* types;
    const EvalEnv* env;
    std::span<const LambdaBody* const> lambdas;

    const SqlType& argument(size_t index) const { return *types->arguments[index].type; }
    const SqlType& result() const { return *types->result; }
};

/// How a C++ parameter is read from a column.
template <class T>
struct Reader;

template <BaseType Base>
struct BaseReader {
    static TypePattern pattern() { return TypePattern::base(Base); }
};
template <>
struct Reader<bool> : BaseReader<BaseType::kBoolean> {
    static bool read(const Column& c, size_t row) { return c.bool_at(row) != 0; }
};
template <>
struct Reader<int32_t> : BaseReader<BaseType::kInteger> {
    static int32_t read(const Column& c, size_t row) { return c.int_at(row); }
};
template <>
struct Reader<int64_t> : BaseReader<BaseType::kBigint> {
    static int64_t read(const Column& c, size_t row) { return c.long_at(row); }
};
template <>
struct Reader<double> : BaseReader<BaseType::kDouble> {
    static double read(const Column& c, size_t row) { return c.double_at(row); }
};
template <>
struct Reader<std::string_view> : BaseReader<BaseType::kString> {
    static std::string_view read(const Column& c, size_t row) { return c.text_at(row); }
};
template <>
struct Reader<BytesView> : BaseReader<BaseType::kBytes> {
    static BytesView read(const Column& c, size_t row) { return {c.text_at(row)}; }
};
template <>
struct Reader<Date> : BaseReader<BaseType::kDate> {
    static Date read(const Column& c, size_t row) { return {c.int_at(row)}; }
};
template <>
struct Reader<Time> : BaseReader<BaseType::kTime> {
    static Time read(const Column& c, size_t row) { return {c.int_at(row)}; }
};
template <>
struct Reader<Timestamp> : BaseReader<BaseType::kTimestamp> {
    static Timestamp read(const Column& c, size_t row) { return {c.long_at(row)}; }
};
template <>
struct Reader<Decimal> : BaseReader<BaseType::kDecimal> {
    static const Decimal& read(const Column& c, size_t row) {
        return c.value_ref_at(row).as_decimal();
    }
};
template <>
struct Reader<Unit> {
    static TypePattern pattern() { return TypePattern::parse("UNIT"); }
    static Unit read(const Column& c, size_t row) { return {c.long_at(row)}; }
};
template <>
struct Reader<Value> {
    static TypePattern pattern() { return TypePattern::parse("ANY"); }
    static Value read(const Column& c, size_t row) { return c.get(row); }
};
template <>
struct Reader<ValueList> {
    static TypePattern pattern() { return TypePattern::parse("ANY"); }
    static const ValueList& read(const Column& c, size_t row) {
        return c.value_ref_at(row).as_list();
    }
};
template <>
struct Reader<ValueMap> {
    static TypePattern pattern() { return TypePattern::parse("ANY"); }
    static const ValueMap& read(const Column& c, size_t row) {
        return c.value_ref_at(row).as_map();
    }
};

/// All remaining arguments of a row.
template <class T>
class Rest {
public:
    Rest(std::span<const Column* const> columns, size_t row) : columns_(columns), row_(row) {}
    size_t size() const { return columns_.size(); }
    bool is_null(size_t i) const { return columns_[i]->is_null(row_); }
    /// REQUIRES: not NULL.
    decltype(auto) operator[](size_t i) const { return Reader<T>::read(*columns_[i], row_); }

private:
    std::span<const Column* const> columns_;
    size_t row_;
};

/// How a parameter of type A takes its argument.
template <class A>
struct Parameter {
    using Plain = std::remove_cvref_t<A>;
    static constexpr bool kVariadic = false;
    static TypePattern pattern() { return Reader<Plain>::pattern(); }
    static bool skips(const Column& c, size_t row) { return c.is_null(row); }
    static bool fails(const Column&, size_t) { return false; }
    static decltype(auto) read(std::span<const Column* const> columns, size_t index, size_t row) {
        return Reader<Plain>::read(*columns[index], row);
    }
};
template <class T>
struct Parameter<std::optional<T>> {
    static constexpr bool kVariadic = false;
    static TypePattern pattern() { return Reader<T>::pattern(); }
    static bool skips(const Column&, size_t) { return false; }
    static bool fails(const Column&, size_t) { return false; }
    static std::optional<T> read(std::span<const Column* const> columns, size_t index, size_t row) {
        if (columns[index]->is_null(row)) return std::nullopt;
        return Reader<T>::read(*columns[index], row);
    }
};
template <class T>
struct Parameter<Required<T>> {
    static constexpr bool kVariadic = false;
    static TypePattern pattern() { return Reader<T>::pattern(); }
    static bool skips(const Column&, size_t) { return false; }
    static bool fails(const Column& c, size_t row) { return c.is_null(row); }
    static Required<T> read(std::span<const Column* const> columns, size_t index, size_t row) {
        return {Reader<T>::read(*columns[index], row)};
    }
};
template <class T>
struct Parameter<Rest<T>> {
    static constexpr bool kVariadic = true;
    static TypePattern pattern() { return Reader<T>::pattern(); }
    static Rest<T> read(std::span<const Column* const> columns, size_t index, size_t row) {
        return {columns.subspan(index), row};
    }
};

/// How a C++ result goes to the end of the output column. False: the row failed with `message`.
template <class R>
struct Writer;
template <>
struct Writer<bool> : BaseReader<BaseType::kBoolean> {
    static bool write(bool v, Column& out, std::string&) { return out.append_bool(v), true; }
};
template <>
struct Writer<int32_t> : BaseReader<BaseType::kInteger> {
    static bool write(int32_t v, Column& out, std::string&) { return out.append_int(v), true; }
};
template <>
struct Writer<int64_t> : BaseReader<BaseType::kBigint> {
    static bool write(int64_t v, Column& out, std::string&) { return out.append_long(v), true; }
};
template <>
struct Writer<double> : BaseReader<BaseType::kDouble> {
    static bool write(double v, Column& out, std::string&) { return out.append_double(v), true; }
};
template <>
struct Writer<std::string_view> : BaseReader<BaseType::kString> {
    static bool write(std::string_view v, Column& out, std::string&) {
        return out.append_text_view(v), true;
    }
};
template <>
struct Writer<std::string> : BaseReader<BaseType::kString> {
    static bool write(const std::string& v, Column& out, std::string&) {
        return out.append_text(v), true;
    }
};
template <>
struct Writer<BytesView> : BaseReader<BaseType::kBytes> {
    static bool write(BytesView v, Column& out, std::string&) {
        return out.append_text_view(v.view), true;
    }
};
template <>
struct Writer<Bytes> : BaseReader<BaseType::kBytes> {
    static bool write(const Bytes& v, Column& out, std::string&) {
        return out.append_text(v.bytes), true;
    }
};
template <>
struct Writer<Date> : BaseReader<BaseType::kDate> {
    static bool write(Date v, Column& out, std::string&) { return out.append_int(v.days), true; }
};
template <>
struct Writer<Time> : BaseReader<BaseType::kTime> {
    static bool write(Time v, Column& out, std::string&) { return out.append_int(v.ms), true; }
};
template <>
struct Writer<Timestamp> : BaseReader<BaseType::kTimestamp> {
    static bool write(Timestamp v, Column& out, std::string&) {
        return out.append_long(v.ms), true;
    }
};
template <>
struct Writer<Decimal> : BaseReader<BaseType::kDecimal> {
    static bool write(const Decimal& v, Column& out, std::string&) {
        return out.append_ref(v), true;
    }
};
template <>
struct Writer<Value> {
    static TypePattern pattern() { return TypePattern::parse("ANY"); }
    static bool write(const Value& v, Column& out, std::string&) { return out.append(v), true; }
};
template <class T>
struct Writer<std::optional<T>> {
    static TypePattern pattern() { return Writer<T>::pattern(); }
    static bool write(const std::optional<T>& v, Column& out, std::string& message) {
        if (v) return Writer<T>::write(*v, out, message);
        out.append_null();
        return true;
    }
};
template <class T>
struct Writer<Fallible<T>> {
    static TypePattern pattern() { return Writer<T>::pattern(); }
    static bool write(const Fallible<T>& v, Column& out, std::string& message) {
        if (!v.failed()) return Writer<T>::write(v.value(), out, message);
        message = v.message();
        return false;
    }
};

/// The three shapes of function: plain, with a CallSite, appending to text.
template <class F>
struct FunctionShape;
template <class R, class... A>
struct FunctionShape<R (*)(A...)> {
    using Result = R;
    using Parameters = std::tuple<Parameter<A>...>;
    static Signature signature(const std::vector<std::string>& names) {
        Signature out;
        size_t index = 0;
        [[maybe_unused]] auto add = [&](TypePattern pattern, bool variadic) {
            if (variadic) out.variadic = static_cast<int>(index);
            out.parameters.push_back(
                {std::move(pattern), index < names.size() ? names[index] : std::string(), ""});
            ++index;
        };
        (add(Parameter<A>::pattern(), Parameter<A>::kVariadic), ...);
        out.result = Writer<R>::pattern();
        return out;
    }
    template <class... L>
    static R call(R (*function)(A...), L&&... arguments) {
        return function(std::forward<L>(arguments)...);
    }
};
template <class R, class... A>
struct FunctionShape<R (*)(const CallSite&, A...)> : FunctionShape<R (*)(A...)> {};
template <class... A>
struct FunctionShape<void (*)(std::string&, A...)> : FunctionShape<std::string (*)(A...)> {};

template <class F>
struct TakesCallSite : std::false_type {};
template <class R, class... A>
struct TakesCallSite<R (*)(const CallSite&, A...)> : std::true_type {};
template <class F>
struct AppendsText : std::false_type {};
template <class... A>
struct AppendsText<void (*)(std::string&, A...)> : std::true_type {};

template <class F>
class FunctionKernel final : public ScalarKernel {
    using Shape = FunctionShape<F>;
    using Parameters = typename Shape::Parameters;
    static constexpr size_t kCount = std::tuple_size_v<Parameters>;

public:
    FunctionKernel(F function, CallTypes types) : function_(function), types_(std::move(types)) {}

    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv& env,
                  RowErrors& errors, Column& output) const override {
        output.reserve(rows);
        for (const Column* column : arguments.columns)
            if (column && column->physical() == PhysicalType::kText &&
                output.physical() == PhysicalType::kText)
                output.hold_all(*column);
        CallSite site{&types_, &env, arguments.lambdas};
        std::string scratch;
        for (size_t row = 0; row < rows; ++row)
            one(arguments.columns, row, site, errors, output, scratch,
                std::make_index_sequence<kCount>());
    }

private:
    template <size_t I>
    static bool skips(std::span<const Column* const> columns, size_t row) {
        using P = std::tuple_element_t<I, Parameters>;
        if constexpr (P::kVariadic) {
            return false;
        } else {
            return P::skips(*columns[I], row);
        }
    }
    template <size_t I>
    static bool fails(std::span<const Column* const> columns, size_t row) {
        using P = std::tuple_element_t<I, Parameters>;
        if constexpr (P::kVariadic) {
            return false;
        } else {
            return P::fails(*columns[I], row);
        }
    }

    template <size_t... I>
    void one(std::span<const Column* const> columns, size_t row, const CallSite& site,
             RowErrors& errors, Column& output, std::string& scratch,
             std::index_sequence<I...>) const {
        if ((fails<I>(columns, row) || ...)) {
            output.append_null();
            errors.add_row(static_cast<uint32_t>(row),
                           "NULL passed to a parameter that takes none");
            return;
        }
        if ((skips<I>(columns, row) || ...)) {
            output.append_null();
            return;
        }
        size_t before = output.size();
        try {
            if constexpr (AppendsText<F>::value) {
                scratch.clear();
                function_(scratch, std::tuple_element_t<I, Parameters>::read(columns, I, row)...);
                output.append_text(scratch);
                return;
            } else {
                bool written;
                if constexpr (TakesCallSite<F>::value) {
                    written = Writer<typename Shape::Result>::write(
                        function_(site,
                                  std::tuple_element_t<I, Parameters>::read(columns, I, row)...),
                        output, scratch);
                } else {
                    written = Writer<typename Shape::Result>::write(
                        function_(std::tuple_element_t<I, Parameters>::read(columns, I, row)...),
                        output, scratch);
                }
                if (written) return;
            }
        } catch (const RowError& error) {
            scratch = error.what();
        }
        if (output.size() == before) output.append_null();
        errors.add_row(static_cast<uint32_t>(row), scratch);
    }

    F function_;
    CallTypes types_;
};

/// Adds the functions of one family (one category).
class Family {
public:
    Family(FunctionRegistry& registry, std::string_view category)
        : entries_(registry.entries()), category_(category) {}

    /// From a plain function; the SQL types are those of its C++ signature.
    template <class F>
    Family& scalar(std::string_view name, std::string_view description, F function,
                   const std::vector<std::string>& parameter_names = {}) {
        return add<F>(name, description, FunctionShape<F>::signature(parameter_names), function);
    }
    /// From a plain function with the SQL signature as text: "(ARRAY<T> array, T value) ->
    /// BOOLEAN".
    template <class F>
    Family& generic(std::string_view name, std::string_view description, std::string_view signature,
                    F function) {
        return add<F>(name, description, Signature::parse(signature), function);
    }
    /// From a kernel of its own class, constructible from CallTypes.
    template <class Kernel>
    Family& kernel(std::string_view name, std::string_view description,
                   std::string_view signature) {
        ScalarOverload overload;
        overload.signature = Signature::parse(signature);
        overload.make = [](const CallTypes& types) { return std::make_shared<Kernel>(types); };
        return put(name, description, std::move(overload));
    }
    /// The result's type rule of the overload added last.
    Family& returns(ResultRule rule) {
        last_->result_rule = std::move(rule);
        return *this;
    }
    /// The overload added last gives another value each time.
    Family& not_deterministic() {
        last_->deterministic = false;
        return *this;
    }
    /// Messages spell the function added last this way (ksqlDB mixes cases).
    Family& shown_as(std::string_view name) {
        entry_->shown_name = std::string(name);
        return *this;
    }

private:
    template <class F>
    Family& add(std::string_view name, std::string_view description, Signature signature,
                F function) {
        ScalarOverload overload;
        overload.signature = std::move(signature);
        overload.make = [function](const CallTypes& types) {
            return std::make_shared<FunctionKernel<F>>(function, types);
        };
        return put(name, description, std::move(overload));
    }
    Family& put(std::string_view name, std::string_view description, ScalarOverload overload);

    FunctionRegistry::Entries& entries_;
    std::string category_;
    FunctionEntry* entry_ = nullptr;
    ScalarOverload* last_ = nullptr;
};

}  // namespace millrace::functions
