#include "engine/log/kafka/client_properties.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "engine/base/text.h"

namespace millrace {

namespace {

/// Java name → librdkafka's name, where the value means the same.
const std::map<std::string, std::string>& renamed() {
    static const std::map<std::string, std::string> names{
        {"fetch.max.wait.ms", "fetch.wait.max.ms"},
        {"max.request.size", "message.max.bytes"},
        {"receive.buffer.bytes", "socket.receive.buffer.bytes"},
        {"send.buffer.bytes", "socket.send.buffer.bytes"},
        {"ssl.cipher.suites", "ssl.cipher.suites"},
        {"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
        {"ssl.keystore.key", "ssl.key.pem"},
        {"ssl.truststore.certificates", "ssl.ca.pem"},
    };
    return names;
}

/// Set by the log itself, or without meaning for librdkafka and harmless to leave out.
const std::set<std::string>& dropped() {
    static const std::set<std::string> names{
        "auto.offset.reset",
        "client.dns.lookup",
        "default.api.timeout.ms",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "group.id",
        "group.instance.id",
        "isolation.level",
        "key.deserializer",
        "key.serializer",
        "max.block.ms",
        "max.poll.records",
        "partitioner",
        "partitioner.class",
        "partition.assignment.strategy",
        "ssl.enabled.protocols",
        "ssl.keystore.type",
        "ssl.protocol",
        "ssl.truststore.password",
        "ssl.truststore.type",
        "transactional.id",
        "value.deserializer",
        "value.serializer",
    };
    return names;
}

std::string type_of(const std::map<std::string, std::string>& given, const std::string& property) {
    auto found = given.find(property);
    return found == given.end() ? "JKS" : upper_ascii(found->second);
}

void translate_ssl_file(const std::map<std::string, std::string>& given, const std::string& name,
                        const std::string& value, ClientProperties& out) {
    if (name == "ssl.truststore.location") {
        // librdkafka reads certificates of authorities from PEM only.
        if (type_of(given, "ssl.truststore.type") == "PEM" || value.ends_with(".pem") ||
            value.ends_with(".crt")) {
            out.settings["ssl.ca.location"] = value;
        } else {
            out.not_supported.push_back(name + " (only PEM; set ssl.ca.location)");
        }
        return;
    }
    const std::string type = type_of(given, "ssl.keystore.type");
    if (type == "PEM" || value.ends_with(".pem")) {
        out.settings["ssl.certificate.location"] = value;
        out.settings["ssl.key.location"] = value;
    } else if (type == "PKCS12" || value.ends_with(".p12") || value.ends_with(".pfx")) {
        out.settings["ssl.keystore.location"] = value;
    } else {
        out.not_supported.push_back(name + " (only PKCS12 or PEM)");
    }
}

}  // namespace

std::string jaas_option(const std::string& jaas_line, const std::string& option) {
    size_t at = 0;
    while ((at = jaas_line.find(option, at)) != std::string::npos) {
        const bool starts = at == 0 || std::isspace(static_cast<unsigned char>(jaas_line[at - 1]));
        size_t next = at + option.size();
        at = next;
        while (next < jaas_line.size() && jaas_line[next] == ' ') ++next;
        if (!starts || next >= jaas_line.size() || jaas_line[next] != '=') continue;
        ++next;
        while (next < jaas_line.size() && jaas_line[next] == ' ') ++next;
        std::string value;
        if (next < jaas_line.size() && (jaas_line[next] == '"' || jaas_line[next] == '\'')) {
            const char quote = jaas_line[next++];
            for (; next < jaas_line.size() && jaas_line[next] != quote; ++next) {
                if (jaas_line[next] == '\\' && next + 1 < jaas_line.size()) ++next;
                value += jaas_line[next];
            }
        } else {
            while (next < jaas_line.size() && jaas_line[next] != ' ' && jaas_line[next] != ';') {
                value += jaas_line[next++];
            }
        }
        return value;
    }
    return "";
}

ClientProperties translate_client_properties(const std::map<std::string, std::string>& given) {
    ClientProperties out;
    for (const auto& [name, value] : given) {
        if (dropped().contains(name)) continue;
        if (auto found = renamed().find(name); found != renamed().end()) {
            out.settings[found->second] = value;
        } else if (name == "sasl.jaas.config") {
            if (std::string user = jaas_option(value, "username"); !user.empty()) {
                out.settings["sasl.username"] = user;
                out.settings["sasl.password"] = jaas_option(value, "password");
            } else {
                out.not_supported.push_back(name + " (only of PLAIN and SCRAM logins)");
            }
        } else if (name == "ssl.truststore.location" || name == "ssl.keystore.location") {
            translate_ssl_file(given, name, value, out);
        } else if (name == "ssl.endpoint.identification.algorithm") {
            out.settings[name] = value.empty() ? "none" : value;
        } else if (name == "buffer.memory") {
            long long bytes = std::strtoll(value.c_str(), nullptr, 10);
            out.settings["queue.buffering.max.kbytes"] =
                std::to_string(std::max(1LL, bytes / 1024));
        } else {
            out.settings[name] = value;
        }
    }
    return out;
}

}  // namespace millrace
