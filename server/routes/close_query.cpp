// POST /close-query
#include "server/model/request.h"
#include "server/routes/handlers.h"

namespace millrace::server {

void post_close_query(Service& service, const Exchange& exchange) {
    const std::string id = parse_close_query(exchange.request->body);
    if (!service.close_push(id)) {
        exchange.reply_bare(generic_error(kBadRequest, "No query with id " + id));
        return;
    }
    exchange.writer->reply(200, {}, "");
}

}  // namespace millrace::server
