// POST /millrace/produce: raw records for generators and tests, one JSON object a line:
// {"topic":"clicks","key":"u1","value":"{\"page\":1}","timestamp":1600000000000}. key, value and
// timestamp may be missing. With "partitions":4 the topic is made when it is not there. Not of
// ksqlDB.
#include <map>
#include <set>

#include "engine/config/get.h"
#include "engine/session/insert_writer.h"
#include "server/model/request.h"
#include "server/routes/handlers.h"

namespace millrace::server {

namespace {

/// "3 records to clicks, users"
std::string records_summary(const std::vector<RawRecord>& records) {
    constexpr size_t kNamesMax = 5;
    std::set<std::string> topics;
    for (const auto& record : records) topics.insert(record.topic);
    std::string text = std::to_string(records.size()) + " records to ";
    size_t named = 0;
    for (const auto& topic : topics) {
        if (named == kNamesMax) return text + " and others";
        text += (named++ > 0 ? ", " : "") + topic;
    }
    return text;
}

/// Makes the topics that are not there, and writes.
Status write(InsertWriter& writer, const std::vector<RawRecord>& records,
             const std::map<std::string, int32_t>& topics) {
    for (const auto& [topic, partitions] : topics) {
        if (Status made = writer.need_topic(topic, partitions); !made) return made;
    }
    return writer.write(records);
}

}  // namespace

void post_produce(Service& service, const Exchange& exchange) {
    if (!service.engine().config().get<"millrace.produce.enabled">()) {
        return exchange.reply_json(
            generic_error(kForbidden, "millrace.produce.enabled=false forbids this."));
    }
    std::vector<RawRecord> records;
    std::map<std::string, int32_t> topics;  ///< That may have to be made.
    const std::string& body = exchange.request->body;
    size_t line_number = 0;
    for (size_t at = 0; at < body.size();) {
        size_t end = std::min(body.find('\n', at), body.size());
        std::string line = body.substr(at, end - at);
        at = end + 1;
        ++line_number;
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        try {
            ProduceLine parsed = parse_produce_line(line);
            if (parsed.partitions) topics.emplace(parsed.topic, *parsed.partitions);
            records.push_back({std::move(parsed.topic), std::move(parsed.key),
                               std::move(parsed.value), parsed.timestamp_ms});
        } catch (const BadBody& bad) {
            throw BadBody{"line " + std::to_string(line_number) + ": " + bad.message};
        }
    }
    Status status = write(service.engine().inserts(), records, topics);
    const bool by_request = status.fault() == Fault::kNotFound || status.fault() == Fault::kRefused;
    const int code = status ? 0 : by_request ? kBadRequest : kServerError;
    if (service.audit().is_on())
        service.audit().action(*exchange.request, exchange.user(), records_summary(records), code);
    if (!status) {
        exchange.reply_json(generic_error(code, status.message()));
        return;
    }
    exchange.reply_json(200, R"({"produced":)" + std::to_string(records.size()) + '}');
}

}  // namespace millrace::server
