// GET /is_valid_property/:property
#include "server/routes/handlers.h"

namespace millrace::server {

void get_property_validity(Service& service, const Exchange& exchange) {
    const std::string& name = exchange.path_values.at(0);
    try {
        check_override_name(service.engine().config(), name);
        exchange.reply_json(200, "true");
    } catch (const StatementError& error) {
        auto reply = generic_error(kBadRequest, error.what());
        exchange.reply_json(reply.status, std::move(reply.body));
    }
}

}  // namespace millrace::server
