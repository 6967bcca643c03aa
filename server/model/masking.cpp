#include "server/model/masking.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/config/table.h"
#include "engine/sql/parser.h"
#include "server/model/unparsed_masking.h"

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

/// One statement; as it came when nothing in it is to be hidden.
std::string mask_one(const sql::StatementText& piece) {
    try {
        sql::ParseOptions options;
        options.custom_type = [](const std::string&) { return SqlType::string(); };
        const sql::Statement statement = sql::parse_statement(piece, options);
        if (const auto* insert = statement.as<sql::InsertValues>()) return mask_insert(*insert);
        if (const auto* made = statement.as<sql::CreateConnector>()) return mask_connector(*made);
        if (const auto* set = statement.as<sql::SetProperty>();
            set != nullptr && holds_secret(set->name, set->value)) {
            return "SET '" + set->name + "'='" + shown_property_value(set->name, set->value) + "';";
        }
        if (const auto* alter = statement.as<sql::AlterSystem>();
            alter != nullptr && holds_secret(alter->name, alter->value)) {
            return "ALTER SYSTEM '" + alter->name + "'='" +
                   shown_property_value(alter->name, alter->value) + "';";
        }
    } catch (const StatementError&) {
        return mask_unparsed(piece.text);
    }
    return piece.text;
}

}  // namespace

std::string mask_statement(const std::string& text) {
    try {
        std::string masked;
        bool hides = false;
        for (const auto& piece : sql::split_statements(text)) {
            const std::string shown = mask_one(piece);
            hides = hides || shown != piece.text;
            masked += (masked.empty() ? "" : " ") + shown;
        }
        return hides ? masked : text;
    } catch (const StatementError&) {
        return mask_unparsed(text);
    }
}

}  // namespace millrace::server
