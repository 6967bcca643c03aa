#include "cli/session_statements.h"

#include <fmt/format.h>

#include "cli/statement_splitter.h"
#include "engine/base/text.h"
#include "engine/config/table.h"

namespace millrace::cli {

namespace {

constexpr const char* kSubstitutionProperty = "ksql.variable.substitution.enable";

LocalAnswer said(std::string text) {
    return {false, false, std::move(text), {}};
}
LocalAnswer failed(std::string text) {
    return {true, true, std::move(text), {}};
}

bool is_sign(const Token& token, char sign) {
    return token.kind == Token::Kind::kSign && token.text.size() == 1 && token.text[0] == sign;
}

/// Drops the closing ';'. False when the statement does not end in one.
bool drop_end(std::vector<Token>& tokens) {
    if (tokens.empty() || !is_sign(tokens.back(), ';')) return false;
    tokens.pop_back();
    return true;
}

LocalAnswer set_property(SessionMaps& session, const std::string& name, const std::string& value,
                         const PropertyCheck& check) {
    if (auto refused = check(name, value)) {
        return {true, refused->unreachable, std::move(refused->message), {}};
    }
    const auto [entry, is_new] = session.properties.try_emplace(name, value);
    const std::string shown = shown_property_value(name, value);
    if (is_new) {
        return said(
            fmt::format("Successfully changed local property '{}' to '{}'. Use the UNSET "
                        "command to revert your change.",
                        name, shown));
    }
    std::string answer = fmt::format("Successfully changed local property '{}' from '{}' to '{}'.",
                                     name, shown_property_value(name, entry->second), shown);
    entry->second = value;
    return said(std::move(answer));
}

LocalAnswer unset_property(SessionMaps& session, const std::string& name) {
    const auto found = session.properties.find(name);
    if (found == session.properties.end()) {
        return failed(fmt::format(
            "Cannot unset local property '{}' which was never set in the first place", name));
    }
    std::string answer = fmt::format("Successfully unset local property '{}' (value was '{}').",
                                     name, shown_property_value(name, found->second));
    session.properties.erase(found);
    return said(std::move(answer));
}

LocalAnswer undefine(SessionMaps& session, const std::string& name) {
    if (session.variables.erase(name) == 0) {
        return failed(fmt::format("Cannot undefine variable '{}' which was never defined.", name));
    }
    return said("");
}

LocalAnswer show_variables(const SessionMaps& session, std::string_view statement) {
    JsonTree list = JsonTree::array();
    for (const auto& [name, value] : session.variables) {
        JsonTree variable = JsonTree::object();
        variable.add("name", JsonTree::string(name)).add("value", JsonTree::string(value));
        list.items.push_back(std::move(variable));
    }
    JsonTree entity = JsonTree::object();
    entity.add("@type", JsonTree::string("variables"))
        .add("statementText", JsonTree::string(std::string(statement)))
        .add("variables", std::move(list))
        .add("warnings", JsonTree::array());
    LocalAnswer answer;
    answer.entities = JsonTree::array();
    answer.entities.items.push_back(std::move(entity));
    return answer;
}

/// Whether the statement is one of ours; a malformed one goes to the server, which says what is
/// wrong.
bool is_ours(const std::vector<Token>& t) {
    using Kind = Token::Kind;
    if (t.empty()) return false;
    const bool assigns = t.size() == 4 && is_sign(t[2], '=') && t[3].kind == Kind::kString;
    if (t[0].is_word("SET")) return assigns && t[1].kind == Kind::kString;
    if (t[0].is_word("DEFINE")) return assigns && t[1].kind == Kind::kWord;
    if (t.size() != 2) return false;
    if (t[0].is_word("UNSET")) return t[1].kind == Kind::kString;
    if (t[0].is_word("UNDEFINE")) return t[1].kind == Kind::kWord;
    return (t[0].is_word("SHOW") || t[0].is_word("LIST")) && t[1].is_word("VARIABLES");
}

}  // namespace

bool substitute_variables(std::string_view text, const SessionMaps& session, std::string& out,
                          std::string& unknown) {
    out.clear();
    size_t at = 0;
    while (at < text.size()) {
        const size_t start = text.find("${", at);
        const size_t end = start == std::string_view::npos ? start : text.find('}', start);
        if (end == std::string_view::npos) break;
        const std::string name(text.substr(start + 2, end - start - 2));
        const auto found = session.variables.find(name);
        if (found == session.variables.end()) {
            unknown = name;
            return false;
        }
        out += text.substr(at, start - at);
        out += found->second;
        at = end + 1;
    }
    out += text.substr(at);
    return true;
}

std::optional<LocalAnswer> run_session_statement(std::string_view statement, SessionMaps& session,
                                                 const PropertyCheck& check) {
    std::vector<Token> tokens = tokenize(statement);
    if (!drop_end(tokens) || !is_ours(tokens)) return std::nullopt;
    const auto enabled = session.properties.find(kSubstitutionProperty);
    const bool substitutes =
        enabled == session.properties.end() || upper_ascii(enabled->second) != "FALSE";
    if (substitutes) {
        for (Token& token : tokens) {
            if (token.kind != Token::Kind::kString) continue;
            std::string text;
            std::string unknown;
            if (!substitute_variables(token.text, session, text, unknown)) {
                return failed(
                    fmt::format("Illegal argument: variable '{}' is not defined", unknown));
            }
            token.text = std::move(text);
        }
    }
    if (tokens[0].is_word("SET")) {
        return set_property(session, tokens[1].text, tokens[3].text, check);
    }
    if (tokens[0].is_word("UNSET")) return unset_property(session, tokens[1].text);
    if (tokens[0].is_word("DEFINE")) {
        session.variables[tokens[1].text] = tokens[3].text;
        return said("");
    }
    if (tokens[0].is_word("UNDEFINE")) return undefine(session, tokens[1].text);
    return show_variables(session, statement);
}

}  // namespace millrace::cli
