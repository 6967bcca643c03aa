#include "server/access/token_door.h"

#include <sys/stat.h>

#include <algorithm>

#include "engine/config/get.h"
#include "engine/config/table.h"
#include "server/access/door_warnings.h"
#include "server/bearer/key_file.h"
#include "server/bearer/key_url.h"
#include "server/net/tls.h"
#include "server/net/url.h"

namespace millrace::server {

namespace {

constexpr const char* kKeysFile = "millrace.authentication.jwt.jwks.file";
constexpr const char* kKeysUrl = "millrace.authentication.jwt.jwks.url";
constexpr const char* kKeysCaFile = "millrace.authentication.jwt.jwks.ca.file";
constexpr const char* kOthers[] = {
    "millrace.authentication.jwt.jwks.refresh.ms", "millrace.authentication.jwt.issuer",
    "millrace.authentication.jwt.audience",        "millrace.authentication.jwt.clock.skew.ms",
    "millrace.authentication.jwt.name.claim",      "millrace.authentication.jwt.roles.claim"};

Status door_fault(const std::string& what) {
    return {Fault::kFatal, what};
}

Result<std::unique_ptr<bearer::KeySource>> open_url(const Config& config, const std::string& text) {
    auto url = net::parse_url(text);
    if (!url) {
        return door_fault(std::string(kKeysUrl) + ": " +
                          text_without_secrets(url.status().message()));
    }
    if (text.find("://") == std::string::npos)
        return door_fault(std::string(kKeysUrl) + " begins with https://");
    const auto ca_file = config.get<"millrace.authentication.jwt.jwks.ca.file">();
    if (ca_file && url->scheme != "https")
        return door_fault(std::string(kKeysCaFile) + " is refused: " + kKeysUrl +
                          " is no https:// URL, so nobody's certificate is checked");
    bearer::KeyUrlOptions options;
    options.url = std::move(*url);
    options.ca_file = ca_file.value_or("");
    options.refresh_ms = config.get<"millrace.authentication.jwt.jwks.refresh.ms">();
    if (ca_file) {
        net::TlsOptions tls;
        tls.trust.file = *ca_file;
        if (auto context = net::make_client_context(tls); !context)
            return door_fault(std::string(kKeysCaFile) + ": " + context.status().message());
    }
    return std::unique_ptr<bearer::KeySource>(std::make_unique<bearer::KeyUrl>(std::move(options)));
}

Result<std::unique_ptr<bearer::KeySource>> open_keys(const Config& config) {
    const auto file = config.get<"millrace.authentication.jwt.jwks.file">();
    const auto url = config.get<"millrace.authentication.jwt.jwks.url">();
    if (file && url)
        return door_fault(std::string(kKeysFile) + " and " + kKeysUrl + " are both set: say one");
    if (url) return open_url(config, *url);
    if (!file) {
        return door_fault(std::string("authentication.method=BEARER needs the keys of tokens: "
                                      "set ") +
                          kKeysFile + " or " + kKeysUrl);
    }
    if (config.is_set(kKeysCaFile))
        return door_fault(std::string(kKeysCaFile) + " is refused without " + kKeysUrl);
    auto keys = std::make_unique<bearer::KeyFile>(*file);
    if (Status read = keys->load(); !read)
        return door_fault(read.message() + " (" + kKeysFile + ")");
    return std::unique_ptr<bearer::KeySource>(std::move(keys));
}

}  // namespace

Result<std::unique_ptr<TokenAuthenticator>> open_token_door(const Config& config,
                                                            const Clock& clock) {
    auto keys = open_keys(config);
    if (!keys) return keys.status();
    bearer::ClaimRules rules;
    rules.issuer = config.get<"millrace.authentication.jwt.issuer">().value_or("");
    const auto audience = config.get<"millrace.authentication.jwt.audience">();
    // A variable that was not set would let in tokens for everybody.
    if (audience && audience->empty())
        return door_fault("millrace.authentication.jwt.audience must not be empty");
    rules.audience = audience.value_or(std::vector<std::string>());
    rules.skew_ms = config.get<"millrace.authentication.jwt.clock.skew.ms">();
    rules.name_claim = config.get<"millrace.authentication.jwt.name.claim">();
    rules.roles_claim = config.get<"millrace.authentication.jwt.roles.claim">();
    return std::make_unique<TokenAuthenticator>(std::move(*keys), std::move(rules), clock);
}

std::vector<std::string> token_door_warnings(const Config& config) {
    std::vector<std::string> lines;
    if (!config.is_set("millrace.authentication.jwt.audience")) {
        lines.emplace_back(
            "millrace.authentication.jwt.audience is not set: a token that the issuer made for "
            "another service is taken here, too.");
    }
    const auto file = config.get<"millrace.authentication.jwt.jwks.file">();
    struct stat state {};
    if (file && ::stat(file->c_str(), &state) == 0 && (state.st_mode & S_IWOTH) != 0) {
        lines.push_back(*file + " (" + kKeysFile +
                        ") may be written by every user of this machine, who can make tokens "
                        "then: chmod o-w.");
    }
    const auto text = config.get<"millrace.authentication.jwt.jwks.url">();
    const auto url = net::parse_url(text.value_or(""));
    if (url && url->scheme == "http" && !is_loopback(url->host)) {
        lines.push_back(std::string(kKeysUrl) +
                        " is no https:// URL: who stands between this server and " + url->host +
                        " can make tokens that are taken.");
    }
    return lines;
}

std::string token_property_set(const Config& config) {
    for (const char* name : {kKeysFile, kKeysUrl, kKeysCaFile})
        if (config.is_set(name)) return name;
    const auto* other = std::find_if(std::begin(kOthers), std::end(kOthers),
                                     [&](const char* name) { return config.is_set(name); });
    return other == std::end(kOthers) ? "" : *other;
}

}  // namespace millrace::server
