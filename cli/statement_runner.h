// Runs statements against the server and prints what comes back, in either output format. One
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/rest_client.h"

namespace millrace::cli {

enum class OutputFormat { kTabular, kJson };

struct RunnerSettings {
    OutputFormat format = OutputFormat::kTabular;
    bool wrap = true;
    size_t column_width = 0;
    int64_t query_row_limit = 0;  ///< 0: none.
    std::chrono::milliseconds query_timeout{0};
};

class StatementRunner {
public:
    StatementRunner(RestClient& rest, Console& console, net::CancelSource& cancel)
        : rest_(rest), console_(console), cancel_(cancel) {}

    /// In order: SELECT, PRINT and connector statements alone, what stands between them as one
    /// request, session statements here. Stops when interrupted and at the first failure; when one
    /// of them cannot be read, none is run. False when anything failed.
    bool run(const std::vector<std::string>& statements);

    /// Has anything failed that is the shell's own: text that is no statement, an undefined
    /// variable, UNSET of what was not set? What a server refuses is not.
    bool raised() const { return raised_; }
    /// Was there no server?
    bool away() const { return away_; }

    RunnerSettings& settings() { return settings_; }
    SessionMaps& session() { return session_; }

private:
    bool run_next(const std::string& statement, std::string& group, size_t& group_size);
    bool run_local(const std::string& statement, bool& handled);
    bool send(const std::string& statements, size_t count);
    bool select(const std::string& statement);
    bool print_topic(const std::string& statement);
    void print_entities(const JsonTree& entities);
    void end_echoed_line();
    void note_refusal(const CallError& error, std::string_view sent);
    void report(const CallError& error, bool name_statement);

    RestClient& rest_;
    Console& console_;
    net::CancelSource& cancel_;
    RunnerSettings settings_;
    SessionMaps session_;
    bool raised_ = false;
    bool away_ = false;
};

}  // namespace millrace::cli
