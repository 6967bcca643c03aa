// The handlers, one a route; each in the file of its name. They run where the table (table.cpp)
// says and may throw StatementError and BadBody, which the table turns into answers.
#pragma once

#include "server/routes/exchange.h"
#include "server/routes/service.h"

namespace millrace::server {

void get_root(Service& service, const Exchange& exchange);
void get_info(Service& service, const Exchange& exchange);
void get_health(Service& service, const Exchange& exchange);
void get_probe(Service& service, const Exchange& exchange);  ///< /chc/ready, /chc/live
void post_statements(Service& service, const Exchange& exchange);
void post_query(Service& service, const Exchange& exchange);
void post_query_stream(Service& service, const Exchange& exchange);
void post_close_query(Service& service, const Exchange& exchange);
void get_statuses(Service& service, const Exchange& exchange);
void get_status(Service& service, const Exchange& exchange);
void get_memory(Service& service, const Exchange& exchange);
void get_metadata(Service& service, const Exchange& exchange);
void get_metadata_id(Service& service, const Exchange& exchange);
void get_property_validity(Service& service, const Exchange& exchange);
void get_cluster_status(Service& service, const Exchange& exchange);
void post_heartbeat(Service& service, const Exchange& exchange);
void post_lag(Service& service, const Exchange& exchange);
void post_terminate(Service& service, const Exchange& exchange);
void post_produce(Service& service, const Exchange& exchange);
void post_inserts_stream(Service& service, const Exchange& exchange);
void get_websocket(Service& service, const Exchange& exchange);

}  // namespace millrace::server
