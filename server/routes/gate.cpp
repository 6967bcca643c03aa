#include "server/routes/gate.h"

#include <utility>

namespace millrace::server {

namespace {

void reply_unauthorized(Service& service, const Exchange& exchange, const std::string& user) {
    service.audit().action(*exchange.request, user, "log-in", kUnauthorized);
    exchange.writer->reply(
        401,
        {{"WWW-Authenticate", service.access()->challenge()}, {"content-type", "application/json"}},
        generic_error(kUnauthorized, "Unauthorized").body);
}

void enter(Service& service, Exchange exchange, CallerPtr caller, const std::string& user,
           const std::function<void(Exchange)>& next) {
    if (!caller) return reply_unauthorized(service, exchange, user);
    exchange.caller = std::move(caller);
    if (!service.access()->is_let_in(*exchange.caller)) {
        return reply_forbidden(service, exchange, "You are forbidden from using this cluster.");
    }
    next(std::move(exchange));
}

/// What somebody may do is the server's business alone where nobody is asked.
Right right_of(Service& service, const Exchange& exchange) {
    if (!service.access()) return Right::kAdmin;
    return exchange.caller ? service.access()->right_of(*exchange.caller) : Right::kNone;
}

std::string needs(Right right) {
    return std::string(" It needs the right to ") +
           (right == Right::kAdmin ? "administer" : right_name(right)) +
           " (millrace.authorization." + right_name(right) + ".roles).";
}

}  // namespace

void reply_forbidden(Service& service, const Exchange& exchange, const std::string& message) {
    service.audit().action(*exchange.request, exchange.user(), "refused", kForbidden);
    exchange.reply_json(generic_error(kForbidden, message));
}

void admit(Service& service, Exchange exchange, std::function<void(Exchange)> next) {
    Access* access = service.access();
    if (access == nullptr || access->is_open(exchange.request->path)) {
        exchange.is_open = true;
        return next(std::move(exchange));
    }
    const auto header = exchange.request->header("Authorization");
    auto credentials = header ? parse_basic(*header) : std::nullopt;
    if (!credentials) return reply_unauthorized(service, exchange, "");
    if (auto caller = access->authenticator().remembered(*credentials))
        return enter(service, std::move(exchange), std::move(caller), credentials->user, next);
    auto verify = [&service, exchange, credentials = std::move(*credentials), next] {
        enter(service, exchange, service.access()->authenticator().verify(credentials),
              credentials.user, next);
    };
    if (!service.login_pool().post(std::move(verify))) {
        exchange.reply_json(generic_error(kTooManyRequests, "Too many log-ins are waiting"));
    }
}

bool check_right(Service& service, const Exchange& exchange, Right right) {
    if (exchange.is_open || right_of(service, exchange) >= right) return true;
    reply_forbidden(service, exchange,
                    "You are forbidden from using this endpoint." + needs(right));
    return false;
}

void check_statement(Service& service, const Exchange& exchange, const sql::Statement& statement) {
    const Right right = right_for(statement);
    if (exchange.is_open || right_of(service, exchange) >= right) return;
    service.audit().statement(*exchange.request, exchange.user(), statement.text, kForbidden);
    throw Forbidden{"You are forbidden from executing this statement." + needs(right)};
}

}  // namespace millrace::server
