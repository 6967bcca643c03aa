#include "engine/serde/json_reader.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "engine/base/text.h"
#include "engine/serde/json_text.h"
#include "engine/serde/json_value.h"
#include "engine/serde/utf8.h"

namespace millrace {

namespace ondemand = simdjson::ondemand;

std::string_view trim_json(std::string_view text) {
    auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

simdjson::error_code JsonReader::open(std::string_view json, ondemand::document& document) {
    size_t needed = json.size() + simdjson::SIMDJSON_PADDING;
    if (needed > buffer_size_) {
        buffer_size_ = std::max<size_t>(needed * 2, 4096);
        buffer_ = std::make_unique<char[]>(buffer_size_);
        // Room for every text that the buffer can hold, so that iterate() never allocates.
        auto error = parser_.allocate(buffer_size_);
        if (error != simdjson::SUCCESS) return error;
    }
    if (!json.empty()) std::memcpy(buffer_.get(), json.data(), json.size());
    // What is read past the end must not look like more of the document.
    std::memset(buffer_.get() + json.size(), ' ', simdjson::SIMDJSON_PADDING);
    return parser_.iterate(buffer_.get(), json.size(), buffer_size_).get(document);
}

bool JsonReader::read_key(const char* key, std::string& out) {
    const char* limit = buffer_.get() + buffer_size_;
    const char* end = key;
    while (end < limit && *end != '"') end += *end == '\\' ? 2 : 1;
    if (end >= limit) return false;
    std::string_view text;
    if (!unquote_json({key - 1, static_cast<size_t>(end - key) + 2}, scratch_, text)) return false;
    out.assign(text);
    return true;
}

bool JsonReader::fail(std::string message) {
    problem_ = std::move(message);
    return false;
}

bool JsonReader::fail(simdjson::error_code error) {
    return fail(simdjson::error_message(error));
}

bool JsonReader::fail(JsonRead read, std::string_view token, const SqlType& type,
                      std::string_view path) {
    std::string where = ", path: " + std::string(path);
    switch (read) {
        case JsonRead::kBadText:
            return fail("Can't coerce string to type. targetType: " +
                        std::string(base_type_name(type.base())) + where);
        case JsonRead::kTooLarge:
            return fail("Cannot fit decimal '" + std::string(token) + "' into " + type.to_string() +
                        " without rounding." + where);
        case JsonRead::kMalformed:
            return fail("Unrecognized token '" + std::string(token.substr(0, 40)) + "'" + where);
        default:
            break;
    }
    return fail("Can't convert type. sourceType: " + std::string(json_node_name(token)) +
                ", requiredType: " + type.to_string() + where);
}

bool JsonReader::read(ondemand::value value, const SqlType& type, std::string& path, Value& out) {
    std::string_view token = trim_json(value.raw_json_token());
    bool container = !token.empty() && (token[0] == '{' || token[0] == '[');
    if (!container) {
        if (type.is_nested()) {
            out = Value();
            if (token == "null") return true;
            return fail(is_json_scalar(token) ? JsonRead::kWrongType : JsonRead::kMalformed, token,
                        type, path);
        }
        JsonRead read = read_json_scalar(token, type, scratch_, out);
        return read == JsonRead::kOk || read == JsonRead::kNull || fail(read, token, type, path);
    }
    switch (type.base()) {
        case BaseType::kString: {
            std::string text;
            if (!compact(value, text)) return false;
            out = std::move(text);
            return true;
        }
        case BaseType::kArray:
            return token[0] == '[' ? read_array(value, type, path, out)
                                   : fail(JsonRead::kWrongType, token, type, path);
        case BaseType::kMap:
            return token[0] == '{' ? read_map(value, type, path, out)
                                   : fail(JsonRead::kWrongType, token, type, path);
        case BaseType::kStruct:
            return token[0] == '{' ? read_struct(value, type, path, out)
                                   : fail(JsonRead::kWrongType, token, type, path);
        default:
            return fail(JsonRead::kWrongType, token, type, path);
    }
}

bool JsonReader::read_array(ondemand::value& value, const SqlType& type, std::string& path,
                            Value& out) {
    ondemand::array array;
    if (auto error = value.get_array().get(array)) return fail(error);
    ValueList list;
    size_t path_size = path.size();
    for (auto item : array) {
        ondemand::value element;
        if (auto error = std::move(item).get(element)) return fail(error);
        path += "[" + std::to_string(list.size()) + "]";
        list.emplace_back();
        if (!read(element, *type.element(), path, list.back())) return false;
        path.resize(path_size);
    }
    out = Value(std::move(list));
    return true;
}

namespace {

/// Finds the entry of a key in a map that is being read. Small maps are searched; large ones, which
/// may come from anywhere, get an index so that reading them stays linear.
class EntryFinder {
public:
    explicit EntryFinder(ValueMap& map) : map_(map) {}

    /// The place of the entry named `name`, new when there was none.
    Value& place(const std::string& name, Value key) {
        size_t at = find(name, key);
        if (at == map_.size()) {
            map_.emplace_back(std::move(key), Value());
            if (indexed_) index_.emplace(name, at);
        }
        return map_[at].second;
    }

private:
    static constexpr size_t kSearchedMax = 32;

    size_t find(const std::string& name, const Value& key) {
        if (map_.size() >= kSearchedMax && key.holds<std::string>()) {
            if (!indexed_) {
                for (size_t i = 0; i < map_.size(); ++i)
                    index_.emplace(map_[i].first.as_string(), i);
                indexed_ = true;
            }
            auto found = index_.find(name);
            return found == index_.end() ? map_.size() : found->second;
        }
        auto same = std::find_if(map_.begin(), map_.end(),
                                 [&](const auto& entry) { return entry.first == key; });
        return static_cast<size_t>(same - map_.begin());
    }

    ValueMap& map_;
    bool indexed_ = false;
    std::unordered_map<std::string, size_t> index_;
};

}  // namespace

bool JsonReader::read_map(ondemand::value& value, const SqlType& type, std::string& path,
                          Value& out) {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return fail(error);
    ValueMap map;
    EntryFinder entries(map);
    size_t path_size = path.size();
    std::string name;
    for (auto item : object) {
        ondemand::field field;
        if (auto error = std::move(item).get(field)) return fail(error);
        if (!read_key(field.key().raw(), name)) return fail(simdjson::STRING_ERROR);
        path += "." + name;
        Value key;
        if (type.map_key()->is(BaseType::kString)) {
            key = name;
        } else {
            JsonRead done = read_json_scalar("\"" + name + "\"", *type.map_key(), scratch_, key);
            if (done != JsonRead::kOk) return fail(done, name, *type.map_key(), path);
        }
        Value element;
        if (!read(field.value(), *type.map_value(), path, element)) return false;
        entries.place(name, std::move(key)) = std::move(element);
        path.resize(path_size);
    }
    out = Value(std::move(map));
    return true;
}

bool JsonReader::read_struct(ondemand::value& value, const SqlType& type, std::string& path,
                             Value& out) {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return fail(error);
    ValueList fields(type.fields().size());
    std::vector<uint8_t> exact(fields.size(), 0);
    size_t path_size = path.size();
    std::string name;
    for (auto item : object) {
        ondemand::field field;
        if (auto error = std::move(item).get(field)) return fail(error);
        if (!read_key(field.key().raw(), name)) return fail(simdjson::STRING_ERROR);
        int index = type.field_index(name);
        bool is_exact = index >= 0;
        if (!is_exact) {
            name = upper_ascii(name);
            index = type.field_index(name);
        }
        if (index < 0) continue;
        auto i = static_cast<size_t>(index);
        if (!is_exact && exact[i] != 0) continue;
        exact[i] = is_exact ? 1 : 0;
        path += "." + name;
        if (!read(field.value(), *type.fields()[i].type, path, fields[i])) return false;
        path.resize(path_size);
    }
    out = Value(std::move(fields));
    return true;
}

bool JsonReader::compact(ondemand::value value, std::string& out, int depth) {
    if (depth > kDepthMax) return fail(simdjson::DEPTH_ERROR);
    std::string_view token = trim_json(value.raw_json_token());
    if (token.empty()) return fail(simdjson::TAPE_ERROR);
    if (token[0] == '{') return compact_object(value, out, depth);
    if (token[0] == '[') return compact_array(value, out, depth);
    std::string_view text;
    if (token[0] == '"') {
        if (!unquote_json(token, scratch_, text)) return fail(simdjson::STRING_ERROR);
        append_json_string(out, text);
        return true;
    }
    if (token == "null") {
        out += token;
        return true;
    }
    Value scalar;
    JsonRead done = read_json_scalar(token, *SqlType::string(), scratch_, scalar);
    if (done != JsonRead::kOk) return fail(done, token, *SqlType::string(), "$");
    out += scalar.as_string();
    return true;
}

bool JsonReader::compact_object(ondemand::value& value, std::string& out, int depth) {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return fail(error);
    out += '{';
    bool first = true;
    std::string name;
    for (auto item : object) {
        ondemand::field field;
        if (auto error = std::move(item).get(field)) return fail(error);
        if (!read_key(field.key().raw(), name)) return fail(simdjson::STRING_ERROR);
        if (!first) out += ',';
        first = false;
        append_json_string(out, name);
        out += ':';
        if (!compact(field.value(), out, depth + 1)) return false;
    }
    out += '}';
    return true;
}

bool JsonReader::compact_array(ondemand::value& value, std::string& out, int depth) {
    ondemand::array array;
    if (auto error = value.get_array().get(array)) return fail(error);
    out += '[';
    bool first = true;
    for (auto item : array) {
        ondemand::value element;
        if (auto error = std::move(item).get(element)) return fail(error);
        if (!first) out += ',';
        first = false;
        if (!compact(element, out, depth + 1)) return false;
    }
    out += ']';
    return true;
}

bool JsonReader::read_document(std::string_view json, const SqlType& type, Value& out) {
    std::string path = "$";
    std::string_view token = trim_json(json);
    if (token.empty() || (token[0] != '{' && token[0] != '[')) {
        // simdjson has no value for a bare scalar.
        if (type.is_nested()) {
            out = Value();
            if (token == "null") return true;
            return fail(token.empty() || is_json_scalar(token) ? JsonRead::kWrongType
                                                               : JsonRead::kMalformed,
                        token, type, path);
        }
        if (token.empty()) return fail(JsonRead::kWrongType, token, type, path);
        bool text_ok = is_valid_utf8(token) && std::none_of(token.begin(), token.end(), [](char c) {
                           return static_cast<unsigned char>(c) < 0x20;
                       });
        if (!text_ok) return fail("Illegal character in JSON text");
        JsonRead read = read_json_scalar(token, type, scratch_, out);
        return read == JsonRead::kOk || read == JsonRead::kNull || fail(read, token, type, path);
    }
    ondemand::document document;
    if (auto error = open(json, document)) return fail(error);
    ondemand::value value;
    if (auto error = document.get_value().get(value)) return fail(error);
    if (!read(value, type, path, out)) return false;
    if (!at_end(document)) return fail(simdjson::TRAILING_CONTENT);
    return true;
}

Result<Value> parse_json_value(std::string_view json, const SqlType& type) {
    JsonReader reader;
    Value value;
    if (!reader.read_document(json, type, value)) return Status(Fault::kFatal, reader.problem());
    return value;
}

}  // namespace millrace
