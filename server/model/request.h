// Bodies of requests: what clients send, however oddly. Unknown fields are ignored. Stateless.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace::server {

/// The body is not what it must be; the text follows "Invalid JSON in request: ".
struct BadBody {
    std::string message;
};

/// POST /ksql, /query (`ksql`, `streamsProperties`) and /query-stream (`sql`, `properties`).
struct StatementRequest {
    std::optional<std::string> text;
    std::map<std::string, std::string> properties;  ///< As sent: names not resolved.
    std::map<std::string, std::string> variables;
    std::optional<int64_t> sequence_number;
};

/// Which names the two fields carry.
enum class RequestStyle { kKsql, kQueryStream };

/// Throws BadBody.
StatementRequest parse_statement_request(const std::string& body, RequestStyle style);

/// `{"queryId":"…"}`, or of very old clients `{"queryId":{"id":"…"}}`. Throws BadBody.
std::string parse_close_query(const std::string& body);

/// POST /ksql/terminate: the patterns of `deleteTopicList`; an empty body has none. Throws BadBody.
std::vector<std::string> parse_terminate(const std::string& body);

/// Checks POST /heartbeat: `{"hostInfo":"host:port","timestamp":n}`. Throws BadBody.
void check_heartbeat(const std::string& body);

/// One line of POST /millrace/produce.
struct ProduceLine {
    std::string topic;
    std::optional<std::string> key;
    std::optional<std::string> value;
    int64_t timestamp_ms = -1;
    /// Of the topic, when it is not there: it is made then. Nothing: it has to be there.
    std::optional<int32_t> partitions;
};
/// Throws BadBody.
ProduceLine parse_produce_line(const std::string& line);

}  // namespace millrace::server
