// The table of properties: every key that this server, Kafka Streams or Kafka's clients know, a row
// each. What is said about a property anywhere (checks, SHOW PROPERTIES, the reference page) is
// said here once. A compile-time constant; any thread.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/config/table_doors.h"
#include "engine/config/table_engine.h"
#include "engine/config/table_kafka.h"
#include "engine/config/table_queries.h"

namespace millrace {

inline constexpr auto kProperties = [] {
    constexpr std::pair<PropertyGroup, std::span<const Property>> kParts[] = {
        {PropertyGroup::kEngine, property_table::kEngine},
        {PropertyGroup::kEngine, property_table::kQueries},
        {PropertyGroup::kDoors, property_table::kDoors},
        {PropertyGroup::kProcessingLog, property_table::kProcessingLog},
        {PropertyGroup::kStreams, property_table::kStreams},
        {PropertyGroup::kClients, property_table::kClients},
        {PropertyGroup::kOwn, property_table::kOwn},
    };
    constexpr size_t kSize =
        std::size(property_table::kEngine) + std::size(property_table::kQueries) +
        std::size(property_table::kDoors) + std::size(property_table::kProcessingLog) +
        std::size(property_table::kStreams) + std::size(property_table::kClients) +
        std::size(property_table::kOwn);
    std::array<Property, kSize> all;
    size_t next = 0;
    for (const auto& [group, rows] : kParts) {
        for (const Property& row : rows) {
            all[next] = row;
            all[next++].group = group;
        }
    }
    return all;
}();

inline constexpr size_t kNoProperty = kProperties.size();

/// Where the row of exactly this name stands, else kNoProperty.
constexpr size_t property_index(std::string_view name) {
    size_t index = 0;
    while (index < kProperties.size() && kProperties[index].name != name) ++index;
    return index;
}

inline constexpr std::string_view kStreamsPrefix = "ksql.streams.";

/// The name under which a property is kept: `ksql.streams.X` is X, unless the table has it whole.
std::string property_name(std::string_view given);
/// As SHOW PROPERTIES has it: keys of Streams with their prefix.
std::string shown_property_name(const Property& row);

/// `consumer.X` → X, and so for the other clients; anything else unchanged.
std::string_view without_client_prefix(std::string_view name);

/// The row that governs a name: its own, a client's under a client's prefix, a family's. Null: the
/// name means nothing.
const Property* find_property(std::string_view name);

/// Settings that Kafka knows of a topic, as `topic.X` names them.
bool is_topic_setting(std::string_view name);

/// The one property that was surely meant by a name that means nothing; empty: none is near enough.
std::string mistyped_property(std::string_view name);

/// Passwords, keys, tokens: by the table, else by how such names are spelt, in any letter case.
bool is_secret_property(std::string_view name);
/// The same by spelling alone, for names that no row speaks of.
bool is_secret_name(std::string_view name);
/// Stands for what may not be shown.
inline constexpr const char* kHidden = "[hidden]";
/// What may be shown of a value: "[hidden]" for a secret, and without the secrets within it.
std::string shown_property_value(std::string_view name, const std::string& value);
/// `https://user:pw@host/` with "[hidden]" for pw; without a colon for all before the @.
std::string without_url_passwords(std::string_view text);
/// The same, also for the values of secrets' names within a text (`?token=x`, `;Password=x`,
/// `pin: x`) and for what follows `Bearer` or `Basic`.
std::string text_without_secrets(std::string_view text);
/// Is there something in it that may not be shown? Such a value is nobody's to SET: what sessions
/// set is written to the command topic.
bool holds_secret(std::string_view name, const std::string& value);

/// Goes with a query, rather than with the server or a request.
bool is_query_property(std::string_view name);

}  // namespace millrace
