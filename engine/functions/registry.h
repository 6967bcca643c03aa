// All functions of the dialect: scalar, aggregate and table functions, by name and overload. Filled
// once at start (builtin.cpp, extensions), then read by any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/config/config.h"
#include "engine/types/column.h"
#include "engine/types/row_errors.h"

namespace millrace {

/// What an evaluation may look at besides its arguments. One a task; used by its worker only.
struct EvalEnv {
    const Clock* clock = nullptr;
    uint64_t random_seed = 0;
    Config config;  ///< The server's, with what the query or the session has over it.
};

/// A lambda argument, callable on columns: `body` sees the outer row (by index) and its parameters.
class LambdaBody;

/// The type of one actual argument at resolution.
struct ArgumentType {
    SqlTypePtr type;  ///< Null: the NULL literal, or (is_lambda) a lambda.
    bool is_lambda = false;
    bool is_interval_unit = false;
    bool is_literal = false;
    Value literal;     ///< Its value when is_literal.
    std::string text;  ///< The argument as written, for messages; may be empty.
    size_t lambda_parameters = 0;
    /// Types a lambda's body for given parameter types; set when is_lambda.
    std::function<SqlTypePtr(const std::vector<SqlTypePtr>&)> lambda_result;
};

/// Actual arguments at evaluation: one column an argument (lambdas: null column, entry in
/// `lambdas`).
struct CallArguments {
    std::span<const Column* const> columns;
    std::span<const LambdaBody* const> lambdas;
};

/// A resolved scalar function on column vectors. Stateless; any thread.
class ScalarKernel {
public:
    virtual ~ScalarKernel() = default;
    /// Appends `rows` values to `output`, which is empty. A failing row gets NULL and an entry in
    /// `errors` (errors.add_row with the row's index).
    virtual void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv& env,
                          RowErrors& errors, Column& output) const = 0;
};

class LambdaBody {
public:
    virtual ~LambdaBody() = default;
    /// Evaluates the body once a row of `parameters`; `outer_rows[i]` is the row of the enclosing
    /// batch that row i belongs to.
    virtual void evaluate(std::span<const Column* const> parameters,
                          std::span<const uint32_t> outer_rows, RowErrors& errors,
                          Column& output) const = 0;
};

struct ResolvedScalar {
    std::string name;
    SqlTypePtr result;
    /// What each argument must be cast to first; null entry: as it is (lambda, unit).
    std::vector<SqlTypePtr> argument_types;
    /// Parameter types of each lambda argument, by argument index.
    std::map<size_t, std::vector<SqlTypePtr>> lambda_types;
    std::shared_ptr<const ScalarKernel> kernel;
    bool deterministic = true;  ///< False: RANDOM, UUID, UNIX_TIMESTAMP(): never folded.
};

/// One bound aggregate call. Its state is bytes that stand in the store and its changelog, so their
/// layout is part of the on-disk format (docs/formats.md). Stateless itself; any thread.
class AggregateFunction {
public:
    virtual ~AggregateFunction() = default;
    virtual const SqlTypePtr& result_type() const = 0;
    /// Bytes of the state when it is of fixed size, 0 when it varies.
    virtual size_t fixed_bytes() const = 0;
    /// Table sources: can a row's contribution be taken back?
    virtual bool can_remove() const = 0;
    /// ksqlDB keeps this state as a STRUCT, ARRAY or MAP: a value format without those refuses it
    /// ("One of the functions used in the statement has an intermediate type …").
    virtual bool nested_state() const { return false; }
    /// Must know which of two rows came first, also between states that are merged later: `add`
    /// then gets one BIGINT column more, behind the arguments, that grows from row to row for as
    /// long as the store lives.
    virtual bool ordered() const { return false; }

    // Fixed-size states: `state` is fixed_bytes() long, unaligned. Default: MR_CHECK fails.
    virtual void init(char* state) const;
    virtual void add(char* state, std::span<const Column* const> arguments, size_t row) const;
    virtual void remove(char* state, std::span<const Column* const> arguments, size_t row) const;
    virtual void merge(char* into, const char* other) const;
    virtual void result(const char* state, Column& output) const;  ///< Appends one value.

    // States of varying size. A failure (SUM of DECIMAL overflows) throws RowError: it ends the
    // query. Bytes that are no state of this function throw DamagedBytes.
    virtual void init(std::string& state) const;
    virtual void add(std::string& state, std::span<const Column* const> arguments,
                     size_t row) const;
    virtual void remove(std::string& state, std::span<const Column* const> arguments,
                        size_t row) const;
    virtual void merge(std::string& into, ByteView other) const;
    virtual void result(ByteView state, Column& output) const;
};

struct ResolvedAggregate {
    std::string name;
    std::vector<SqlTypePtr>
        argument_types;  ///< Of the column arguments (after `*` became ROWTIME).
    std::shared_ptr<const AggregateFunction> function;
};

/// Rows from one row (EXPLODE). Stateless; any thread.
class TableKernel {
public:
    virtual ~TableKernel() = default;
    /// For every row appends its values to `output` and their number to `counts`.
    virtual void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv& env,
                          RowErrors& errors, Column& output,
                          std::vector<uint32_t>& counts) const = 0;
};
struct ResolvedTable {
    std::string name;
    SqlTypePtr element;
    std::vector<SqlTypePtr> argument_types;
    std::shared_ptr<const TableKernel> kernel;
};

enum class FunctionKind { kScalar, kAggregate, kTable };

/// For SHOW FUNCTIONS and DESCRIBE FUNCTION.
struct FunctionInfo {
    struct Parameter {
        std::string name, type, description;
        bool variadic = false;
    };
    struct Variant {
        std::vector<Parameter> parameters;
        std::string returns, description;
    };
    std::string name, category, description, author, version, path;
    FunctionKind kind = FunctionKind::kScalar;
    std::vector<Variant> variants;
};

class FunctionRegistry {
public:
    FunctionRegistry();
    ~FunctionRegistry();
    FunctionRegistry(FunctionRegistry&&) noexcept;
    FunctionRegistry& operator=(FunctionRegistry&&) noexcept;
    /// A copy to which more can be added (the test runner's functions).
    FunctionRegistry clone() const;

    /// Every built-in function.
    static const FunctionRegistry& builtin();

    /// Names are case-insensitive.
    std::optional<FunctionKind> kind_of(std::string_view name) const;
    /// Throws StatementError with ksqlDB's texts: unknown name (with a suggestion), no matching
    /// overload (with the valid alternatives), ambiguity.
    ResolvedScalar resolve_scalar(std::string_view name,
                                  const std::vector<ArgumentType>& arguments) const;
    ResolvedAggregate resolve_aggregate(std::string_view name,
                                        const std::vector<ArgumentType>& arguments) const;
    /// With properties: ksql.functions.collect_list.limit and its kin.
    ResolvedAggregate resolve_aggregate(std::string_view name,
                                        const std::vector<ArgumentType>& arguments,
                                        const EvalEnv& env) const;
    ResolvedTable resolve_table(std::string_view name,
                                const std::vector<ArgumentType>& arguments) const;

    std::vector<FunctionInfo> list() const;  ///< Sorted by name.
    const FunctionInfo* find(std::string_view name) const;

    // Registration (scalar.h, aggregate.h have the typed forms) goes through this.
    struct Entries;
    Entries& entries() { return *entries_; }
    const Entries& entries() const { return *entries_; }

private:
    std::unique_ptr<Entries> entries_;
};

}  // namespace millrace
