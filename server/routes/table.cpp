#include "server/routes/table.h"

#include <array>
#include <exception>
#include <new>
#include <optional>

#include "engine/base/log.h"
#include "server/model/request.h"
#include "server/net/url.h"
#include "server/routes/browser_rules.h"
#include "server/routes/gate.h"
#include "server/routes/handlers.h"

namespace millrace::server {

namespace {

/// On the I/O thread (must not wait), or on one of the pools.
enum class Place { kInline, kStatements, kQueries, kProbes };

/// What must be up before the handler may run.
enum class Needs { kNothing, kStarted, kStatements };

constexpr std::array kAny = {MediaType::kJson};
constexpr std::array kJson = {MediaType::kJson, MediaType::kV1Json};
constexpr std::array kRows = {MediaType::kV1Json, MediaType::kJson, MediaType::kDelimited,
                              MediaType::kProtobuf};
constexpr std::array kStreamRows = {MediaType::kDelimited, MediaType::kJson, MediaType::kV1Json,
                                    MediaType::kProtobuf};

struct Route {
    const char* method;
    const char* path;  ///< `:name` stands for one segment.
    void (*handler)(Service&, const Exchange&);
    std::span<const MediaType> offers;  ///< kAny: the Accept header is not looked at.
    Place place;
    Needs needs;
    Right right;  ///< What who asks must have, where names are asked for.
};

constexpr Route kRoutes[] = {
    {"GET", "/", get_root, kAny, Place::kInline, Needs::kNothing, Right::kRead},
    {"GET", "/info", get_info, kJson, Place::kInline, Needs::kStarted, Right::kRead},
    {"GET", "/healthcheck", get_health, kJson, Place::kProbes, Needs::kNothing, Right::kRead},
    {"GET", "/chc/ready", get_probe, kAny, Place::kInline, Needs::kNothing, Right::kRead},
    {"GET", "/chc/live", get_probe, kAny, Place::kInline, Needs::kNothing, Right::kRead},
    {"POST", "/ksql", post_statements, kJson, Place::kStatements, Needs::kStatements, Right::kRead},
    {"POST", "/ksql/terminate", post_terminate, kJson, Place::kStatements, Needs::kStatements,
     Right::kAdmin},
    {"POST", "/query", post_query, kRows, Place::kQueries, Needs::kStatements, Right::kRead},
    {"POST", "/query-stream", post_query_stream, kStreamRows, Place::kQueries, Needs::kStatements,
     Right::kRead},
    {"POST", "/close-query", post_close_query, kAny, Place::kInline, Needs::kStatements,
     Right::kRead},
    {"POST", "/inserts-stream", post_inserts_stream, kAny, Place::kInline, Needs::kNothing,
     Right::kWrite},
    {"GET", "/ws/query", get_websocket, kAny, Place::kInline, Needs::kNothing, Right::kRead},
    {"GET", "/status", get_statuses, kJson, Place::kInline, Needs::kStarted, Right::kRead},
    {"GET", "/status/:type/:entity/:action", get_status, kJson, Place::kInline, Needs::kStarted,
     Right::kRead},
    {"GET", "/v1/metadata", get_metadata, kJson, Place::kInline, Needs::kNothing, Right::kRead},
    {"GET", "/v1/metadata/id", get_metadata_id, kJson, Place::kInline, Needs::kNothing,
     Right::kRead},
    {"GET", "/is_valid_property/:property", get_property_validity, kJson, Place::kInline,
     Needs::kNothing, Right::kRead},
    {"GET", "/clusterStatus", get_cluster_status, kJson, Place::kInline, Needs::kNothing,
     Right::kRead},
    {"POST", "/heartbeat", post_heartbeat, kJson, Place::kInline, Needs::kNothing, Right::kAdmin},
    {"POST", "/lag", post_lag, kJson, Place::kInline, Needs::kNothing, Right::kAdmin},
    {"GET", "/millrace/memory", get_memory, kAny, Place::kInline, Needs::kNothing, Right::kRead},
    {"POST", "/millrace/produce", post_produce, kAny, Place::kQueries, Needs::kStarted,
     Right::kWrite},
};

/// The values of the path's `:name` segments, when it matches.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
    std::vector<std::string> values;
    while (!pattern.empty() && !path.empty()) {
        if (pattern.front() == ':') {
            const size_t pattern_end = std::min(pattern.find('/'), pattern.size());
            const size_t path_end = std::min(path.find('/'), path.size());
            if (path_end == 0) return std::nullopt;
            values.push_back(net::percent_decode(path.substr(0, path_end)));
            pattern.remove_prefix(pattern_end);
            path.remove_prefix(path_end);
            continue;
        }
        if (pattern.front() != path.front()) return std::nullopt;
        pattern.remove_prefix(1);
        path.remove_prefix(1);
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return values;
}

/// What keeps the route from answering now; nothing: it may.
std::optional<ErrorReply> refusal(Service& service, const Route& route) {
    if (route.needs == Needs::kNothing) return std::nullopt;
    if (service.stopping()) return generic_error(kShuttingDown, "The server is shutting down");
    if (service.headless() && route.needs == Needs::kStatements) {
        return generic_error(kBadRequest,
                             "This server runs a queries file and takes no statements over HTTP.");
    }
    if (service.engine().started()) return std::nullopt;
    std::string message = "KSQL is not yet ready to serve requests.";
    if (auto reason = service.not_ready_reason(); !reason.empty()) message += " " + reason;
    return generic_error(kNotReady, message);
}

void run(Service& service, const Route& route, const Exchange& exchange) {
    auto fail = [&](const ErrorReply& error) {
        if (exchange.writer->started()) {
            exchange.writer->abort();  // In the middle of an answer there is no way to say more.
        } else {
            exchange.reply_bare(error);
        }
    };
    try {
        route.handler(service, exchange);
    } catch (const StatementError& error) {
        fail(reply_for(error));
    } catch (const BadBody& bad) {
        fail(generic_error(kBadRequest, "Invalid JSON in request: " + bad.message));
    } catch (const std::bad_alloc&) {
        fail(generic_error(kNoMemory, "The server is out of memory."));
    } catch (const Forbidden& forbidden) {
        reply_lacking_right(service, exchange, forbidden.message);
    } catch (const std::exception& error) {
        log_error("server", "{} {} failed: {}", route.method, route.path, error.what());
        fail(generic_error(kServerError, error.what()));
    }
}

void reply_refusal(const Exchange& exchange, const ErrorReply& error) {
    net::Headers headers = {{"content-type", "application/json"}};
    if (error.status == 503) headers.emplace_back("Retry-After", "10");
    exchange.writer->reply(error.status, std::move(headers), error.body);
}

WorkPool& pool_of(Service& service, Place place) {
    if (place == Place::kStatements) return service.statement_pool();
    return place == Place::kProbes ? service.probe_pool() : service.query_pool();
}

void dispatch(Service& service, const Route& route, Exchange exchange) {
    if (!check_right(service, exchange, route.right)) return;
    if (auto error = refusal(service, route)) return reply_refusal(exchange, *error);
    if (route.place == Place::kInline) return run(service, route, exchange);
    if (!pool_of(service, route.place).post([&service, &route, exchange] {
            run(service, route, exchange);
        })) {
        reply_refusal(exchange,
                      service.stopping()
                          ? generic_error(kShuttingDown, "The server is shutting down")
                          : generic_error(kTooManyRequests, "Too many requests are waiting"));
    }
}

void route_request(Service& service, Exchange exchange) {
    for (const auto& route : kRoutes) {
        if (exchange.request->method != route.method) continue;
        auto values = match(route.path, exchange.request->path);
        if (!values) continue;
        if (route.offers.data() != kAny.data()) {
            auto chosen = choose_media_type(exchange.request->header("Accept"), route.offers);
            if (!chosen) continue;
            exchange.accept = *chosen;
        }
        exchange.path_values = std::move(*values);
        return dispatch(service, route, std::move(exchange));
    }
    exchange.reply_not_found();
}

}  // namespace

net::Handler make_handler(Service& service, std::string_view machine) {
    auto rules = std::make_shared<const BrowserRules>(service.engine().config(), machine);
    return [&service, rules](std::shared_ptr<net::Request> request,
                             std::shared_ptr<net::ResponseWriter> writer) {
        Exchange exchange{std::move(request), std::move(writer), {}, MediaType::kJson};
        if (auto error = rules->refusal(*exchange.request))
            return exchange.reply_json(std::move(*error));
        exchange.writer = rules->writer_for(*exchange.request, std::move(exchange.writer));
        if (!exchange.writer) return;
        admit(service, std::move(exchange),
              [&service](Exchange admitted) { route_request(service, std::move(admitted)); });
    };
}

bool is_probe(const net::Request& request) {
    const std::string_view path = request.path;
    return request.method == "GET" &&
           (path == "/healthcheck" || path == "/chc/ready" || path == "/chc/live");
}

}  // namespace millrace::server
