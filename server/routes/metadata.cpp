// GET /v1/metadata, GET /v1/metadata/id
#include "engine/base/text.h"
#include "server/routes/handlers.h"

namespace millrace::server {

namespace {

std::string cluster_id_json(Service& service) {
    std::string body = R"({"scope":{"path":[],"clusters":{"kafka-cluster":)";
    append_json_string(body, service.engine().cluster_id());
    body += R"(,"ksql-cluster":)";
    append_json_string(body, service.engine().service_id());
    body += R"(}},"id":""})";
    return body;
}

}  // namespace

void get_metadata(Service& service, const Exchange& exchange) {
    std::string body = R"({"version":)";
    append_json_string(body, kVersion);
    body += R"(,"clusterId":)" + cluster_id_json(service) + '}';
    exchange.reply_json(200, std::move(body));
}

void get_metadata_id(Service& service, const Exchange& exchange) {
    exchange.reply_json(200, cluster_id_json(service));
}

}  // namespace millrace::server
