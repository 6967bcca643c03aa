// POST /ksql/terminate
#include "server/model/entity_json.h"
#include "server/model/request.h"
#include "server/routes/handlers.h"

namespace millrace::server {

void post_terminate(Service& service, const Exchange& exchange) {
    const auto patterns = parse_terminate(exchange.request->body);
    CommandOutcome outcome;
    try {
        outcome = service.engine().terminate_cluster(patterns);
    } catch (const StatementError& error) {
        auto reply = reply_for(error);
        return exchange.reply_json(reply.status, std::move(reply.body));
    }
    entity::CommandStatus status;
    status.command_id = "cluster/TerminateCluster/terminate";
    status.message = outcome.message;
    status.sequence_number = outcome.sequence_number;
    exchange.reply_json(200, entities_json({{"TERMINATE CLUSTER;", std::move(status), {}}}));
    service.end_server();
}

}  // namespace millrace::server
