// COALESCE, IFNULL, NULLIF, AS_VALUE, GREATEST, LEAST: whole columns in, no Value in between.
#include "engine/functions/families.h"
#include "engine/functions/ordering.h"
#include "engine/functions/scalar.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

void hold_text(const CallArguments& arguments, Column& output) {
    if (output.physical() != PhysicalType::kText) return;
    for (const Column* column : arguments.columns) output.hold_all(*column);
}

/// The first argument that is not NULL.
class CoalesceKernel final : public ScalarKernel {
public:
    explicit CoalesceKernel(const CallTypes&) {}
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors&,
                  Column& output) const override {
        hold_text(arguments, output);
        output.reserve(rows);
        for (size_t row = 0; row < rows; ++row) {
            const Column* chosen = arguments.columns.front();
            for (const Column* column : arguments.columns) {
                if (column->is_null(row)) continue;
                chosen = column;
                break;
            }
            output.append_from(*chosen, row);
        }
    }
};

class NullIfKernel final : public ScalarKernel {
public:
    explicit NullIfKernel(const CallTypes&) {}
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors&,
                  Column& output) const override {
        hold_text(arguments, output);
        const Column& value = *arguments.columns[0];
        const Column& other = *arguments.columns[1];
        for (size_t row = 0; row < rows; ++row) {
            if (!other.is_null(row) && !value.is_null(row) && equal_at(value, row, other, row)) {
                output.append_null();
            } else {
                output.append_from(value, row);
            }
        }
    }
};

/// GREATEST (Sign 1) and LEAST (Sign -1): NULLs are passed over. A DECIMAL comes out with its own
/// digits, although the result's type has room for those of every argument.
template <int Sign>
class ExtremeKernel final : public ScalarKernel {
public:
    explicit ExtremeKernel(const CallTypes&) {}
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors&,
                  Column& output) const override {
        hold_text(arguments, output);
        for (size_t row = 0; row < rows; ++row) {
            const Column* best = nullptr;
            for (const Column* column : arguments.columns) {
                if (column->is_null(row)) continue;
                if (!best || order_at(*column, row, *best, row) * Sign > 0) best = column;
            }
            if (!best) {
                output.append_null();
            } else {
                output.append_from(*best, row);
            }
        }
    }
};

/// Digits enough for every argument.
SqlTypePtr widest_decimal(const std::vector<ArgumentType>& arguments) {
    SqlTypePtr out;
    for (const ArgumentType& argument : arguments) {
        if (!argument.type || (argument.is_literal && argument.literal.is_null())) continue;
        out = out ? common_numeric_type(out, argument.type) : argument.type;
    }
    return out ? out : SqlType::decimal(1, 0);
}

}  // namespace

void add_conditional_functions(FunctionRegistry& registry) {
    Family f(registry, "CONDITIONAL");
    f.kernel<CoalesceKernel>("COALESCE", "The first argument that is not NULL.",
                             "(T first, T... others) -> T")
        .shown_as("COALESCE");
    f.kernel<CoalesceKernel>("IFNULL", "The first argument, or the second one when it is NULL.",
                             "(T expression, T altValue) -> T")
        .shown_as("IFNULL");
    f.kernel<NullIfKernel>("NULLIF", "NULL when both arguments are equal, else the first one.",
                           "(T expression1, T expression2) -> T")
        .shown_as("NULLIF");
    Family other(registry, "OTHER");
    other
        .kernel<CoalesceKernel>("AS_VALUE", "A copy of a key column for the value.",
                                "(T keyColumn) -> T")
        .shown_as("AS_VALUE");
    Family math(registry, "MATHEMATICAL");
    for (std::string type :
         {"INT", "BIGINT", "DOUBLE", "DECIMAL", "STRING", "BYTES", "DATE", "TIME", "TIMESTAMP"}) {
        std::string signature = "(" + type + " val, " + type + "... vals) -> " + type;
        math.kernel<ExtremeKernel<1>>("GREATEST", "The greatest argument; NULLs are passed over.",
                                      signature);
        if (type == "DECIMAL") math.returns(widest_decimal);
        math.kernel<ExtremeKernel<-1>>("LEAST", "The least argument; NULLs are passed over.",
                                       signature);
        if (type == "DECIMAL") math.returns(widest_decimal);
    }
}

}  // namespace millrace::functions
