#include "server/model/request.h"

#include <nlohmann/json.hpp>
#include <set>

namespace millrace::server {

using nlohmann::json;

namespace {

/// Objects deeper than this are no request of ours, and would cost stack.
constexpr int kDepthMax = 100;

json parse_object(const std::string& body) {
    auto too_deep = [](int depth, json::parse_event_t, json&) {
        if (depth > kDepthMax) throw BadBody{"nested too deeply"};
        return true;
    };
    try {
        json parsed = json::parse(body, too_deep);
        if (!parsed.is_object()) {
            throw BadBody{std::string("expected an object, found ") + parsed.type_name()};
        }
        return parsed;
    } catch (const json::exception& error) {
        // Without the library's own prefix: "[json.exception.parse_error.101] ".
        std::string message = error.what();
        if (size_t end = message.find("] "); end != std::string::npos) message.erase(0, end + 2);
        throw BadBody{message};
    }
}

std::string scalar_text(const json& value, const std::string& name) {
    switch (value.type()) {
        case json::value_t::string:
            return value.get<std::string>();
        case json::value_t::boolean:
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
        case json::value_t::number_float:
            return value.dump();
        case json::value_t::array: {  // Kafka's list properties: a comma-separated text.
            std::string text;
            for (const auto& item : value) {
                if (!text.empty()) text += ',';
                text += scalar_text(item, name);
            }
            return text;
        }
        default:
            throw BadBody{"the value of '" + name + "' is neither text, number nor boolean"};
    }
}

std::map<std::string, std::string> text_map(const json& body, const char* field) {
    std::map<std::string, std::string> map;
    auto found = body.find(field);
    if (found == body.end() || found->is_null()) return map;
    if (!found->is_object()) throw BadBody{std::string("'") + field + "' is not an object"};
    for (const auto& [name, value] : found->items()) {
        if (!value.is_null()) map[name] = scalar_text(value, name);
    }
    return map;
}

std::optional<std::string> text_field(const json& body, const char* field) {
    auto found = body.find(field);
    if (found == body.end() || found->is_null()) return std::nullopt;
    if (!found->is_string()) throw BadBody{std::string("'") + field + "' is not text"};
    return found->get<std::string>();
}

}  // namespace

StatementRequest parse_statement_request(const std::string& body, RequestStyle style) {
    const bool stream = style == RequestStyle::kQueryStream;
    const json parsed = parse_object(body);
    StatementRequest request;
    request.text = text_field(parsed, stream ? "sql" : "ksql");
    request.properties = text_map(parsed, stream ? "properties" : "streamsProperties");
    request.variables = text_map(parsed, "sessionVariables");
    auto number = parsed.find("commandSequenceNumber");
    if (!stream && number != parsed.end() && !number->is_null()) {
        if (!number->is_number_integer()) {
            throw BadBody{"'commandSequenceNumber' is not a whole number"};
        }
        request.sequence_number = number->get<int64_t>();
    }
    return request;
}

std::string parse_close_query(const std::string& body) {
    const json parsed = parse_object(body);
    auto id = parsed.find("queryId");
    if (id != parsed.end() && id->is_string()) return id->get<std::string>();
    if (id != parsed.end() && id->is_object() && id->contains("id") && (*id)["id"].is_string()) {
        return (*id)["id"].get<std::string>();
    }
    throw BadBody{"Missing required creator property 'queryId'"};
}

std::vector<std::string> parse_terminate(const std::string& body) {
    std::vector<std::string> patterns;
    if (body.empty()) return patterns;
    const json parsed = parse_object(body);
    auto list = parsed.find("deleteTopicList");
    if (list == parsed.end() || list->is_null()) return patterns;
    if (!list->is_array()) throw BadBody{"'deleteTopicList' is not a list"};
    for (const auto& item : *list) {
        if (!item.is_string()) throw BadBody{"'deleteTopicList' holds something that is no text"};
        patterns.push_back(item.get<std::string>());
    }
    return patterns;
}

void check_heartbeat(const std::string& body) {
    const json parsed = parse_object(body);
    if (!text_field(parsed, "hostInfo")) throw BadBody{"'hostInfo' is missing"};
}

ProduceLine parse_produce_line(const std::string& line) {
    const json parsed = parse_object(line);
    for (const auto& [name, value] : parsed.items()) {
        static const std::set<std::string> known = {"topic", "key", "value", "timestamp",
                                                    "partitions"};
        if (known.count(name) == 0)
            throw BadBody{"'" + name + "' is none of topic, key, value, timestamp, partitions"};
    }
    ProduceLine produce;
    auto topic = text_field(parsed, "topic");
    if (!topic || topic->empty()) throw BadBody{"'topic' is missing"};
    produce.topic = *topic;
    produce.key = text_field(parsed, "key");
    produce.value = text_field(parsed, "value");
    auto timestamp = parsed.find("timestamp");
    if (timestamp != parsed.end() && !timestamp->is_null()) {
        if (!timestamp->is_number_integer()) throw BadBody{"'timestamp' is not a whole number"};
        produce.timestamp_ms = timestamp->get<int64_t>();
    }
    auto partitions = parsed.find("partitions");
    if (partitions != parsed.end() && !partitions->is_null()) {
        constexpr int64_t kPartitionsMax = 10'000;
        const int64_t number = partitions->is_number_integer() ? partitions->get<int64_t>() : 0;
        if (number < 1 || number > kPartitionsMax)
            throw BadBody{"'partitions' is no number from 1 to 10000"};
        produce.partitions = static_cast<int32_t>(number);
    }
    return produce;
}

}  // namespace millrace::server
