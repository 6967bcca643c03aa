#include "engine/config/reference.h"

#include <limits>
#include <vector>

#include "engine/config/table.h"
#include "engine/config/value.h"

namespace millrace {

namespace {

constexpr const char* kOpening =
    R"(# Properties

Written by `millrace server --reference` out of the table in `engine/config`; do not edit it here.

Keys carry ksqlDB's and Kafka's names, so that a `ksql-server.properties` file works as it is. Properties come from the
file that `millrace server FILE` names, then from `KSQL_*` variables of the environment (`KSQL_KSQL_SERVICE_ID` is
`ksql.service.id`; `_` is a dot, `__` a dash, `___` an underscore), then from the `-Dkey=value` words of `KSQL_OPTS`, then
from `-D key=value` on the command line; the later one wins. `ksql.streams.X` and `X` are one property.

- `${env:NAME}` and `${file:PATH:KEY}` in a value are replaced by a variable of the environment and by a key of another
  properties file, as Kafka's config providers do; what cannot be looked up ends the start.
- A value that is not of its type, not in its range or none of its choices ends the start, and so does a name that is a
  typing error away from a known one. Names that mean nothing are reported once at start.
- What promises protection that this server does not have is **refused**: it does not start rather than leave it out.
- What must name something, as `ksql.streams.state.dir` does, may not be empty: a log in memory is asked for with
  `millrace.memory=true` and nothing else.
- `millrace server --check-config FILE` says all of that about a file and ends.
- Passwords, keys and tokens, by whatever spelling, and the passwords within URLs are shown as `[hidden]` everywhere. Sessions
  and requests cannot set them: what they set is written into the command topic.

*For*: **server**: one value for the whole server. **request**: `SET` and `streamsProperties` may give another for
statements and queries that end with their request. **query**: likewise, and the value goes with the query that was
started under it. *Effect*: **yes**; **clients**: handed to Kafka's clients; **none**: known and checked, but nothing here
depends on it; **refused**: see above. `SHOW PROPERTIES` shows what is in force.
)";

struct Chapter {
    PropertyGroup group;
    const char* title;
};
constexpr Chapter kChapters[] = {
    {PropertyGroup::kEngine, "Engine"},
    {PropertyGroup::kDoors, "Doors"},
    {PropertyGroup::kProcessingLog, "Processing log"},
    {PropertyGroup::kStreams, "Kafka Streams"},
    {PropertyGroup::kClients, "Kafka's clients"},
    {PropertyGroup::kOwn, "Millrace's own"},
};

std::string code(const std::string& text) {
    return text.empty() ? "" : "`" + text + "`";
}

std::string range_text(const Property& row) {
    return " " + std::to_string(row.least) + " to " + std::to_string(row.most);
}

std::string type_text(const Property& row) {
    if (!row.choices.empty()) {
        std::string text;
        for (const auto& choice : split_list(row.choices))
            text += (text.empty() ? "" : ", ") + code(choice);
        return text;
    }
    switch (row.type) {
        case PropertyType::kBool:
            return "true, false";
        case PropertyType::kList:
            return "list";
        case PropertyType::kString:
            return "text";
        default:
            break;
    }
    const bool bounded = row.least > std::numeric_limits<int32_t>::min();
    const bool has_most = row.most < std::numeric_limits<int32_t>::max();
    std::string text = row.type == PropertyType::kInt ? "int" : "long";
    if (bounded && has_most) return text + range_text(row);
    return text + (bounded ? " ≥ " + std::to_string(row.least) : std::string());
}

std::string effect_text(const Property& row) {
    if (row.refused == "*") return "refused when set";
    if (!row.refused.empty()) {
        std::string text;
        for (const auto& value : split_list(row.refused))
            text += (text.empty() ? "" : ", ") + code(value);
        return text + " refused";
    }
    return row.use == PropertyUse::kRead     ? "yes"
           : row.use == PropertyUse::kClient ? "clients"
                                             : "none";
}

std::string reach_text(const Property& row) {
    std::string text = row.reach == PropertyReach::kQuery     ? "query"
                       : row.reach == PropertyReach::kRequest ? "request"
                                                              : "server";
    if (row.is_immutable) text += ", fixed";
    return text;
}

std::string line(const Property& row) {
    const std::string name = shown_property_name(row) + (row.is_family() ? "*" : "");
    std::string about(row.about);
    if (row.is_secret) about += " Secret.";
    return "| `" + name + "` | " + type_text(row) + " | " +
           code(row.default_value == nullptr ? "" : row.default_value) + " | " + reach_text(row) +
           " | " + effect_text(row) + " | " + about + " |\n";
}

}  // namespace

std::string configuration_reference() {
    std::string page = kOpening;
    for (const auto& [group, title] : kChapters) {
        page += "\n## " + std::string(title) +
                "\n\n| Name | Type | Default | For | Effect | What it does "
                "|\n|---|---|---|---|---|---|\n";
        for (const Property& row : kProperties) {
            if (row.group == group) page += line(row);
        }
    }
    return page;
}

}  // namespace millrace
