// GET /healthcheck, GET /chc/ready, GET /chc/live
#include "engine/base/text.h"
#include "server/routes/handlers.h"

namespace millrace::server {

namespace {

/// ksqlDB gives none.
void add_reason(std::string& body, const std::string& reason) {
    if (reason.empty()) return;
    body += R"(,"reason":)";
    append_json_string(body, reason);
}

}  // namespace

void get_health(Service& service, const Exchange& exchange) {
    const bool started = service.engine().started();
    const bool log = service.log_healthy();
    const std::string trouble = started ? service.engine().runtime().membership_trouble() : "";
    const std::string degraded = started ? service.engine().degraded() : "";
    auto text = [](bool good) { return good ? "true" : "false"; };
    std::string body = R"({"isHealthy":)";
    body += text(started && log && trouble.empty() && degraded.empty());
    body += R"(,"details":{"metastore":{"isHealthy":)";
    body += text(started);
    body += R"(},"kafka":{"isHealthy":)";
    body += text(log);
    body += R"(},"commandRunner":{"isHealthy":)";
    body += text(started && degraded.empty());
    add_reason(body, degraded);
    body += "}";
    // ksqlDB has no such entry; it stands here only when there is something to say.
    if (!trouble.empty()) {
        body += R"(,"membership":{"isHealthy":false)";
        add_reason(body, trouble);
        body += '}';
    }
    body += R"(},"serverState":")";
    body += service.stopping() ? "TERMINATING" : started ? "READY" : "INITIALIZING";
    body += R"("})";
    exchange.reply_json(200, std::move(body));
}

void get_probe(Service& /*service*/, const Exchange& exchange) {
    exchange.reply_json(200, "{}");
}

}  // namespace millrace::server
