#include "engine/config/value.h"

#include <algorithm>
#include <charconv>

#include "engine/base/text.h"
#include "engine/config/table.h"

namespace millrace {

namespace {

struct MustName {
    std::string_view name;
    std::string_view instead;  ///< What does what an empty value might be meant for.
};
/// What names a file, a folder or a cluster: an empty one is a variable that was not set, and would
/// quietly mean something else, as a log in memory.
constexpr MustName kMustName[] = {
    {"state.dir", "topics and state are kept in memory with millrace.memory=true"},
    {"bootstrap.servers", "without this line the server keeps its topics itself"},
    {"ksql.queries.file", "without this line statements are taken over HTTP"},
    {"ksql.service.id", ""},
    {"millrace.server.id", ""},
    {"ssl.truststore.location", ""},
    {"ssl.keystore.location", ""},
    {"ksql.streams.ssl.truststore.location", ""},
    {"ksql.streams.ssl.keystore.location", ""},
    {"millrace.authentication.users.file", ""},
    {"java.security.auth.login.config", ""},
    {"millrace.authentication.jwt.jwks.file", ""},
    {"millrace.authentication.jwt.jwks.url", ""},
    {"millrace.authentication.jwt.jwks.ca.file", ""},
    {"millrace.authentication.jwt.issuer", ""},
    {"millrace.authentication.jwt.name.claim", ""},
    {"millrace.authentication.jwt.roles.claim", ""},
};

/// Empty: the row may be empty, or the value is not.
std::string emptiness_problem(const Property& row, std::string_view text) {
    if (!text.empty()) return "";
    for (const auto& [name, instead] : kMustName) {
        if (name != row.name) continue;
        return "String must be non-empty" + (instead.empty() ? "" : "; " + std::string(instead));
    }
    return "";
}

/// What stands in the name of a topic, or is one.
std::string topic_name_problem(std::string_view text, bool is_whole) {
    constexpr std::string_view kOthers = "._-";
    // Of the 249 characters of a topic's name "_confluent-ksql-" and "_command_topic" need 30.
    const size_t size_max = is_whole ? 249 : 219;
    const std::string what =
        is_whole ? "It is the name of a topic" : "It stands in the names of topics";
    for (char c : text) {
        const bool is_good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                             (c >= 'A' && c <= 'Z') || kOthers.find(c) != std::string_view::npos;
        if (!is_good) {
            return what + (is_whole ? ", which is" : ", which are") +
                   " made of letters, digits, '.', '_' and '-'";
        }
    }
    if (is_whole && (text == "." || text == "..")) return what + ", which is not . or ..";
    if (text.size() <= size_max) return "";
    return what + " and may have " + std::to_string(size_max) + " characters";
}

/// `ksql.schema.registry.url`: several by comma. The message repeats nothing: it may be a secret.
std::string urls_problem(std::string_view text) {
    for (const auto& part : split_list(text)) {
        const size_t mark = part.find("://");
        if (mark == std::string::npos || mark == 0) return "A URL begins with http:// or https://";
        if (mark + 3 == part.size()) return "A URL names a host, as in http://localhost:8081";
    }
    return "";
}

/// Where it listens, or says that it does: what can be said without resolving a name.
std::string listener_problem(std::string_view given) {
    const std::string part = text_without_secrets(given);
    const size_t colon = part.find("://");
    if (colon == std::string::npos) return "'" + part + "' has no scheme; write http://" + part;
    const std::string scheme = upper_ascii(part.substr(0, colon));
    if (scheme != "HTTP" && scheme != "HTTPS")
        return "'" + part + "': the scheme must be http or https";
    return "";
}

std::string wildcard_problem(std::string_view text) {
    if (text.find('*') == std::string_view::npos) return "";
    return "Wildcards are not supported: each name is written out, not '" + std::string(text) + "'";
}

std::string shape_problem(TextShape shape, std::string_view text) {
    switch (shape) {
        case TextShape::kAny:
            return "";
        case TextShape::kTopicNamePart:
            return topic_name_problem(text, false);
        case TextShape::kTopicName:
            return topic_name_problem(text, true);
        case TextShape::kListener:
            return text.empty() ? "" : listener_problem(text);
        case TextShape::kUrls:
            return urls_problem(text);
        case TextShape::kNoWildcard:
            return wildcard_problem(text);
    }
    return "";
}

std::string text_problem(const Property& row, std::string_view text) {
    if (auto problem = emptiness_problem(row, text); !problem.empty()) return problem;
    return shape_problem(row.shape, text);
}

ParsedValue parse_flag(std::string_view text) {
    const std::string upper = upper_ascii(text);
    if (upper == "TRUE") return {true, ""};
    if (upper == "FALSE") return {false, ""};
    return {{}, "Expected value to be either true or false"};
}

ParsedValue parse_number(const Property& row, std::string_view text) {
    const bool is_int = row.type == PropertyType::kInt;
    if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
    int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool fits = !is_int || (number <= INT32_MAX && number >= INT32_MIN);
    if (error != std::errc() || end != text.data() + text.size() || text.empty() || !fits) {
        return {{}, is_int ? "Not a number of type INT" : "Not a number of type LONG"};
    }
    if (number < row.least) return {{}, "Value must be at least " + std::to_string(row.least)};
    if (number > row.most) return {{}, "Value must be no more than " + std::to_string(row.most)};
    return {number, ""};
}

ParsedValue parse_choice(const Property& row, std::string_view text) {
    const auto choices = split_list(row.choices);
    for (const auto& choice : choices) {
        if (text == choice || (row.any_case && upper_ascii(text) == upper_ascii(choice))) {
            return {choice, ""};
        }
    }
    std::string allowed;
    for (const auto& choice : choices) allowed += (allowed.empty() ? "" : ", ") + choice;
    return {{}, "String must be one of: " + allowed};
}

std::string list_problem(const Property& row, const std::vector<std::string>& parts) {
    if (row.shape == TextShape::kListener && parts.empty())
        return "There must be a listener, as in http://127.0.0.1:8088";
    if (!row.choices.empty() && parts.empty()) return parse_choice(row, "").problem;
    for (const auto& part : parts) {
        if (auto problem = shape_problem(row.shape, part); !problem.empty()) return problem;
        if (row.choices.empty()) continue;
        if (auto chosen = parse_choice(row, part); !chosen.problem.empty()) return chosen.problem;
    }
    return "";
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    for (std::string_view part : split(text, ',')) {
        if (!part.empty()) parts.emplace_back(part);
    }
    return parts;
}

ParsedValue parse_property(const Property& row, std::string_view text) {
    const std::string_view trimmed = java_trim(text);
    switch (row.type) {
        case PropertyType::kBool:
            return parse_flag(trimmed);
        case PropertyType::kInt:
        case PropertyType::kLong:
            return parse_number(row, trimmed);
        case PropertyType::kList: {
            auto parts = split_list(trimmed);
            std::string problem = list_problem(row, parts);
            return {std::move(parts), std::move(problem)};
        }
        case PropertyType::kString:
            break;
    }
    if (auto problem = text_problem(row, trimmed); !problem.empty()) return {{}, problem};
    if (!row.choices.empty()) return parse_choice(row, trimmed);
    return {std::string(trimmed), ""};
}

std::string invalid_property(std::string_view name, const std::string& value,
                             const std::string& problem) {
    return "Invalid value " + shown_property_value(name, value) + " for configuration " +
           std::string(name) + ": " + problem;
}

bool is_refused_value(const Property& row, const std::string& text) {
    if (row.refused.empty()) return false;
    const std::string_view value = java_trim(text);
    const std::string_view harmless = row.default_value == nullptr ? "" : row.default_value;
    if (row.refused == "*") return value != harmless;
    const auto refused = split_list(row.refused);
    return std::any_of(refused.begin(), refused.end(), [&](const std::string& one) {
        return upper_ascii(one) == upper_ascii(value);
    });
}

}  // namespace millrace
