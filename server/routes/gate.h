// The gate ahead of all routes: asks for a password or a token where the server's properties say
// so. Stateless but for the service.
#pragma once

#include <functional>

#include "server/routes/exchange.h"
#include "server/routes/service.h"

namespace millrace::server {

/// Calls `next`, with the caller filled in, for who may come in, at once or from a thread of the
/// log-in pool; answers 400, 401, 403, 429 or 503 otherwise.
void admit(Service& service, Exchange exchange, std::function<void(Exchange)> next);

/// Has who asks this right? Answers 403 when not.
bool check_right(Service& service, const Exchange& exchange, Right right);

/// Throws Forbidden for a statement that who asks may not execute.
void check_statement(Service& service, const Exchange& exchange, const sql::Statement& statement);

/// 403 with ksqlDB's code, for who has come in and may not; told to the audit log or not.
void reply_lacking_right(Service& service, const Exchange& exchange, const std::string& message);
void reply_forbidden(Service& service, const Exchange& exchange, const std::string& message);

}  // namespace millrace::server
