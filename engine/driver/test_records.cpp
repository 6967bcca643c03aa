#include "engine/driver/test_records.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "engine/base/error.h"
#include "engine/types/record_batch.h"

namespace millrace {

namespace {

[[noreturn]] void bad(const std::string& message) {
    refuse(ErrorKind::kGeneral, message);
}

template <class Number>
Number number_of(const std::string& text) {
    Number value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) bad("not a number: " + text);
    return value;
}

std::string to_kafka(const JsonTree& json, const std::vector<Field>& fields) {
    std::string text = json.as_text();
    if (fields.empty()) return text;
    std::string bytes;
    switch (fields[0].type->base()) {
        case BaseType::kInteger:
            put_be32(bytes, static_cast<uint32_t>(number_of<int32_t>(text)));
            break;
        case BaseType::kBigint:
            put_be64(bytes, static_cast<uint64_t>(number_of<int64_t>(text)));
            break;
        case BaseType::kDouble:
            put_be64(bytes, std::bit_cast<uint64_t>(number_of<double>(text)));
            break;
        default:
            bytes = text;
            break;
    }
    return bytes;
}

JsonTree from_kafka(const std::string& bytes, const std::vector<Field>& fields) {
    if (fields.empty()) return JsonTree::string(bytes);
    switch (fields[0].type->base()) {
        case BaseType::kInteger:
            if (bytes.size() != 4) break;
            return JsonTree::number(std::to_string(static_cast<int32_t>(get_be32(bytes.data()))));
        case BaseType::kBigint:
            if (bytes.size() != 8) break;
            return JsonTree::number(std::to_string(static_cast<int64_t>(get_be64(bytes.data()))));
        case BaseType::kDouble:
            if (bytes.size() != 8) break;
            return JsonTree::number(java_double(std::bit_cast<double>(get_be64(bytes.data()))));
        default:
            break;
    }
    return JsonTree::string(bytes);
}

/// Empty BYTES at the top level count as null, in what is expected as in what came: ksqlDB's test
/// reads both through one deserializer.
void drop_empty_bytes(JsonTree& tree, const std::vector<Field>& fields) {
    auto empty_bytes = [](const JsonTree& value, const Field& field) {
        return field.type->is(BaseType::kBytes) && value.is_string() && value.text.empty();
    };
    if (tree.kind == JsonTree::Kind::kObject) {
        for (auto& [name, value] : tree.members) {
            for (const auto& field : fields) {
                if (field.name == name && empty_bytes(value, field)) value = JsonTree::null();
            }
        }
    } else if (fields.size() == 1 && empty_bytes(tree, fields[0])) {
        tree = JsonTree::null();
    }
}

JsonTree from_json(const std::string& bytes, const std::vector<Field>&) {
    auto parsed = parse_json_tree(bytes, nullptr);
    return parsed ? std::move(*parsed) : JsonTree::string("<no JSON: " + bytes + ">");
}

/// How a format's records stand in a test file: as what its Java reader makes of them.
struct TestForm {
    std::string_view format;
    std::string (*write)(const JsonTree& json, const std::vector<Field>& fields);
    JsonTree (*read)(const std::string& bytes, const std::vector<Field>& fields);
    bool drops_empty_bytes = true;
};
constexpr TestForm kForms[] = {
    {"JSON", [](const JsonTree& json, const std::vector<Field>&) { return json.dump(); },
     from_json},
    {"KAFKA", to_kafka, from_kafka},
    {"DELIMITED", [](const JsonTree& json, const std::vector<Field>&) { return json.as_text(); },
     [](const std::string& bytes, const std::vector<Field>&) { return JsonTree::string(bytes); },
     false},
};

/// Null: nothing is there to be read (NONE).
const TestForm* form_of(const FormatInfo& format) {
    if (!require_format(format.name).holds_columns) return nullptr;
    for (const TestForm& form : kForms)
        if (form.format == format.name) return &form;
    bad("Format " + format.name + " is not supported by this server yet.");
}

std::optional<std::string> to_bytes(const JsonTree& json, const FormatInfo& format,
                                    const std::vector<Field>& fields) {
    const TestForm* form = form_of(format);
    if (json.is_null() || form == nullptr) return std::nullopt;
    return form->write(json, fields);
}

JsonTree from_bytes(const std::optional<std::string>& bytes, const FormatInfo& format,
                    const std::vector<Field>& fields) {
    const TestForm* form = form_of(format);
    if (!bytes || form == nullptr) return JsonTree::null();
    JsonTree tree = form->read(*bytes, fields);
    if (form->drops_empty_bytes) drop_empty_bytes(tree, fields);
    return tree;
}

/// Is what came (from_bytes) what is expected?
bool same_data(const JsonTree& expected, const JsonTree& actual, const FormatInfo& format,
               const std::vector<Field>& fields, bool exact) {
    const TestForm* form = form_of(format);
    JsonTree wanted = expected;
    if (form != nullptr && form->drops_empty_bytes) drop_empty_bytes(wanted, fields);
    return json_matches(wanted, actual, exact);
}

struct SplitKey {
    std::optional<std::string> key;
    std::optional<Window> window;
    bool session = false;
};

/// Takes the window bytes off a windowed key.
SplitKey split_key(const TestRecord& record, const Source& source) {
    SplitKey split{record.key, {}, source.window == WindowType::kSession};
    const size_t extra = source.window == WindowType::kNone ? 0 : split.session ? 16 : 8;
    if (extra == 0 || !record.key || record.key->size() < extra) return split;
    const char* tail = record.key->data() + record.key->size() - extra;
    Window window;
    if (split.session) {
        window.end_ms = static_cast<int64_t>(get_be64(tail));
        window.start_ms = static_cast<int64_t>(get_be64(tail + 8));
    } else {
        window.start_ms = static_cast<int64_t>(get_be64(tail));
        window.end_ms = window.start_ms + source.window_size_ms.value_or(0);
    }
    split.window = window;
    split.key = record.key->substr(0, record.key->size() - extra);
    return split;
}

std::string compare_headers(const JsonTree* expected, const std::vector<Header>& actual) {
    size_t count = expected == nullptr ? 0 : expected->items.size();
    if (count != actual.size()) {
        return "expected " + std::to_string(count) + " headers, got " +
               std::to_string(actual.size());
    }
    for (size_t i = 0; i < count; ++i) {
        const auto& item = expected->items[i];
        const JsonTree* key = item.find("KEY");
        const JsonTree* value = item.find("VALUE");
        std::optional<std::string> bytes;
        if (value != nullptr && !value->is_null()) bytes = base64_decode(value->text);
        if (key == nullptr || actual[i].key != key->text || actual[i].value != bytes) {
            return "header " + std::to_string(i) + " differs";
        }
    }
    return "";
}

}  // namespace

TestRecord record_from_json(const JsonTree& json, const Source& source) {
    form_of(source.key_format);
    form_of(source.value_format);
    TestRecord record;
    if (const auto* time = json.find("timestamp")) record.timestamp_ms = time->as_long(0);
    if (const auto* key = json.find("key"))
        record.key = to_bytes(*key, source.key_format, source.schema.key);
    if (const auto* value = json.find("value")) {
        record.value = to_bytes(*value, source.value_format, source.schema.value);
    }
    if (const auto* window = json.find("window");
        window != nullptr && !window->is_null() && record.key) {
        int64_t start = window->find("start") != nullptr ? window->find("start")->as_long(0) : 0;
        int64_t end = window->find("end") != nullptr ? window->find("end")->as_long(0) : 0;
        const auto* type = window->find("type");
        const bool session = type != nullptr && (type->text[0] == 'S' || type->text[0] == 's');
        if (session) put_be64(*record.key, static_cast<uint64_t>(end));
        put_be64(*record.key, static_cast<uint64_t>(start));
    }
    if (const auto* headers = json.find("headers")) {
        for (const auto& item : headers->items) {
            Header header;
            if (const auto* key = item.find("KEY")) header.key = key->text;
            const auto* value = item.find("VALUE");
            if (value != nullptr && !value->is_null()) header.value = base64_decode(value->text);
            record.headers.push_back(std::move(header));
        }
    }
    return record;
}

std::string compare_record(const JsonTree& expected, const TestRecord& actual, const Source& source,
                           bool exact, bool any_zero_time) {
    SplitKey split = split_key(actual, source);
    JsonTree none;
    const JsonTree* key = expected.find("key");
    JsonTree actual_key = from_bytes(split.key, source.key_format, source.schema.key);
    if (!same_data(key == nullptr ? none : *key, actual_key, source.key_format, source.schema.key,
                   exact))
        return "the key differs";
    const JsonTree* window = expected.find("window");
    if (window != nullptr && !window->is_null()) {
        if (!split.window) return "the key has no window";
        const auto* type = window->find("type");
        const bool session = type != nullptr && (type->text[0] == 'S' || type->text[0] == 's');
        const auto* start = window->find("start");
        const auto* end = window->find("end");
        if (session != split.session) return "the window is of another kind";
        if (start != nullptr && start->as_long(-1) != split.window->start_ms)
            return "the window's start differs";
        if (end != nullptr && end->as_long(-1) != split.window->end_ms)
            return "the window's end differs";
    } else if (split.window) {
        return "the key has a window that is not expected";
    }
    const JsonTree* value = expected.find("value");
    if (value == nullptr) return "the expectation has no value";
    if (value->is_null() != !actual.value.has_value() && form_of(source.value_format) != nullptr) {
        // An unwrapped NULL column is written as a null value too.
        return value->is_null() ? "expected a tombstone" : "got a tombstone";
    }
    JsonTree actual_value = from_bytes(actual.value, source.value_format, source.schema.value);
    if (!same_data(*value, actual_value, source.value_format, source.schema.value, exact))
        return "the value differs";
    if (const auto* time = expected.find("timestamp"); time != nullptr && !time->is_null()) {
        int64_t wanted = time->as_long(-1);
        if (wanted != actual.timestamp_ms && !(any_zero_time && wanted == 0))
            return "the timestamp differs";
    }
    return compare_headers(expected.find("headers"), actual.headers);
}

std::string record_text(const TestRecord& record, const Source& source) {
    SplitKey split = split_key(record, source);
    std::string text =
        "{\"key\":" + from_bytes(split.key, source.key_format, source.schema.key).dump();
    if (split.window) {
        text += ",\"window\":{\"start\":" + std::to_string(split.window->start_ms) +
                ",\"end\":" + std::to_string(split.window->end_ms) + "}";
    }
    text +=
        ",\"value\":" + from_bytes(record.value, source.value_format, source.schema.value).dump();
    return text + ",\"timestamp\":" + std::to_string(record.timestamp_ms) + "}";
}

}  // namespace millrace
