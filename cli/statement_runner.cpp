#include "cli/statement_runner.h"

#include <optional>

#include "cli/entity_printer.h"
#include "cli/row_printer.h"
#include "cli/session_statements.h"
#include "cli/statement_splitter.h"

namespace millrace::cli {

namespace {

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

/// ksqlDB's shell reads statements itself and says more of what it cannot read than its server
/// does.
std::string with_place(const CallError& error, bool names_statement) {
    const size_t place = error.message.find(": Syntax Error");
    if (!error.message.starts_with("line ") || place == std::string::npos || names_statement ||
        error.statement_text.empty() || error.message.find("\nCaused by: ") != std::string::npos) {
        return error.message;
    }
    const std::string at = error.message.substr(0, place);
    return error.message + "\nStatement: " + error.statement_text + "\nCaused by: " + at +
           ": Syntax error at " + at;
}

/// Prints a query's stream of row objects.
class RowStream {
public:
    RowStream(Console& console, const RunnerSettings& settings)
        : console_(console), settings_(settings) {}

    /// False when no more rows are wanted.
    bool add(const JsonValue& object) {
        if (const JsonValue* error = object.find("errorMessage")) {
            error_ = error->text_of("message");
        } else if (const JsonValue* message = object.find("finalMessage")) {
            final_message_ = message->scalar();
        } else if (const JsonValue* header = object.find("header")) {
            begin(*header);
        } else if (const JsonValue* row = object.find("row")) {
            put(*row);
            ++num_rows_;
            return settings_.query_row_limit <= 0 || num_rows_ < settings_.query_row_limit;
        }
        return true;
    }
    const std::string& error() const { return error_; }
    const std::string& final_message() const { return final_message_; }

private:
    void begin(const JsonValue& header) {
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
    void put(const JsonValue& row) {
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

}  // namespace

bool StatementRunner::run(const std::vector<std::string>& statements) {
    bool fine = true;
    std::string group;
    size_t group_size = 0;
    auto flush = [&] {
        if (group_size > 0) fine = send(group, group_size) && fine;
        group.clear();
        group_size = 0;
    };
    for (const std::string& statement : statements) {
        if (cancel_.cancelled()) return false;
        const Route route = route_of(statement);
        if (route == Route::kGrouped) {
            // What stands before a session statement must run with the session as it was.
            const auto probe = tokenize(statement, 2);
            const bool maybe_local =
                !probe.empty() && (probe[0].is_word("SET") || probe[0].is_word("UNSET") ||
                                   probe[0].is_word("DEFINE") || probe[0].is_word("UNDEFINE") ||
                                   (probe.size() > 1 && probe[1].is_word("VARIABLES")));
            if (maybe_local) {
                flush();
                bool handled = false;
                fine = run_local(statement, handled) && fine;
                if (handled) continue;
            }
            if (!group.empty()) group += '\n';
            group += statement;
            ++group_size;
            continue;
        }
        flush();
        switch (route) {
            case Route::kSelect:
                fine = select(statement) && fine;
                break;
            case Route::kPrint:
                fine = print_topic(statement) && fine;
                break;
            default:
                fine = send(statement, 1) && fine;
                break;
        }
    }
    if (cancel_.cancelled()) return false;
    flush();
    return fine;
}

bool StatementRunner::run_local(const std::string& statement, bool& handled) {
    const auto answer = run_session_statement(
        statement, session_, [this](std::string_view name, std::string_view value) {
            return rest_.check_property(name, value);
        });
    handled = answer.has_value();
    if (!answer) return true;
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
    const CallResult result = rest_.run_statements(statements, session_);
    if (result.error) {
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

void StatementRunner::print_entities(const JsonValue& entities) {
    if (settings_.format == OutputFormat::kJson) {
        console_.print_line(pretty_json(entities));
    } else {
        console_.print(entities_text(entities, console_.width()));
    }
}

void StatementRunner::report(const CallError& error, bool name_statement) {
    if (error.cancelled) return;
    if (settings_.format == OutputFormat::kJson && error.entities.is_array()) {
        print_entities(error.entities);
    } else if (!error.entities.items.empty()) {
        print_entities(error.entities);
    }
    console_.error(with_place(error, name_statement));
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
                                   [&](const JsonValue& object) { return rows.add(object); });
    if (error) {
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
        report(*error, false);
        return false;
    }
    end_echoed_line();
    console_.note("Topic printing ceased");
    return true;
}

}  // namespace millrace::cli
