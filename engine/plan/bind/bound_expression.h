// Expressions with every name bound to a column of an input and every node typed. Made by bind(),
// compiled by exec. Immutable, shared.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/config/config.h"
#include "engine/functions/registry.h"
#include "engine/plan/bind/constant_folding.h"
#include "engine/sql/expression.h"
#include "engine/types/schema.h"

namespace millrace::plan {

enum class SystemColumn { kRowtime, kRowpartition, kRowoffset, kWindowstart, kWindowend };

struct BoundExpression;
using BoundPtr = std::shared_ptr<const BoundExpression>;

struct BoundExpression {
    enum class Kind {
        kConstant,        ///< constant
        kColumn,          ///< column index of the batch
        kSystem,          ///< system column
        kLambdaVariable,  ///< index among the lambda's parameters, and its depth
        kArithmetic,  ///< arithmetic op, two children, already of the result's type (DECIMAL: as
                      ///< they are)
        kNegate,
        kCompare,  ///< compare op, two children of comparable types, coerced
        kAnd,
        kOr,
        kNot,
        kIsNull,
        kIsNotNull,
        kIn,    ///< child 0 among the other children; negation is a kNot around
        kLike,  ///< child 0 LIKE child 1, escape in `text`
        kCase,  ///< when, then, when, then, …[, else when odd]
        kCast,
        kCall,  ///< function
        kArray,
        kMap,
        kStruct,  ///< constructors
        kSubscript,
        kDereference,   ///< Dereference: column = field index
        kLambda,        ///< argument of kCall only; child 0 is the body
        kIntervalUnit,  ///< text
    };
    Kind kind = Kind::kConstant;
    SqlTypePtr type;  ///< Null for the NULL constant, lambdas and units.
    std::vector<BoundPtr> children;
    Value constant;
    int column = -1;
    int lambda_depth = 0;
    SystemColumn system = SystemColumn::kRowtime;
    sql::BinaryOp arithmetic = sql::BinaryOp::kAdd;
    sql::CompareOp compare = sql::CompareOp::kEqual;
    std::string text;
    std::shared_ptr<const ResolvedScalar> function;
    std::vector<SqlTypePtr> lambda_parameters;
    Position position;
};

/// What names mean while binding: the columns of one step's schema, in batch order (keys, then
/// values).
class ColumnScope {
public:
    /// `windowed`: WINDOWSTART and WINDOWEND may be read.
    ColumnScope(const Schema& schema, bool windowed);
    /// Index of the batch column, or -1.
    int find(const std::string& name) const;
    const Field& field(int index) const { return fields_[static_cast<size_t>(index)]; }
    const std::vector<Field>& fields() const { return fields_; }
    bool windowed() const { return windowed_; }
    /// The schema as ksqlDB shows it with errors: pseudo columns and the keys again at its end.
    std::string to_string() const;

private:
    std::vector<Field> fields_;
    std::unordered_map<std::string, int> by_name_;
    size_t num_keys_;
    bool windowed_;
};

struct BindOptions {
    const FunctionRegistry* functions = nullptr;
    /// Starts the message of an unknown column: "SELECT column 'X' cannot be resolved." etc.
    std::string clause = "SELECT";
    Config config;  ///< Switches that change meaning (ksql.cast.strings.preserve.nulls, …).
    /// Null: calls and arithmetic on constants are left to compile() to fold.
    ConstantEvaluator evaluate_constant;
};

/// Binds and types an expression whose column references are unqualified step columns. Folds
/// constants, turns BETWEEN and simple CASE into comparisons, ROWTIME against text into BIGINT
/// comparisons. Throws StatementError with ksqlDB's reason, position and a suggestion for unknown
/// names.
BoundPtr bind(const sql::ExpressionPtr& expression, const ColumnScope& scope,
              const BindOptions& options);

/// The same for WHERE and HAVING (options.clause): the expression must be BOOLEAN, and messages
/// start as ksqlDB's do ("Error in WHERE expression: …").
BoundPtr bind_condition(const sql::ExpressionPtr& expression, const ColumnScope& scope,
                        const BindOptions& options);

/// `bound` as a `type`, by a cast when it has another one. REQUIRES: can_cast.
BoundPtr cast_to(const BoundPtr& bound, const SqlTypePtr& type);

/// No column, system column or changing function below: one value for all rows.
bool is_constant(const BoundPtr& expression);

/// The columns of the batch that the expression reads.
void collect_columns(const BoundPtr& expression, std::vector<bool>& used);

/// ksqlDB's word for a comparison in its messages: "EQUAL", "LESS_THAN".
const char* compare_name(sql::CompareOp op);

}  // namespace millrace::plan
