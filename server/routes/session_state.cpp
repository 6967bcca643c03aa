#include "server/routes/session_state.h"

#include "engine/base/text.h"
#include "engine/config/get.h"

namespace millrace::server {

namespace {

/// ksqlDB looks at this one while it reads the request, and so has another text than SET.
void check_reset(const std::string& name, const std::string& value) {
    const std::string bare = property_name(name);
    if (bare != "auto.offset.reset") return;
    // The letters' case does not count, as in the server's file.
    const std::string choice = lower_ascii(value);
    if (choice == "earliest" || choice == "latest" || value == "none") return;
    refuse(ErrorKind::kGeneral,
           "Failed to coerce type of value '" + value + "' for key '" + name +
               "'\nCaused by: Invalid value " + value + " for configuration " + bare +
               ": Invalid\n\tvalue `" + value + "` for configuration " + bare +
               ". The value must be either\n\t'earliest', 'latest', 'none' or of the format "
               "'by_duration:<PnDTnHnMn.nS.>'.");
}

}  // namespace

SessionState session_state(Service& service, const StatementRequest& request) {
    SessionState state;
    for (const auto& [name, value] : request.properties) {
        check_reset(name, value);
        // An answer has no place for what is to be said about a value without an effect.
        (void)check_override(service.engine().config(), name, value, true);
        state.overrides[property_name(name)] = value;
    }
    state.variables = request.variables;
    return state;
}

std::optional<ErrorReply> wait_for_sequence(Service& service, const StatementRequest& request) {
    if (!request.sequence_number || *request.sequence_number < 0) return std::nullopt;
    const int64_t timeout_ms =
        service.engine().config().get<"ksql.server.command.response.timeout.ms">();
    if (service.engine().wait_for_sequence(*request.sequence_number, timeout_ms)) {
        return std::nullopt;
    }
    return generic_error(kSequenceTimeout,
                         "Timed out while waiting for a previous command to execute. command "
                         "sequence number: " +
                             std::to_string(*request.sequence_number));
}

}  // namespace millrace::server
