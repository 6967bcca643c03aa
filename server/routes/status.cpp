// GET /status, GET /status/:type/:entity/:action
#include "server/model/entity_json.h"
#include "server/routes/handlers.h"

namespace millrace::server {

void get_statuses(Service& service, const Exchange& exchange) {
    exchange.reply_json(200, command_statuses_json(service.engine().command_statuses()));
}

void get_status(Service& service, const Exchange& exchange) {
    std::string id;
    for (const auto& part : exchange.path_values) id += (id.empty() ? "" : "/") + part;
    auto statuses = service.engine().command_statuses();
    auto found = statuses.find(id);
    if (found == statuses.end()) {
        exchange.reply_json(generic_error(kNotFoundCode, "Command not found"));
        return;
    }
    exchange.reply_json(200, command_status_json(found->second));
}

}  // namespace millrace::server
