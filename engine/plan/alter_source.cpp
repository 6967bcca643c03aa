// What may change about a source that exists: ALTER … ADD, CREATE OR REPLACE.
#include "engine/plan/planner.h"
#include "engine/plan/source_rules.h"

namespace millrace::plan {
namespace {

std::string column_text(const Field& field, bool key) {
    return quote_identifier(field.name, true) + " " + field.type->to_string() + (key ? " KEY" : "");
}

/// Columns of `current` that do not stand at the same place in `next`.
std::string displaced(const std::vector<Field>& current, const std::vector<Field>& next, bool key,
                      bool same_length) {
    std::string list;
    for (size_t i = 0; i < current.size(); ++i) {
        if (i < next.size() && current[i] == next[i]) continue;
        list += (list.empty() ? "" : ", ") + column_text(current[i], key);
    }
    if (same_length && list.empty() && next.size() > current.size()) {
        for (size_t i = current.size(); i < next.size(); ++i) {
            list += (list.empty() ? "" : ", ") + column_text(next[i], key);
        }
    }
    return list;
}

}  // namespace

void check_upgrade(const Source& current, const Source& next) {
    const std::string name = "DataSource '" + quote_identifier(current.name, true) + "'";
    auto refuse_upgrade = [&](const std::string& what, const std::string& from,
                              const std::string& to) {
        refuse("Cannot upgrade data source: " + name + " has " + what + " = " + from +
               " which is not upgradeable to " + to);
    };
    auto upper_kind = [](const Source& s) { return s.is_table() ? "KTABLE" : "KSTREAM"; };
    if (current.kind != next.kind) refuse_upgrade("type", upper_kind(current), upper_kind(next));
    if (current.topic != next.topic) refuse_upgrade("topic", current.topic, next.topic);
    if (current.timestamp != next.timestamp) {
        auto text = [](const Source& s) {
            return s.timestamp ? "Optional[TimestampColumn{column=" +
                                     quote_identifier(s.timestamp->column, true) + ", format=" +
                                     (s.timestamp->format ? "Optional[" + *s.timestamp->format + "]"
                                                          : "Optional.empty") +
                                     "}]"
                               : std::string("Optional.empty");
        };
        refuse_upgrade("timestamp column", text(current), text(next));
    }
    // Keys first: what changes about them moves the values as well.
    std::string reason;
    if (std::string keys = displaced(current.schema.key, next.schema.key, true, true);
        !keys.empty()) {
        reason =
            "Key columns must be identical. The following key columns are changed, missing or "
            "reordered: [" +
            keys + "]";
    } else if (std::string values =
                   displaced(current.schema.value, next.schema.value, false, false);
               !values.empty()) {
        reason = "The following columns are changed, missing or reordered: [" + values + "]";
    } else {
        return;
    }
    refuse("Cannot upgrade data source: " + name + " has schema = " + current.schema.to_string() +
           " which is not upgradeable to " + next.schema.to_string() + ". (" + reason + ")");
}

SourcePtr plan_alter_source(const sql::AlterSource& statement, const PlanningContext& context) {
    SourcePtr current = context.catalog->find_source(statement.name);
    if (!current) refuse_about(statement.name, "Source " + statement.name + " does not exist.");
    if (current->kind != statement.kind) {
        refuse(std::string("Incompatible data source type is ") + kind_word(current->kind) +
               ", but statement was ALTER " +
               (statement.kind == sql::SourceKind::kTable ? "TABLE" : "STREAM"));
    }
    if (current->read_only) {
        refuse(std::string("Cannot alter ") + kind_word(current->kind) + " '" + current->name +
               "': ALTER operations are not supported on source " + kind_word(current->kind) +
               "s.");
    }
    if (current->created_by) refuse("ALTER command is not supported for CREATE ... AS statements.");
    auto next = std::make_shared<Source>(*current);
    for (const auto& column : statement.added) {
        bool known = next->schema.find_key(column.name) || next->schema.find_value(column.name);
        for (const auto& header : next->schema.headers) known = known || header.name == column.name;
        if (known) {
            refuse("Cannot add column " + quote_identifier(column.name, true) +
                   " to schema. A column with the same name already exists.");
        }
        next->schema.value.push_back({column.name, column.type});
    }
    check_source_formats(*next);
    return next;
}

}  // namespace millrace::plan
