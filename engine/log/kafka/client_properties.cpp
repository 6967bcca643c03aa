#include "engine/log/kafka/client_properties.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
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
        "ssl.keystore.type",
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
    return found == given.end() || found->second.empty() ? "" : upper_ascii(found->second);
}

bool has_ending(const std::string& path, std::initializer_list<const char*> endings) {
    const std::string lower = lower_ascii(path);
    return std::any_of(endings.begin(), endings.end(),
                       [&](const char* ending) { return lower.ends_with(ending); });
}

/// The authorities that brokers' certificates are held to. Without them those of the machine count:
/// another trust than was asked for.
void translate_truststore(const std::map<std::string, std::string>& given, const std::string& value,
                          ClientProperties& out) {
    const std::string type = type_of(given, "ssl.truststore.type");
    const bool is_pem = type == "PEM" || (type.empty() && has_ending(value, {".pem", ".crt"}));
    if (is_pem) {
        out.settings["ssl.ca.location"] = value;
        return;
    }
    out.refused.push_back("ssl.truststore.location=" + value +
                          " is refused: a truststore of type " + (type.empty() ? "JKS" : type) +
                          " cannot be read; write its certificates into a PEM file and set "
                          "ssl.truststore.type=PEM");
}

void translate_keystore(const std::map<std::string, std::string>& given, const std::string& value,
                        ClientProperties& out) {
    const std::string type = type_of(given, "ssl.keystore.type");
    if (type == "PEM" || (type.empty() && has_ending(value, {".pem"}))) {
        out.settings["ssl.certificate.location"] = value;
        out.settings["ssl.key.location"] = value;
    } else if (type == "PKCS12" || (type.empty() && has_ending(value, {".p12", ".pfx"}))) {
        out.settings["ssl.keystore.location"] = value;
    } else {
        out.refused.push_back("ssl.keystore.location=" + value +
                              " is refused: a keystore of type " + (type.empty() ? "JKS" : type) +
                              " cannot be read; set ssl.keystore.type=PKCS12 or PEM and name a "
                              "file of that type");
    }
}

/// librdkafka cannot be told which versions of TLS to speak: OpenSSL speaks 1.2 and 1.3, and a file
/// that wants less must not be taken as if it got it.
void check_protocols(const std::string& name, const std::string& value, ClientProperties& out) {
    std::set<std::string> named;
    for (std::string_view part : split(value, ',')) named.insert(upper_ascii(part));
    const bool loses_nothing = name == "ssl.protocol"
                                   ? named.contains("TLS") || named.contains("TLSV1.3")
                                   : named.contains("TLSV1.2") && named.contains("TLSV1.3");
    // Java's ssl.protocol=TLSv1.3 leaves it to ssl.enabled.protocols what else is spoken.
    if (loses_nothing || java_trim(value).empty()) return;
    out.refused.push_back(name + "=" + value +
                          " is refused: the versions of TLS that are spoken to brokers are 1.2 and "
                          "1.3, and cannot be bounded; leave the line out" +
                          (name == "ssl.protocol" ? "" : " or write TLSv1.2,TLSv1.3"));
}

void translate_jaas(const std::string& value, ClientProperties& out) {
    const std::string user = jaas_option(value, "username");
    if (user.empty()) {
        out.refused.emplace_back(
            "sasl.jaas.config is refused: it names no user; it must be a line as "
            "'org.apache.kafka.common.security.plain.PlainLoginModule required username=\"…\" "
            "password=\"…\";' (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512)");
        return;
    }
    out.settings["sasl.username"] = user;
    out.settings["sasl.password"] = jaas_option(value, "password");
}

/// A JAAS line's parts: blanks part them, quotes keep what is within together, `=` stands alone.
class JaasWords {
public:
    explicit JaasWords(std::string_view line) : line_(line) {}

    /// False: no more of them.
    bool next(std::string& word, bool& is_quoted) {
        word.clear();
        is_quoted = false;
        while (at_ < line_.size() && (is_blank(line_[at_]) || line_[at_] == ';')) ++at_;
        if (at_ >= line_.size()) return false;
        const char first = line_[at_];
        if (first == '=') {
            word = line_[at_++];
        } else if (first == '"' || first == '\'') {
            is_quoted = true;
            take_quoted(word);
        } else {
            while (at_ < line_.size() && !is_blank(line_[at_]) && line_[at_] != ';' &&
                   line_[at_] != '=') {
                word += line_[at_++];
            }
        }
        return true;
    }
    /// The rest of a value without quotes, which may hold `=`.
    void take_bare_rest(std::string& word) {
        while (at_ < line_.size() && !is_blank(line_[at_]) && line_[at_] != ';')
            word += line_[at_++];
    }

private:
    static bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

    void take_quoted(std::string& word) {
        const char quote = line_[at_++];
        for (; at_ < line_.size() && line_[at_] != quote; ++at_) {
            if (line_[at_] == '\\' && at_ + 1 < line_.size()) ++at_;
            word += line_[at_];
        }
        ++at_;
    }

    std::string_view line_;
    size_t at_ = 0;
};

}  // namespace

std::string jaas_option(const std::string& jaas_line, const std::string& option) {
    JaasWords words(jaas_line);
    std::string word;
    std::string name;       // The word before.
    bool is_value = false;  // The word before was `=`.
    bool is_quoted = false;
    while (words.next(word, is_quoted)) {
        if (is_value) {
            if (!is_quoted) words.take_bare_rest(word);
            if (name == option) return word;
            name.clear();
            is_value = false;
        } else if (word == "=" && !is_quoted) {
            is_value = true;
        } else {
            name = is_quoted ? "" : word;
        }
    }
    return "";
}

size_t record_bytes_max(const ClientProperties& properties) {
    const std::string given = properties.get("message.max.bytes", "1000000");
    return static_cast<size_t>(std::strtoull(given.c_str(), nullptr, 10));
}

size_t batch_bytes_max(const ClientProperties& properties) {
    const std::string given = properties.get("batch.size", kBatchBytes);
    return static_cast<size_t>(std::strtoull(given.c_str(), nullptr, 10));
}

ClientProperties translate_client_properties(const std::map<std::string, std::string>& given) {
    ClientProperties out;
    for (const auto& [name, value] : given) {
        if (dropped().contains(name)) continue;
        if (auto found = renamed().find(name); found != renamed().end()) {
            out.settings[found->second] = value;
        } else if (name == "sasl.jaas.config") {
            translate_jaas(value, out);
        } else if (name == "ssl.truststore.location") {
            translate_truststore(given, value, out);
        } else if (name == "ssl.keystore.location") {
            translate_keystore(given, value, out);
        } else if (name == "ssl.enabled.protocols" || name == "ssl.protocol") {
            check_protocols(name, value, out);
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
