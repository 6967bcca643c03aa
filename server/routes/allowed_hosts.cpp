#include "server/routes/allowed_hosts.h"

#include <arpa/inet.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/config/get.h"
#include "server/net/url.h"

namespace millrace::server {

namespace {

bool is_ip(const std::string& name) {
    in6_addr address{};
    return ::inet_pton(AF_INET, name.c_str(), &address) == 1 ||
           ::inet_pton(AF_INET6, name.substr(0, name.find('%')).c_str(), &address) == 1;
}

bool is_any_address(const std::string& name) {
    return name == "0.0.0.0" || name == "::";
}

}  // namespace

std::string host_without_port(std::string_view host) {
    if (host.starts_with('[')) return lower_ascii(host.substr(1, host.find(']') - 1));
    host = host.substr(0, host.find(':'));
    if (host.ends_with('.')) host.remove_suffix(1);
    return lower_ascii(host);
}

AllowedHosts::AllowedHosts(const Config& config, std::string_view machine) {
    for (const auto& url : config.get<"listeners">()) add_listener(url, machine);
    for (const auto& url :
         {config.get<"ksql.advertised.listener">(), config.get<"ksql.internal.listener">()}) {
        if (url) add_listener(*url, machine);
    }
    for (const auto& host : config.get<"millrace.http.allowed.hosts">()) {
        if (host == "*") {
            all_ = true;
        } else if (host.starts_with("*.")) {
            endings_.push_back(lower_ascii(host.substr(1)));
        } else {
            names_.push_back(host_without_port(host));
        }
    }
}

void AllowedHosts::add_listener(const std::string& url, std::string_view machine) {
    const auto parsed = net::parse_url(url);
    if (!parsed) return;
    if (!is_any_address(parsed->host)) {
        names_.push_back(lower_ascii(parsed->host));
        return;
    }
    names_.push_back(lower_ascii(machine));
    undotted_ = true;
}

bool AllowedHosts::allows(std::string_view host) const {
    if (all_) return true;
    const std::string name = host_without_port(host);
    if (name.empty()) return false;
    if (name == "localhost" || name.ends_with(".localhost") || is_ip(name)) return true;
    if (undotted_ && name.find('.') == std::string::npos) return true;
    return std::find(names_.begin(), names_.end(), name) != names_.end() ||
           std::any_of(endings_.begin(), endings_.end(),
                       [&](const std::string& ending) { return name.ends_with(ending); });
}

}  // namespace millrace::server
