// FILTER, TRANSFORM and REDUCE. A body is evaluated once on the elements of all rows, not once an
// element.
#include <algorithm>

#include "engine/base/row_meter.h"
#include "engine/functions/families.h"
#include "engine/functions/map_order.h"
#include "engine/functions/scalar.h"
#include "engine/types/copied_value.h"

namespace millrace::functions {
namespace {

/// The elements of all rows' collections in columns, with the row that each belongs to.
struct Flat {
    std::vector<Column> columns;  ///< Element, or key and value.
    std::vector<uint32_t> rows;   ///< Row of each element.
    std::vector<size_t> ends;     ///< Behind each row's last element.
};

/// `ordered`: a map's entries as ksqlDB goes through them.
Flat flatten(const Column& collections, size_t rows, bool ordered = false) {
    Flat out;
    const SqlType& type = collections.type();
    bool array = type.is(BaseType::kArray);
    if (array) {
        out.columns.emplace_back(type.element());
    } else {
        out.columns.emplace_back(type.map_key());
        out.columns.emplace_back(type.map_value());
    }
    size_t elements = 0;
    for (size_t row = 0; row < rows; ++row) {
        if (collections.is_null(row)) continue;
        const Value& value = collections.value_ref_at(row);
        elements += array ? value.as_list().size() : 2 * value.as_map().size();
    }
    // Elements, the rows that they are of, and what the lambda makes of them.
    RowMeter::here().grow(elements * (sizeof(Value) + sizeof(uint32_t)));
    for (size_t row = 0; row < rows; ++row) {
        if (!collections.is_null(row)) {
            if (array) {
                for (const Value& item : collections.value_ref_at(row).as_list()) {
                    out.columns[0].append(item);
                    out.rows.push_back(static_cast<uint32_t>(row));
                }
            } else {
                const ValueMap& map = collections.value_ref_at(row).as_map();
                auto add = [&](const auto& entry) {
                    out.columns[0].append(entry.first);
                    out.columns[1].append(entry.second);
                    out.rows.push_back(static_cast<uint32_t>(row));
                };
                if (ordered) {
                    for (size_t i : hash_map_order(map, type.map_key()->base())) add(map[i]);
                } else {
                    for (const auto& entry : map) add(entry);
                }
            }
        }
        out.ends.push_back(out.rows.size());
    }
    return out;
}

std::vector<const Column*> pointers(const std::vector<Column>& columns) {
    std::vector<const Column*> out;
    for (const Column& column : columns) out.push_back(&column);
    return out;
}

/// One error a row, the first.
class RowFailures {
public:
    RowFailures(size_t rows, RowErrors& errors) : failed_(rows), errors_(errors) {}
    void fail(size_t row, std::string message) {
        if (failed_[row]) return;
        failed_[row] = true;
        errors_.add_row(static_cast<uint32_t>(row), std::move(message));
    }
    bool failed(size_t row) const { return failed_[row]; }

private:
    std::vector<bool> failed_;
    RowErrors& errors_;
};

class FilterKernel final : public ScalarKernel {
public:
    explicit FilterKernel(const CallTypes&) {}
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors& errors,
                  Column& output) const override {
        const Column& collections = *arguments.columns[0];
        Flat flat = flatten(collections, rows);
        Column kept(SqlType::boolean());
        arguments.lambdas[1]->evaluate(pointers(flat.columns), flat.rows, errors, kept);
        RowFailures failures(rows, errors);
        size_t at = 0;
        for (size_t row = 0; row < rows; ++row) {
            ValueList list;
            ValueMap map;
            for (; at < flat.ends[row]; ++at) {
                if (kept.is_null(at)) {
                    failures.fail(row, "the lambda gave NULL");
                } else if (kept.bool_at(at) && flat.columns.size() == 1) {
                    list.push_back(copied(flat.columns[0], at));
                } else if (kept.bool_at(at)) {
                    if (flat.columns[1].is_null(at))
                        failures.fail(row, "a map entry's value is NULL");
                    map.emplace_back(copied(flat.columns[0], at), copied(flat.columns[1], at));
                }
            }
            if (collections.is_null(row) || failures.failed(row)) {
                output.append_null();
            } else {
                output.append_ref(flat.columns.size() == 1 ? Value(std::move(list))
                                                           : Value(std::move(map)));
            }
        }
    }
};

class TransformArrayKernel final : public ScalarKernel {
public:
    explicit TransformArrayKernel(const CallTypes& types) : type_(types.result->element()) {}
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors& errors,
                  Column& output) const override {
        const Column& collections = *arguments.columns[0];
        Flat flat = flatten(collections, rows);
        Column items(type_);
        arguments.lambdas[1]->evaluate(pointers(flat.columns), flat.rows, errors, items);
        size_t at = 0;
        for (size_t row = 0; row < rows; ++row) {
            ValueList list;
            for (; at < flat.ends[row]; ++at) list.push_back(copied(items, at));
            if (collections.is_null(row)) {
                output.append_null();
            } else {
                output.append_ref(Value(std::move(list)));
            }
        }
    }

private:
    SqlTypePtr type_;
};

class TransformMapKernel final : public ScalarKernel {
public:
    explicit TransformMapKernel(const CallTypes& types) : type_(types.result) {}
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors& errors,
                  Column& output) const override {
        const Column& collections = *arguments.columns[0];
        Flat flat = flatten(collections, rows);
        Column keys(type_->map_key());
        Column values(type_->map_value());
        arguments.lambdas[1]->evaluate(pointers(flat.columns), flat.rows, errors, keys);
        arguments.lambdas[2]->evaluate(pointers(flat.columns), flat.rows, errors, values);
        RowFailures failures(rows, errors);
        size_t at = 0;
        for (size_t row = 0; row < rows; ++row) {
            ValueMap map;
            for (; at < flat.ends[row]; ++at) {
                Value key = copied(keys, at);
                RowMeter::here().work(map.size());
                if (values.is_null(at)) failures.fail(row, "the lambda gave a NULL value");
                if (std::any_of(map.begin(), map.end(),
                                [&](const auto& e) { return e.first == key; }))
                    failures.fail(row, "Duplicate key " + value_to_text(key, *type_->map_key()));
                map.emplace_back(std::move(key), copied(values, at));
            }
            if (collections.is_null(row) || failures.failed(row)) {
                output.append_null();
            } else {
                output.append_ref(Value(std::move(map)));
            }
        }
    }

private:
    SqlTypePtr type_;
};

/// Columns are made and taken apart for each step.
constexpr size_t kStepWork = 64;

/// All rows take their n-th step together.
class ReduceKernel final : public ScalarKernel {
public:
    explicit ReduceKernel(const CallTypes&) {}
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors& errors,
                  Column& output) const override {
        const Column& collections = *arguments.columns[0];
        const Column& initial = *arguments.columns[1];
        Flat flat = flatten(collections, rows, true);
        Column states(initial.type_ptr());
        for (size_t row = 0; row < rows; ++row) states.append_from(initial, row);
        states.hold_all(initial);

        std::vector<size_t> next(rows);
        for (size_t row = 1; row < rows; ++row) next[row] = flat.ends[row - 1];
        std::vector<uint32_t> stepping, elements;
        while (true) {
            stepping.clear();
            elements.clear();
            for (size_t row = 0; row < rows; ++row) {
                if (initial.is_null(row) || next[row] == flat.ends[row]) continue;
                stepping.push_back(static_cast<uint32_t>(row));
                elements.push_back(static_cast<uint32_t>(next[row]++));
            }
            if (stepping.empty()) break;
            RowMeter::here().work(kStepWork * stepping.size());
            std::vector<Column> parameters;
            parameters.push_back(states.select(stepping));
            for (const Column& column : flat.columns) parameters.push_back(column.select(elements));
            Column stepped(states.type_ptr());
            arguments.lambdas[2]->evaluate(pointers(parameters), stepping, errors, stepped);
            states.hold_all(stepped);
            for (size_t i = 0; i < stepping.size(); ++i) states.set(stepping[i], stepped.get(i));
        }
        output.hold_all(states);
        for (size_t row = 0; row < rows; ++row) output.append_from(states, row);
    }
};

}  // namespace

void add_lambda_functions(FunctionRegistry& registry) {
    Family f(registry, "LAMBDA");
    f.kernel<FilterKernel>("FILTER", "The elements for which the lambda holds.",
                           "(ARRAY<T> array, (T) => BOOLEAN lambda) -> ARRAY<T>");
    f.kernel<FilterKernel>("FILTER", "The entries for which the lambda holds.",
                           "(MAP<K, V> map, (K, V) => BOOLEAN lambda) -> MAP<K, V>");
    f.kernel<TransformArrayKernel>("TRANSFORM", "What the lambda makes of each element.",
                                   "(ARRAY<T> array, (T) => R lambda) -> ARRAY<R>");
    f.kernel<TransformMapKernel>(
        "TRANSFORM", "What the lambdas make of each entry's key and value.",
        "(MAP<K, V> map, (K, V) => R lambda1, (K, V) => S lambda2) -> MAP<R, S>");
    f.kernel<ReduceKernel>("REDUCE", "One value out of an array's elements.",
                           "(ARRAY<T> list, S initialState, (S, T) => S reduceFunction) -> S");
    f.kernel<ReduceKernel>("REDUCE", "One value out of a map's entries.",
                           "(MAP<K, V> map, S initialState, (S, K, V) => S reduceFunction) -> S");
}

}  // namespace millrace::functions
