#include "cli/health_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/server_command.h"
#include "engine/base/error.h"
#include "engine/config/get.h"
#include "server/listener_tls.h"
#include "server/listeners.h"
#include "server/net/http_client.h"

namespace millrace::cli {

namespace {

constexpr std::chrono::milliseconds kPatience{5000};

struct Asked {
    std::string url;
    net::TlsOptions tls;
};

/// An address that the server listens on, as this machine reaches it.
std::string address_here(const net::ListenAddress& listener) {
    const bool all = listener.address == "0.0.0.0" || listener.address == "::";
    std::string host = all ? "127.0.0.1" : listener.address;
    if (host.find(':') != std::string::npos) host = '[' + host + ']';
    return fmt::format("{}://{}:{}", listener.tls ? "https" : "http", host, listener.port);
}

/// The server that these properties start on this machine.
Asked server_of(const Config& config) {
    const auto listeners = server::parse_listeners(config.get<"listeners">());
    if (listeners.empty()) refuse("listeners: there is none to ask");
    Asked asked{address_here(listeners.front()), {}};
    if (!listeners.front().tls) return asked;
    auto tls = server::tls_of_config(config);
    if (!tls) refuse(tls.status().message());
    asked.tls = std::move(*tls);
    // It is known by where it listens, and is told nothing.
    asked.tls.verify = asked.tls.verify_host = false;
    return asked;
}

int ask(const Asked& asked) {
    Result<net::Url> url = net::parse_url(asked.url);
    if (!url) refuse(url.status().message());
    net::ClientOptions options;
    options.connect_timeout = options.read_timeout = kPatience;
    options.tls = asked.tls;
    net::HttpClient client(std::move(*url), std::move(options));
    const Result<net::ClientResponse> answer =
        client.send({.method = "GET", .path = "/healthcheck"});
    if (!answer) refuse("no answer from " + asked.url + ": " + answer.status().message());
    std::cout << answer->body << '\n';
    return answer->status == 200 && answer->body.starts_with(R"({"isHealthy":true)") ? 0 : 1;
}

}  // namespace

void add_health_command(CLI::App& app, int& exit_code) {
    struct Options {
        std::string where;
        std::string ca_file;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("health", "Ask a server whether it is well: exits with 0 or 1");
    command->add_option("server", options->where,
                        "The server's URL, or the properties file that it was started with");
    command->add_option("--ca", options->ca_file, "PEM file of authorities, for an https:// URL")
        ->type_name("FILE");
    command->footer(
        "With a file, or with nothing, the first of its listeners is asked, over KSQL_* variables\n"
        "as the server reads them; its certificate is not looked at then.");
    command->callback([options, &exit_code] {
        try {
            Asked asked{options->where, {}};
            if (!options->ca_file.empty()) asked.tls.trust = {options->ca_file, false, "", ""};
            const bool is_url = options->where.find("://") != std::string::npos;
            exit_code = ask(is_url ? asked : server_of(read_config(options->where, {})));
        } catch (const StatementError& error) {
            std::cerr << "millrace: " << error.what() << '\n';
            exit_code = 1;
        }
    });
}

}  // namespace millrace::cli
