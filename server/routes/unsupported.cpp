// POST /inserts-stream, GET /ws/query: doors that need a protocol this server does not speak yet.
#include "server/routes/handlers.h"

namespace millrace::server {

void post_inserts_stream(Service& /*service*/, const Exchange& exchange) {
    exchange.reply_bare(
        generic_error(kHttp2Only, "This endpoint is only available when using HTTP2"));
}

void get_websocket(Service& /*service*/, const Exchange& exchange) {
    exchange.reply_bare(generic_error(
        kBadRequest,
        "Queries over websockets are not supported by this server yet. POST the query to "
        "/query-stream."));
}

}  // namespace millrace::server
