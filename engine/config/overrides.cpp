#include "engine/config/overrides.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/config/nearest_property.h"

namespace millrace {

namespace {

/// `consumer.X` and `producer.X` are those that a session may give, of what such a client knows.
bool is_of_other_client(const std::string& name, const Property& row) {
    if (without_client_prefix(name).size() == name.size()) return false;
    const bool may_be_given = name.starts_with("consumer.") || name.starts_with("producer.");
    const bool is_known = row.group == PropertyGroup::kClients || row.name == "auto.offset.reset";
    return !may_be_given || !is_known;
}

constexpr std::string_view kTopic = "topic.";

/// The row of a name that sessions may speak of: not the doors', which ksqlDB does not tell its
/// engine of, and of families only those of functions and topics.
const Property* settable_row(const std::string& given) {
    const std::string name = property_name(given);
    const Property* row = find_property(name);
    if (row == nullptr || row->group == PropertyGroup::kDoors) return nullptr;
    // `ksql.streams.` is for what Streams and its clients know, nothing else.
    const bool of_kafka =
        row->group == PropertyGroup::kStreams || row->group == PropertyGroup::kClients;
    if (name != given && !of_kafka) return nullptr;
    if (is_of_other_client(name, *row)) return nullptr;
    if (!row->is_family()) return row;
    if (row->name == kTopic && !is_topic_setting(std::string_view(name).substr(kTopic.size())))
        return nullptr;
    const bool is_open = row->name == "ksql.functions." || row->name == "topic." ||
                         row->name == "sasl." || row->name == "ssl.";
    return is_open ? row : nullptr;
}

/// The server's own list of what sessions may set, or may not; names count as they are written.
void check_policy(const Config& server, const std::string& name) {
    auto among = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (server.get<"ksql.properties.overrides.validation.mode">() != "allowlist") {
        auto denied = server.get<"ksql.properties.overrides.denylist">();
        denied.emplace_back("ksql.service.id");
        if (!among(denied)) return;
        refuse(ErrorKind::kGeneral,
               "One or more properties overrides set locally are prohibited by the KSQL server "
               "denylist (use UNSET to reset their default value): [" +
                   name + "]");
    }
    // The policy itself is nobody's to change, whatever the list says.
    const bool never = name == "ksql.service.id" || name.starts_with("ksql.properties.overrides.");
    if (!never && among(server.get<"ksql.properties.overrides.allowlist">())) return;
    refuse(ErrorKind::kGeneral,
           "One or more property overrides set locally are not permitted by the KSQL server "
           "allowlist (use UNSET to reset their default value): [" +
               name + "]");
}

bool may_be_set(const Property& row) {
    return settable_row(std::string(row.name)) != nullptr && !row.is_immutable &&
           row.name != "ksql.service.id";
}

bool may_be_altered(const Property& row) {
    return row.is_alterable;
}

/// What helps with a name that cannot stand here: one that can, or where it can stand.
std::string advice(const std::string& name, bool (*accepts)(const Property& row)) {
    const Property* row = find_property(property_name(name));
    const bool is_known = row != nullptr && !row->is_family();
    if (is_known && settable_row(property_name(name)) == nullptr) {
        return ". It can only be set in the server's properties file.";
    }
    const std::string near = is_known ? property_name(name)  // With a prefix that is not its own.
                                      : nearest_property(name, suggested_distance(name), accepts);
    if (!near.empty()) return ". Did you mean " + near + "?";
    return row == nullptr || row->name == kTopic
               ? ""
               : ". It can only be set in the server's properties file.";
}

const Property& known_property(const std::string& name, bool over_rest,
                               bool (*accepts)(const Property& row) = may_be_set) {
    if (const Property* row = settable_row(name)) return *row;
    const std::string message =
        over_rest
            ? "Not recognizable as ksql, streams, consumer, or producer property: '" + name + "'"
            : "Unknown property: " + name;
    throw StatementError(over_rest ? ErrorKind::kUnknownProperty : ErrorKind::kStatement,
                         message + advice(name, accepts))
        .about(name);
}

/// The row; throws for a name that nobody may set.
const Property& allowed_property(const Config& server, const std::string& name, bool over_rest) {
    const Property& row = known_property(name, over_rest);
    check_policy(server, name);
    return row;
}

void check_mutable(const std::string& name, const Property& row) {
    if (!row.is_immutable) return;
    refuse(ErrorKind::kGeneral, "Cannot override property '" + name + "'");
}

/// What a session sets is written to the command topic with its statements, for all to read.
[[noreturn]] void refuse_secret(const std::string& name, const char* what) {
    refuse(ErrorKind::kGeneral, "Cannot override property '" + name + "': " + what +
                                    " would be written to the command topic. It can only be set "
                                    "in the server's properties file.");
}

void check_not_secret(const std::string& name) {
    if (is_secret_property(name)) refuse_secret(name, "a secret");
}

/// What the server has under this name is what is asked for.
bool is_servers_own(const Config& server, const std::string& name, const Property& row,
                    const PropertyValue& value) {
    const std::string* given = server.find(name);
    if (given != nullptr) return parse_property(row, *given).value == value;
    return row.default_value != nullptr && parse_property(row, row.default_value).value == value;
}

/// A value for the whole server goes with no session: not to be had, or of no account.
std::string check_reach(const Config& server, const std::string& name, const Property& row,
                        const PropertyValue& value) {
    const std::string bare = property_name(name);
    if (is_servers_own(server, bare, row, value)) return "";
    const bool is_used = row.use == PropertyUse::kRead;
    if (is_used && row.reach != PropertyReach::kServer) return "";
    const bool is_tuning = row.group == PropertyGroup::kStreams || !is_used;
    if (row.is_promise || !is_tuning) {
        refuse(ErrorKind::kGeneral,
               "Cannot override property '" + name +
                   "': it is one for the whole server. It can only be set in the server's "
                   "properties file.");
    }
    return "Property '" + name + "' has no effect here" +
           (row.use == PropertyUse::kIgnored
                ? "."
                : ": it is one for the whole server and set in the server's properties file.");
}

/// The checks that SET, requests and ALTER SYSTEM have in common.
PropertyValue checked_value(const Config& server, const std::string& name, const std::string& value,
                            const Property& row) {
    check_policy(server, name);
    const bool is_reset = row.name == "auto.offset.reset";
    if (is_reset && value == "none") {
        refuse(ErrorKind::kGeneral, "'none' is not valid for this property within KSQL");
    }
    auto parsed = parse_property(row, value);
    if (!parsed.problem.empty()) {
        refuse(is_reset ? ErrorKind::kGeneral : ErrorKind::kStatement,
               invalid_property(property_name(name), value, parsed.problem));
    }
    check_mutable(name, row);
    check_not_secret(name);
    if (holds_secret(name, value)) refuse_secret(name, "the password in it");
    return std::move(parsed.value);
}

}  // namespace

void check_system_property(const std::string& name) {
    known_property(name, false, may_be_altered);
}

void check_property_known(const std::string& name) {
    known_property(name, false);
}

void check_override_name(const Config& server, const std::string& name) {
    check_mutable(name, allowed_property(server, name, true));
    check_not_secret(name);
}

std::string check_override(const Config& server, const std::string& name, const std::string& value,
                           bool over_rest) {
    const Property& row = known_property(name, over_rest);
    return check_reach(server, name, row, checked_value(server, name, value, row));
}

void check_system_value(const Config& server, const std::string& name, const std::string& value) {
    checked_value(server, name, value, known_property(name, false));
}

bool is_system_property(const std::string& name) {
    const Property* row = find_property(property_name(name));
    return row != nullptr && row->is_alterable;
}

}  // namespace millrace
