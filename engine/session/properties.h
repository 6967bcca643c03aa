// Server and session properties under ksqlDB's names. A ServerProperties is read from a file, the
// environment and the command line at start and never changes; a session lays its overrides over
// it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

enum class PropertyType { kString, kBool, kInt, kLong, kList };

struct PropertyDefinition {
    const char* name;
    PropertyType type;
    const char* default_value;  ///< Null: none.
    bool per_query;             ///< May be SET.
    bool immutable;             ///< Never overridden.
};

/// Every key of the engine that this server knows.
const std::vector<PropertyDefinition>& property_definitions();

class ServerProperties {
public:
    ServerProperties() = default;
    explicit ServerProperties(std::map<std::string, std::string> values)
        : values_(std::move(values)) {}

    /// As given, or the key's default, or nothing. `ksql.streams.X` and `X` are one key.
    std::optional<std::string> find(const std::string& name) const;
    std::string get(const std::string& name) const { return find(name).value_or(""); }
    /// Throws StatementError(kGeneral) when the text is not of the type.
    bool get_bool(const std::string& name) const;
    int64_t get_long(const std::string& name, int64_t otherwise) const;

    const std::map<std::string, std::string>& values() const { return values_; }
    /// What planning sees: the server's values with the session's over them, streams keys without
    /// prefix.
    std::map<std::string, std::string> with_overrides(
        const std::map<std::string, std::string>& overrides) const;

private:
    std::map<std::string, std::string> values_;
};

/// The name under which a property is kept: streams, consumer and producer keys lose
/// `ksql.streams.`.
std::string resolve_property_name(const std::string& name);

/// Checks that a session may set the property to the value. Throws StatementError with ksqlDB's
/// texts: unknown, denied, immutable, bad value.
void check_override(const ServerProperties& server, const std::string& name,
                    const std::string& value, bool over_rest);
/// The same without a value: may a request set this property at all?
void check_override_name(const ServerProperties& server, const std::string& name);

/// Throws StatementError(kStatement) for a name that means nothing.
void check_property_known(const std::string& name);

/// May be set for one query where queries share a runtime: QUERY in SHOW PROPERTIES.
bool is_query_property(const std::string& name);
/// May be named in ALTER SYSTEM. Without `ksql.streams.`.
bool is_system_property(const std::string& name);

/// A key that means something here or to Kafka's clients.
bool is_known_property(const std::string& name);

/// Java properties text: `key=value`, comments, continuation lines, \uXXXX. Throws
/// StatementError(kGeneral).
std::map<std::string, std::string> parse_properties(const std::string& text);
/// The same from a file.
std::map<std::string, std::string> read_properties_file(const std::string& path);

}  // namespace millrace
