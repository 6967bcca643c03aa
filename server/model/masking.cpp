#include "server/model/masking.h"

#include "engine/base/error.h"
#include "engine/sql/parser.h"

namespace millrace::server {

namespace {

std::string mask_insert(const sql::InsertValues& insert) {
    std::string text = "INSERT INTO " + quote_identifier(insert.target, true);
    if (!insert.columns.empty()) {
        text += " (";
        for (size_t i = 0; i < insert.columns.size(); ++i) {
            if (i > 0) text += ", ";
            text += quote_identifier(insert.columns[i], true);
        }
        text += ')';
    }
    text += " VALUES (";
    for (size_t i = 0; i < insert.values.size(); ++i) text += i > 0 ? ", '[value]'" : "'[value]'";
    return text + ");";
}

std::string mask_connector(const sql::CreateConnector& connector) {
    std::string text = std::string("CREATE ") + (connector.source ? "SOURCE" : "SINK") +
                       " CONNECTOR " + (connector.if_not_exists ? "IF NOT EXISTS " : "") +
                       quote_identifier(connector.name, true) + " WITH (";
    bool first = true;
    for (const auto& [name, value] : connector.properties.entries) {
        if (!first) text += ", ";
        first = false;
        text += '\'' + name + "'='[string]'";
    }
    return text + ");";
}

}  // namespace

std::string mask_statement(const std::string& text) {
    // Only two kinds carry secrets; the rest need not be parsed again.
    const size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string::npos || (text[start] | 32) == 's') return text;
    try {
        auto pieces = sql::split_statements(text);
        if (pieces.size() != 1) return text;
        sql::ParseOptions options;
        options.custom_type = [](const std::string&) { return SqlType::string(); };
        const sql::Statement statement = sql::parse_statement(pieces[0], options);
        if (const auto* insert = statement.as<sql::InsertValues>()) return mask_insert(*insert);
        if (const auto* made = statement.as<sql::CreateConnector>()) return mask_connector(*made);
    } catch (const StatementError&) {
        return text;  // As ksqlDB: what is no statement is shown as it came.
    }
    return text;
}

}  // namespace millrace::server
