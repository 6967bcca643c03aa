// INSERT INTO … VALUES: which columns, which values, coerced to the columns' types.
#include <algorithm>
#include <set>

#include "engine/base/error.h"
#include "engine/base/nearest.h"
#include "engine/config/get.h"
#include "engine/plan/planner.h"
#include "engine/plan/source_rules.h"
#include "engine/plan/with_properties.h"
#include "engine/sql/parser.h"
#include "engine/types/casts.h"

namespace millrace::plan {
namespace {

/// The text that ksqlDB shows in place of the statement: values are kept out of logs.
std::string masked(const sql::InsertValues& statement) {
    std::string columns;
    for (const auto& name : statement.columns) {
        columns += (columns.empty() ? "" : ", ") + quote_identifier(name, true);
    }
    std::string values;
    for (size_t i = 0; i < statement.values.size(); ++i) {
        values += i == 0 ? "'[value]'" : ", '[value]'";
    }
    return "INSERT INTO " + quote_identifier(statement.target, true) +
           (columns.empty() ? "" : " (" + columns + ")") + " VALUES (" + values + ");";
}

class Inserter {
public:
    Inserter(const sql::InsertValues& statement, const PlanningContext& context,
             const ConstantValue& evaluate, bool written)
        : statement_(statement), context_(context), evaluate_(evaluate), written_(written) {}

    PlannedInsert plan() {
        check_no_sources();
        PlannedInsert out;
        out.source = target();
        const Source& source = *out.source;
        std::vector<std::string> columns = column_names(source);
        std::vector<std::optional<Value>> given(columns.size());
        out.key.assign(source.schema.key.size(), Value());
        out.value.assign(source.schema.value.size(), Value());
        std::set<std::string> seen;
        for (size_t i = 0; i < columns.size(); ++i) {
            const std::string& name = columns[i];
            seen.insert(name);
            if (name == pseudo::kRowtime) {
                out.timestamp_ms = rowtime(statement_.values[i]);
                continue;
            }
            place(source.schema.key, name, statement_.values[i], out.key) ||
                place(source.schema.value, name, statement_.values[i], out.value);
        }
        check_keys(source, seen, out.key);
        return out;
    }

private:
    [[noreturn]] void fail(const std::string& reason, const std::string& name = {}) const {
        throw StatementError(ErrorKind::kStatement,
                             "Failed to insert values into '" + statement_.target + "'. " + reason)
            .about(name)
            .with_statement(masked(statement_));
    }
    /// A value is no row's: no source's columns can be meant. ksqlDB finds that before anything
    /// else.
    void check_no_sources() const {
        for (const auto& value : statement_.values) {
            sql::visit_expressions(value, [](const sql::ExpressionPtr& node) {
                const auto* column = node->as<sql::ColumnRef>();
                if (!column || !column->source) return;
                refuse(Stage::kPrepare, ErrorKind::kStatement,
                       "'" + *column->source + "' is not a valid stream/table name or alias.",
                       node->position);
            });
        }
    }

    SourcePtr target() const {
        if (written_ && !context_.config.get<"ksql.insert.into.values.enabled">()) {
            refuse(ErrorKind::kGeneral,
                   "The server has disabled INSERT INTO ... VALUES functionality. To enable it, "
                   "restart your "
                   "ksqlDB server with 'ksql.insert.into.values.enabled'=true");
        }
        SourcePtr source = context_.catalog->find_source(statement_.target);
        if (!source) {
            refuse(ErrorKind::kGeneral, "Cannot insert values into an unknown stream/table: " +
                                            quote_identifier(statement_.target, true) +
                                            context_.catalog->source_hint(statement_.target));
        }
        if (!written_) return source;
        if (source->windowed())
            refuse(ErrorKind::kGeneral, "Cannot insert values into windowed stream/table!");
        if (source->read_only) {
            refuse(ErrorKind::kGeneral, std::string("Cannot insert values into read-only ") +
                                            kind_word(source->kind) + ": " + source->name);
        }
        return source;
    }

    std::vector<std::string> column_names(const Source& source) const {
        std::vector<std::string> names = statement_.columns;
        std::string headers;
        for (const auto& name : names) {
            for (const auto& header : source.schema.headers) {
                if (header.name == name) headers += (headers.empty() ? "" : ", ") + name;
            }
        }
        if (!headers.empty()) fail("Cannot insert into HEADER columns: " + headers);
        if (names.empty()) {
            for (const auto& field : source.schema.key) names.push_back(field.name);
            for (const auto& field : source.schema.value) names.push_back(field.name);
        }
        if (statement_.columns.empty() && names.size() != statement_.values.size() &&
            !source.schema.headers.empty()) {
            // Values for all columns: the headers are among them.
            for (const auto& header : source.schema.headers)
                headers += (headers.empty() ? "" : ", ") + header.name;
            fail("Cannot insert into HEADER columns: " + headers);
        }
        if (names.size() != statement_.values.size()) {
            std::string expected, got;
            for (const auto& name : names) {
                expected += (expected.empty() ? "" : ", ") + quote_identifier(name, true);
            }
            for (const auto& value : statement_.values)
                got += (got.empty() ? "" : ", ") + sql::print(value);
            fail("Expected a value for each column. Expected Columns: [" + expected + "]. Got [" +
                 got + "]");
        }
        for (const auto& name : names) {
            if (name == pseudo::kRowpartition || name == pseudo::kRowoffset) {
                fail("Inserting into column " + quote_identifier(name, true) + " is not allowed.");
            }
            if (name == pseudo::kRowtime || source.schema.find_key(name) ||
                source.schema.find_value(name)) {
                continue;
            }
            std::vector<std::string> known;
            for (const auto* fields : {&source.schema.key, &source.schema.value})
                for (const auto& field : *fields) known.push_back(field.name);
            const auto near = nearest_names(name, known, 1);
            fail("Column name " + quote_identifier(name, true) + " does not exist." +
                     (near.empty() ? "" : " Did you mean " + quote_identifier(near.front()) + "?"),
                 name);
        }
        return names;
    }

    /// Puts a value where its column stands; false when it is none of these columns.
    bool place(const std::vector<Field>& fields, const std::string& name,
               const sql::ExpressionPtr& expression, std::vector<Value>& values) const {
        for (size_t i = 0; i < fields.size(); ++i) {
            if (fields[i].name != name) continue;
            values[i] = value_for(fields[i], expression);
            return true;
        }
        return false;
    }

    BoundPtr bound(const sql::ExpressionPtr& expression) const {
        ColumnScope none(Schema{}, false);
        BindOptions options;
        options.functions = context_.functions;
        options.clause = "INSERT VALUES";
        options.config = context_.config;
        try {
            return plan::bind(expression, none, options);
        } catch (const StatementError& error) {
            fail(error.what());
        }
    }

    Value evaluated(const BoundPtr& expression) const {
        if (expression->kind == BoundExpression::Kind::kConstant) return expression->constant;
        try {
            return evaluate_(expression);
        } catch (const StatementError& error) {
            fail(error.what());
        }
    }

    Value value_for(const Field& field, const sql::ExpressionPtr& expression) const {
        BoundPtr constant = bound(expression);
        if (!constant->type) return Value();
        Value value = evaluated(constant);
        if (value.is_null()) return value;
        // Text may become a number here, a number never text.
        const bool to_text = field.type->is(BaseType::kString) && !(*constant->type == *field.type);
        std::optional<Value> coerced;
        if (!to_text) {
            coerced = coerce_value(value, *constant->type, *field.type, Coercion::kLax);
        }
        if (coerced) return *coerced;
        fail("Expected type " + field.type->to_string() + " for field " +
             quote_identifier(field.name, true) + " but got " + constant->type->to_string() + "(" +
             value_to_text(value, *constant->type) + ")");
    }

    int64_t rowtime(const sql::ExpressionPtr& expression) const {
        BoundPtr constant = bound(expression);
        Value value = constant->type ? evaluated(constant) : Value();
        if (value.is_null()) fail("ROWTIME must not be NULL.");
        if (constant->type->is(BaseType::kString)) {
            if (auto time = parse_timestamp(value.as_string())) return *time;
            fail("Failed to parse timestamp '" + value.as_string() + "'");
        }
        std::optional<Value> coerced =
            coerce_value(value, *constant->type, *SqlType::bigint(), Coercion::kLax);
        if (!coerced) {
            fail("Expected type BIGINT for field `ROWTIME` but got " + constant->type->to_string() +
                 "(" + value_to_text(value, *constant->type) + ")");
        }
        if (coerced->as_long() < 0) fail("ROWTIME must not be negative.");
        return coerced->as_long();
    }

    /// A table's row has a key: no column is left out, and the only one is not NULL (a record
    /// without a key is no table's row, and a compacted topic refuses it). Of several columns each
    /// may be NULL: the record's key then names them.
    void check_keys(const Source& source, const std::set<std::string>& seen,
                    const std::vector<Value>& key) const {
        if (!source.is_table()) return;
        const bool no_key = written_ && key.size() == 1 && key.front().is_null();
        for (const auto& field : source.schema.key) {
            if (seen.count(field.name) && !no_key) continue;
            std::string keys;
            for (const auto& key : source.schema.key) keys += (keys.empty() ? "" : ", ") + key.name;
            fail("Value for primary key column(s) " + keys + " is required for tables");
        }
    }

    const sql::InsertValues& statement_;
    const PlanningContext& context_;
    const ConstantValue& evaluate_;
    const bool written_;  ///< False: the row is only compared with one that is there.
};

}  // namespace

PlannedInsert plan_insert_values(const sql::InsertValues& statement, const PlanningContext& context,
                                 const ConstantValue& evaluate) {
    return Inserter(statement, context, evaluate, true).plan();
}

PlannedInsert plan_expected_row(const sql::InsertValues& statement, const PlanningContext& context,
                                const ConstantValue& evaluate) {
    return Inserter(statement, context, evaluate, false).plan();
}

}  // namespace millrace::plan
