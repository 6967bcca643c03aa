#include "cli/statement_runner.h"

#include <fmt/format.h>

#include <optional>

#include "cli/entity_printer.h"
#include "cli/row_printer.h"
#include "cli/session_statements.h"
#include "cli/statement_splitter.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/sql/parser.h"

namespace millrace::cli {

namespace {

/// ksqlDB's error code of a statement that is refused.
constexpr int kBadStatement = 40001;

enum class Route { kSelect, kPrint, kAlone, kGrouped };

Route route_of(const std::string& statement) {
    const auto tokens = tokenize(statement, 8);
    if (tokens.empty()) return Route::kGrouped;
    if (tokens[0].is_word("SELECT")) return Route::kSelect;
    if (tokens[0].is_word("PRINT")) return Route::kPrint;
    // Connectors answer from Connect, outside the order of the command log: one at a time.
    for (const Token& token : tokens) {
        if (token.kind != Token::Kind::kWord) break;
        if (token.is_word("CONNECTOR") || token.is_word("CONNECTORS")) return Route::kAlone;
    }
    return Route::kGrouped;
}

/// Where the text cannot be read; nothing when it can.
std::optional<Position> syntax_fault(std::string_view sent, const SessionMaps& session) {
    sql::ParseOptions options;
    options.variables = &session.variables;
    try {
        for (const auto& piece : sql::split_statements(sent)) {
            sql::parse_statement(piece, options);
        }
    } catch (const StatementError& fault) {
        if (fault.kind() == ErrorKind::kSyntax) return fault.position();
    }
    return std::nullopt;
}

/// ksqlDB's shell reads statements itself and says more of what it cannot read than its server
/// does.
void explain_syntax(CallError& error, std::string_view sent, const SessionMaps& session) {
    if (error.error_code != kBadStatement || error.statement_text.empty()) return;
    if (const auto fault = syntax_fault(sent, session)) {
        const std::string at = fmt::format("line {}:{}", fault->line, fault->column);
        error.message += fmt::format("\nStatement: {}\nCaused by: {}: Syntax error at {}",
                                     error.statement_text, at, at);
    }
}

/// Is there a ${name} in it that nobody has defined?
bool has_undefined_variable(std::string_view sent, const SessionMaps& session) {
    const auto enabled = session.properties.find("ksql.variable.substitution.enable");
    if (enabled != session.properties.end() && upper_ascii(enabled->second) == "FALSE") {
        return false;
    }
    std::string text;
    std::string unknown;
    return !substitute_variables(sent, session, text, unknown);
}

/// Prints a query's stream of row objects.
class RowStream {
public:
    RowStream(Console& console, const RunnerSettings& settings)
        : console_(console), settings_(settings) {}

    /// False when no more rows are wanted.
    bool add(const JsonTree& object) {
        if (object.has("errorMessage")) {
            error_ = object["errorMessage"].text_of("message");
        } else if (object.has("finalMessage")) {
            final_message_ = object.text_of("finalMessage");
        } else if (object.has("header")) {
            begin(object["header"]);
        } else if (object.has("row")) {
            put(object["row"]);
            ++num_rows_;
            return settings_.query_row_limit <= 0 || num_rows_ < settings_.query_row_limit;
        }
        return true;
    }
    const std::string& error() const { return error_; }
    const std::string& final_message() const { return final_message_; }

private:
    void begin(const JsonTree& header) {
        if (settings_.format == OutputFormat::kJson) {
            console_.print_line(pretty_json(header));
            return;
        }
        RowLayout layout;
        layout.terminal_width = console_.width();
        layout.column_width = settings_.column_width;
        layout.wrap = settings_.wrap;
        printer_.emplace(schema_column_names(header.text_of("schema")), layout);
        console_.print(printer_->header());
    }
    void put(const JsonTree& row) {
        if (settings_.format == OutputFormat::kJson) {
            console_.print_line(pretty_json(row));
        } else if (printer_) {
            console_.print(printer_->row(row["columns"], row.is_true("tombstone")));
        }
    }

    Console& console_;
    const RunnerSettings& settings_;
    std::optional<RowPrinter> printer_;
    std::string error_;
    std::string final_message_;
    int64_t num_rows_ = 0;
};

/// The first statement that no server could read. What has variables is known when they are.
const std::string* first_unreadable(const std::vector<std::string>& statements,
                                    const SessionMaps& session) {
    for (const std::string& statement : statements) {
        const bool known =
            route_of(statement) != Route::kAlone && statement.find("${") == std::string::npos;
        if (known && syntax_fault(statement, session)) return &statement;
    }
    return nullptr;
}

/// What may be for the shell alone.
bool is_maybe_local(const std::string& statement) {
    const auto probe = tokenize(statement, 2);
    return !probe.empty() &&
           (probe[0].is_word("SET") || probe[0].is_word("UNSET") || probe[0].is_word("DEFINE") ||
            probe[0].is_word("UNDEFINE") || (probe.size() > 1 && probe[1].is_word("VARIABLES")));
}

}  // namespace

bool StatementRunner::run(const std::vector<std::string>& statements) {
    if (statements.size() > 1) {
        if (const std::string* unreadable = first_unreadable(statements, session_))
            return send(*unreadable, 1);  // The server says why.
    }
    std::string group;
    size_t group_size = 0;
    for (const std::string& statement : statements) {
        if (cancel_.cancelled() || !run_next(statement, group, group_size)) return false;
    }
    if (cancel_.cancelled()) return false;
    return group_size == 0 || send(group, group_size);
}

/// Sends it, behind the group ahead of it, or makes it the next one of the group.
bool StatementRunner::run_next(const std::string& statement, std::string& group,
                               size_t& group_size) {
    const auto flush = [&] {
        const bool fine = group_size == 0 || send(group, group_size);
        group.clear();
        group_size = 0;
        return fine;
    };
    const Route route = route_of(statement);
    if (route == Route::kGrouped) {
        // What stands before a session statement must run with the session as it was.
        if (is_maybe_local(statement)) {
            if (!flush()) return false;
            bool handled = false;
            const bool fine = run_local(statement, handled);
            if (handled || !fine) return fine;
        }
        if (!group.empty()) group += '\n';
        group += statement;
        ++group_size;
        return true;
    }
    if (!flush()) return false;
    switch (route) {
        case Route::kSelect:
            return select(statement);
        case Route::kPrint:
            return print_topic(statement);
        default:
            return send(statement, 1);
    }
}

bool StatementRunner::run_local(const std::string& statement, bool& handled) {
    const auto answer = run_session_statement(
        statement, session_, [this](std::string_view name, std::string_view value) {
            return rest_.check_property(name, value);
        });
    handled = answer.has_value();
    if (!answer) return true;
    raised_ = raised_ || answer->raised;
    if (answer->failed) {
        console_.error(answer->text);
    } else if (answer->entities.is_array()) {
        print_entities(answer->entities);
    } else if (!answer->text.empty()) {
        console_.note(answer->text);
    }
    return !answer->failed;
}

bool StatementRunner::send(const std::string& statements, size_t count) {
    CallResult result = rest_.run_statements(statements, session_);
    if (result.error) {
        note_refusal(*result.error, statements);
        // Of several the statement is named below anyhow; of a query the server says all.
        if (count == 1) explain_syntax(*result.error, statements, session_);
        report(*result.error, count > 1);
        return false;
    }
    if (const std::string failures = failed_statuses_text(result.body); !failures.empty()) {
        console_.error(failures);
        return false;
    }
    print_entities(result.body);
    return true;
}

void StatementRunner::print_entities(const JsonTree& entities) {
    if (settings_.format == OutputFormat::kJson) {
        console_.print_line(pretty_json(entities));
    } else {
        console_.print(entities_text(entities, console_.width()));
    }
}

/// ksqlDB's shell would not have sent some of what a server refuses.
void StatementRunner::note_refusal(const CallError& error, std::string_view sent) {
    away_ = away_ || error.unreachable;
    raised_ = raised_ || has_undefined_variable(sent, session_) ||
              (error.error_code == kBadStatement && syntax_fault(sent, session_));
}

void StatementRunner::report(const CallError& error, bool name_statement) {
    if (error.cancelled) return;
    if (settings_.format == OutputFormat::kJson && error.entities.is_array()) {
        print_entities(error.entities);
    } else if (!error.entities.items.empty()) {
        print_entities(error.entities);
    }
    console_.error(error.message);
    if (!error.excerpt.empty()) console_.error(error.excerpt);
    // A single statement stands just above; of several, say which one it was.
    if (name_statement && !error.statement_text.empty()) {
        console_.error("Statement: " + error.statement_text);
    }
}

/// The terminal has echoed "^C" where the next line would begin.
void StatementRunner::end_echoed_line() {
    if (cancel_.cancelled() && console_.interactive()) console_.print_line();
}

bool StatementRunner::select(const std::string& statement) {
    RowStream rows(console_, settings_);
    const auto error = rest_.query(statement, session_, {settings_.query_timeout},
                                   [&](const JsonTree& object) { return rows.add(object); });
    if (error) {
        note_refusal(*error, statement);
        report(*error, false);
        return false;
    }
    if (!rows.error().empty()) console_.error(rows.error());
    if (!rows.final_message().empty()) console_.note(rows.final_message());
    end_echoed_line();
    console_.note("Query terminated");
    return rows.error().empty();
}

bool StatementRunner::print_topic(const std::string& statement) {
    int64_t num_lines = 0;
    const auto error = rest_.print_topic(
        statement, session_, {settings_.query_timeout}, [&](std::string_view line) {
            console_.print_line(line);
            if (line.starts_with("rowtime: ")) ++num_lines;
            return settings_.query_row_limit <= 0 || num_lines < settings_.query_row_limit;
        });
    if (error) {
        note_refusal(*error, statement);
        report(*error, false);
        return false;
    }
    end_echoed_line();
    console_.note("Topic printing ceased");
    return true;
}

}  // namespace millrace::cli
