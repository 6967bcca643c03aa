// GET /healthcheck, GET /chc/ready, GET /chc/live
#include "server/routes/handlers.h"

namespace millrace::server {

void get_health(Service& service, const Exchange& exchange) {
    const bool started = service.engine().started();
    const bool log = service.log_healthy();
    auto text = [](bool good) { return good ? "true" : "false"; };
    std::string body = R"({"isHealthy":)";
    body += text(started && log);
    body += R"(,"details":{"metastore":{"isHealthy":)";
    body += text(started);
    body += R"(},"kafka":{"isHealthy":)";
    body += text(log);
    body += R"(},"commandRunner":{"isHealthy":)";
    body += text(started);
    body += R"(}},"serverState":")";
    body += service.stopping() ? "TERMINATING" : started ? "READY" : "INITIALIZING";
    body += R"("})";
    exchange.reply_json(200, std::move(body));
}

void get_probe(Service& /*service*/, const Exchange& exchange) {
    exchange.reply_json(200, "{}");
}

}  // namespace millrace::server
