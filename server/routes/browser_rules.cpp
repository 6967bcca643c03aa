#include "server/routes/browser_rules.h"

#include <algorithm>

#include "engine/base/text.h"

namespace millrace::server {

namespace {

/// As much of a header's value as can stand in a message.
std::string shown(std::string_view value) {
    const bool plain =
        std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return plain && value.size() <= 200 ? std::string(value) : "…";
}

/// Is the page, by its origin, this server's own or that of the proxy ahead of it?
bool same_origin(std::string_view origin, std::string_view host) {
    const size_t mark = origin.find("://");
    return mark != std::string_view::npos &&
           lower_ascii(origin.substr(mark + 3)) == lower_ascii(host);
}

/// What forms can send, and pages without asking first.
bool is_form_type(std::string_view type) {
    const std::string name = lower_ascii(trim(type.substr(0, type.find(';'))));
    return name == "text/plain" || name == "application/x-www-form-urlencoded" ||
           name == "multipart/form-data";
}

}  // namespace

BrowserRules::BrowserRules(const Config& config, std::string_view machine)
    : hosts_(config, machine), cors_(config) {}

std::optional<ErrorReply> BrowserRules::refusal(const net::Request& request) const {
    // A load balancer asks by whatever name it likes, and learns nothing.
    if (request.path.starts_with("/chc/")) return std::nullopt;
    // Over TLS the certificate has told the browser whose server this is.
    const std::string_view host = request.header("Host").value_or("");
    if (!request.secure && !hosts_.allows(host)) {
        return generic_error(kWrongHost, "This server is not known by the name '" + shown(host) +
                                             "', which a web page may have given it. If it is its "
                                             "name, add it to millrace.http.allowed.hosts.");
    }
    return wrong_origin(request);
}

std::optional<ErrorReply> BrowserRules::wrong_origin(const net::Request& request) const {
    const auto origin = request.header("Origin");
    const std::string_view site = request.header("Sec-Fetch-Site").value_or("");
    const bool post = request.method == "POST";
    if (origin && cors_.allows(*origin)) return std::nullopt;
    if (origin && !same_origin(*origin, request.header("Host").value_or(""))) {
        return generic_error(kForbidden, "Web pages of the origin '" + shown(*origin) +
                                             "' may not ask this server. If they may, add it to "
                                             "access.control.allow.origin.");
    }
    if (post && !origin && (site == "cross-site" || site == "same-site")) {
        return generic_error(kForbidden,
                             "Web pages of other origins may not ask this server. "
                             "access.control.allow.origin names those that may.");
    }
    const auto type = request.header("Content-Type");
    if (post && (origin || !site.empty()) && type && is_form_type(*type)) {
        return generic_error(kFormBody, "Web pages must send application/json, no form.");
    }
    return std::nullopt;
}

std::shared_ptr<net::ResponseWriter> BrowserRules::writer_for(
    const net::Request& request, std::shared_ptr<net::ResponseWriter> writer) const {
    const auto origin = request.header("Origin");
    if (!origin || !cors_.allows(*origin)) return writer;
    if (Cors::is_preflight(request)) {
        cors_.answer_preflight(*origin, *writer);
        return nullptr;
    }
    return Cors::readable_by(*origin, std::move(writer));
}

}  // namespace millrace::server
