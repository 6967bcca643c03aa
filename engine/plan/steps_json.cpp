#include "engine/plan/steps_json.h"

#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/sql/parser.h"

namespace millrace::plan {
namespace {

using Json = nlohmann::ordered_json;

/// ---- small things ----

Json write(const std::vector<Field>& fields) {
    Json out = Json::array();
    for (const auto& field : fields)
        out.push_back({{"name", field.name}, {"type", field.type->to_string()}});
    return out;
}

std::vector<Field> read_fields(const Json& json) {
    std::vector<Field> out;
    for (const auto& field : json) {
        out.push_back({field.at("name").get<std::string>(),
                       sql::parse_type(field.at("type").get<std::string>())});
    }
    return out;
}

Json write(const Schema& schema) {
    Json out = {{"key", write(schema.key)}, {"value", write(schema.value)}};
    if (schema.headers.empty()) return out;
    Json headers = Json::array();
    for (const auto& header : schema.headers) {
        Json one = {{"name", header.name}, {"type", header.type->to_string()}};
        if (header.header_key) one["headerKey"] = *header.header_key;
        headers.push_back(std::move(one));
    }
    out["headers"] = std::move(headers);
    return out;
}

Schema read_schema(const Json& json) {
    Schema out;
    out.key = read_fields(json.at("key"));
    out.value = read_fields(json.at("value"));
    if (!json.contains("headers")) return out;
    for (const auto& header : json.at("headers")) {
        HeaderField field;
        field.name = header.at("name").get<std::string>();
        field.type = sql::parse_type(header.at("type").get<std::string>());
        if (header.contains("headerKey"))
            field.header_key = header.at("headerKey").get<std::string>();
        out.headers.push_back(std::move(field));
    }
    return out;
}

Json write(const FormatInfo& format) {
    Json out = {{"name", format.name}};
    if (!format.properties.empty()) out["properties"] = format.properties;
    if (format.wrap_single) out["wrapSingle"] = *format.wrap_single;
    return out;
}

FormatInfo read_format(const Json& json) {
    FormatInfo out;
    out.name = json.at("name").get<std::string>();
    if (json.contains("properties")) json.at("properties").get_to(out.properties);
    if (json.contains("wrapSingle")) out.wrap_single = json.at("wrapSingle").get<bool>();
    return out;
}

void write_timestamp(Json& out, const std::optional<TimestampColumn>& timestamp) {
    if (!timestamp) return;
    out["timestamp"] = {{"column", timestamp->column}};
    if (timestamp->format) out["timestamp"]["format"] = *timestamp->format;
}

std::optional<TimestampColumn> read_timestamp(const Json& json) {
    if (!json.contains("timestamp")) return std::nullopt;
    TimestampColumn out;
    out.column = json.at("timestamp").at("column").get<std::string>();
    if (json.at("timestamp").contains("format")) {
        out.format = json.at("timestamp").at("format").get<std::string>();
    }
    return out;
}

Json write(const std::vector<NamedExpression>& expressions) {
    Json out = Json::array();
    for (const auto& one : expressions) {
        out.push_back({{"name", one.name}, {"expression", sql::print(one.expression)}});
    }
    return out;
}

std::vector<NamedExpression> read_expressions(const Json& json) {
    std::vector<NamedExpression> out;
    for (const auto& one : json) {
        out.push_back({one.at("name").get<std::string>(),
                       sql::parse_expression(one.at("expression").get<std::string>())});
    }
    return out;
}

std::string window_text(WindowType window) {
    return window == WindowType::kNone ? "" : std::string(window_type_name(window));
}

WindowType read_window(const Json& json) {
    const std::string text = json.get<std::string>();
    for (WindowType type : {WindowType::kTumbling, WindowType::kHopping, WindowType::kSession}) {
        if (text == window_type_name(type)) return type;
    }
    return WindowType::kNone;
}

Json write(const WindowSpec& window) {
    static const char* const kKinds[] = {"TUMBLING", "HOPPING", "SESSION"};
    return {{"kind", kKinds[static_cast<int>(window.kind)]},
            {"sizeMs", window.size_ms},
            {"advanceMs", window.advance_ms},
            {"graceMs", window.grace_ms},
            {"retentionMs", window.retention_ms}};
}

WindowSpec read_window_spec(const Json& json) {
    WindowSpec out;
    const std::string kind = json.at("kind").get<std::string>();
    out.kind = kind == "HOPPING"   ? sql::WindowKind::kHopping
               : kind == "SESSION" ? sql::WindowKind::kSession
                                   : sql::WindowKind::kTumbling;
    json.at("sizeMs").get_to(out.size_ms);
    json.at("advanceMs").get_to(out.advance_ms);
    json.at("graceMs").get_to(out.grace_ms);
    json.at("retentionMs").get_to(out.retention_ms);
    return out;
}

constexpr const char* kJoinWords[] = {"INNER", "LEFT", "RIGHT", "OUTER"};
constexpr sql::JoinType kJoinTypes[] = {sql::JoinType::kInner, sql::JoinType::kLeft,
                                        sql::JoinType::kRight, sql::JoinType::kOuter};

std::string join_word(sql::JoinType type) {
    for (size_t i = 0; i < std::size(kJoinTypes); ++i) {
        if (kJoinTypes[i] == type) return kJoinWords[i];
    }
    MR_CHECK(false, "every join has a word");
}

sql::JoinType read_join(const Json& json) {
    const std::string word = json.at("join").get<std::string>();
    for (size_t i = 0; i < std::size(kJoinTypes); ++i) {
        if (word == kJoinWords[i]) return kJoinTypes[i];
    }
    throw StatementError(ErrorKind::kServer,
                         "A stored plan has a join of an unknown type: " + word);
}

/// ---- steps: each kind writes its own fields; a new kind without them does not compile ----

struct WriteNode {
    Json operator()(const SourceStep& step) const {
        Json out = {{"type", "source"},
                    {"table", step.kind == sql::SourceKind::kTable},
                    {"source", step.source_name},
                    {"topic", step.topic},
                    {"declared", write(step.declared)},
                    {"columns", step.columns},
                    {"headers", step.headers},
                    {"keyFormat", write(step.key_format)},
                    {"valueFormat", write(step.value_format)},
                    {"sourceWindow", window_text(step.window)},
                    {"prefix", step.prefix},
                    {"alwaysEarliest", step.always_earliest}};
        write_timestamp(out, step.timestamp);
        if (step.window_size_ms) out["sourceWindowSizeMs"] = *step.window_size_ms;
        if (step.store) out["store"] = *step.store;
        return out;
    }
    Json operator()(const FilterStep& step) const {
        return {{"type", "filter"}, {"condition", sql::print(step.condition)}};
    }
    Json operator()(const SelectStep& step) const {
        return {{"type", "select"}, {"keyNames", step.key_names}, {"values", write(step.values)}};
    }
    Json operator()(const SelectKeyStep& step) const {
        return {{"type", "selectKey"}, {"keys", write(step.keys)}};
    }
    Json operator()(const GroupByStep& step) const {
        return {{"type", "groupBy"}, {"keys", write(step.keys)}};
    }
    Json operator()(const RepartitionStep& step) const {
        return {{"type", "repartition"},
                {"topicSuffix", step.topic_suffix},
                {"keyFormat", write(step.key_format)},
                {"valueFormat", write(step.value_format)}};
    }
    Json operator()(const AggregateStep& step) const {
        Json calls = Json::array();
        for (const auto& call : step.calls)
            calls.push_back({{"name", call.name}, {"call", sql::print(call.call)}});
        Json out = {{"type", "aggregate"},       {"carried", step.carried},
                    {"calls", std::move(calls)}, {"emitFinal", step.emit_final},
                    {"store", step.store},       {"pairs", step.pairs}};
        if (step.window) out["window"] = write(*step.window);
        return out;
    }
    Json operator()(const StreamTableJoinStep& step) const {
        return {{"type", "streamTableJoin"},
                {"left", step.type == sql::JoinType::kLeft},
                {"keyName", step.key_name},
                {"tableStore", step.table_store}};
    }
    Json operator()(const StreamStreamJoinStep& step) const {
        Json out = {{"type", "streamStreamJoin"},   {"join", join_word(step.type)},
                    {"keyName", step.key_name},     {"beforeMs", step.before_ms},
                    {"afterMs", step.after_ms},     {"graceMs", step.grace_ms},
                    {"leftStore", step.left_store}, {"rightStore", step.right_store}};
        if (step.holds) out["heldStore"] = step.held_store;
        return out;
    }
    Json operator()(const TableTableJoinStep& step) const {
        return {{"type", "tableTableJoin"},
                {"join", join_word(step.type)},
                {"keyName", step.key_name},
                {"leftStore", step.left_store},
                {"rightStore", step.right_store}};
    }
    Json operator()(const ForeignKeySubscribeStep& step) const {
        return {{"type", "foreignKeySubscribe"},
                {"foreignKey", step.foreign_key},
                {"left", step.left_join}};
    }
    Json operator()(const ForeignKeyLookupStep& step) const {
        return {{"type", "foreignKeyLookup"},
                {"join", join_word(step.type)},
                {"numLeftKeys", step.num_left_keys},
                {"subscriptionStore", step.subscription_store},
                {"tableStore", step.table_store}};
    }
    Json operator()(const ForeignKeyResultStep& step) const {
        return {{"type", "foreignKeyResult"}, {"store", step.store}};
    }
    Json operator()(const FlatMapStep& step) const {
        return {{"type", "flatMap"}, {"functions", write(step.functions)}};
    }
    Json operator()(const SinkStep& step) const {
        Json out = {{"type", "sink"},
                    {"topic", step.topic},
                    {"keyFormat", write(step.key_format)},
                    {"valueFormat", write(step.value_format)}};
        write_timestamp(out, step.timestamp);
        return out;
    }
    Json operator()(const PushStep& step) const {
        Json out = {{"type", "push"}};
        if (step.limit) out["limit"] = *step.limit;
        return out;
    }
};

Step::Node read_source(const Json& json) {
    SourceStep out;
    out.kind = json.at("table").get<bool>() ? sql::SourceKind::kTable : sql::SourceKind::kStream;
    json.at("source").get_to(out.source_name);
    json.at("topic").get_to(out.topic);
    out.declared = read_schema(json.at("declared"));
    json.at("columns").get_to(out.columns);
    json.at("headers").get_to(out.headers);
    out.key_format = read_format(json.at("keyFormat"));
    out.value_format = read_format(json.at("valueFormat"));
    out.timestamp = read_timestamp(json);
    out.window = read_window(json.at("sourceWindow"));
    if (json.contains("sourceWindowSizeMs"))
        out.window_size_ms = json.at("sourceWindowSizeMs").get<int64_t>();
    json.at("prefix").get_to(out.prefix);
    json.at("alwaysEarliest").get_to(out.always_earliest);
    if (json.contains("store")) out.store = json.at("store").get<std::string>();
    return out;
}

Step::Node read_aggregate(const Json& json) {
    AggregateStep out;
    json.at("carried").get_to(out.carried);
    for (const auto& call : json.at("calls")) {
        out.calls.push_back({call.at("name").get<std::string>(),
                             sql::parse_expression(call.at("call").get<std::string>())});
    }
    if (json.contains("window")) out.window = read_window_spec(json.at("window"));
    json.at("emitFinal").get_to(out.emit_final);
    json.at("store").get_to(out.store);
    json.at("pairs").get_to(out.pairs);
    return out;
}

Step::Node read_stream_stream_join(const Json& json) {
    StreamStreamJoinStep out;
    out.type = read_join(json);
    json.at("keyName").get_to(out.key_name);
    json.at("beforeMs").get_to(out.before_ms);
    json.at("afterMs").get_to(out.after_ms);
    json.at("graceMs").get_to(out.grace_ms);
    json.at("leftStore").get_to(out.left_store);
    json.at("rightStore").get_to(out.right_store);
    out.holds = json.contains("heldStore");
    if (out.holds) json.at("heldStore").get_to(out.held_store);
    return out;
}

Step::Node read_node(const Json& json) {
    const std::string type = json.at("type").get<std::string>();
    if (type == "source") return read_source(json);
    if (type == "filter")
        return FilterStep{sql::parse_expression(json.at("condition").get<std::string>())};
    if (type == "select") {
        return SelectStep{json.at("keyNames").get<std::vector<std::string>>(),
                          read_expressions(json.at("values"))};
    }
    if (type == "selectKey") return SelectKeyStep{read_expressions(json.at("keys"))};
    if (type == "groupBy") return GroupByStep{read_expressions(json.at("keys"))};
    if (type == "repartition") {
        return RepartitionStep{json.at("topicSuffix").get<std::string>(),
                               read_format(json.at("keyFormat")),
                               read_format(json.at("valueFormat"))};
    }
    if (type == "aggregate") return read_aggregate(json);
    if (type == "streamTableJoin") {
        return StreamTableJoinStep{
            json.at("left").get<bool>() ? sql::JoinType::kLeft : sql::JoinType::kInner,
            json.at("keyName").get<std::string>(), json.at("tableStore").get<std::string>()};
    }
    if (type == "streamStreamJoin") return read_stream_stream_join(json);
    if (type == "tableTableJoin") {
        return TableTableJoinStep{read_join(json), json.at("keyName").get<std::string>(),
                                  json.at("leftStore").get<std::string>(),
                                  json.at("rightStore").get<std::string>()};
    }
    if (type == "foreignKeySubscribe") {
        return ForeignKeySubscribeStep{json.at("foreignKey").get<std::string>(),
                                       json.at("left").get<bool>()};
    }
    if (type == "foreignKeyLookup") {
        return ForeignKeyLookupStep{read_join(json), json.at("numLeftKeys").get<size_t>(),
                                    json.at("subscriptionStore").get<std::string>(),
                                    json.at("tableStore").get<std::string>()};
    }
    if (type == "foreignKeyResult")
        return ForeignKeyResultStep{json.at("store").get<std::string>()};
    if (type == "flatMap") return FlatMapStep{read_expressions(json.at("functions"))};
    if (type == "sink") {
        return SinkStep{json.at("topic").get<std::string>(), read_format(json.at("keyFormat")),
                        read_format(json.at("valueFormat")), read_timestamp(json)};
    }
    if (type == "push") {
        PushStep out;
        if (json.contains("limit")) out.limit = json.at("limit").get<int64_t>();
        return out;
    }
    throw StatementError(ErrorKind::kServer,
                         "A stored plan has a step of an unknown kind: " + type);
}

Json write_step(const StepPtr& step, std::vector<StepPtr>& seen) {
    seen.push_back(step);
    Json out = std::visit(WriteNode{}, step->node);
    out["name"] = step->name;
    out["schema"] = write(step->schema);
    out["isTable"] = step->is_table;
    if (step->window != WindowType::kNone) out["outputWindow"] = window_text(step->window);
    if (step->window_size_ms) out["outputWindowSizeMs"] = *step->window_size_ms;
    Json inputs = Json::array();
    for (const auto& input : step->inputs) inputs.push_back(write_step(input, seen));
    if (!inputs.empty()) out["inputs"] = std::move(inputs);
    return out;
}

StepPtr read_step(const Json& json, std::vector<StepPtr>& seen) {
    auto step = std::make_shared<Step>();
    const size_t place = seen.size();
    seen.push_back(nullptr);
    step->node = read_node(json);
    json.at("name").get_to(step->name);
    step->schema = read_schema(json.at("schema"));
    json.at("isTable").get_to(step->is_table);
    if (json.contains("outputWindow")) step->window = read_window(json.at("outputWindow"));
    if (json.contains("outputWindowSizeMs")) {
        step->window_size_ms = json.at("outputWindowSizeMs").get<int64_t>();
    }
    if (json.contains("inputs")) {
        for (const auto& input : json.at("inputs")) step->inputs.push_back(read_step(input, seen));
    }
    seen[place] = step;
    return step;
}

/// Steps are numbered from the root down, left before right.
size_t number_of(const StepPtr& step, const std::vector<StepPtr>& seen) {
    for (size_t i = 0; i < seen.size(); ++i) {
        if (seen[i] == step) return i;
    }
    MR_CHECK(false, "a materialization speaks of steps of its plan");
    return 0;
}

}  // namespace

std::string plan_to_json(const PhysicalPlan& plan) {
    std::vector<StepPtr> steps;
    Json out = {{"version", plan.version},
                {"kind", plan.kind == QueryKind::kPush ? "push" : "persistent"},
                {"queryId", plan.query_id},
                {"statement", plan.statement},
                {"sources", plan.source_names},
                {"sink", plan.sink_name},
                {"properties", plan.properties}};
    out["root"] = write_step(plan.root, steps);
    if (plan.materialization) {
        std::vector<size_t> transforms;
        for (const auto& step : plan.materialization->transforms)
            transforms.push_back(number_of(step, steps));
        out["materialization"] = {{"store", plan.materialization->store},
                                  {"from", number_of(plan.materialization->from, steps)},
                                  {"transforms", transforms}};
    }
    return out.dump();
}

PhysicalPlan plan_from_json(const std::string& text) {
    try {
        const Json json = Json::parse(text);
        PhysicalPlan plan;
        json.at("version").get_to(plan.version);
        if (plan.version > kPlanFormatVersion) {
            throw StatementError(ErrorKind::kServer, "A stored plan is of version " +
                                                         std::to_string(plan.version) +
                                                         ", which this server does not know.");
        }
        plan.kind = json.at("kind").get<std::string>() == "push" ? QueryKind::kPush
                                                                 : QueryKind::kPersistent;
        json.at("queryId").get_to(plan.query_id);
        json.at("statement").get_to(plan.statement);
        json.at("sources").get_to(plan.source_names);
        json.at("sink").get_to(plan.sink_name);
        json.at("properties").get_to(plan.properties);
        std::vector<StepPtr> steps;
        plan.root = read_step(json.at("root"), steps);
        if (json.contains("materialization")) {
            const Json& stored = json.at("materialization");
            Materialization out;
            stored.at("store").get_to(out.store);
            out.from = steps.at(stored.at("from").get<size_t>());
            for (const auto& number : stored.at("transforms")) {
                out.transforms.push_back(steps.at(number.get<size_t>()));
            }
            plan.materialization = std::move(out);
        }
        return plan;
    } catch (const StatementError&) {
        throw;
    } catch (const std::exception& error) {
        throw StatementError(ErrorKind::kServer,
                             std::string("A stored plan cannot be read: ") + error.what());
    }
}

}  // namespace millrace::plan
