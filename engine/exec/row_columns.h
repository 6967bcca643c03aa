// The columns of rows in the making, as operators that build batches keep them. Stateless.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "engine/types/column.h"
#include "engine/types/schema.h"

namespace millrace::exec {

inline void append_types(const std::vector<Field>& fields, std::vector<SqlTypePtr>& types) {
    for (const Field& field : fields) types.push_back(field.type);
}

inline std::vector<SqlTypePtr> types_of(const std::vector<Field>& fields) {
    std::vector<SqlTypePtr> types;
    append_types(fields, types);
    return types;
}

/// Of the key columns, then of the value columns: the order of a batch.
inline std::vector<SqlTypePtr> all_types(const Schema& schema) {
    std::vector<SqlTypePtr> types = types_of(schema.key);
    append_types(schema.value, types);
    return types;
}

/// Empty ones, in the order of a batch.
inline std::vector<Column> new_columns(const Schema& schema) {
    std::vector<Column> columns;
    columns.reserve(schema.key.size() + schema.value.size());
    for (const auto* fields : {&schema.key, &schema.value}) {
        for (const Field& field : *fields) columns.emplace_back(field.type);
    }
    return columns;
}

/// Built columns as a batch holds them, behind those that are there. `columns` is spent.
inline void append_finished(std::vector<Column>& columns, std::vector<ColumnPtr>& done) {
    done.reserve(done.size() + columns.size());
    for (Column& column : columns)
        done.push_back(std::make_shared<const Column>(std::move(column)));
}

inline std::vector<ColumnPtr> finished(std::vector<Column>& columns) {
    std::vector<ColumnPtr> done;
    append_finished(columns, done);
    return done;
}

}  // namespace millrace::exec
