// What a request brings for its statements: properties, checked, and variables. Stateless.
#pragma once

#include <optional>

#include "engine/session/session.h"
#include "server/model/request.h"
#include "server/routes/exchange.h"
#include "server/routes/service.h"

namespace millrace::server {

/// Checks the request's properties. Throws StatementError with ksqlDB's texts.
SessionState session_state(Service& service, const StatementRequest& request);

/// Waits until the command that the request names has been applied; what to answer when it has not
/// been in time.
std::optional<ErrorReply> wait_for_sequence(Service& service, const StatementRequest& request);

}  // namespace millrace::server
