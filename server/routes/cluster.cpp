// GET /clusterStatus, POST /heartbeat, POST /lag: one server needs none of them, but its clients
// and neighbours may ask.
#include "server/model/request.h"
#include "server/routes/handlers.h"

namespace millrace::server {

void get_cluster_status(Service& /*service*/, const Exchange& exchange) {
    exchange.reply_json(404, "");  // As ksqlDB without ksql.heartbeat.enable.
}

void post_heartbeat(Service& /*service*/, const Exchange& exchange) {
    check_heartbeat(exchange.request->body);
    exchange.reply_json(200, R"({"isOk":true})");
}

void post_lag(Service& /*service*/, const Exchange& exchange) {
    exchange.reply_json(200, R"({"isOk":true})");
}

}  // namespace millrace::server
