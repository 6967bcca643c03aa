// POST /ksql/terminate
#include "engine/config/get.h"
#include "server/model/entity_json.h"
#include "server/model/request.h"
#include "server/routes/handlers.h"

namespace millrace::server {

void post_terminate(Service& service, const Exchange& exchange) {
    if (!service.engine().config().get<"millrace.terminate.enabled">()) {
        return exchange.reply_json(
            generic_error(kForbidden, "millrace.terminate.enabled=false forbids this."));
    }
    const auto patterns = parse_terminate(exchange.request->body);
    CommandOutcome outcome;
    try {
        outcome = service.engine().terminate_cluster(patterns);
    } catch (const StatementError& error) {
        service.audit().action(*exchange.request, exchange.user(), "", error_code(error));
        auto reply = reply_for(error);
        return exchange.reply_json(reply.status, std::move(reply.body));
    }
    service.audit().action(*exchange.request, exchange.user(), "", 0);
    entity::CommandStatus status;
    status.command_id = "cluster/TerminateCluster/terminate";
    status.message = outcome.message;
    status.sequence_number = outcome.sequence_number;
    exchange.reply_json(200, entities_json({{"TERMINATE CLUSTER;", std::move(status), {}}}));
    service.end_server();
}

}  // namespace millrace::server
