// SET, UNSET, DEFINE, UNDEFINE and SHOW VARIABLES: what the shell does itself, because a server
// keeps no session. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/rest_client.h"

namespace millrace::cli {

/// Says why a property may not be set to a value; nothing when it may.
using PropertyCheck =
    std::function<std::optional<CallError>(std::string_view name, std::string_view value)>;

struct LocalAnswer {
    bool failed = false;
    bool raised = false;  ///< The shell itself failed: not a refusal of the server's.
    std::string text;     ///< To print; may be empty.
    JsonTree entities;    ///< Or a list to print as a server's answer is.
};

/// Runs the statement when it is one of these; nothing when the server has to see it. Variables in
/// it are put in first; `session` changes only on success.
std::optional<LocalAnswer> run_session_statement(std::string_view statement, SessionMaps& session,
                                                 const PropertyCheck& check);

/// `text` with each ${name} replaced. False, with the name in `unknown`, when one is not defined.
bool substitute_variables(std::string_view text, const SessionMaps& session, std::string& out,
                          std::string& unknown);

}  // namespace millrace::cli
