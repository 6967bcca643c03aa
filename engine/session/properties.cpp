#include "engine/session/properties.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/base/error.h"
#include "engine/sql/parser.h"

namespace millrace {

namespace {

constexpr const char* kStreamsPrefix = "ksql.streams.";

std::string trim(const std::string& text) {
    size_t first = text.find_first_not_of(" \t\f\r");
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t\f\r") - first + 1);
}

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts;
    std::stringstream in(text);
    for (std::string part; std::getline(in, part, ',');) {
        if (auto name = trim(part); !name.empty()) parts.push_back(name);
    }
    return parts;
}

const PropertyDefinition* definition_of(const std::string& name) {
    const auto& all = property_definitions();
    auto found = std::find_if(all.begin(), all.end(),
                              [&](const PropertyDefinition& d) { return name == d.name; });
    return found == all.end() ? nullptr : &*found;
}

/// Kafka's own keys: any that its clients or Streams would take. Nothing: no such key.
std::optional<PropertyType> client_key_type(const std::string& name) {
    using enum PropertyType;
    static const std::map<std::string_view, PropertyType> kKeys = {
        {"__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", kString},
        {"__emit.interval.ms.kstreams.windowed.aggregation__", kString},
        {"acceptable.recovery.lag", kLong},
        {"acks", kString},
        {"auto.offset.reset", kString},
        {"batch.size", kInt},
        {"buffer.memory", kLong},
        {"buffered.records.per.partition", kInt},
        {"cache.max.bytes.buffering", kLong},
        {"client.id", kString},
        {"commit.interval.ms", kLong},
        {"compression.type", kString},
        {"default.deserialization.exception.handler", kString},
        {"default.timestamp.extractor", kString},
        {"delivery.timeout.ms", kInt},
        {"enable.idempotence", kBool},
        {"fetch.max.bytes", kInt},
        {"fetch.max.wait.ms", kInt},
        {"fetch.min.bytes", kInt},
        {"group.instance.id", kString},
        {"heartbeat.interval.ms", kInt},
        {"isolation.level", kString},
        {"linger.ms", kLong},
        {"max.block.ms", kLong},
        {"max.in.flight.requests.per.connection", kInt},
        {"max.partition.fetch.bytes", kInt},
        {"max.poll.interval.ms", kInt},
        {"max.poll.records", kInt},
        {"max.request.size", kInt},
        {"max.task.idle.ms", kLong},
        {"max.warmup.replicas", kInt},
        {"metadata.max.age.ms", kLong},
        {"num.standby.replicas", kInt},
        {"num.stream.threads", kInt},
        {"poll.ms", kLong},
        {"probing.rebalance.interval.ms", kLong},
        {"processing.guarantee", kString},
        {"receive.buffer.bytes", kInt},
        {"replication.factor", kInt},
        {"request.timeout.ms", kInt},
        {"retries", kInt},
        {"retry.backoff.ms", kLong},
        {"send.buffer.bytes", kInt},
        {"session.timeout.ms", kInt},
        {"state.cleanup.delay.ms", kLong},
        {"state.dir", kString},
        {"statestore.cache.max.bytes", kLong},
        {"task.timeout.ms", kLong},
        {"topology.optimization", kString},
        {"transaction.timeout.ms", kInt},
        {"window.size.ms", kLong},
        {"windowed.inner.class.serde", kString},
        {"windowstore.changelog.additional.retention.ms", kLong},
    };
    std::string bare = name;
    for (const char* prefix : {"consumer.", "producer.", "main.consumer.", "restore.consumer."}) {
        if (bare.starts_with(prefix)) bare = bare.substr(std::string(prefix).size());
    }
    if (bare.starts_with("topic.")) return kString;
    auto found = kKeys.find(bare);
    return found == kKeys.end() ? std::nullopt : std::optional(found->second);
}

bool is_client_key(const std::string& name) {
    return client_key_type(name).has_value();
}

void check_value(const std::string& name, const std::string& value, PropertyType type) {
    bool good = true;
    if (type == PropertyType::kBool) {
        std::string lower = value;
        std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
        good = lower == "true" || lower == "false";
    } else if (type == PropertyType::kInt || type == PropertyType::kLong) {
        int64_t number = 0;
        auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        good = error == std::errc() && end == value.data() + value.size();
    }
    if (!good) {
        const char* want = type == PropertyType::kBool ? "Expected value to be either true or false"
                           : type == PropertyType::kInt ? "Not a number of type INT"
                                                        : "Not a number of type LONG";
        throw StatementError(ErrorKind::kStatement,
                             "Invalid value " + value + " for configuration " + name + ": " + want);
    }
}

}  // namespace

std::string resolve_property_name(const std::string& name) {
    if (!name.starts_with(kStreamsPrefix)) return name;
    return name.substr(std::string(kStreamsPrefix).size());
}

std::optional<std::string> ServerProperties::find(const std::string& name) const {
    std::string bare = resolve_property_name(name);
    for (const std::string& key : {name, bare, kStreamsPrefix + bare}) {
        if (auto found = values_.find(key); found != values_.end()) return found->second;
    }
    const auto* definition = definition_of(name);
    if (definition == nullptr) definition = definition_of(bare);
    if (definition == nullptr) definition = definition_of(kStreamsPrefix + bare);
    if (definition != nullptr && definition->default_value != nullptr)
        return definition->default_value;
    return std::nullopt;
}

bool ServerProperties::get_bool(const std::string& name) const {
    std::string value = get(name);
    std::transform(value.begin(), value.end(), value.begin(), ::tolower);
    return value == "true";
}

int64_t ServerProperties::get_long(const std::string& name, int64_t otherwise) const {
    auto text = find(name);
    if (!text || text->empty()) return otherwise;
    std::string value = trim(*text);
    int64_t number = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size()) {
        throw StatementError(ErrorKind::kGeneral, "Invalid value " + value + " for configuration " +
                                                      name + ": Not a number of type LONG");
    }
    return number;
}

std::map<std::string, std::string> ServerProperties::with_overrides(
    const std::map<std::string, std::string>& overrides) const {
    std::map<std::string, std::string> merged;
    for (const auto& [name, value] : values_) merged[resolve_property_name(name)] = value;
    for (const auto& [name, value] : overrides) merged[resolve_property_name(name)] = value;
    return merged;
}

namespace {

/// The server's own list of what sessions may set, or may not; names count as they are written.
void check_policy(const ServerProperties& server, const std::string& name) {
    auto among = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (server.get("ksql.properties.overrides.validation.mode") != "allowlist") {
        auto denied = split_list(server.get("ksql.properties.overrides.denylist"));
        denied.emplace_back("ksql.service.id");
        if (!among(denied)) return;
        throw StatementError(
            ErrorKind::kGeneral,
            "One or more properties overrides set locally are prohibited by the KSQL server "
            "denylist (use UNSET to reset their default value): [" +
                name + "]");
    }
    // The policy itself is nobody's to change, whatever the list says.
    const bool never = name == "ksql.service.id" || name.starts_with("ksql.properties.overrides.");
    if (!never && among(split_list(server.get("ksql.properties.overrides.allowlist")))) return;
    throw StatementError(
        ErrorKind::kGeneral,
        "One or more property overrides set locally are not permitted by the KSQL server "
        "allowlist (use UNSET to reset their default value): [" +
            name + "]");
}

/// The key's definition, when it has one; throws for a key that means nothing.
const PropertyDefinition* known_property(const std::string& name, bool over_rest) {
    const bool is_ksql = name.starts_with("ksql.") && !name.starts_with(kStreamsPrefix);
    const auto* definition = is_ksql ? definition_of(name) : nullptr;
    const bool known =
        is_ksql ? definition != nullptr || name.starts_with("ksql.functions.")
                : is_client_key(resolve_property_name(name)) || definition_of(name) != nullptr;
    if (!known) {
        std::vector<std::string> names;
        for (const auto& property : property_definitions()) names.emplace_back(property.name);
        const auto near = sql::nearest_names(name, names, 1);
        const std::string advice =
            near.empty() ? std::string() : ". Did you mean " + near.front() + "?";
        throw StatementError(
            over_rest ? ErrorKind::kUnknownProperty : ErrorKind::kStatement,
            over_rest ? "Not recognizable as ksql, streams, consumer, or producer property: '" +
                            name + "'" + advice
                      : "Unknown property: " + name + advice)
            .about(name);
    }
    return definition;
}

/// The same; throws for a key that nobody may set.
const PropertyDefinition* check_name(const ServerProperties& server, const std::string& name,
                                     bool over_rest) {
    const auto* definition = known_property(name, over_rest);
    check_policy(server, name);
    return definition;
}

void check_mutable(const std::string& name, const PropertyDefinition* definition) {
    const std::string bare = resolve_property_name(name);
    const bool immutable = (definition != nullptr && definition->immutable) ||
                           bare == "bootstrap.servers" || bare.starts_with("ssl.");
    if (immutable) {
        throw StatementError(ErrorKind::kGeneral, "Cannot override property '" + name + "'");
    }
}

}  // namespace

void check_property_known(const std::string& name) {
    known_property(name, false);
}

void check_override_name(const ServerProperties& server, const std::string& name) {
    check_mutable(name, check_name(server, name, true));
}

void check_override(const ServerProperties& server, const std::string& name,
                    const std::string& value, bool over_rest) {
    const auto* definition = check_name(server, name, over_rest);
    if (definition != nullptr) {
        check_value(name, value, definition->type);
    } else if (auto type = client_key_type(resolve_property_name(name))) {
        check_value(resolve_property_name(name), value, *type);
    }
    check_mutable(name, definition);
    const std::string bare = resolve_property_name(name);
    if (bare == "auto.offset.reset") {
        if (value == "none") {
            throw StatementError(ErrorKind::kGeneral,
                                 "'none' is not valid for this property within KSQL");
        }
        if (value != "earliest" && value != "latest") {
            throw StatementError(ErrorKind::kGeneral,
                                 "Invalid value " + value + " for configuration " + bare +
                                     ": String must be one of: latest, earliest");
        }
    }
}

bool is_query_property(const std::string& name) {
    static const std::set<std::string> kNames = {"auto.offset.reset",
                                                 "buffered.records.per.partition",
                                                 "cache.max.bytes.buffering",
                                                 "ksql.fail.on.deserialization.error",
                                                 "ksql.cast.strings.preserve.nulls",
                                                 "ksql.nested.error.set.null",
                                                 "ksql.query.retry.backoff.max.ms",
                                                 "ksql.query.pull.max.allowed.offset.lag",
                                                 "ksql.query.pull.table.scan.enabled",
                                                 "ksql.timestamp.throw.on.invalid",
                                                 "max.task.idle.ms",
                                                 "task.timeout.ms"};
    return kNames.count(name) != 0;
}

bool is_system_property(const std::string& name) {
    static const std::set<std::string> kNames = {"max.poll.records",
                                                 "max.poll.interval.ms",
                                                 "session.timeout.ms",
                                                 "heartbeat.interval.ms",
                                                 "fetch.min.bytes",
                                                 "fetch.max.bytes",
                                                 "fetch.max.wait.ms",
                                                 "metadata.max.age.ms",
                                                 "max.partition.fetch.bytes",
                                                 "batch.size",
                                                 "linger.ms",
                                                 "delivery.timeout.ms",
                                                 "max.request.size",
                                                 "max.block.ms",
                                                 "buffer.memory",
                                                 "compression.type",
                                                 "acceptable.recovery.lag",
                                                 "commit.interval.ms",
                                                 "max.warmup.replicas",
                                                 "num.standby.replicas",
                                                 "poll.ms",
                                                 "probing.rebalance.interval.ms",
                                                 "processing.guarantee",
                                                 "window.size.ms"};
    return kNames.count(name) != 0;
}

bool is_known_property(const std::string& name) {
    const std::string bare = resolve_property_name(name);
    return definition_of(name) != nullptr || definition_of(bare) != nullptr ||
           definition_of(kStreamsPrefix + bare) != nullptr || is_client_key(bare) ||
           name.starts_with("ksql.functions.");
}

// ---- files ----

std::map<std::string, std::string> parse_properties(const std::string& text) {
    std::map<std::string, std::string> values;
    std::stringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
        line = line.substr(std::min(line.find_first_not_of(" \t\f"), line.size()));
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty() || line[0] == '#' || line[0] == '!') continue;
        auto continues = [](const std::string& l) {
            size_t slashes = 0;
            while (slashes < l.size() && l[l.size() - 1 - slashes] == '\\') ++slashes;
            return slashes % 2 == 1;
        };
        while (continues(line)) {
            line.pop_back();
            std::string next;
            if (!std::getline(in, next)) break;
            if (!next.empty() && next.back() == '\r') next.pop_back();
            line += next.substr(std::min(next.find_first_not_of(" \t\f"), next.size()));
        }
        std::string key;
        std::string value;
        bool in_key = true;
        bool after_blank = false;
        for (size_t i = 0; i < line.size(); ++i) {
            char c = line[i];
            std::string& out = in_key ? key : value;
            if (c == '\\' && i + 1 < line.size()) {
                char e = line[++i];
                if (e == 'u' && i + 4 < line.size()) {
                    unsigned code = 0;
                    std::from_chars(&line[i + 1], &line[i + 5], code, 16);
                    i += 4;
                    if (code < 0x80) {
                        out += static_cast<char>(code);
                    } else if (code < 0x800) {
                        out += static_cast<char>(0xc0 | code >> 6);
                        out += static_cast<char>(0x80 | (code & 0x3f));
                    } else {
                        out += static_cast<char>(0xe0 | code >> 12);
                        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
                        out += static_cast<char>(0x80 | (code & 0x3f));
                    }
                } else {
                    out += e == 'n' ? '\n' : e == 't' ? '\t' : e == 'r' ? '\r' : e;
                }
            } else if (in_key && (c == '=' || c == ':')) {
                in_key = false;
                value.clear();
                i = std::min(line.find_first_not_of(" \t\f", i + 1), line.size()) - 1;
            } else if (in_key && (c == ' ' || c == '\t')) {
                after_blank = true;
            } else if (in_key && after_blank) {
                in_key = false;
                value += c;
            } else {
                out += c;
            }
        }
        values[key] = trim(value);
    }
    return values;
}

std::map<std::string, std::string> read_properties_file(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw StatementError(ErrorKind::kGeneral, "Cannot read the properties file " + path);
    std::stringstream text;
    text << in.rdbuf();
    return parse_properties(text.str());
}

}  // namespace millrace
