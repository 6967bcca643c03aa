// POST /ksql/terminate
#include "server/routes/handlers.h"

namespace millrace::server {

void post_terminate(Service& /*service*/, const Exchange& exchange) {
    auto error = generic_error(
        kBadRequest,
        "Terminating the cluster is not supported by this server yet. TERMINATE ALL; ends all "
        "queries, DROP … DELETE TOPIC; removes sources with their topics.");
    exchange.reply_json(error.status, std::move(error.body));
}

}  // namespace millrace::server
