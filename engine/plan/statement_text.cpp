#include "engine/plan/statement_text.h"

#include <algorithm>
#include <array>

namespace millrace::plan {
namespace {

std::string quoted(const std::string& text) {
    std::string out = "'";
    for (char c : text) {
        out += c;
        if (c == '\'') out += c;
    }
    return out + "'";
}

std::string literal_text(const sql::Literal& literal) {
    if (!literal.type || literal.value.is_null()) return "null";
    if (literal.type->is(BaseType::kString)) return quoted(literal.value.as_string());
    return value_to_text(literal.value, *literal.type);
}

std::string with_text(const sql::Properties& properties) {
    if (properties.entries.empty()) return "";
    auto sorted = properties.entries;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string out;
    for (const auto& [name, value] : sorted) {
        out += (out.empty() ? "" : ", ") + name + "=" + literal_text(value);
    }
    return " WITH (" + out + ")";
}

std::string create_head(sql::SourceKind kind, const std::string& name, bool or_replace,
                        bool read_only, bool if_not_exists) {
    std::string out = "CREATE ";
    if (or_replace) out += "OR REPLACE ";
    if (read_only) out += "SOURCE ";
    out += kind == sql::SourceKind::kTable ? "TABLE " : "STREAM ";
    if (if_not_exists) out += "IF NOT EXISTS ";
    return out + quote_identifier(name);
}

std::string column_text(const sql::ColumnDefinition& column) {
    std::string out = quote_identifier(column.name) + " " + column.type->to_string(false);
    switch (column.role) {
        case sql::ColumnRole::kKey:
            return out + " KEY";
        case sql::ColumnRole::kPrimaryKey:
            return out + " PRIMARY KEY";
        case sql::ColumnRole::kHeaders:
            return out + " HEADERS";
        case sql::ColumnRole::kHeader:
            return out + " HEADER(" + quoted(column.header_key) + ")";
        case sql::ColumnRole::kValue:
            break;
    }
    return out;
}

std::string window_text(const sql::WindowClause& window) {
    std::string out = "WINDOW ";
    switch (window.kind) {
        case sql::WindowKind::kTumbling:
            out += "TUMBLING ( SIZE " + sql::duration_text(window.size_ms);
            break;
        case sql::WindowKind::kHopping:
            out += "HOPPING ( SIZE " + sql::duration_text(window.size_ms) + " , ADVANCE BY " +
                   sql::duration_text(window.advance_ms);
            break;
        case sql::WindowKind::kSession:
            out += "SESSION ( " + sql::duration_text(window.size_ms);
            break;
    }
    if (window.retention_ms) out += " , RETENTION " + sql::duration_text(*window.retention_ms);
    if (window.grace_ms) out += " , GRACE PERIOD " + sql::duration_text(*window.grace_ms);
    return out + " ) ";
}

std::string item_text(const sql::SelectItem& item) {
    if (const auto* star = std::get_if<sql::SelectItem::Star>(&item.item)) {
        return star->source ? quote_identifier(*star->source) + ".*" : "*";
    }
    if (const auto* fields = std::get_if<sql::SelectItem::StructStar>(&item.item)) {
        return sql::print(fields->base) + "->*";
    }
    const auto& single = std::get<sql::SelectItem::Single>(item.item);
    std::string out = sql::print(single.expression);
    if (single.alias) out += " " + quote_identifier(*single.alias);
    return out;
}

std::string source_text(const sql::SourceRef& source) {
    return quote_identifier(source.name) + " " +
           quote_identifier(source.alias.value_or(source.name));
}

std::string join_text(const sql::Join& join) {
    std::string out;
    switch (join.type) {
        case sql::JoinType::kInner:
            out = "INNER JOIN ";
            break;
        case sql::JoinType::kLeft:
            out = "LEFT OUTER JOIN ";
            break;
        case sql::JoinType::kRight:
            out = "RIGHT OUTER JOIN ";
            break;
        case sql::JoinType::kOuter:
            out = "FULL OUTER JOIN ";
            break;
    }
    out += source_text(join.source);
    if (join.within) {
        const sql::Within& within = *join.within;
        out += " WITHIN ";
        if (within.single) {
            out += sql::duration_text(within.before_ms);
        } else {
            out += "(" + sql::duration_text(within.before_ms) + ", " +
                   sql::duration_text(within.after_ms) + ")";
        }
        if (within.grace_ms) out += " GRACE PERIOD " + sql::duration_text(*within.grace_ms);
    }
    return out + " ON (" + sql::print(join.on) + ")";
}

std::string list_text(const std::vector<sql::ExpressionPtr>& expressions) {
    std::string out;
    for (const auto& expression : expressions)
        out += (out.empty() ? "" : ", ") + sql::print(expression);
    return out;
}

}  // namespace

std::string format_query(const sql::Query& query) {
    std::string out = "SELECT";
    if (query.select.size() == 1) {
        out += " " + item_text(query.select[0]);
    } else {
        for (size_t i = 0; i < query.select.size(); ++i) {
            out += std::string(i == 0 ? "" : ",") + "\n  " + item_text(query.select[i]);
        }
    }
    out += "\nFROM " + source_text(query.from);
    for (const sql::Join& join : query.joins) out += "\n" + join_text(join);
    if (query.window) out += "\n" + window_text(*query.window);
    if (query.where) out += "\nWHERE " + sql::print(query.where);
    if (!query.group_by.empty()) out += "\nGROUP BY " + list_text(query.group_by);
    if (!query.partition_by.empty()) out += "\nPARTITION BY " + list_text(query.partition_by);
    if (query.having) out += "\nHAVING " + sql::print(query.having);
    if (query.emit == sql::EmitKind::kChanges) out += "\nEMIT CHANGES";
    if (query.emit == sql::EmitKind::kFinal) out += "\nEMIT FINAL";
    if (query.limit) out += "\nLIMIT " + std::to_string(*query.limit);
    return out;
}

std::string format_statement(const sql::CreateSource& statement) {
    std::string out = create_head(statement.kind, statement.name, statement.or_replace,
                                  statement.read_only, statement.if_not_exists);
    if (!statement.columns.empty()) {
        std::string columns;
        for (const auto& column : statement.columns) {
            columns += (columns.empty() ? "" : ", ") + column_text(column);
        }
        out += " (" + columns + ")";
    }
    return out + with_text(statement.properties) + ";";
}

std::string format_statement(const sql::CreateAsSelect& statement) {
    return create_head(statement.kind, statement.name, statement.or_replace, false,
                       statement.if_not_exists) +
           with_text(statement.properties) + " AS " + format_query(statement.query) + ";";
}

}  // namespace millrace::plan
