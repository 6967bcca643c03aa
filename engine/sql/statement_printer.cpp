// Statements as text, in ksqlDB's layout.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "engine/base/check.h"
#include "engine/sql/statements.h"

namespace millrace::sql {
namespace {

std::string text_literal(const std::string& value) {
    return print(make_expression(Literal{Value(value), SqlType::string()}));
}

std::string column_text(const ColumnDefinition& column) {
    std::string out =
        fmt::format("{} {}", quote_identifier(column.name), column.type->to_string(false));
    switch (column.role) {
        case ColumnRole::kValue:
            break;
        case ColumnRole::kKey:
            out += " KEY";
            break;
        case ColumnRole::kPrimaryKey:
            out += " PRIMARY KEY";
            break;
        case ColumnRole::kHeaders:
            out += " HEADERS";
            break;
        case ColumnRole::kHeader:
            out += fmt::format(" HEADER({})", text_literal(column.header_key));
            break;
    }
    return out;
}

std::string columns_text(const std::vector<ColumnDefinition>& columns) {
    std::vector<std::string> parts;
    for (const ColumnDefinition& column : columns) parts.push_back(column_text(column));
    return fmt::format("({})", fmt::join(parts, ", "));
}

std::string names_text(const std::vector<std::string>& names) {
    std::vector<std::string> parts;
    for (const std::string& name : names) parts.push_back(quote_identifier(name));
    return fmt::format("({})", fmt::join(parts, ", "));
}

std::string expressions_text(const std::vector<ExpressionPtr>& expressions) {
    std::vector<std::string> parts;
    for (const ExpressionPtr& expression : expressions) parts.push_back(print(expression));
    return fmt::format("{}", fmt::join(parts, ", "));
}

/// ` WITH (…)`, or nothing.
std::string with_text(const Properties& properties) {
    return properties.entries.empty() ? std::string() : " WITH " + print(properties);
}

std::string_view kind_word(SourceKind kind) {
    return kind == SourceKind::kStream ? "STREAM" : "TABLE";
}

std::string source_text(const SourceRef& source) {
    std::string out = quote_identifier(source.name);
    if (source.alias) out += ' ' + quote_identifier(*source.alias);
    return out;
}

std::string select_item_text(const SelectItem& item) {
    if (const auto* star = std::get_if<SelectItem::Star>(&item.item)) {
        return star->source ? quote_identifier(*star->source) + ".*" : "*";
    }
    if (const auto* fields = std::get_if<SelectItem::StructStar>(&item.item)) {
        std::string out = print(make_expression(Dereference{fields->base, "X"}));
        out.back() = '*';
        return out;
    }
    const auto& single = std::get<SelectItem::Single>(item.item);
    std::string out = print(single.expression);
    if (single.alias) out += ' ' + quote_identifier(*single.alias);
    return out;
}

std::string within_text(const Within& within) {
    std::string out = " WITHIN ";
    if (within.single) {
        out += duration_text(within.before_ms, within.before_unit);
    } else {
        out += fmt::format("({}, {})", duration_text(within.before_ms, within.before_unit),
                           duration_text(within.after_ms, within.after_unit));
    }
    if (within.grace_ms) {
        out += " GRACE PERIOD " + duration_text(*within.grace_ms, within.grace_unit);
    }
    return out;
}

std::string join_text(const Join& join) {
    std::string_view word = "INNER JOIN";
    switch (join.type) {
        case JoinType::kInner:
            break;
        case JoinType::kLeft:
            word = "LEFT OUTER JOIN";
            break;
        case JoinType::kRight:
            word = "RIGHT OUTER JOIN";
            break;
        case JoinType::kOuter:
            word = "FULL OUTER JOIN";
            break;
    }
    return fmt::format("\n{} {}{} ON ({})", word, source_text(join.source),
                       join.within ? within_text(*join.within) : std::string(), print(join.on));
}

std::string window_text(const WindowClause& window) {
    std::string out = "\nWINDOW ";
    if (window.name) out += quote_identifier(*window.name) + ' ';
    const std::string size = duration_text(window.size_ms, window.size_unit);
    switch (window.kind) {
        case WindowKind::kTumbling:
            out += fmt::format("TUMBLING ( SIZE {}", size);
            break;
        case WindowKind::kHopping:
            out += fmt::format("HOPPING ( SIZE {} , ADVANCE BY {}", size,
                               duration_text(window.advance_ms, window.advance_unit));
            break;
        case WindowKind::kSession:
            out += fmt::format("SESSION ( {}", size);
            break;
    }
    if (window.retention_ms) {
        out += " , RETENTION " + duration_text(*window.retention_ms, window.retention_unit);
    }
    if (window.grace_ms) {
        out += " , GRACE PERIOD " + duration_text(*window.grace_ms, window.grace_unit);
    }
    return out + " ) ";  // The blank at the end is ksqlDB's.
}

/// A statement without its semicolon.
struct StatementWriter {
    std::string operator()(const CreateSource& s) const {
        return fmt::format("CREATE {}{}{} {}{}{}{}", s.or_replace ? "OR REPLACE " : "",
                           s.read_only ? "SOURCE " : "", kind_word(s.kind),
                           s.if_not_exists ? "IF NOT EXISTS " : "", quote_identifier(s.name),
                           s.columns.empty() ? std::string() : ' ' + columns_text(s.columns),
                           with_text(s.properties));
    }
    std::string operator()(const CreateAsSelect& s) const {
        return fmt::format("CREATE {}{} {}{}{} AS {}", s.or_replace ? "OR REPLACE " : "",
                           kind_word(s.kind), s.if_not_exists ? "IF NOT EXISTS " : "",
                           quote_identifier(s.name), with_text(s.properties), print(s.query));
    }
    std::string operator()(const InsertIntoSelect& s) const {
        return fmt::format("INSERT INTO {}{} {}", quote_identifier(s.target),
                           with_text(s.properties), print(s.query));
    }
    std::string operator()(const InsertValues& s) const {
        return fmt::format("INSERT INTO {} {}VALUES ({})", quote_identifier(s.target),
                           s.columns.empty() ? std::string() : names_text(s.columns) + ' ',
                           expressions_text(s.values));
    }
    std::string operator()(const AlterSource& s) const {
        std::vector<std::string> added;
        for (const ColumnDefinition& c : s.added) added.push_back("ADD COLUMN " + column_text(c));
        return fmt::format("ALTER {} {} {}", kind_word(s.kind), quote_identifier(s.name),
                           fmt::join(added, ", "));
    }
    std::string operator()(const DropSource& s) const {
        return fmt::format("DROP {} {}{}{}", kind_word(s.kind), s.if_exists ? "IF EXISTS " : "",
                           quote_identifier(s.name), s.delete_topic ? " DELETE TOPIC" : "");
    }
    std::string operator()(const CreateType& s) const {
        return fmt::format("CREATE TYPE {}{} AS {}", s.if_not_exists ? "IF NOT EXISTS " : "",
                           quote_identifier(s.name), s.type->to_string(false));
    }
    std::string operator()(const DropType& s) const {
        return fmt::format("DROP TYPE {}{}", s.if_exists ? "IF EXISTS " : "",
                           quote_identifier(s.name));
    }
    std::string operator()(const QueryStatement& s) const { return print(s.query); }
    std::string operator()(const PrintTopic& s) const {
        std::string out = "PRINT " + text_literal(s.topic);
        if (s.from_beginning) out += " FROM BEGINNING";
        if (s.interval) out += fmt::format(" INTERVAL {}", *s.interval);
        if (s.limit) out += fmt::format(" LIMIT {}", *s.limit);
        return out;
    }
    static std::string selected(std::string_view verb, const QuerySelector& query) {
        return fmt::format("{} {}", verb, query.id ? quote_identifier(*query.id) : "ALL");
    }
    std::string operator()(const TerminateQuery& s) const { return selected("TERMINATE", s.query); }
    std::string operator()(const PauseQuery& s) const { return selected("PAUSE", s.query); }
    std::string operator()(const ResumeQuery& s) const { return selected("RESUME", s.query); }
    std::string operator()(const Explain& s) const {
        if (s.query_id) return "EXPLAIN " + quote_identifier(*s.query_id);
        return "EXPLAIN " + std::visit(*this, s.statement->node);
    }
    std::string operator()(const ListObjects& s) const {
        static constexpr std::array kNames = {"STREAMS",
                                              "TABLES",
                                              "TOPICS",
                                              "ALL TOPICS",
                                              "FUNCTIONS",
                                              "QUERIES",
                                              "PROPERTIES",
                                              "TYPES",
                                              "VARIABLES",
                                              "CONNECTORS",
                                              "SOURCE CONNECTORS",
                                              "SINK CONNECTORS",
                                              "CONNECTOR PLUGINS"};
        return fmt::format("LIST {}{}", kNames[static_cast<size_t>(s.kind)],
                           s.extended ? " EXTENDED" : "");
    }
    std::string operator()(const DescribeSource& s) const {
        // A source called TABLES is quoted: unquoted it means all of them.
        return fmt::format("DESCRIBE {}{}", quote_identifier(s.name, s.name == "TABLES"),
                           s.extended ? " EXTENDED" : "");
    }
    std::string operator()(const DescribeAll& s) const {
        return fmt::format("DESCRIBE {}S{}", kind_word(s.kind), s.extended ? " EXTENDED" : "");
    }
    std::string operator()(const DescribeFunction& s) const {
        return "DESCRIBE FUNCTION " + quote_identifier(s.name);
    }
    std::string operator()(const DescribeConnector& s) const {
        return "DESCRIBE CONNECTOR " + quote_identifier(s.name);
    }
    std::string operator()(const SetProperty& s) const {
        return fmt::format("SET {}={}", text_literal(s.name), text_literal(s.value));
    }
    std::string operator()(const UnsetProperty& s) const { return "UNSET " + text_literal(s.name); }
    std::string operator()(const AlterSystem& s) const {
        return fmt::format("ALTER SYSTEM {}={}", text_literal(s.name), text_literal(s.value));
    }
    std::string operator()(const DefineVariable& s) const {
        return fmt::format("DEFINE {}={}", s.name, text_literal(s.value));
    }
    std::string operator()(const UndefineVariable& s) const { return "UNDEFINE " + s.name; }
    std::string operator()(const RunScript& s) const {
        return "RUN SCRIPT " + text_literal(s.path);
    }
    std::string operator()(const CreateConnector& s) const {
        return fmt::format("CREATE {} CONNECTOR {}{} WITH {}", s.source ? "SOURCE" : "SINK",
                           s.if_not_exists ? "IF NOT EXISTS " : "", quote_identifier(s.name),
                           print(s.properties));
    }
    std::string operator()(const DropConnector& s) const {
        return fmt::format("DROP CONNECTOR {}{}", s.if_exists ? "IF EXISTS " : "",
                           quote_identifier(s.name));
    }
    static std::string timeout(const std::optional<int64_t>& ms) {
        return ms ? " TIMEOUT " + duration_text(*ms, DurationUnit::kAuto) : std::string();
    }
    std::string operator()(const AssertTopic& s) const {
        return fmt::format("ASSERT {}TOPIC {}{}{}", s.exists ? "" : "NOT EXISTS ",
                           text_literal(s.topic), with_text(s.properties), timeout(s.timeout_ms));
    }
    std::string operator()(const AssertSchema& s) const {
        std::string out = s.exists ? "ASSERT SCHEMA" : "ASSERT NOT EXISTS SCHEMA";
        if (s.subject) out += " SUBJECT " + text_literal(*s.subject);
        if (s.id) out += fmt::format(" ID {}", *s.id);
        return out + timeout(s.timeout_ms);
    }
    std::string operator()(const AssertValues& s) const {
        return fmt::format("ASSERT VALUES {} {}VALUES ({})", quote_identifier(s.source),
                           s.columns.empty() ? std::string() : names_text(s.columns) + ' ',
                           expressions_text(s.values));
    }
    std::string operator()(const AssertTombstone& s) const {
        return fmt::format("ASSERT NULL VALUES {} {}KEY ({})", quote_identifier(s.source),
                           s.columns.empty() ? std::string() : names_text(s.columns) + ' ',
                           expressions_text(s.key));
    }
    std::string operator()(const AssertSource& s) const {
        return fmt::format(
            "ASSERT {} {}{}{}", kind_word(s.expected.kind), quote_identifier(s.expected.name),
            s.expected.columns.empty() ? std::string() : ' ' + columns_text(s.expected.columns),
            with_text(s.expected.properties));
    }
};

}  // namespace

const Literal* Properties::find(std::string_view name) const {
    for (const auto& [key, value] : entries) {
        if (key == name) return &value;
    }
    return nullptr;
}

std::string print(const Properties& properties) {
    std::vector<std::pair<std::string, std::string>> sorted;
    for (const auto& [name, value] : properties.entries) {
        const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
            return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        });
        // Connector settings have dots and lower case; they were written as text.
        sorted.emplace_back(plain && !name.empty() ? quote_identifier(name) : text_literal(name),
                            print(make_expression(value)));
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> parts;
    for (const auto& [name, value] : sorted) parts.push_back(name + '=' + value);
    return fmt::format("({})", fmt::join(parts, ", "));
}

std::string print(const Query& query) {
    std::string out = "SELECT";
    for (size_t i = 0; i < query.select.size(); ++i) {
        out += query.select.size() == 1 ? " " : i == 0 ? "\n  " : ",\n  ";
        out += select_item_text(query.select[i]);
    }
    out += "\nFROM " + source_text(query.from);
    for (const Join& join : query.joins) out += join_text(join);
    if (query.window) out += window_text(*query.window);
    if (query.where) out += "\nWHERE " + print(query.where);
    if (!query.group_by.empty()) out += "\nGROUP BY " + expressions_text(query.group_by);
    if (!query.partition_by.empty())
        out += "\nPARTITION BY " + expressions_text(query.partition_by);
    if (query.having) out += "\nHAVING " + print(query.having);
    if (query.emit == EmitKind::kChanges) out += "\nEMIT CHANGES";
    if (query.emit == EmitKind::kFinal) out += "\nEMIT FINAL";
    if (query.limit) out += fmt::format("\nLIMIT {}", *query.limit);
    return out;
}

std::string print(const Statement& statement) {
    return std::visit(StatementWriter{}, statement.node) + ';';
}

}  // namespace millrace::sql
