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

/// Has a WITH clause something that should not stand there?
bool holds_secret_property(const sql::Statement& statement) {
    const sql::Properties* with = nullptr;
    if (const auto* source = statement.as<sql::CreateSource>()) with = &source->properties;
    if (const auto* made = statement.as<sql::CreateAsSelect>()) with = &made->properties;
    if (const auto* insert = statement.as<sql::InsertIntoSelect>()) with = &insert->properties;
    return with != nullptr &&
           std::any_of(with->entries.begin(), with->entries.end(), [](const auto& entry) {
               const auto& [name, literal] = entry;
               return literal.type != nullptr && literal.type->base() == BaseType::kString &&
                      holds_secret(lower_ascii(name), literal.value.as_string());
           });
}

/// Of a text's statements that cannot be parsed; the rest is masked by its words without trying.
constexpr size_t kFailuresMax = 16;

/// One statement; as it came when nothing in it is to be hidden.
std::string mask_one(const sql::StatementText& piece, size_t& failures) {
    if (failures >= kFailuresMax) return mask_unparsed(piece.text);
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
        if (!holds_secret_property(statement)) return piece.text;
    } catch (const StatementError&) {  // What cannot be parsed is masked by its words.
        ++failures;
    }
    return mask_unparsed(piece.text);
}

}  // namespace

std::string mask_statement(const std::string& text) {
    try {
        std::string masked;
        bool hides = false;
        size_t failures = 0;
        for (const auto& piece : sql::split_statements(text)) {
            const std::string shown = mask_one(piece, failures);
            hides = hides || shown != piece.text;
            masked += (masked.empty() ? "" : " ") + shown;
        }
        return hides ? masked : text;
    } catch (const StatementError&) {
        return mask_unparsed(text);
    }
}

}  // namespace millrace::server
