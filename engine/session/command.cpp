#include "engine/session/command.h"

#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/plan/steps_json.h"
#include "engine/sql/parser.h"

namespace millrace {

using nlohmann::ordered_json;

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

ordered_json format_json(const FormatInfo& format) {
    ordered_json json = {{"format", format.name}, {"properties", format.properties}};
    if (format.wrap_single) json["wrapSingle"] = *format.wrap_single;
    return json;
}

FormatInfo format_from(const ordered_json& json) {
    FormatInfo format;
    format.name = json.at("format");
    format.properties = json.at("properties").get<std::map<std::string, std::string>>();
    if (json.contains("wrapSingle")) format.wrap_single = json["wrapSingle"].get<bool>();
    return format;
}

ordered_json fields_json(const std::vector<Field>& fields) {
    ordered_json json = ordered_json::array();
    for (const auto& field : fields) json.push_back({field.name, field.type->to_string()});
    return json;
}

std::vector<Field> fields_from(const ordered_json& json) {
    std::vector<Field> fields;
    for (const auto& field : json) {
        fields.push_back(
            {field.at(0).get<std::string>(), sql::parse_type(field.at(1).get<std::string>())});
    }
    return fields;
}

ordered_json source_json(const Source& source) {
    ordered_json json;
    json["kind"] = source.is_table() ? "TABLE" : "STREAM";
    json["name"] = source.name;
    json["topic"] = source.topic;
    json["key"] = fields_json(source.schema.key);
    json["value"] = fields_json(source.schema.value);
    json["headers"] = ordered_json::array();
    for (const auto& field : source.schema.headers) {
        json["headers"].push_back(
            {field.name, field.type->to_string(),
             field.header_key ? ordered_json(*field.header_key) : ordered_json(nullptr)});
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

SourcePtr source_from(const ordered_json& json) {
    auto source = std::make_shared<Source>();
    source->kind = json.at("kind") == "TABLE" ? sql::SourceKind::kTable : sql::SourceKind::kStream;
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
    std::string window = json.at("window");
    for (auto type :
         {WindowType::kNone, WindowType::kTumbling, WindowType::kHopping, WindowType::kSession}) {
        if (window == window_type_name(type)) source->window = type;
    }
    if (json.contains("windowSizeMs")) source->window_size_ms = json["windowSizeMs"].get<int64_t>();
    if (json.contains("timestamp")) {
        source->timestamp = TimestampColumn{json["timestamp"], {}};
        if (json.contains("timestampFormat"))
            source->timestamp->format = json["timestampFormat"].get<std::string>();
    }
    source->read_only = json.at("readOnly");
    source->statement = json.at("statement");
    if (json.contains("createdBy")) source->created_by = json["createdBy"].get<std::string>();
    source->depends_on = json.at("dependsOn").get<std::set<std::string>>();
    return source;
}

}  // namespace

std::string Command::to_json() const {
    ordered_json detail;
    for (const auto& [value_of, name_of] : kActions) {
        if (value_of == action) detail["action"] = name_of;
    }
    detail["message"] = message;
    if (source) detail["source"] = source_json(*source);
    if (query) detail["query"] = ordered_json::parse(plan::plan_to_json(*query));
    if (!name.empty()) detail["name"] = name;
    if (!value.empty()) detail["value"] = value;
    if (type) detail["type"] = type->to_string();
    if (!query_id.empty()) detail["queryId"] = query_id;
    ordered_json json;
    json["statement"] = statement;
    json["streamsProperties"] = overrides;
    json["originalProperties"] = ordered_json::object();
    json["plan"] = std::move(detail);
    json["version"] = kCommandVersion;
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Command Command::from_json(const std::string& id, const std::string& text) {
    try {
        auto json = ordered_json::parse(text);
        if (json.at("version").get<int>() > kCommandVersion) {
            refuse(ErrorKind::kServer, "The command log holds a command of a newer version: " + id);
        }
        Command command;
        command.id = id;
        command.statement = json.at("statement");
        command.overrides = json.at("streamsProperties").get<std::map<std::string, std::string>>();
        const auto& detail = json.at("plan");
        for (const auto& [value_of, name_of] : kActions) {
            if (detail.at("action") == name_of) command.action = value_of;
        }
        command.message = detail.at("message");
        if (detail.contains("source")) command.source = source_from(detail["source"]);
        if (detail.contains("query")) {
            command.query = std::make_shared<const plan::PhysicalPlan>(
                plan::plan_from_json(detail["query"].dump()));
        }
        command.name = detail.value("name", "");
        command.value = detail.value("value", "");
        if (detail.contains("type"))
            command.type = sql::parse_type(detail["type"].get<std::string>());
        command.query_id = detail.value("queryId", "");
        return command;
    } catch (const nlohmann::json::exception& error) {
        refuse(ErrorKind::kServer,
               "The command log holds something that is no command: " + id + ": " + error.what());
    }
}

}  // namespace millrace
