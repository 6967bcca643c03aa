#include "server/routes/gate.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/text.h"
#include "server/net/url.h"

namespace millrace::server {

namespace {

net::Headers json_and(net::Headers headers) {
    headers.emplace_back("content-type", "application/json");
    return headers;
}

void reply_unauthorized(Service& service, const Exchange& exchange, const std::string& user) {
    service.audit().action(*exchange.request, user, "log-in", kUnauthorized);
    exchange.writer->reply(401, json_and(service.access()->challenges()),
                           generic_error(kUnauthorized, "Unauthorized").body);
}

/// RFC 6750, section 3.1: 400 for what is no way to show a token, 401 for one that is not good. Of
/// whose it may be nothing is believed, nor told.
void reply_token_fault(Service& service, const Exchange& exchange, int code,
                       const std::string& why) {
    const bool is_bad_request = code == kBadRequest;
    service.audit().action(*exchange.request, "", "log-in: " + why, code);
    exchange.writer->reply(code / 100,
                           json_and({service.access()->token_challenge(
                               is_bad_request ? "invalid_request" : "invalid_token", why)}),
                           generic_error(code, is_bad_request ? why : "Unauthorized: " + why).body);
}

void reply_busy(Service& service, const Exchange& exchange) {
    exchange.reply_json(service.stopping()
                            ? generic_error(kShuttingDown, "The server is shutting down")
                            : generic_error(kTooManyRequests, "Too many log-ins are waiting"));
}

void enter(Service& service, Exchange exchange, CallerPtr caller,
           const std::function<void(Exchange)>& next) {
    exchange.caller = std::move(caller);
    if (!service.access()->is_let_in(*exchange.caller)) {
        return reply_forbidden(service, exchange, "You are forbidden from using this cluster.");
    }
    next(std::move(exchange));
}

/// A request with a token, until it is let in or not. Copyable.
struct TokenLogin {
    Service& service;
    Exchange exchange;
    std::string token;
    std::function<void(Exchange)> next;

    void begin() const {
        if (auto caller = tokens().remembered(token))
            return enter(service, exchange, std::move(caller), next);
        post(false);
    }

private:
    TokenAuthenticator& tokens() const { return *service.access()->tokens(); }

    void post(bool is_last_try) const {
        auto verify = [login = *this, is_last_try] { login.verify(is_last_try); };
        const bool is_over = is_last_try && service.stopping();
        if (is_over || !service.login_pool().post(std::move(verify))) reply_busy(service, exchange);
    }

    void verify(bool is_last_try) const {
        TokenVerdict verdict = tokens().verify(token);
        if (verdict.caller) return enter(service, exchange, std::move(verdict.caller), next);
        // The thread goes on with others; the request waits for newer keys by itself.
        const bool may_wait = verdict.is_unknown_key && !is_last_try;
        if (may_wait && tokens().keys().look_again([login = *this] { login.post(true); })) return;
        if (!verdict.has_no_keys)
            return reply_token_fault(service, exchange, kUnauthorized, verdict.refusal);
        service.audit().action(*exchange.request, "", "log-in: " + verdict.refusal, kNotReady);
        exchange.writer->reply(
            503, json_and({{"Retry-After", "10"}}),
            generic_error(kNotReady,
                          "Tokens cannot be verified yet: their issuer's keys have not come. The "
                          "server's log says why.")
                .body);
    }
};

void log_in_with_password(Service& service, Exchange exchange, Credentials credentials,
                          std::function<void(Exchange)> next) {
    Authenticator& passwords = *service.access()->passwords();
    if (auto caller = passwords.remembered(credentials))
        return enter(service, std::move(exchange), std::move(caller), next);
    auto verify = [&service, &passwords, exchange, credentials = std::move(credentials), next] {
        auto caller = passwords.verify(credentials);
        if (!caller) return reply_unauthorized(service, exchange, credentials.user);
        enter(service, exchange, std::move(caller), next);
    };
    if (!service.login_pool().post(std::move(verify))) reply_busy(service, exchange);
}

/// Why a request is no way to show a token; empty: it may be one. In a path a token would stand in
/// logs and histories.
std::string token_misuse(const net::Request& request) {
    const auto has_name = [](const auto& header) {
        return lower_ascii(header.first) == "authorization";
    };
    if (std::count_if(request.headers.begin(), request.headers.end(), has_name) > 1)
        return "there is more than one header Authorization";
    for (const std::string_view pair : split(request.query, '&')) {
        const auto name = pair.substr(0, pair.find('='));
        if (lower_ascii(net::percent_decode(name, true)) == "access_token")
            return "tokens are not taken from the query, only from the header Authorization";
    }
    return "";
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
    reply_lacking_right(service, exchange, message);
}

void reply_lacking_right(Service& service, const Exchange& exchange, const std::string& message) {
    net::Headers headers;
    if (exchange.caller && exchange.caller->has_token)
        headers.push_back(service.access()->token_challenge("insufficient_scope", ""));
    exchange.writer->reply(403, json_and(std::move(headers)),
                           generic_error(kForbidden, message).body);
}

void admit(Service& service, Exchange exchange, std::function<void(Exchange)> next) {
    Access* access = service.access();
    if (access == nullptr || access->is_open(exchange.request->path)) {
        exchange.is_open = true;
        return next(std::move(exchange));
    }
    if (access->tokens() != nullptr) {
        const std::string misuse = token_misuse(*exchange.request);
        if (!misuse.empty()) return reply_token_fault(service, exchange, kBadRequest, misuse);
    }
    const std::string header(exchange.request->header("Authorization").value_or(""));
    auto token = access->tokens() != nullptr ? parse_bearer(header) : std::nullopt;
    if (token) {
        return TokenLogin{service, std::move(exchange), std::move(*token), std::move(next)}.begin();
    }
    auto credentials = access->passwords() != nullptr ? parse_basic(header) : std::nullopt;
    if (!credentials) return reply_unauthorized(service, exchange, "");
    log_in_with_password(service, std::move(exchange), std::move(*credentials), std::move(next));
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
