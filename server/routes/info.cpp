// GET /, GET /info
#include "engine/base/text.h"
#include "server/routes/handlers.h"

namespace millrace::server {

void get_root(Service& /*service*/, const Exchange& exchange) {
    exchange.writer->reply(307, {{"location", "/info"}}, "");
}

void get_info(Service& service, const Exchange& exchange) {
    std::string body = R"({"KsqlServerInfo":{"version":)";
    append_json_string(body, kVersion);
    body += R"(,"kafkaClusterId":)";
    append_json_string(body, service.engine().cluster_id());
    body += R"(,"ksqlServiceId":)";
    append_json_string(body, service.engine().service_id());
    body += R"(,"serverStatus":")";
    body += service.engine().degraded().empty() ? "RUNNING" : "DEGRADED";
    body += R"("}})";
    exchange.reply_json(200, std::move(body));
}

}  // namespace millrace::server
