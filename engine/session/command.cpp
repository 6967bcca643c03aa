#include "engine/session/command.h"

#include "engine/base/error.h"
#include "engine/config/table.h"
#include "engine/config/value.h"
#include "engine/plan/steps_json.h"
#include "engine/plan/stored_json.h"
#include "engine/sql/parser.h"

namespace millrace {

using plan::Json;

namespace {

constexpr int kCommandVersion = 1;

constexpr std::pair<Command::Action, const char*> kActions[] = {
    {Command::Action::kPutSource, "putSource"},
    {Command::Action::kStartQuery, "startQuery"},
    {Command::Action::kDropSource, "dropSource"},
    {Command::Action::kPutType, "putType"},
    {Command::Action::kDropType, "dropType"},
    {Command::Action::kTerminate, "terminate"},
    {Command::Action::kPause, "pause"},
    {Command::Action::kResume, "resume"},
    {Command::Action::kAlterSystem, "alterSystem"},
    {Command::Action::kNothing, "nothing"},
};

Json format_json(const FormatInfo& format) {
    Json json = {{"format", format.name}, {"properties", format.properties}};
    if (format.wrap_single) json["wrapSingle"] = *format.wrap_single;
    return json;
}

FormatInfo format_from(const Json& json) {
    FormatInfo format;
    format.name = json.at("format");
    format.properties = json.at("properties").get<std::map<std::string, std::string>>();
    if (json.contains("wrapSingle")) format.wrap_single = json.at("wrapSingle").get<bool>();
    return format;
}

Json fields_json(const std::vector<Field>& fields) {
    Json json = Json::array();
    for (const auto& field : fields) json.push_back({field.name, field.type->to_string()});
    return json;
}

std::vector<Field> fields_from(const Json& json) {
    std::vector<Field> fields;
    for (const auto& field : json) {
        fields.push_back(
            {field.at(0).get<std::string>(), sql::parse_type(field.at(1).get<std::string>())});
    }
    return fields;
}

Json source_json(const Source& source) {
    Json json;
    json["kind"] = source.is_table() ? "TABLE" : "STREAM";
    json["name"] = source.name;
    json["topic"] = source.topic;
    json["key"] = fields_json(source.schema.key);
    json["value"] = fields_json(source.schema.value);
    json["headers"] = Json::array();
    for (const auto& field : source.schema.headers) {
        json["headers"].push_back({field.name, field.type->to_string(),
                                   field.header_key ? Json(*field.header_key) : Json(nullptr)});
    }
    json["keyFormat"] = format_json(source.key_format);
    json["valueFormat"] = format_json(source.value_format);
    json["window"] = std::string(window_type_name(source.window));
    if (source.window_size_ms) json["windowSizeMs"] = *source.window_size_ms;
    if (source.timestamp) {
        json["timestamp"] = source.timestamp->column;
        if (source.timestamp->format) json["timestampFormat"] = *source.timestamp->format;
    }
    json["readOnly"] = source.read_only;
    json["statement"] = source.statement;
    if (source.created_by) json["createdBy"] = *source.created_by;
    json["dependsOn"] = source.depends_on;
    return json;
}

WindowType window_from(const std::string& name) {
    for (auto type :
         {WindowType::kNone, WindowType::kTumbling, WindowType::kHopping, WindowType::kSession}) {
        if (name == window_type_name(type)) return type;
    }
    throw DamagedBytes("it has an unknown window: " + name);
}

SourcePtr source_from(const Json& json) {
    auto source = std::make_shared<Source>();
    const std::string kind = json.at("kind");
    need_intact(kind == "TABLE" || kind == "STREAM", "it makes neither a stream nor a table");
    source->kind = kind == "TABLE" ? sql::SourceKind::kTable : sql::SourceKind::kStream;
    source->name = json.at("name");
    source->topic = json.at("topic");
    source->schema.key = fields_from(json.at("key"));
    source->schema.value = fields_from(json.at("value"));
    for (const auto& field : json.at("headers")) {
        HeaderField header{field.at(0), sql::parse_type(field.at(1).get<std::string>()), {}};
        if (!field.at(2).is_null()) header.header_key = field.at(2).get<std::string>();
        source->schema.headers.push_back(std::move(header));
    }
    source->key_format = format_from(json.at("keyFormat"));
    source->value_format = format_from(json.at("valueFormat"));
    source->window = window_from(json.at("window"));
    if (json.contains("windowSizeMs"))
        source->window_size_ms = plan::stored_number<int64_t>(json.at("windowSizeMs"));
    if (json.contains("timestamp")) {
        source->timestamp = TimestampColumn{json.at("timestamp"), {}};
        if (json.contains("timestampFormat"))
            source->timestamp->format = json.at("timestampFormat").get<std::string>();
    }
    source->read_only = json.at("readOnly");
    source->statement = json.at("statement");
    if (json.contains("createdBy")) source->created_by = json.at("createdBy").get<std::string>();
    source->depends_on = json.at("dependsOn").get<std::set<std::string>>();
    return source;
}

Json starts_json(const QueryStarts& starts) {
    Json json = Json::object();
    for (const auto& [topic, end] : starts)
        json[topic] = {{"topicId", end.topic_id}, {"offsets", end.offsets}};
    return json;
}

QueryStarts starts_from(const Json& json) {
    QueryStarts starts;
    for (const auto& [topic, stored] : json.items()) {
        TopicEnd& end = starts[topic];
        end.topic_id = stored.at("topicId");
        for (const auto& offset : stored.at("offsets")) {
            end.offsets.push_back(plan::stored_number<int64_t>(offset));
            need_intact(end.offsets.back() >= 0, "it starts at an offset that is none");
        }
    }
    return starts;
}

}  // namespace

std::string Command::to_json() const {
    Json detail;
    for (const auto& [value_of, name_of] : kActions) {
        if (value_of == action) detail["action"] = name_of;
    }
    detail["message"] = message;
    if (source) detail["source"] = source_json(*source);
    if (query) detail["query"] = Json::parse(plan::plan_to_json(*query));
    if (starts) detail["starts"] = starts_json(*starts);
    if (!name.empty()) detail["name"] = name;
    if (!value.empty()) detail["value"] = value;
    if (type) detail["type"] = type->to_string();
    if (!query_id.empty()) detail["queryId"] = query_id;
    Json json;
    json["statement"] = statement;
    json["streamsProperties"] = overrides;
    json["originalProperties"] = Json::object();
    json["plan"] = std::move(detail);
    json["version"] = kCommandVersion;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

namespace {

Command::Action action_from(const std::string& name) {
    for (const auto& [value_of, name_of] : kActions) {
        if (name == name_of) return value_of;
    }
    throw DamagedBytes("it has an unknown action: " + name);
}

/// Has it all that its action needs?
void check_whole(const Command& command, const std::string& id, bool has_query) {
    using Action = Command::Action;
    switch (command.action) {
        case Action::kPutSource:
            need_intact(command.source != nullptr, "it makes a source and does not tell which");
            need_intact(!command.source->created_by || has_query,
                        "its source comes of a query, and the query's plan is missing");
            return;
        case Action::kStartQuery:
            return need_intact(has_query, "it starts a query, and the query's plan is missing");
        case Action::kPutType:
            need_intact(command.type != nullptr, "it makes a type and does not tell which");
            [[fallthrough]];
        case Action::kDropSource:
        case Action::kDropType:
        case Action::kAlterSystem:
            return need_intact(!command.name.empty(), "it does not tell what it is about");
        case Action::kTerminate:
        case Action::kPause:
        case Action::kResume:
            return need_intact(!command.query_id.empty() || id.ends_with("/ALL/execute"),
                               "it does not tell which query it is about");
        case Action::kNothing:
            return;
    }
}

/// All but the plan, which has a reader of its own.
Command command_from(const std::string& id, const Json& json) {
    Command command;
    command.statement = json.at("statement");
    command.overrides = json.at("streamsProperties").get<std::map<std::string, std::string>>();
    const Json& detail = json.at("plan");
    command.action = action_from(detail.at("action"));
    command.message = detail.at("message");
    if (detail.contains("source")) command.source = source_from(detail.at("source"));
    if (detail.contains("starts")) command.starts = starts_from(detail.at("starts"));
    command.name = detail.value("name", "");
    command.value = detail.value("value", "");
    if (detail.contains("type"))
        command.type = sql::parse_type(detail.at("type").get<std::string>());
    command.query_id = detail.value("queryId", "");
    check_whole(command, id, detail.contains("query"));
    if (command.action == Command::Action::kAlterSystem) {
        // One that is not its property's would be in the way of every later statement.
        const Property* row = find_property(command.name);
        need_intact(!row || parse_property(*row, command.value).problem.empty(),
                    "it sets a property to what is no value of it");
    }
    return command;
}

}  // namespace

Command Command::from_json(const std::string& id, const std::string& text) {
    const Json json = plan::parse_stored(text);
    need_intact(json.is_object() && json.contains("version"), "it has no version");
    if (plan::stored_number<int>(json.at("version")) > kCommandVersion)
        refuse(ErrorKind::kServer, "The command " + id + " is of a newer version.");
    Command command;
    try {
        command = command_from(id, json);
    } catch (const DamagedBytes&) {
        throw;
    } catch (const std::exception& error) {  // JSON of another form, a type that does not parse.
        throw DamagedBytes(error.what());
    }
    command.id = id;
    if (const Json& detail = json.at("plan"); detail.contains("query")) {
        command.query = std::make_shared<const plan::PhysicalPlan>(
            plan::plan_from_json(detail.at("query").dump()));
    }
    return command;
}

}  // namespace millrace
